"""A person's word on one contact, given away from its ticket, and the slip that is taken back."""

from datetime import datetime, timedelta

from models import sensitive
from models.base import db
from models.contact import Contact
from models.event import Event, record
from models.prediction import Correction, Decision
from models.stale_day import StaleDay
from models.ticket import Ticket
from models.topic import Topic
from models.user import User
from triage import routing, time_limits

SLIP = timedelta(minutes=2)
"""For so long a word can be taken back as if it had not been said."""
ROUTED, TAKEN_BACK = "ticket.routed", "ticket.choice_taken_back"


def correct(
    contact: Contact,
    topic_id: str,
    subtopic_id: str | None,
    intent_id: str | None = None,
    *,
    by: User,
    at: datetime,
) -> Correction:
    """What this contact is about. Its ticket follows when the contact is the last word in it."""
    said = contact.correct(topic_id, subtopic_id, intent_id, by=by, at=at)
    StaleDay.mark(contact.said_at)
    ticket = Ticket.named(contact.ticket_id)
    if ticket is not None and last_in(ticket, contact):
        ticket.route(contact, at=at, by=by)
        time_limits.keep(ticket, [contact])
    routing.notice_health(contact)
    if ticket is not None:
        sensitive.freshen(ticket)
    db.session.flush()
    return said


def take_back(contact: Contact, *, by: User, at: datetime) -> bool:
    """Undo `by`'s last word on the contact; False when it is too late or somebody else's."""
    said = Correction.last_of(contact.id)
    if said is None or said.by_id != by.id or at - said.at > SLIP:
        return False
    said.unsay()
    earlier, opinion = Correction.last_of(contact.id), contact.prediction
    valid = earlier or opinion
    if valid is not None:
        contact.topic_id, contact.subtopic_id = valid.topic_id, valid.subtopic_id
        contact.intent_id = valid.intent_id or contact.intent_id
    if earlier is None and opinion is not None:
        contact.decision = opinion.decision
    StaleDay.mark(contact.said_at)
    ticket = Ticket.named(contact.ticket_id)
    if ticket is not None and last_in(ticket, contact):
        _back_to_where_it_was(ticket, contact, earlier is not None, by, at)
        time_limits.keep(ticket, [contact])
    routing.notice_health(contact)
    if ticket is not None:
        sensitive.freshen(ticket)
    db.session.flush()
    return True


def take_back_choice(ticket: Ticket, *, by: User, at: datetime) -> bool:
    """Undo `by`'s last word on all that a ticket holds; False when it is too late."""
    contacts = db.session.scalars(Contact.of_ticket(ticket.id)).all()
    said = Correction.last_of(contacts[-1].id) if contacts else None
    if said is None or said.by_id != by.id or at - said.at > SLIP:
        return False
    spoken = said.at
    for contact in contacts:
        last = Correction.last_of(contact.id)
        if last is not None and last.at == spoken:
            take_back(contact, by=by, at=at)
    return True


def last_in(ticket: Ticket, contact: Contact) -> bool:
    return db.session.scalars(Contact.of_ticket(ticket.id)).all()[-1].id == contact.id


def topic_in(value: str) -> tuple[str, str | None] | None:
    """(topic, sub-topic or None) of a choice such as `deferral` or `deferral/request`; None for
    what is no topic in use."""
    chosen = Topic.named(value)
    if chosen is None or not chosen.active:
        return None
    return (chosen.parent_id, chosen.id) if chosen.parent_id else (chosen.id, None)


def _back_to_where_it_was(
    ticket: Ticket, contact: Contact, chosen: bool, by: User, at: datetime
) -> None:
    """The team and the wait for a choice, as before the last routing that still stands."""
    routings: list[Event] = []
    for event in db.session.scalars(Event.of_ticket(ticket.id)):
        if event.kind == ROUTED:
            routings.append(event)
        elif event.kind == TAKEN_BACK and routings:
            routings.pop()
    ticket.topic_id, ticket.subtopic_id = contact.topic_id, contact.subtopic_id
    ticket.intent_id = contact.intent_id
    ticket.decision = contact.decision or ticket.decision
    ticket.needs_choice = not ticket.closed and not chosen and contact.decision != Decision.AUTO
    ticket.team_id = routings[-2].facts.get("team") if len(routings) > 1 else None
    record(TAKEN_BACK, by=by, at=at, ticket_id=ticket.id, contact_id=contact.id)
