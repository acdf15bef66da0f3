"""Calls of the last day that nobody has finished: their time ran out, one with half a note."""

from datetime import datetime

from models import after_call
from models.base import db
from models.call import Call
from models.user import User

UNFINISHED = "demo-brief-"
HALF = (
    "cl. demande si le paiement d'avril est parti, n'a rien reçu, ligne coupée avant la réponse ; "
    "rappeler"
)
LATELY = 200


def leave_unfinished(at: datetime) -> None:
    """The short answered calls of the day wait on the lists of those who took them."""
    for call in list(db.session.scalars(Call.log().limit(LATELY))):
        user = User.named(call.user_id)
        if not call.call_id.startswith(UNFINISHED) or user is None or call.ended_at is None:
            continue
        draft = after_call.for_call(call, user, call.ended_at)
        fields = {"number": call.caller, "language": "fr", "matters": [{"text": HALF}]}
        draft.write(fields, 1, call.ended_at)
    after_call.expire(at)
