"""How heavy a day, and an hour of it, is expected to be: learned from what came in. Pure.

Weekdays, the day after a holiday and known occasions (a payment day, the end of a quarter, a
mailing that went out) each have a factor. What an installation has not lived through yet rests on
a likely value, with a wide doubt.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from classifiers.counts import Numbers

WORKING_WEEK = 5
AFTER_HOLIDAY, FREE = "after_holiday", "free"
LIKELY = {AFTER_HOLIDAY: (1.3, 0.2), FREE: (0.3, 0.5)}
"""(factor, standard error of its logarithm) before anything is known."""
WEEKDAY = (1.0, 0.2)
OCCASION = (1.5, 0.35)
MILD = {"month_begins": (1.05, 0.15), "month_ends": (1.05, 0.15), "bridge_day": (0.85, 0.25)}
"""What the calendar alone says of a day moves little, and is soon learned."""
GIVEN_DOUBT = 0.2
"""Of a factor that a person gave."""
DRIFT = 0.08
"""How much the general level moves from one day to the next; of its logarithm."""
UNSTEADY = 0.02
"""The dispersion of a day's whole inflow."""
ROBUST = 2.5
"""Standard errors from which a day pulls less."""
ROUNDS = 4

USUAL_HOURS = (
    0.4, 0.2, 0.2, 0.2, 0.3, 0.6, 1.5, 3.5, 8.5, 11.0, 11.5, 10.0,
    6.5, 8.5, 9.5, 8.5, 6.5, 4.0, 2.5, 2.2, 2.0, 1.6, 1.0, 0.7,
)  # fmt: skip
"""Of a hundred contacts of a day, how many come in each hour: until the house's own are known."""
HOURS_OF_DOUBT, DAY_OF_DOUBT = 200.0, 100.0
"""So many contacts weigh as much as the usual hours; as all weekdays together do for one."""
LEAST_SHARE = 0.01


@dataclass(frozen=True, slots=True)
class Occasion:
    """Something known that moves contacts, of one topic or of all; the factor where a person gave
    one."""

    kind: str
    topic: str | None = None
    factor: float | None = None


@dataclass(frozen=True, slots=True)
class Day:
    """What is known of a day before anybody writes. `free`: a weekend or a holiday."""

    on: date
    free: bool = False
    after_holiday: bool = False
    occasions: tuple[Occasion, ...] = ()


@dataclass(frozen=True, slots=True)
class Factor:
    """How many times the usual, and the standard error of its logarithm."""

    value: float
    doubt: float


@dataclass(frozen=True, slots=True)
class Rhythm:
    """What was learned: `kinds` by (kind, topic), topic None for everything."""

    weekdays: tuple[Factor, ...] = (Factor(1.0, 0.0),) * WORKING_WEEK
    marks: Mapping[str, Factor] = field(default_factory=dict)
    kinds: Mapping[tuple[str, str | None], Factor] = field(default_factory=dict)

    def of(self, day: Day, topic: str | None = None) -> Factor:
        """How heavy `day` is for everything, or for one topic."""
        parts = [self._mark(FREE) if day.free else self.weekdays[day.on.weekday()]]
        if day.after_holiday and not day.free:
            parts.append(self._mark(AFTER_HOLIDAY))
        parts += [self._occasion(one) for one in day.occasions if one.topic in (None, topic)]
        value = float(np.prod([part.value for part in parts]))
        return Factor(value, float(np.sqrt(sum(part.doubt**2 for part in parts))))

    def _mark(self, name: str) -> Factor:
        return self.marks.get(name, Factor(*LIKELY[name]))

    def _occasion(self, one: Occasion) -> Factor:
        if one.factor is not None:
            return Factor(one.factor, GIVEN_DOUBT)
        return self.kinds.get((one.kind, one.topic), Factor(*_prior(one.kind)))


def learn(
    days: Sequence[Day], totals: Sequence[float], topics: Mapping[str, Sequence[float]]
) -> Rhythm:
    """From what came in on each of `days`, the oldest first, and of each topic.

    The logarithm of a day's inflow is a level that drifts, plus the day's effects, each drawn to
    what is likely; days far from all of this pull less (Huber 1964).
    """
    told = [place for place, total in enumerate(totals) if total > 0]
    if not told:
        return Rhythm()
    chosen = [days[place] for place in told]
    names = [_effects(day, None) for day in chosen]
    found = _fitted(names, [totals[place] for place in told], _given(chosen, None))
    weekdays = tuple(found.get(f"weekday {n}", Factor(*WEEKDAY)) for n in range(WORKING_WEEK))
    general = Rhythm(
        weekdays=_levelled(weekdays),
        marks={name: found[name] for name in LIKELY if name in found},
        kinds={(name, None): one for name, one in found.items() if not _fixed(name)},
    )
    kinds = dict(general.kinds)
    for topic, counts in topics.items():
        kinds |= _of_topic(topic, counts, days, general)
    return Rhythm(general.weekdays, general.marks, kinds)


