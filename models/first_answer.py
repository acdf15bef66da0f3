"""How a ticket stood before a mail that is taken back: whether it was answered, and for whom it
waited."""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from models import ticket_clock
from models.base import db
from models.event import Event, record
from models.message import Message
from models.ticket import Status, Ticket


def note_answer(ticket: Ticket, message: Message, stood: str, at: datetime) -> None:
    """An answer is on its way; `stood` is the state before it, to which it can go back."""
    facts: dict[str, Any] = {"message": message.id, "stood": stood}
    record("ticket.answered", by=message.by, at=at, ticket_id=ticket.id, **facts)


def answered_before(ticket: Ticket, message: Message) -> bool:
    """Whether the client had an answer by another way (a call, a closure) before this one."""
    answered, first = _answer(ticket, message), ticket.first_answer_at
    return answered is not None and first is not None and first < answered.at


def stand_as_before(ticket: Ticket, message: Message) -> None:
    """The mail will not leave after all: what waited for the client waits again, anything else is
    ours to do. Where the client has spoken meanwhile, it is ours in any case."""
    answered, ours = _answer(ticket, message), ticket.status in (Status.NEW, Status.OPEN)
    ticket.open_again()
    if not ours and answered is not None and answered.facts.get("stood") == Status.WAITING:
        ticket.status = Status.WAITING.value
    else:
        ticket_clock.never_stopped(ticket)


def _answer(ticket: Ticket, message: Message) -> Event | None:
    answered = select(Event).where(
        Event.ticket_id == ticket.id,
        Event.kind == "ticket.answered",
        Event.facts["message"].as_integer() == message.id,
    )
    return db.session.scalar(answered.order_by(Event.id.desc()).limit(1))
