"""What is seen of a reply to all: how many are prepared, sent and left out, and their list."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.orm import contains_eager

from models import policy
from models.affected import LeftOut
from models.base import db
from models.contact import Contact
from models.prepared import PreparedAnswer, Readiness, ReplyToAll
from models.problem import Occurrence
from models.ticket import Ticket


@dataclass
class Tally:
    """What became of a reply to all, in tickets."""

    ready: Counter[str] = field(default_factory=Counter)
    """By language."""
    settled: int = 0
    """Prepared, and meanwhile answered, closed, or no case of the problem any more."""
    sent: int = 0
    """Gone out, by an agent's hand or by a mailing."""
    left_out: Counter[str] = field(default_factory=Counter)
    """By reason."""


def tally_of(reply: ReplyToAll) -> Tally:
    found = Tally()
    each = (
        select(
            PreparedAnswer.state,
            PreparedAnswer.why,
            PreparedAnswer.language,
            reply.owed().label("owed"),
        )
        .join(Ticket)
        .where(PreparedAnswer.reply_id == reply.id)
        .subquery()
    )
    counted = select(*each.c, func.count().label("tickets")).group_by(*each.c)
    for row in db.session.execute(counted):
        if row.state == Readiness.LEFT_OUT:
            found.left_out[row.why] += row.tickets
        elif row.state == Readiness.SENT:
            found.sent += row.tickets
        elif row.owed:
            found.ready[row.language] += row.tickets
        else:
            found.settled += row.tickets
    return found


def listed_of(
    reply: ReplyToAll, state: Readiness | None, most: int, after: int, why: LeftOut | None = None
) -> list[tuple[PreparedAnswer, bool]]:
    """(answer, whether it is still owed), what is prepared first, by ticket; of those left
    out for one reason only, where it is given.

    Never those about health or privacy.
    """
    mine = (
        select(PreparedAnswer, reply.owed())
        .join(Ticket)
        .options(contains_eager(PreparedAnswer.ticket).joinedload(Ticket.client))
        .where(
            PreparedAnswer.reply_id == reply.id,
            PreparedAnswer.why != LeftOut.PRIVATE.value,
            ~policy.restricted(Ticket.topic_id),
            ~Ticket.health,
        )
        .order_by(PreparedAnswer.state != Readiness.PREPARED.value, Ticket.number)
        .limit(most)
        .offset(after)
    )
    if state is not None:
        mine = mine.where(PreparedAnswer.state == state.value)
    if why is not None:
        mine = mine.where(PreparedAnswer.why == why.value)
    return [(answer, owed) for answer, owed in db.session.execute(mine)]


def unsure_of(reply: ReplyToAll, ids: Sequence[int] | None = None) -> Sequence[PreparedAnswer]:
    """Those of unsure cases: of `ids` the ones that wait for a look; without, all that people
    have put in after a look."""
    mine = select(PreparedAnswer).where(
        PreparedAnswer.reply_id == reply.id, PreparedAnswer.why == LeftOut.UNSURE.value
    )
    if ids is None:
        mine = mine.where(PreparedAnswer.state == Readiness.PREPARED.value)
    else:
        out = PreparedAnswer.state == Readiness.LEFT_OUT.value
        mine = mine.where(out, PreparedAnswer.id.in_(ids))
    return db.session.scalars(mine.order_by(PreparedAnswer.id)).all()


def said_of(reply: ReplyToAll, ticket_ids: Sequence[int]) -> dict[int, Contact]:
    """By ticket, what the client said last of the problem."""
    rows = db.session.scalars(
        select(Contact)
        .join(Occurrence, Occurrence.contact_id == Contact.id)
        .where(
            Contact.ticket_id.in_(ticket_ids),
            Occurrence.until.is_(None),
            Occurrence.problem_id == reply.problem_id,
        )
        .order_by(Contact.said_at)
    )
    return {contact.ticket_id: contact for contact in rows if contact.ticket_id}
