"""What stands beside the cards: who hung up, what happens outside, and how much can be compared."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from models import calendar
from models.abandoned import Abandoned, abandoned_between
from models.daily_figure import DailyFigure
from models.external_event import ExternalEvent
from models.problem import PRESSING, Trend
from triage.screening import expecting, occasions
from triage.screening.expecting import TopicExpectation
from triage.screening.occasions import Known
from triage.screening.window import line_of, since_last_meeting

SETTLED = 10
"""Days of history from which intervals are no longer wide for want of days."""
TOPICS = 6
MOVING = {*PRESSING, Trend.FALLING}
AHEAD = timedelta(days=3)
"""So far ahead known events are told."""


def abandoned(day: date, at: datetime) -> Abandoned:
    """Who hung up before an answer since the last meeting."""
    return abandoned_between(*line_of(day, at))


@dataclass(frozen=True)
class Outside:
    """Something outside that moves contacts on a day, or is about to."""

    known: Known
    acts: bool


def outside(day: date) -> list[Outside]:
    """What moves contacts on `day`, then what people have noted of the days around."""
    acting = occasions.events_on(day)
    told = {known.event.id for known in acting if known.event}
    first = calendar.business_day(since_last_meeting(day))
    around = ExternalEvent.around(min(first, day - timedelta(days=1)), day + AHEAD)
    return [Outside(known, acts=True) for known in acting] + [
        Outside(occasions.noted(event), acts=False) for event in around if event.id not in told
    ]


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
    begun = min(DailyFigure.first_day() or day, day)
    steps = range((day - begun).days)
    days = sum(calendar.working_day(begun + timedelta(days=step)) for step in steps)
    return Compared(days, calendar.working_day_after(day, max(SETTLED - days, 0)))


def topics(day: date, at: datetime) -> list[TopicExpectation]:
    """Topics about which more, or clearly less, comes in than was expected by now."""
    moving = [
        one
        for one in expecting.topic_expectations(day, at)
        if one.expected is not None and one.trend in MOVING
    ]
    return moving[:TOPICS]
