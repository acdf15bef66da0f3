"""A contact that is about two matters: the second becomes a ticket of its own, linked to the first.

The contact stays where it is; the new ticket has its words as a note, for a team that may not see
the other. Whoever erases a client must reach that note too: no contact leads to it but the link
between the tickets.
"""

from datetime import datetime

from sqlalchemy import delete, exists, or_, select

from models import ticket_clock
from models.base import db, one_at_a_time
from models.contact import Contact
from models.event import Event, record
from models.message import Message
from models.prediction import Decision
from models.thread import TicketLink
from models.ticket import Note, Ticket
from models.topic import Topic
from models.user import User

SECOND = "second_matter"
"""Why the two tickets are linked."""
SPLIT = "ticket.second_matter"


class NotToBeSplit(Exception):
    """What was said under a restricted topic stays with its team; a matter is split off once."""


def split_off(ticket: Ticket, contact: Contact, topic: Topic, *, by: User, at: datetime) -> Ticket:
    """A ticket for the second matter of `contact`; raises `NotToBeSplit`."""
    one_at_a_time(SPLIT, str(ticket.id))  # two clicks are one ticket
    said_under = [ticket.topic, Topic.named(contact.topic_id)]
    private = any(found is not None and found.restricted for found in said_under)
    known = ticket_of(ticket, topic.id)
    if private or contact.ticket_id != ticket.id or topic.id == ticket.topic_id or known:
        raise NotToBeSplit(ticket.number)
    own = Ticket(
        client_id=ticket.client_id,
        subject=ticket.subject,
        preview=contact.first_line,
        channel=contact.channel,
        language=contact.language,
        topic_id=topic.id,
        intent_id=contact.intent_id,
        decision=Decision.HUMAN.value,
        needs_choice=False,
        team_id=topic.team_id,
        opened_at=at,
        last_contact_at=contact.said_at,
        health=contact.health,
    )
    ticket_clock.begin(own, contact.received_at)
    db.session.add(own)
    db.session.flush()
    record("ticket.opened", by=by, at=at, ticket_id=own.id, client_id=own.client_id, rule=SECOND)
    own.note(f"#{ticket.number}\n\n{contact.new_text or contact.text}", by=by, at=at)
    own.link(ticket, SECOND)
    record(
        SPLIT,
        by=by,
        at=at,
        ticket_id=ticket.id,
        contact_id=contact.id,
        topic=topic.id,
        number=own.number,
    )
    return own


def ticket_of(ticket: Ticket, topic_id: str) -> Ticket | None:
    """The ticket that this matter of `ticket` has already, whatever it was filed under since."""
    numbers = [
        event.facts.get("number")
        for event in _splits(ticket)
        if event.facts.get("topic") == topic_id
    ]
    alike = [other.id for other in ticket.linked() if other.topic_id == topic_id]
    made = select(Ticket).where(
        or_(Ticket.number.in_(numbers), Ticket.id.in_(alike)), Ticket.merged_into_id.is_(None)
    )
    return db.session.scalars(made.order_by(Ticket.id).limit(1)).first()


def last_split(ticket: Ticket) -> tuple[Ticket, Event] | None:
    """The ticket that was split off last and can still be put together again; who did it, when."""
    for event in reversed(_splits(ticket)):
        number = event.facts.get("number")
        own = db.session.scalar(select(Ticket).where(Ticket.number == number))
        if own is not None and own.merged_into_id is None:
            return (own, event) if _untouched(own) else None
    return None


def put_together(ticket: Ticket, *, by: User, at: datetime) -> Ticket | None:
    """Undo `by`'s last `split_off`; the ticket that is gone, None when somebody worked on it."""
    one_at_a_time(SPLIT, str(ticket.id))
    found = last_split(ticket)
    if found is None or found[1].actor_id != by.id:
        return None
    own = found[0]
    own.merged_into_id = ticket.id
    between = [own.id, ticket.id]
    db.session.execute(
        delete(TicketLink).where(
            TicketLink.ticket_id.in_(between), TicketLink.other_id.in_(between)
        )
    )
    record("ticket.put_together", by=by, at=at, ticket_id=ticket.id, number=own.number)
    return own


def _splits(ticket: Ticket) -> list[Event]:
    return list(db.session.scalars(Event.of_ticket(ticket.id).where(Event.kind == SPLIT)))


def _untouched(own: Ticket) -> bool:
    """Whether nothing but the splitting has happened to it."""
    notes = len(db.session.scalars(Note.of_ticket(own.id)).all())
    written = db.session.scalar(select(exists().where(Message.ticket_id == own.id)))
    idle = own.contacts_count == 0 and own.assignee_id is None and not own.closed
    return idle and notes == 1 and not written
