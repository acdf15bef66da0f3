"""How good forecasts of the inflow are, beside the same weekday of last week, and their intervals.

Invented channels of 26 weeks: weekdays, holidays and the days after them, payment days, quarter
ends, a level that wanders, more than chance; and the same with a crisis, an outage, little past.
Every working day from the ninth week on, the next twenty working days are foreseen.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from classifiers import forecast
from classifiers.rhythm import Day, Occasion
from models import calendar
from triage.screening.occasions import from_catalog

Counts = NDArray[np.float64]
FIRST = date(2026, 1, 5)
WEEKS = 26
BEFORE = 8 * 7
"""Days of past before the first forecast."""
COMING = 28
SHARES = (0.5, 0.8, 0.9)


@dataclass(frozen=True)
class Stream:
    """How a channel's days are made."""

    level: float
    weekdays: tuple[float, ...] = (1.35, 1.1, 1.0, 0.95, 0.8)
    after_holiday: float = 1.4
    payment: float = 1.6
    quarter: float = 1.3
    free: float = 0.05
    dispersion: float = 0.02
    wander: float = 0.02
    """How far the level moves from day to day; of its logarithm."""
    bend: Callable[[int], float] = lambda day: 1.0
    """What everything is multiplied by."""
    lost: float = 0.0
    """The share of days of which nothing is known."""

    def counts(self, days: Sequence[Day], seed: int) -> Counts:
        chance = np.random.default_rng(seed)
        level, found = self.level, []
        for place, day in enumerate(days):
            level *= float(np.exp(chance.normal(0, self.wander)))
            mean = level * self.bend(place) * self.heavy(day)
            excess = chance.gamma(1 / self.dispersion, self.dispersion)
            lost = chance.random() < self.lost
            found.append(np.nan if lost else float(chance.poisson(mean * excess)))
        return np.array(found)

    def heavy(self, day: Day) -> float:
        if day.free:
            return self.free
        kinds = {one.kind for one in day.occasions}
        heavy = self.weekdays[day.on.weekday()]
        heavy *= self.after_holiday if day.after_holiday else 1
        heavy *= self.payment if "payment_day" in kinds else 1
        return heavy * (self.quarter if "quarter_end" in kinds else 1)


PHONE = Stream(level=180)
EMAIL = Stream(level=260, weekdays=(1.5, 1.1, 1.0, 0.9, 0.75), free=0.25, payment=1.9)
FORM = Stream(level=60, free=0.4, dispersion=0.05)
POST = Stream(level=8, free=0.0, payment=1.0, dispersion=0.1)
CHANNELS = {"phone": PHONE, "email": EMAIL, "form": FORM, "post": POST}


def crisis(day: int) -> float:
    """From one day to the next week 225 times as much, and months until it has fallen by half."""
    begins = 90
    if day < begins:
        return 1.0
    rise = min(1.0, (day - begins) / 7)
    return float(225**rise * 0.5 ** (max(0, day - begins - 14) / 60))


def step(day: int) -> float:
    return 1.0 if day < 100 else 2.5


HARD = {
    "a crisis of 225 times": replace(PHONE, bend=crisis),
    "a step to 2.5 times": replace(PHONE, bend=step),
    "one day in ten unknown": replace(PHONE, lost=0.1),
    "days that vary much": replace(PHONE, dispersion=0.15),
    "a level that wanders much": replace(PHONE, wander=0.06),
}


def run(seeds: int = 3) -> dict[str, object]:
    return {
        "MASE against the same weekday last week; coverage of 50, 80, 90 % (%)": {
            name: told(judged(stream, range(seeds))) for name, stream in CHANNELS.items()
        },
        "the same on hard streams": {
            name: told(judged(stream, range(seeds))) for name, stream in HARD.items()
        },
        "the same without knowing holidays and payment days": {
            name: told(judged(stream, range(seeds), known=False))
            for name, stream in CHANNELS.items()
        },
        "median of four weeks: MASE": {
            name: round(judged(stream, range(seeds), way=four_weeks).mase(), 3)
            for name, stream in (CHANNELS | HARD).items()
        },
    }


