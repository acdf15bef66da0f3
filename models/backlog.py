"""How long an answer takes at today's pace: what waits, and what its team answers on a day."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from models import calendar
from models.base import db
from models.event import Event
from models.ticket import Ticket

DAYS = 5
"""Working days over which the pace is taken."""
FRESH = timedelta(minutes=1)
"""For so long a count is good enough: a surge must not count the same line for each mail."""
LONGEST = 60
"""Working days; beyond, nobody can promise anything."""

_ANSWERS = ("ticket.answered", "ticket.closed", "ticket.wrapped_up")


@dataclass(frozen=True)
class Backlog:
    """A team's open tickets, and how many it answers on a working day (None: never any yet)."""

    waiting: int
    a_day: float | None
    counted_at: datetime

    @property
    def days(self) -> int | None:
        """Working days until the last in the line is answered, rounded up."""
        if not self.a_day:
            return None
        return min(LONGEST, max(1, math.ceil(self.waiting / self.a_day)))


def backlog_of(team_id: int, at: datetime) -> Backlog:
    """The team's backlog, counted anew at most once a minute in a process."""
    counted: dict[int, Backlog] = db.session().info.setdefault("backlogs", {})
    known = counted.get(team_id)
    if known is None or not timedelta(0) <= at - known.counted_at < FRESH:
        known = counted[team_id] = Backlog(_waiting(team_id), _pace(team_id, at), at)
    return known


def _waiting(team_id: int) -> int:
    line = select(func.count()).where(Ticket.team_id == team_id, Ticket.waits())
    return db.session.scalar(line) or 0


def _pace(team_id: int, at: datetime) -> float | None:
    """Tickets answered or ended a working day, over the last five or since the first of them."""
    today = calendar.business_day(at)
    first_day = calendar.working_day_before(today, DAYS)
    answered, first_at = db.session.execute(
        select(func.count(Event.ticket_id.distinct()), func.min(Event.at))
        .join(Ticket, Ticket.id == Event.ticket_id)
        .where(
            Event.kind.in_(_ANSWERS),
            Event.at >= calendar.start_of(first_day),
            Event.at < calendar.start_of(today),
            Ticket.team_id == team_id,
        )
    ).one()
    if not answered:
        return None
    day = max(first_day, calendar.business_day(first_at))
    days = 0
    while day < today:
        days += calendar.working_day(day)
        day += timedelta(days=1)
    return float(answered) / max(1, days)
