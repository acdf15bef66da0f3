"""A contact leaves its ticket for one of its own, and comes back while nobody answered there."""

from datetime import datetime

from sqlalchemy import select

from models.base import db
from models.contact import Contact
from models.event import record
from models.message import Kind, Message, Sending
from models.thread import TicketContact
from models.ticket import Ticket
from models.user import User

PARTED = "split"
"""The rule by which a contact stands alone."""
RETURNED = "returned"


class Inseparable(Exception):
    """The contact cannot leave its ticket, or cannot come back."""


def part(ticket: Ticket, contact: Contact, *, by: User, at: datetime) -> Ticket:
    """Make a ticket of its own of one contact; raises `Inseparable` when it is the only one."""
    if contact.ticket_id != ticket.id or ticket.contacts_count < 2:
        raise Inseparable(ticket.number)
    contact.collected = False
    own = Ticket.open_for(contact, team_id=ticket.team_id, rule=PARTED)
    if ticket.topic is not None and ticket.topic.restricted and not contact.corrected:
        # What was said under a restricted topic stays there until a person says otherwise.
        own.topic_id, own.needs_choice = ticket.topic_id, False
    elif contact.topic_id is not None:
        own.route(contact, at=at, by=by if contact.corrected else None)
    own.link(ticket, PARTED)
    _without(ticket)
    record(
        "ticket.parted",
        by=by,
        at=at,
        ticket_id=ticket.id,
        contact_id=contact.id,
        number=own.number,
    )
    return own


def put_back(own: Ticket, contact: Contact, *, by: User, at: datetime) -> Ticket:
    """Undo `part`; raises `Inseparable` when it was not parted or has been answered since."""
    found = home_of(own)
    if found is None or found[1] != contact.id:
        raise Inseparable(own.number)
    home = found[0]
    if home.closed_at is not None and home.closed_at > _parted_at(contact):
        home.reopen(by=by)  # whoever closed it had not seen this there
    home.take(contact, RETURNED)
    if home.burst_of is not None:
        contact.collect()
    _without(own)
    newest_first(home)
    if own.contacts_count == 0:
        own.merged_into_id = home.id
    record("ticket.put_back", by=by, at=at, ticket_id=home.id, contact_id=contact.id)
    return home


def home_of(own: Ticket) -> tuple[Ticket, int] | None:
    """(where the contact of a ticket came from, the contact), while it can still go back."""
    standing = db.session.scalars(
        select(TicketContact).where(
            TicketContact.ticket_id == own.id,
            TicketContact.rule == PARTED,
            TicketContact.until.is_(None),
        )
    ).first()
    if standing is None or _answered(own):
        return None
    before = db.session.scalars(TicketContact.of_contact(standing.contact_id)).all()[-2:-1]
    home = Ticket.named(before[0].ticket_id) if before else None
    return (home.target, standing.contact_id) if home is not None else None


def _parted_at(contact: Contact) -> datetime:
    return db.session.scalars(TicketContact.of_contact(contact.id)).all()[-1].since


def _answered(ticket: Ticket) -> bool:
    answers = select(Message.id).where(
        Message.ticket_id == ticket.id,
        Message.kind == Kind.REPLY.value,
        Message.state.not_in([Sending.WITHDRAWN.value, Sending.HELD.value]),
    )
    return db.session.scalar(answers.limit(1)) is not None


def _without(ticket: Ticket) -> None:
    ticket.contacts_count -= 1
    newest_first(ticket)


def newest_first(ticket: Ticket) -> None:
    """The list shows the last of what is left."""
    db.session.flush()
    said = Contact.of_ticket(ticket.id).order_by(None)
    last = db.session.scalar(said.order_by(Contact.said_at.desc(), Contact.id.desc()).limit(1))
    if last is not None:
        ticket.preview, ticket.last_contact_at = last.first_line, last.said_at
