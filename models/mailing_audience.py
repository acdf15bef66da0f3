"""Who a mailing is for, by kind of audience: people as they are found, before anybody is left out.

Another kind registers itself in `AUDIENCES`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on

from models.affected import answers
from models.base import db, now
from models.calendar import start_of
from models.client import ClientAddress, Level, normal
from models.contact import Contact
from models.mailing import Mailing
from models.mailing_recipient import Why
from models.measure import Measure, MeasureVersion
from models.message import Message
from models.problem import Occurrence, Problem
from models.ticket import Status, Ticket
from models.ticket_choice import Kept
from models.ticket_list import TicketFilter
from models.user import User

SURE = 0.8
"""From here on the machine's placing is as good as a person's: the bar of receipts."""
LATELY = timedelta(days=28)
"""Whose matter had something to say since then is asked about, where no day is given."""


@dataclass(frozen=True)
class Person:
    """Somebody who might get it; what is empty is found out later.

    `why`: the reason for which this person gets none; not `preselected`: somebody must look first.
    """

    client_id: int | None = None
    address: str | None = None
    name: str = ""
    language: str | None = None
    ticket_id: int | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    why: Why | None = None
    preselected: bool = True
    prepared_id: int | None = None


Audience = Callable[[Mailing], Iterable[Person]]


def of_filter(mailing: Mailing) -> Iterator[Person]:
    """The clients of the tickets that a choice of the desk shows to whoever chose it."""
    chosen = TicketFilter.read(Kept(mailing.audience.get("query") or {}))
    user = db.session.get_one(User, mailing.changed_by_id or mailing.created_by_id)
    yield from _of_tickets(Ticket.id.in_(chosen.tickets(user).with_only_columns(Ticket.id)))


def of_problem(mailing: Mailing) -> Iterator[Person]:
    """The clients of a problem's cases. Who was told by a person since is left out; a case of
    which neither people nor the machine are sure waits for a look."""
    ids = [mailing.problem_id, *(one.id for one in Problem.gone_up_in(mailing.problem_id or 0))]
    cases = (
        select(
            Contact.ticket_id,
            func.max(Contact.said_at).label("said_at"),
            func.bool_or(or_(Occurrence.by_id.is_not(None), Occurrence.score >= SURE)).label(
                "sure"
            ),
        )
        .join(Occurrence, Occurrence.contact_id == Contact.id)
        .where(
            Occurrence.problem_id.in_(ids),
            Occurrence.until.is_(None),
            Contact.ticket_id.is_not(None),
        )
        .group_by(Contact.ticket_id)
        .subquery()
    )
    answered = (
        select(Message.id).where(Message.written_at > cases.c.said_at, *answers(Ticket.id)).exists()
    )
    rows = db.session.execute(
        select(
            Ticket.id, Ticket.client_id, Ticket.language, cases.c.sure, answered.label("answered")
        )
        .join(cases, cases.c.ticket_id == Ticket.id)
        .where(Ticket.merged_into_id.is_(None))
        .order_by(answered, cases.c.sure.desc(), cases.c.said_at.desc(), Ticket.id.desc())
    )
    for row in rows:
        yield Person(
            client_id=row.client_id,
            language=row.language,
            ticket_id=row.id,
            why=Why.ANSWERED if row.answered else None,
            preselected=row.sure,
        )


def of_measure(mailing: Mailing) -> Iterator[Person]:
    """Clients whose matter a measure is about: still open, or of late."""
    measure = db.session.get(Measure, mailing.measure_id) if mailing.measure_id else None
    if measure is None:
        return
    since = mailing.audience.get("since")
    first = date.fromisoformat(str(since)) if since else None
    seen_from = start_of(first) if first else now() - LATELY
    parts = [str(one) for one in mailing.audience.get("subtopics") or []]
    quarters = [str(one) for one in mailing.audience.get("quarters") or []]
    about = Ticket.subtopic_id.in_(parts) if parts else _about(measure)
    wanted = and_(
        about,
        or_(Ticket.status != Status.CLOSED.value, Ticket.last_contact_at >= seen_from),
        Ticket.last_contact_at >= seen_from if first else Ticket.id.is_not(None),
    )
    if quarters:
        wanted = and_(wanted, Ticket.deadline_quarter.in_(quarters))
    yield from _of_tickets(wanted)


def of_csv(mailing: Mailing) -> Iterator[Person]:
    """The rows of its file; whom we surely know by the address is that client."""
    rows = mailing.rows()
    known: dict[str, int] = {}
    asked = [normal(str(row["address"])) for row in rows]
    for first in range(0, len(asked), 1000):
        found = db.session.execute(
            select(ClientAddress.address, ClientAddress.client_id)
            .where(
                ClientAddress.address.in_(asked[first : first + 1000]),
                ClientAddress.level == Level.KNOWN.value,
            )
            .ext(distinct_on(ClientAddress.address))
            .order_by(ClientAddress.address, ClientAddress.id)
        )
        known |= {row.address: row.client_id for row in found}
    for row in rows:
        address = normal(str(row["address"]))
        yield Person(
            client_id=known.get(address),
            address=address,
            name=str(row.get("name") or ""),
            language=str(row.get("language") or "") or None,
            fields=dict(row.get("fields") or {}),
        )


AUDIENCES: dict[str, Audience] = {
    "filter": of_filter,
    "problem": of_problem,
    "measure": of_measure,
    "csv": of_csv,
}


def _of_tickets(wanted: ColumnElement[bool]) -> Iterator[Person]:
    """The clients of these tickets, by the newest of each."""
    rows = db.session.execute(
        select(Ticket.id, Ticket.client_id, Ticket.language)
        .where(wanted, Ticket.client_id.is_not(None), Ticket.merged_into_id.is_(None))
        .order_by(Ticket.last_contact_at.desc(), Ticket.id.desc())
    )
    for row in rows:
        yield Person(client_id=row.client_id, language=row.language, ticket_id=row.id)


def _about(measure: Measure) -> ColumnElement[bool]:
    """Tickets on the parts of its topic that it names, or on all of it; and elsewhere where it is
    shown too."""
    newest = db.session.scalars(MeasureVersion.of_measure(measure.id).limit(1)).first()
    named = [str(one) for one in (newest.applies_to if newest is not None else [])]
    own = any(one.startswith(f"{measure.topic_id}/") for one in named)
    whole = [one for one in named if "/" not in one] + ([] if own else [measure.topic_id])
    parts = [one for one in named if "/" in one]
    return or_(Ticket.topic_id.in_(whole), Ticket.subtopic_id.in_(parts))
