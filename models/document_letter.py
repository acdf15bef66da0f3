"""Whom to write about documents: those asked for and not told yet, and those told long ago."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import ColumnElement, func, select

from models.base import db
from models.calendar import BRUSSELS, business_day, working_day
from models.document_request import TIME_TO_UNDO, DocumentRequest
from models.ticket import Status, Ticket

TOO_LATE = timedelta(days=5)
"""What could not be told for so long is a person's to tell."""
AT_ONCE = 50
_FROM, _UNTIL = time(8), time(19)


@dataclass(frozen=True)
class Asking:
    """One letter: all that one ticket lacks; `reminder`: the client was told before."""

    ticket: Ticket
    requests: Sequence[DocumentRequest]
    reminder: bool

    def done(self, message_id: int, at: datetime) -> None:
        """The letter is promised: it names all of them."""
        for request in self.requests:
            if self.reminder:
                request.reminded_at = at
            else:
                request.was_told(message_id, at)

    def cannot(self, why: str, at: datetime) -> None:
        """No letter can be written: a person tells the client, and nobody tries again."""
        for request in self.requests:
            if self.reminder:
                request.reminded_at = request.told_at
            elif request.told_at is None:
                request.untold = why
        if not self.reminder:
            self.ticket.call_attention("document_untold", at)

    @property
    def cause(self) -> str:
        """The same request is asked for once each time, and reminded of once."""
        named = ",".join(f"{one.id}.{one.times}" for one in self.requests)
        return f"{'reminder' if self.reminder else 'documents'} {named}"


def to_ask(at: datetime) -> list[Asking]:
    """Tickets with a request that nobody can take back any more, of which the client knows nothing.

    Each is held by one worker; the letter names whatever the ticket lacks.
    """
    tickets = _tickets(*_untold(), DocumentRequest.asked_at > at - TOO_LATE)
    return [
        Asking(ticket, lacking, reminder=False)
        for ticket, lacking in tickets
        if not any(one.told_at is None and one.asked_at > at - TIME_TO_UNDO for one in lacking)
    ]


def given_up(at: datetime) -> list[Asking]:
    """Tickets with a request that no letter could be written for in all that time."""
    tickets = _tickets(*_untold(), DocumentRequest.asked_at <= at - TOO_LATE)
    return [
        Asking(ticket, [one for one in lacking if one.asked_at <= at - TOO_LATE], reminder=False)
        for ticket, lacking in tickets
    ]


def to_remind(at: datetime, days: int) -> list[Asking]:
    """Tickets whose client was told so many days ago and has sent nothing, and is not reminded."""
    tickets = _tickets(
        DocumentRequest.told_at <= at - timedelta(days=days),
        DocumentRequest.told_at > at - timedelta(days=days) - TOO_LATE,
        DocumentRequest.reminded_at.is_(None),
        DocumentRequest.received_at.is_(None),
        DocumentRequest.waived_at.is_(None),
    )
    return [Asking(ticket, lacking, reminder=True) for ticket, lacking in tickets]


def reminding_time(at: datetime) -> bool:
    """Nobody is reminded at night or on a day off."""
    clock = at.astimezone(BRUSSELS).time()
    return _FROM <= clock < _UNTIL and working_day(business_day(at))


def _untold() -> tuple[ColumnElement[bool], ...]:
    return (
        DocumentRequest.told_at.is_(None),
        DocumentRequest.untold == "",
        DocumentRequest.received_at.is_(None),
        DocumentRequest.waived_at.is_(None),
    )


def _tickets(*conditions: ColumnElement[bool]) -> list[tuple[Ticket, Sequence[DocumentRequest]]]:
    ids = select(DocumentRequest.ticket_id).where(*conditions)
    rows = (
        select(Ticket)
        .where(
            Ticket.id.in_(ids),
            Ticket.status != Status.CLOSED.value,
            Ticket.merged_into_id.is_(None),
        )
        .order_by(func.random())  # fifty that must wait for their turn keep nobody else waiting
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True, of=Ticket)
    )
    return [(ticket, DocumentRequest.open_of(ticket.id)) for ticket in db.session.scalars(rows)]