@dataclass
class Judged:
    """Errors of one way and of the last week's, by working days ahead; how many were within."""

    errors: list[tuple[int, float, float]]
    within: dict[float, list[bool]]

    def mase(self, first: int = 1, last: int = 20) -> float:
        chosen = [one for one in self.errors if first <= one[0] <= last]
        return sum(one[1] for one in chosen) / max(1e-9, sum(one[2] for one in chosen))

    def covered(self, share: float) -> float:
        return float(np.mean(self.within[share]))


def told(found: Judged) -> str:
    coverage = " ".join(f"{100 * found.covered(share):.0f}" for share in SHARES)
    return (
        f"{found.mase():.2f} (1–5 days {found.mase(1, 5):.2f}, "
        f"16–20 {found.mase(16, 20):.2f}); {coverage}"
    )


Way = Callable[[list[Day], list[float | None], list[Day]], Sequence[forecast.DayAhead]]


def with_rhythm(
    past: list[Day], counts: list[float | None], coming: list[Day]
) -> Sequence[forecast.DayAhead]:
    return forecast.outlook(past, counts, coming).days


def four_weeks(
    past: list[Day], counts: list[float | None], coming: list[Day]
) -> Sequence[forecast.DayAhead]:
    """The median of the last four equal weekdays: what a careful person would do by hand."""
    found = []
    for day in coming:
        alike = [
            count
            for one, count in zip(past, counts, strict=True)
            if not one.free and count is not None and one.on.weekday() == day.on.weekday()
        ]
        found.append(forecast.DayAhead(day.on, float(np.median(alike[-4:] or [0])), 0.1))
    return found


def judged(
    stream: Stream, seeds: Sequence[int], way: Way = with_rhythm, every: int = 3, known: bool = True
) -> Judged:
    """Over several invented halves of a year; a forecast every `every` days."""
    days = described(FIRST, WEEKS * 7)
    found = Judged([], {share: [] for share in SHARES})
    for seed in seeds:
        counts = stream.counts(days, seed)
        shown = days if known else [replace(day, after_holiday=False, occasions=()) for day in days]
        for origin in range(BEFORE, len(days) - 5, every):
            _judge(found, shown, counts, origin, way)
    return found


def _judge(found: Judged, days: list[Day], counts: Counts, origin: int, way: Way) -> None:
    past = [None if np.isnan(count) else float(count) for count in counts[:origin]]
    coming = days[origin : origin + COMING]
    ahead = 0
    for place, said in enumerate(way(days[:origin], past, coming), origin):
        if days[place].free:
            continue
        ahead += 1
        came, last = counts[place], last_week(days, counts, origin, place)
        if np.isnan(came) or last is None:
            continue
        found.errors.append((ahead, abs(came - said.expected), abs(came - last)))
        for share in SHARES:
            low, high = said.between(share)
            found.within[share].append(low <= came <= high)


def last_week(days: list[Day], counts: Counts, origin: int, place: int) -> float | None:
    """The last known equal weekday before the forecast on which the house was open."""
    before = place - 7
    while before >= 0 and (before >= origin or days[before].free or np.isnan(counts[before])):
        before -= 7
    return float(counts[before]) if before >= 0 else None


def described(first: date, length: int) -> list[Day]:
    days = [first + timedelta(days=step) for step in range(length)]
    known = from_catalog(days[0], days[-1])
    return [
        Day(
            on=day,
            free=not calendar.working_day(day),
            after_holiday=calendar.working_day(day) and calendar.after_holiday(day),
            occasions=tuple(
                Occasion(one.kind) for one in known if one.first_on <= day <= one.last_on
            ),
        )
        for day in days
    ]