def share_gone(hours: Sequence[Sequence[float]], weekday: int, hour: float) -> float:
    """How much of a usual day has come in at `hour` (8.5 is half past eight), by the contacts
    counted so far per weekday and hour, drawn to all weekdays' and to the usual hours."""
    counted = np.asarray(hours, dtype=np.float64).reshape(7, 24)
    usual = np.array(USUAL_HOURS) / sum(USUAL_HOURS)
    alike = [day for day in range(7) if (day < WORKING_WEEK) == (weekday < WORKING_WEEK)]
    pooled = counted[alike].sum(axis=0) + HOURS_OF_DOUBT * usual
    own = counted[weekday] + DAY_OF_DOUBT * pooled / pooled.sum()
    gone = float(np.interp(hour, np.arange(25), [0.0, *np.cumsum(own) / own.sum()]))
    return min(1.0, max(LEAST_SHARE, gone))


def free_weight(hours: Sequence[Sequence[float]], weekday: int) -> float:
    """How heavy a day off is beside an average working day, by the contacts counted so far."""
    totals = np.asarray(hours, dtype=np.float64).reshape(7, 24).sum(axis=1)
    likely, _ = LIKELY[FREE]
    usual = float(totals[:WORKING_WEEK].mean())
    return (float(totals[weekday]) + DAY_OF_DOUBT * likely) / (usual + DAY_OF_DOUBT)


def _of_topic(
    topic: str, counts: Sequence[float], days: Sequence[Day], general: Rhythm
) -> dict[tuple[str, str | None], Factor]:
    """What the occasions of one topic did to it, beside what the day did to everything."""
    told = [place for place, count in enumerate(counts) if count > 0]
    names = [_effects(days[place], topic) for place in told]
    if not any(names):
        return {}
    offsets = [np.log(general.of(days[place]).value) for place in told]
    given = _given([days[place] for place in told], topic)
    known = [before + more for before, more in zip(offsets, given, strict=True)]
    found = _fitted(names, [counts[place] for place in told], known)
    return {(name, topic): one for name, one in found.items()}


def _effects(day: Day, topic: str | None) -> list[str]:
    """The names of what acts on a day and is to be learned; for a topic only what is its own."""
    own = [one.kind for one in day.occasions if one.topic == topic and one.factor is None]
    if topic is not None:
        return own
    if day.free:
        return [FREE, *own]
    after = [AFTER_HOLIDAY] if day.after_holiday else []
    return [f"weekday {day.on.weekday()}", *after, *own]


def _given(days: Sequence[Day], topic: str | None) -> list[float]:
    return [
        sum(np.log(one.factor) for one in day.occasions if one.topic == topic and one.factor)
        for day in days
    ]


def _fitted(
    names: Sequence[Sequence[str]], totals: Sequence[float], known: Sequence[float]
) -> dict[str, Factor]:
    """The effects' factors: a ridge regression on the logarithms with a level that drifts."""
    effects = sorted({name for some in names for name in some})
    days, size = len(totals), len(totals) + len(effects)
    design = np.zeros((days, size))
    design[np.arange(days), np.arange(days)] = 1.0
    for place, some in enumerate(names):
        for name in some:
            design[place, days + effects.index(name)] = 1.0
    drift = np.zeros((days - 1, size))
    drift[np.arange(days - 1), np.arange(days - 1)] = -1.0
    drift[np.arange(days - 1), np.arange(1, days)] = 1.0
    priors = [_prior(name) for name in effects]
    counts = np.asarray(totals, dtype=np.float64)
    target = np.log(counts) - np.asarray(known)
    sure = 1 / (1 / counts + UNSTEADY)
    held = drift.T @ drift / DRIFT**2
    pulled = np.zeros(size)
    for place, (value, doubt) in enumerate(priors, days):
        held[place, place] += 1 / doubt**2
        pulled[place] = np.log(value) / doubt**2
    weights = sure
    for _ in range(ROUNDS):
        normal = design.T @ (design * weights[:, None]) + held
        answer = np.linalg.solve(normal, design.T @ (weights * target) + pulled)
        errors = np.abs(target - design @ answer) * np.sqrt(sure)
        weights = sure * np.minimum(1.0, ROBUST / np.maximum(errors, 1e-9))
    doubts = np.sqrt(np.diag(np.linalg.inv(normal)))
    return {
        name: Factor(float(np.exp(answer[place])), float(doubts[place]))
        for place, name in enumerate(effects, days)
    }


def _prior(name: str) -> tuple[float, float]:
    return WEEKDAY if name.startswith("weekday") else (LIKELY | MILD).get(name, OCCASION)


def _fixed(name: str) -> bool:
    return name.startswith("weekday") or name in LIKELY


def _levelled(weekdays: Sequence[Factor]) -> tuple[Factor, ...]:
    """The same with a mean of 1, so that a level is one of an average working day."""
    mean = float(np.mean([one.value for one in weekdays]))
    return tuple(Factor(one.value / mean, one.doubt) for one in weekdays)


def weights(rhythm: Rhythm, days: Sequence[Day], topic: str | None) -> tuple[Numbers, Numbers]:
    """(how heavy each day is, the doubt of that), for one topic."""
    factors = [rhythm.of(day, topic) for day in days]
    return np.array([one.value for one in factors]), np.array([one.doubt for one in factors])
