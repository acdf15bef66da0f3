"""How many people the telephone needs in each half hour, beside those whom the roster has."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from classifiers.erlang import Line
from models import calendar, forecast
from models.intake import Channel
from triage.dashboards.ahead_asked import WhatIf
from triage.dashboards.ahead_plan import AFTERNOON, CLOSES, OPENS, Standing
from triage.dashboards.call_takers import taking_calls

A_HALF_HOUR = timedelta(minutes=30)


@dataclass(frozen=True)
class Desk:
    """One half hour of calls: `rostered` None where the roster says nothing of the day."""

    starts_at: datetime
    calls: float
    low: float
    high: float
    needed: int
    rostered: float | None
    in_time: float | None
    """The share answered in time by those who are rostered; None where the queue grows."""
    growth: float
    """By how many calls an hour the queue grows."""

    @property
    def gap(self) -> float:
        return max(0.0, self.needed - self.rostered) if self.rostered is not None else 0.0


def desks(known: Standing, supposed: WhatIf, day: date) -> list[Desk]:
    """The half hours of a day in which somebody is expected to call."""
    seconds = known.handling[Channel.PHONE].minutes * 60 * (1 + supposed.minutes / 100)
    minutes = {name: one.minutes for name, one in known.handling.items()}
    heads: dict[datetime, float] = {}
    for one in taking_calls(known.heads, known.expected, minutes):
        heads[one.starts_at] = heads.get(one.starts_at, 0.0) + one.heads
    opens, closes = office_hours(known, day)
    if supposed.closed:
        closes = min(closes, calendar.start_of(day, AFTERNOON))
    found = []
    for row in forecast.expected_half_hours(day, day, Channel.PHONE):
        if not opens <= row.starts_at < closes:
            continue
        line = Line(2 * row.expected, seconds)
        own = heads.get(row.starts_at, 0.0) if day in known.rostered else None
        there = max(0.0, own + supposed.people) if own is not None else None
        found.append(
            Desk(
                starts_at=row.starts_at,
                calls=row.expected,
                low=row.low,
                high=row.high,
                needed=line.agents_for(),
                rostered=there,
                in_time=line.in_time(int(there)) if there is not None else None,
                growth=line.growth(there) if there is not None else 0.0,
            )
        )
    return found


def office_hours(known: Standing, day: date) -> tuple[datetime, datetime]:
    """From the first to the last who is rostered; without a roster the usual hours."""
    own = [one.starts_at for one in known.heads if calendar.business_day(one.starts_at) == day]
    if own:
        return min(own), max(own) + A_HALF_HOUR
    return calendar.start_of(day, OPENS), calendar.start_of(day, CLOSES)
