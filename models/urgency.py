"""Urgency of a ticket: the machine's word expires, a person's never does.

Urgency and dissatisfaction may be switched off for the whole house: then nothing of them is shown
or ordered by from that moment, and what was kept is forgotten when it can no longer be undone.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy import Update, func, select, update

from models import calendar
from models.audit import Audit
from models.base import db, now
from models.contact import Contact
from models.event import Event, record
from models.prediction import Prediction
from models.settings import Setting
from models.ticket import Status, Ticket
from models.user import User

SWITCH = "tone.listened_to"
FORGOTTEN = "tone.forgotten_from"
"""What was kept of contacts from this number on has been forgotten."""
SWITCHED_OFF = "tone.switched_off_at"
GRACE = timedelta(minutes=10)
"""So long after switching off nothing is forgotten yet."""
END_OF_DAY = time(23, 59)
WORKING_DAYS = 3
"""So long the machine's word stands when no day was named."""
PRESSED = "ticket.pressed"
SET_ASIDE = "ticket.pressed_set_aside"
"""What `PRESSED` is called while switched off: no history tells it."""
BY_PERSON = ("ticket.urgent", "ticket.not_urgent")
AT_ONCE = 20_000
EXPIRED_AT_ONCE = 500


def listened_to() -> bool:
    """Whether the house keeps and uses urgency and dissatisfaction."""
    return bool(Setting.read(SWITCH, True))


def listen(on: bool, *, by: User, at: datetime | None = None) -> None:
    """Switch both scores on or off; off sets the machine's marks aside, on within the grace
    brings them back."""
    if on == listened_to():
        return
    at = at or now()
    if on and at < (remembered_until() or at):
        _bring_back(at)
    if not on:
        Setting.write(FORGOTTEN, (db.session.scalar(select(func.max(Contact.id))) or 0) + 1)
        Setting.write(SWITCHED_OFF, at.isoformat())
        db.session.execute(_marked_by_machine().values(urgent=False))
        db.session.execute(update(Event).where(Event.kind == PRESSED).values(kind=SET_ASIDE))
    Setting.write(SWITCH, on)
    Audit.append(by.id, "tone.switched_on" if on else "tone.switched_off", {}, {})


def remembered_until() -> datetime | None:
    """While switched off: until when switching on again brings everything back; else None."""
    since = None if listened_to() else Setting.read(SWITCHED_OFF)
    return datetime.fromisoformat(since) + GRACE if since else None


def _bring_back(at: datetime) -> None:
    Setting.write(FORGOTTEN, 0)
    db.session.execute(_marked_by_machine().where(Ticket.urgent_until > at).values(urgent=True))
    db.session.execute(update(Event).where(Event.kind == SET_ASIDE).values(kind=PRESSED))


def _marked_by_machine() -> Update:
    """A mark of the machine has an end; while it is set aside it has nothing but that end."""
    return update(Ticket).where(Ticket.urgent_until.is_not(None))


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
    if not ticket.urgent or ticket.urgent_until is None:
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
    heard = listened_to()
    for ticket_id, status in over:
        if heard and status != Status.CLOSED.value:
            record("ticket.urgency_expired", at=at, ticket_id=ticket_id)


def forget(at: datetime | None = None) -> None:
    """While switched off, after the grace: forget what was kept, the newest contacts first."""
    done, until = Setting.read(FORGOTTEN), remembered_until()
    if not done or listened_to() or (until is not None and (at or now()) < until):
        return
    _forget_marks()
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


def _forget_marks() -> None:
    db.session.execute(_marked_by_machine().values(urgent=False, urgent_until=None))
    told = Event.kind.in_((PRESSED, SET_ASIDE))
    db.session.execute(update(Event).where(told).values(kind=PRESSED, facts={}))
