"""Urgency of a ticket: the machine's word expires, a person's never does.

Urgency and dissatisfaction may be switched off for the whole house: then nothing of them is kept,
shown or ordered by.
"""

from collections.abc import Sequence
from datetime import date, datetime, time

from sqlalchemy import func, select, update

from models import calendar
from models.audit import Audit
from models.base import db
from models.contact import Contact
from models.event import Event, record
from models.prediction import Prediction
from models.settings import Setting
from models.ticket import Status, Ticket
from models.user import User

SWITCH = "tone.listened_to"
FORGOTTEN = "tone.forgotten_from"
"""What was kept of contacts from this number on has been forgotten."""
END_OF_DAY = time(23, 59)
WORKING_DAYS = 3
"""So long the machine's word stands when no day was named."""
PRESSED = "ticket.pressed"
BY_PERSON = ("ticket.urgent", "ticket.not_urgent")
AT_ONCE = 20_000
EXPIRED_AT_ONCE = 500


def listened_to() -> bool:
    """Whether the house keeps and uses urgency and dissatisfaction."""
    return bool(Setting.read(SWITCH, True))


def listen(on: bool, *, by: User) -> None:
    """Switch both scores on or off; off also takes the machine's marks away."""
    if on == listened_to():
        return
    Setting.write(SWITCH, on)
    Audit.append(by.id, "tone.switched_on" if on else "tone.switched_off", {}, {})
    if not on:
        Setting.write(FORGOTTEN, (db.session.scalar(select(func.max(Contact.id))) or 0) + 1)
        db.session.execute(update(Event).where(Event.kind == PRESSED).values(facts={}))
        db.session.execute(
            update(Ticket)
            .where(Ticket.urgent_until.is_not(None))
            .values(urgent=False, urgent_until=None)
        )


def press(
    ticket: Ticket, until: datetime, reasons: Sequence[str], *, contact: Contact, at: datetime
) -> None:
    """The machine finds that waiting does harm; where a person has spoken, that word stands."""
    if (ticket.urgent and ticket.urgent_until is None) or decided_by_person(ticket):
        return
    if not ticket.urgent:
        record(
            PRESSED,
            at=at,
            ticket_id=ticket.id,
            contact_id=contact.id,
            reasons=list(reasons),
            until=until.isoformat(),
        )
    ticket.urgent = True
    ticket.urgent_until = max(filter(None, (ticket.urgent_until, until)))


def decide(ticket: Ticket, urgent: bool, *, by: User) -> None:
    """A person's word: it never expires, and the machine does not touch it again."""
    ticket.urgent, ticket.urgent_until = urgent, None
    record("ticket.urgent" if urgent else "ticket.not_urgent", by=by, ticket_id=ticket.id)


def decided_by_person(ticket: Ticket) -> bool:
    said = select(Event.id).where(Event.ticket_id == ticket.id, Event.kind.in_(BY_PERSON))
    return bool(db.session.scalar(select(said.exists())))


def ends(at: datetime, named: date | None) -> datetime:
    """When the machine's word expires: after the day that was named, or three working days."""
    if named is not None:
        return calendar.start_of(named, END_OF_DAY)
    return calendar.due_after(at, WORKING_DAYS)


def reasons_of(ticket: Ticket) -> list[str]:
    """Why the machine has marked it; empty for a person's mark."""
    if ticket.urgent_until is None:
        return []
    pressed = select(Event.facts).where(Event.ticket_id == ticket.id, Event.kind == PRESSED)
    facts = db.session.scalar(pressed.order_by(Event.id.desc()).limit(1)) or {}
    return [str(reason) for reason in facts.get("reasons", [])]


def expire(at: datetime) -> None:
    """Take away what the machine said and whose time is over; closed tickets too."""
    due = (
        select(Ticket.id)
        .where(Ticket.urgent_until < at)
        .limit(EXPIRED_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    over = db.session.execute(
        update(Ticket)
        .where(Ticket.id.in_(due))
        .values(urgent=False, urgent_until=None)
        .returning(Ticket.id, Ticket.status)
    ).all()
    for ticket_id, status in over:
        if status != Status.CLOSED.value:
            record("ticket.urgency_expired", at=at, ticket_id=ticket_id)


def forget() -> None:
    """While switched off: forget what was kept before, the newest contacts first."""
    done = Setting.read(FORGOTTEN)
    if not done or listened_to():
        return
    ids = select(Contact.id).where(Contact.id < done).order_by(Contact.id.desc()).limit(AT_ONCE)
    first = min(db.session.scalars(ids), default=0)
    Setting.write(FORGOTTEN, first)
    db.session.execute(
        update(Contact)
        .where(Contact.id >= first, Contact.id < done)
        .values(urgency=0.0, dissatisfied=0.0)
    )
    db.session.execute(
        update(Prediction)
        .where(Prediction.contact_id >= first, Prediction.contact_id < done)
        .values(
            urgent=False,
            urgency=0.0,
            urgency_reasons=[],
            dissatisfied=0.0,
            dissatisfied_reasons=[],
        )
    )
