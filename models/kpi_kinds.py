"""What a figure is: its unit, its cuts, its time; and what one measurement of it says. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, Subquery

from models import calendar

DIMENSIONS = ("channel", "topic", "team", "language")
SMALL = 3
"""Fewer of a restricted topic could point at somebody."""


class Unit(StrEnum):
    COUNT = "count"
    SHARE = "share"
    HOURS = "hours"
    """of working time"""
    MINUTES = "minutes"
    DAYS = "days"
    """working days"""


class Better(StrEnum):
    """In which direction a figure should move."""

    UP = "up"
    DOWN = "down"
    NONE = "none"


class Item(StrEnum):
    """What a figure counts, and what it opens to."""

    CONTACT = "contact"
    TICKET = "ticket"
    CALL = "call"
    CALLBACK = "callback"


class Absent(StrEnum):
    """Why there is no value."""

    NOTHING = "nothing"
    """nothing happened that could be measured"""
    YOUNG = "young"
    """what is measured needs more days to be known"""
    UNCOUNTED = "uncounted"
    """those days were never counted, or are still to come"""
    CUT = "cut"
    """this figure is not known by what was asked for"""
    SMALL = "small"
    """too few of a restricted topic to be shown to other teams"""
    BESIDE = "beside"
    """with it such a small number could be worked out"""
    ALONE = "alone"
    """a team of one: a figure of it would be one of a person"""


@dataclass(frozen=True)
class Span:
    """The time of a count: from `start` until before `end`; what stands is as it stood at `at`."""

    start: datetime
    end: datetime
    at: datetime
    live: bool
    """Whether `at` is the present."""

    @classmethod
    def of(cls, first: date, last: date, at: datetime) -> "Span":
        """The days from `first` to `last` as they are known at `at`."""
        start, end = calendar.start_of(first), calendar.start_of(last + timedelta(days=1))
        return cls(start, end, min(end, at), live=at < end)

    @property
    def day(self) -> date:
        """The day on which `at` falls; midnight at its end belongs to it."""
        return calendar.business_day(self.at - timedelta(microseconds=1))


@dataclass(frozen=True)
class Cut:
    """The part of the house that a figure is asked of; None is all of it, '' or 0 what has none."""

    channel: str | None = None
    topic_id: str | None = None
    team_id: int | None = None
    language: str | None = None

    def given(self) -> dict[str, str | int]:
        """What was chosen, by the name of the dimension."""
        chosen = zip(
            DIMENSIONS, (self.channel, self.topic_id, self.team_id, self.language), strict=True
        )
        return {name: value for name, value in chosen if value is not None}


EVERYTHING = Cut()


Facts = Callable[[Span], Select[Any]]
"""One row for each thing counted: item, channel, topic_id, team_id, language, part, whole."""
Values = Callable[[Span, Cut], list[float]]


@dataclass(frozen=True)
class Kpi:
    """One figure of the house."""

    code: str
    unit: Unit
    better: Better
    item: Item
    facts: Facts
    stands: bool = False
    """It is a state (the backlog), not something that happens on a day."""
    cohort_days: int = 0
    """So many days must have passed before a day of it is known."""
    cuts: tuple[str, ...] = DIMENSIONS
    of_work: bool = False
    """It says how people work: of a team of one it is not shown."""
    values: Values | None = None
    """Where the figure is a quantile: the single values, which no sums can give."""
    quantile: float = 0.0

    def supports(self, cut: Cut, split: str | None = None) -> bool:
        return {*cut.given(), *([split] if split else [])} <= set(self.cuts)

    def known_until(self, today: date) -> date:
        """The last day of which this figure is known, with `today` not yet over."""
        return today - timedelta(days=self.cohort_days + 1) if self.cohort_days else today


@dataclass(frozen=True)
class Value:
    """One measurement. `value` is None where nothing can be said, and `why_not` says why."""

    part: float
    whole: float
    value: float | None
    why_not: Absent | None
    as_of: date
    """The last day that it tells of."""
    since: date
    """The first one."""


@dataclass(frozen=True)
class Point:
    """One measurement of a line over time."""

    first: date
    last: date
    key: str
    """What the line is of: a channel, topic, team's id or language; '' for all or for none."""
    part: float
    whole: float
    value: float | None
    why_not: Absent | None


def value_of(kpi: Kpi, part: float, whole: float) -> float | None:
    """What the sums say; None where there was nothing to measure."""
    if kpi.unit is Unit.COUNT:
        return part
    return part / whole if whole else None


def quantile(values: list[float], share: float) -> float | None:
    """The value below which `share` of them lie, interpolated; the median for one half."""
    if not values:
        return None
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def cut_to(chosen: Select[Any], facts: Subquery, cut: Cut) -> Select[Any]:
    """Of these facts, those of the cut."""
    return chosen.where(*(facts.c[name] == value for name, value in cut.given().items()))
