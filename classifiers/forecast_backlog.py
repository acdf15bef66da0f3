"""When what waits is worked off: backlog, what still comes, and the hours there are. Pure.

Many courses of the days ahead are drawn; how many of them end by a day says how sure that day is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from classifiers.counts import Numbers

COURSES = 400
COMMON = 0.5
"""The share of a day's surprise that all days have in common: a level that was misjudged."""
LOW, MIDDLE, HIGH = 0.1, 0.5, 0.9


@dataclass(frozen=True, slots=True)
class Load:
    """One day: hours of work that come in, how unsure that is, and hours that people have."""

    on: date
    hours: float
    dispersion: float
    capacity: float
    at_once: float = 0.0
    """Of these hours, calls: they are answered on the day or not at all."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """The hours that wait at the end of a day; eight of ten courses lie from low to high."""

    on: date
    low: float
    middle: float
    high: float


@dataclass(frozen=True, slots=True)
class Clearing:
    """`middle` is the day on which one course of two has nothing waiting any more, `early` and
    `late` one of ten and nine of ten; None: not within the days looked at.

    `growth` is by how many hours the backlog grows on an average working day; below 0 it falls.
    """

    days: tuple[Waiting, ...]
    early: date | None
    middle: date | None
    late: date | None
    growth: float

    @property
    def never(self) -> bool:
        return self.middle is None and self.growth >= 0


def clear(backlog: float, loads: Sequence[Load], seed: int = 0) -> Clearing:
    """From `backlog` hours; what calls do not need of a day's hours goes to what waits."""
    if not loads:
        return Clearing((), None, None, None, 0.0)
    coming = _courses(loads, np.random.default_rng(seed))
    capacity = np.array([one.capacity for one in loads])
    at_once = np.array([one.at_once for one in loads])
    waiting = np.full(COURSES, backlog)
    first = np.full(COURSES, len(loads))
    days = []
    for place, one in enumerate(loads):
        # Calls that find nobody are lost or come back as mail: they never wait here.
        share = min(1.0, at_once[place] / one.hours) if one.hours else 0.0
        calls = np.minimum(coming[:, place] * share, capacity[place])
        left = capacity[place] - calls
        waiting = np.maximum(0.0, waiting + coming[:, place] * (1 - share) - left)
        done = (waiting <= 0) & (first == len(loads)) & (capacity[place] > 0)
        first = np.where(done, place, first)
        low, middle, high = np.quantile(waiting, (LOW, MIDDLE, HIGH))
        days.append(Waiting(one.on, float(low), float(middle), float(high)))
    early, middle, late = (_day(first, loads, share) for share in (LOW, MIDDLE, HIGH))
    working = max(1, int((capacity > 0).sum()))
    if middle is None:
        growth = (days[-1].middle - backlog) / working
    else:
        growth = (sum(one.hours for one in loads) - float(capacity.sum())) / working
    return Clearing(tuple(days), early, middle, late, growth)


def _courses(loads: Sequence[Load], chance: np.random.Generator) -> Numbers:
    means = np.array([one.hours for one in loads])
    spread = np.sqrt(np.log1p(np.array([one.dispersion for one in loads])))
    common = chance.normal(size=(COURSES, 1)) * np.sqrt(COMMON)
    own = chance.normal(size=(COURSES, len(loads))) * np.sqrt(1 - COMMON)
    return np.asarray(means * np.exp(spread * (common + own) - spread**2 / 2))


def _day(first: Numbers, loads: Sequence[Load], share: float) -> date | None:
    place = int(np.quantile(first, share, method="higher"))
    return loads[place].on if place < len(loads) else None
