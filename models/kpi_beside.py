"""What a figure is held against: the same weekday a week ago, and the median of four of them.

A count of a day that is not over is held against earlier days up to the same hour; where no equal
weekday is known, against the last working days.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

from sqlalchemy import and_, func, select, true

from models import calendar
from models.base import db
from models.daily_figure import DailyFigure
from models.kpi_kinds import Cut, Span, value_of
from models.kpi_registry import KPIS
from models.kpi_sums import COLUMNS

WEEKS = 4


@dataclass(frozen=True)
class Beside:
    """Earlier values of a figure: the last one, the median of all, and how many they are."""

    last: float
    median: float
    lowest: float
    highest: float
    days: int
    same_weekday: bool
    """False: they are of the last working days, because no equal weekday is known yet."""


def weekdays_before(day: date) -> list[date]:
    """The equal weekdays of the four weeks before, the last one first."""
    return [day - timedelta(weeks=weeks) for weeks in range(1, WEEKS + 1)]


def kept(codes: Iterable[str], day: date, cut: Cut) -> dict[str, Beside]:
    """What these figures were on earlier days, of those that were counted whole."""
    working = [calendar.working_day_before(day, count) for count in range(1, WEEKS + 1)]
    weekdays = weekdays_before(day)
    known = _kept(codes, [*weekdays, *working], cut)
    found = {}
    for code, values in known.items():
        for days in (weekdays, working):
            there = [value for one in days if (value := values.get(one)) is not None]
            if there:
                found[code] = _beside(there, same_weekday=days is weekdays)
                break
    return found


Cells = dict[tuple[str, ...], float]
"""Contacts by (channel, topic, language)."""
SPLITS = ("channel", "topic", "language")


@dataclass(frozen=True)
class Inflow:
    """What has come today, and had come on earlier days by the same time of day."""

    today: Cells
    earlier: Sequence[Cells]
    """Of the days on which anybody came."""
    same_weekday: bool

    def now(self, split: str) -> dict[str, int]:
        """Today's contacts for each channel, topic or language."""
        return {key: int(count) for key, count in _by(self.today, split).items()}

    def usual(self, split: str | None) -> dict[str, Beside]:
        """The same of earlier days; without a `split` under '' all of it."""
        sums = [_by(cells, split) for cells in self.earlier]
        keys = {key for of_day in sums for key in of_day}
        return {
            key: _beside([of_day.get(key, 0.0) for of_day in sums], same_weekday=self.same_weekday)
            for key in keys
        }


def inflow(day: date, at: datetime, cut: Cut) -> Inflow:
    """Today's inflow beside that of four equal weekdays, else of the last working days."""
    start = calendar.start_of(day)
    passed = min(at, calendar.start_of(day + timedelta(days=1))) - start
    today = _until(start, passed, cut)
    working = [calendar.working_day_before(day, count) for count in range(1, WEEKS + 1)]
    for days, same in ((weekdays_before(day), True), (working, False)):
        earlier = [_until(calendar.start_of(one), passed, cut) for one in days]
        lived = [cells for cells in earlier if cells]
        if lived:
            return Inflow(today, lived, same)
    return Inflow(today, (), True)


def _by(cells: Cells, split: str | None) -> dict[str, float]:
    sums: dict[str, float] = {}
    for names, count in cells.items():
        key = names[SPLITS.index(split)] if split else ""
        sums[key] = sums.get(key, 0.0) + count
    return sums


def _beside(values: Sequence[float], *, same_weekday: bool) -> Beside:
    middle = float(median(values))
    return Beside(values[0], middle, min(values), max(values), len(values), same_weekday)


def _kept(codes: Iterable[str], days: list[date], cut: Cut) -> dict[str, dict[date, float | None]]:
    """Of the days that were counted; one on which this part of the house had nothing, had none."""
    inside = and_(true(), *(COLUMNS[name] == value for name, value in cut.given().items()))
    part = func.coalesce(func.sum(DailyFigure.part).filter(inside), 0.0)
    whole = func.coalesce(func.sum(DailyFigure.whole).filter(inside), 0.0)
    chosen = (
        select(DailyFigure.kpi, DailyFigure.day, part, whole)
        .where(DailyFigure.kpi.in_(list(codes)), DailyFigure.day.in_(days))
        .group_by(DailyFigure.kpi, DailyFigure.day)
    )
    found: dict[str, dict[date, float | None]] = {}
    for code, day, *of_day in db.session.execute(chosen):
        found.setdefault(code, {})[day] = value_of(KPIS[code], *map(float, of_day))
    return found


def _until(start: datetime, passed: timedelta, cut: Cut) -> Cells:
    span = Span(start, start + passed, start + passed, live=False)
    facts = KPIS["inflow"].facts(span).subquery()
    cells = [facts.c[name] for name in SPLITS]
    chosen = (
        select(*cells, func.sum(facts.c.part))
        .where(*(facts.c[name] == value for name, value in cut.given().items()))
        .group_by(*cells)
    )
    return {tuple(names): float(count) for *names, count in db.session.execute(chosen)}
