"""What stands beside the cards: who hung up, what happens outside, and how much can be compared."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from models import calendar
from models.abandoned import Abandoned, abandoned_between
from models.external_event import ExternalEvent
from models.figures import DailyCounter
from triage.screening.board import since_last_meeting

SETTLED = 10
"""Days of history from which intervals are no longer wide for want of days."""
AHEAD = timedelta(days=3)
"""So far ahead known events are told."""


def abandoned(day: date, at: datetime) -> Abandoned:
    """Who hung up before an answer since the last meeting."""
    return abandoned_between(since_last_meeting(day), min(at, calendar.bounds(day)[1]))


def outside(day: date) -> list[ExternalEvent]:
    """What is known to move contacts now, or lately, or in the next days."""
    first = calendar.business_day(since_last_meeting(day))
    return list(ExternalEvent.around(min(first, day - timedelta(days=1)), day + AHEAD))


@dataclass(frozen=True)
class Compared:
    """With how many earlier days a day can be compared."""

    days: int
    settled_on: date
    """From then on there is as much to compare with as is needed."""

    @property
    def first_day(self) -> bool:
        return self.days == 0

    @property
    def few(self) -> bool:
        return self.days < SETTLED


def compared(day: date) -> Compared:
    begun = min(DailyCounter.first_day() or day, day)
    steps = range((day - begun).days)
    days = sum(calendar.working_day(begun + timedelta(days=step)) for step in steps)
    return Compared(days, calendar.working_day_after(day, max(SETTLED - days, 0)))
