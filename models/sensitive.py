"""What tells of somebody's health: flagged by the machine or a person, opened for a reason."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import aliased

from models import policy
from models.base import db
from models.calendar import bounds, business_day
from models.contact import Contact
from models.event import Event, record
from models.ticket import Ticket
from models.topic import Topic
from models.user import User

MARKED, LIFTED = "contact.health_marked", "contact.health_lifted"
SHORTEST_REASON = 3


def notice(contact: Contact, heard: bool) -> None:
    """What the machine says of it, by its words and topic; a person's word wins."""
    said = _said_by_person(contact)
    topic = Topic.named(contact.topic_id)
    contact.health = heard or bool(topic and topic.restricted) if said is None else said


def mark(contact: Contact, on: bool, *, by: User, at: datetime) -> None:
    """A person's word whether it tells of somebody's health."""
    contact.health = on
    record(
        MARKED if on else LIFTED,
        by=by,
        at=at,
        ticket_id=contact.ticket_id,
        contact_id=contact.id,
    )
    ticket = Ticket.named(contact.ticket_id)
    if ticket is not None:
        freshen(ticket)


def freshen(ticket: Ticket) -> None:
    """A ticket tells of health as long as one of its contacts does."""
    db.session.flush()
    telling = select(Contact.id).where(Contact.ticket_id == ticket.id, Contact.health)
    ticket.health = bool(db.session.scalar(select(telling.exists())))


def look(ticket: Ticket, reason: str, *, by: User, at: datetime) -> None:
    """Somebody who is not near it reads what was said, for a reason that is kept; until midnight.

    Raises ValueError without a reason.
    """
    if len(reason.strip()) < SHORTEST_REASON:
        raise ValueError("a look at health data needs a reason")
    record(policy.HEALTH_OPENED, by=by, at=at, ticket_id=ticket.id, reason=reason.strip()[:300])


def sees_words(user: User, ticket: Ticket, at: datetime) -> bool:
    """Whether `user` may read what was said in a ticket that he or she may see."""
    return policy.sees_words(user, ticket, _today(at))


def seen_among(user: User, ticket_ids: Collection[int], at: datetime) -> set[int]:
    """Of these tickets, which `user` may see, those whose words may be read."""
    open_ones = select(Ticket.id).where(
        Ticket.id.in_(ticket_ids), policy.words_seen(user, Ticket, _today(at))
    )
    return set(db.session.scalars(open_ones))


def sees_contact(user: User, contact: Contact, at: datetime) -> bool:
    """The same of one contact; one without a ticket tells nobody but who leads."""
    if not contact.health:
        return True
    ticket = Ticket.named(contact.ticket_id)
    return ticket is not None and sees_words(user, ticket, at)


def words_seen(user: User, at: datetime) -> ColumnElement[bool]:
    """Of which contacts (in a query of them) `user` may read the words; that he or she may see
    the ticket must be asked beside it."""
    ticket = aliased(Ticket)
    closed = select(ticket.id).where(
        ticket.id == Contact.ticket_id, ~policy.words_seen(user, ticket, _today(at))
    )
    return ~and_(Contact.health, closed.correlate(Contact).exists())


def _today(at: datetime) -> datetime:
    return bounds(business_day(at))[0]


def _said_by_person(contact: Contact) -> bool | None:
    if contact.ticket_id is None:  # just being read
        return None
    kind = db.session.scalar(
        select(Event.kind)
        .where(
            Event.ticket_id == contact.ticket_id,
            Event.contact_id == contact.id,
            Event.kind.in_([MARKED, LIFTED]),
        )
        .order_by(Event.id.desc())
        .limit(1)
    )
    return None if kind is None else kind == MARKED
