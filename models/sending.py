"""How sending goes at all: what one refusal does not show, and several do."""

from datetime import datetime, timedelta

from sqlalchemy import func, select

from models.base import db
from models.event import Event
from models.message import Message, Sending
from models.refusal import NOT_ADMITTED, NOT_REACHED, Reason

SEVERAL = 3
"""So many refusals within an hour are no accident: our name or our rules are at fault."""


def refused_within_the_hour(at: datetime) -> int:
    """How many of our mails the other side refused by its rules, or as unwanted."""
    refused = select(func.count()).where(
        Event.kind == "message.failed",
        Event.at >= at - timedelta(hours=1),
        Event.facts["reason"].as_string() == Reason.REFUSED.value,
    )
    return db.session.scalar(refused) or 0


def server_trouble() -> Reason | None:
    """Why nothing leaves: our mail server is not reached, or does not let us in."""
    waiting = select(Message.last_error).where(Message.state == Sending.WAITING.value)
    for words, reason in ((NOT_ADMITTED, Reason.NOT_ADMITTED), (NOT_REACHED, Reason.NOT_REACHED)):
        if db.session.scalar(waiting.where(Message.last_error.startswith(words)).limit(1)):
            return reason
    return None
