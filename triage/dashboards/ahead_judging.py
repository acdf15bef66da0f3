"""How good the forecasts of the last weeks were: as they were said, beside what came."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from models import calendar, forecast, forecast_past
from models.forecast import ALL, Expected, ForecastRun
from models.intake import Channel
from triage import forecasting
from triage.dashboards.ahead_charts import EIGHT_OF_TEN, Row, axis, band_of
from triage.dashboards.ahead_words import named, whole
from triage.display import reader_language

WEEKS = timedelta(weeks=8)
AHEAD = (1, 5, 10)
"""So many days before a day, at the latest, it was foreseen."""
MISSES = 5


@dataclass(frozen=True)
class Judged:
    """One working day: what was said, what came, and what had come a week before."""

    day: date
    said_on: date
    said: Expected
    came: int
    week_before: int | None

    @property
    def error(self) -> float:
        return abs(self.came - self.said.expected)

    @cached_property
    def within(self) -> bool:
        low, high = band_of(self.said, EIGHT_OF_TEN) or (0.0, 0.0)
        return low <= self.came <= high


@dataclass(frozen=True)
class Verdict:
    """All judged days of one channel."""

    channel: str
    days: Sequence[Judged]

    @property
    def within(self) -> int:
        return sum(one.within for one in self.days)

    @property
    def off(self) -> float | None:
        """How far off, of what came, in the mean."""
        came = sum(one.came for one in self.days)
        return sum(one.error for one in self.days) / came if came else None

    @property
    def mase(self) -> float | None:
        """Mean error beside that of taking last week's same weekday; below 1 is better."""
        beside = [one for one in self.days if one.week_before is not None]
        usual = sum(abs(one.came - (one.week_before or 0)) for one in beside)
        return sum(one.error for one in beside) / usual if usual else None

    @property
    def misses(self) -> list[Judged]:
        """The days farthest outside the band."""
        outside = [one for one in self.days if not one.within]
        return sorted(outside, key=lambda one: -one.error)[:MISSES]


def verdicts(at: datetime, ahead: int) -> list[Verdict]:
    """Everything first, then each channel in which anything came."""
    today = calendar.business_day(at)
    first, last = today - WEEKS, today - timedelta(days=1)
    channels = forecast_past.by_channel(first - timedelta(days=7), last)
    came = {ALL: forecast_past.total(list(channels.values())), **channels}
    names = [ALL, *(channel.value for channel in Channel)]
    found = [
        Verdict(name, judged(name, came.get(name, {}), first, last, ahead))
        for name in names
        if came.get(name)
    ]
    return [one for one in found if one.days]


def judged(
    channel: str,
    came: Mapping[date, int],
    first: date,
    last: date,
    ahead: int,
) -> list[Judged]:
    found = []
    for said_on, said in forecast.said_before(first, last, channel, ahead):
        day = said.day
        if not calendar.working_day(day):
            continue
        before = day - timedelta(days=7)
        known = before >= min(came) and calendar.working_day(before)
        week_before = came.get(before, 0) if known else None
        found.append(Judged(day, said_on, said, came.get(day, 0), week_before))
    return found


def rows_of(verdict: Verdict) -> list[Row]:
    return [Row(whole(one.day), axis(one.day), one.came, one.said) for one in verdict.days]


def notes_on(days: Sequence[date]) -> dict[date, str]:
    """What was known to act on each of these days, in words."""
    known = forecasting.known_on(days)
    return {
        day: named([(one.kind, one.name(reader_language())) for one in found])
        for day, found in known.items()
    }


def said_afterwards(verdict: Verdict) -> int:
    """On how many of the days the forecast was only made afterwards, as it would have been."""
    days = {one.said_on for one in verdict.days}
    late = ForecastRun.made_afterwards(min(days), max(days)) if days else set()
    return sum(one.said_on in late for one in verdict.days)
