"""What I have just done to the matters of a ticket: offered for undoing as long as an answer is."""

from typing import NamedTuple

from flask_babel import gettext as _

from models import second_matter
from models.base import now
from models.contact import Contact
from models.correspondence import GRACE
from models.prediction import Correction
from models.ticket import Ticket
from models.user import User
from triage.display import topic_name


class Deed(NamedTuple):
    """What was done, in words, and the endpoint that undoes it."""

    words: str
    undo: str


def last_deed(ticket: Ticket, contacts: list[Contact], user: User) -> Deed | None:
    """The later of a topic that I chose and a second ticket that I made, while it is fresh."""
    since = now() - GRACE
    said = Correction.last_of(contacts[-1].id) if contacts else None
    chosen = said if said is not None and said.by_id == user.id and said.at >= since else None
    split = second_matter.last_split(ticket)
    after = chosen.at if chosen is not None else since
    if split is not None and split[1].actor_id == user.id and split[1].at >= after:
        return Deed(_("#%(own)s was made of it.", own=split[0].number), "desk.put_together")
    if chosen is None:
        return None
    filed = topic_name(chosen.subtopic_id or chosen.topic_id)
    return Deed(_("Filed under %(topic)s.", topic=filed), "desk.unchoose")
