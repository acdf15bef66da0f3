"""The clock of a ticket: by when we owe an answer, when it stands still, and laying aside.

While the client is the one to act the clock stands; what was left of it runs on afterwards.
"""

from datetime import datetime, timedelta

from models import business_time, calendar
from models.event import record
from models.service_level import OpeningHours, ServiceLevel, promise
from models.ticket_row import TicketRow
from models.user import User


def begin(ticket: TicketRow, at: datetime | None = None) -> None:
    """A fresh promise for what came at `at` (else: for what opened the ticket)."""
    ticket.due_at = promise(ticket, at)
    ticket.clock_stopped_at = ticket.warned_at = ticket.breached_at = None


def stop(ticket: TicketRow, at: datetime) -> None:
    """Nothing of ours is owed for now; stopping twice is stopping once."""
    lay_down(ticket)
    if ticket.clock_stopped_at is None:
        ticket.clock_stopped_at = at


def go_on(ticket: TicketRow, at: datetime) -> None:
    """What was left when the clock stopped is what we have from `at` on.

    Where nothing was left, and where it never stopped, a fresh promise begins. A promise in days is
    kept in whole working days, one of a service level to the minute.
    """
    stopped, due = ticket.clock_stopped_at, ticket.due_at
    if stopped is None or due is None or due <= stopped:
        begin(ticket, at)
        return
    ticket.clock_stopped_at = None
    if ServiceLevel.of(ticket.team_id, ticket.topic_id) is not None:
        week = OpeningHours.week_of(ticket.team_id)
        ticket.due_at = business_time.after(at, business_time.worked(stopped, due, week), week)
    else:
        ticket.due_at = calendar.due_after(at, max(1, _working_days(stopped, due)))


def never_stopped(ticket: TicketRow) -> None:
    """The clock stood by mistake: the answer was taken back, or did not arrive."""
    ticket.clock_stopped_at = None


def _working_days(start: datetime, end: datetime) -> int:
    """How many working days after that of `start` the day of `end` is."""
    day, last = calendar.business_day(start), calendar.business_day(end)
    later = (day + timedelta(days=step) for step in range(1, (last - day).days + 1))
    return sum(calendar.working_day(one) for one in later)


# --- laid aside -----------------------------------------------------------------------------


def snooze(ticket: TicketRow, until: datetime, *, by: User, at: datetime) -> None:
    """Out of the lists until then; what we promised runs on. Raises ValueError for the past."""
    if until <= at:
        raise ValueError("what is over cannot be waited for")
    ticket.snoozed_until, ticket.snoozed_by_id = until, by.id
    record("ticket.snoozed", by=by, at=at, ticket_id=ticket.id, until=until.isoformat())


def snoozed(ticket: TicketRow) -> bool:
    return ticket.snoozed_by_id is not None


def unsnooze(ticket: TicketRow, *, by: User, at: datetime) -> None:
    """A person takes it up again before its time."""
    if snoozed(ticket):
        record("ticket.unsnoozed", by=by, at=at, ticket_id=ticket.id)
    lay_down(ticket)


def wake(ticket: TicketRow, why: str, at: datetime) -> None:
    """Back in the lists, and on top of them until somebody works on it."""
    if snoozed(ticket):
        record("ticket.woken", at=at, ticket_id=ticket.id, why=why)
        ticket.snoozed_until, ticket.snoozed_by_id = at, None


def touch(ticket: TicketRow) -> None:
    """Somebody works on it: what has woken stands where its own weight puts it."""
    if not snoozed(ticket):
        ticket.snoozed_until = None


def lay_down(ticket: TicketRow) -> None:
    """It sleeps no longer, and has not woken either."""
    ticket.snoozed_until = ticket.snoozed_by_id = None
