"""What will come in on each of the next days, and between what: from what came in before. Pure.

A day is a level times what is known of it (`classifiers.rhythm`: weekday, day after a holiday,
payment day…). The level is followed by several smoothings, slow and quick, with and without a
growth that dies down; those that foresaw the last days best speak loudest, so a jump is followed
within days. How far forecasts of so many days ahead lay off makes the interval; when the last days
lay far outside of theirs, whatever comes next is as unsure as those were.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from classifiers import rhythm
from classifiers.counts import Numbers, between
from classifiers.rhythm import WORKING_WEEK, Day, Rhythm

ENOUGH = 15
"""Working days below which a forecast is said to rest on too little."""
AHEAD = 20
"""Working days ahead up to which errors are learned; later ones are held for these."""
PACES = (0.05, 0.1, 0.2, 0.35, 0.6, 0.9)
"""How much of each day's surprise a level takes over."""
GROWTHS = (0.0, 0.3)
"""How much of it a growth takes over."""
DAMPED = 0.6
"""What is left of a growth from one day to the next."""
MOST_GROWTH = 0.4
"""Of a day, of the logarithm: half as many again."""
CALM, SURPRISE = 0.5, 0.5
"""A level slower than the first takes over no more than the second of one day; of the logarithm."""
MEMORY = 8.0
"""Days after which a smoothing's merit weighs half."""
LIKELY_VARIANCE, LIKELY_DRIFT = 0.015, 0.002
"""Of the logarithm, of a day and more for each day ahead: before errors are known."""
ERRORS_OF_DOUBT = 4.0
"""So many errors weigh as much as that."""
ERROR_MEMORY = 40.0
WILD = 16.0
"""Times the median squared error: what lies farther off widens the interval no more."""
SURPRISE_MEMORY = 10.0
"""Days after which a forecast's miss weighs half in saying whether the last days are a surprise."""
MOST_MISSES, ITS_ERROR = 0.9, 2.7
"""What all but a tenth of forecasts keep: the squared error, in variances, of a normal one."""
SURPRISED, MOST_SURPRISE = 2.0, 1000.0
"""So many times that error is a surprise; and by no more are variances multiplied."""
NEAR = 4
"""Working days on either side over which a level is taken out before the rhythm is learned."""
HALF = 0.5
FREE_DOUBT = 0.3
"""The further variance of a day off: few of them are known."""
MOST_DISPERSION = 4.0


@dataclass(frozen=True, slots=True)
class DayAhead:
    """What is expected of a day; counts vary around it as a negative binomial."""

    on: date
    expected: float
    dispersion: float

    def between(self, share: float) -> tuple[float, float]:
        """The bounds between which `share` of such days lie."""
        return bounds(self.expected, self.dispersion, share)


@dataclass(frozen=True, slots=True)
class Outlook:
    """The days ahead; `known` is the number of working days on which it rests."""

    days: tuple[DayAhead, ...]
    known: int
    rhythm: Rhythm

    @property
    def enough(self) -> bool:
        return self.known >= ENOUGH


def bounds(expected: float, dispersion: float, share: float) -> tuple[float, float]:
    (found,) = several_bounds([expected], [dispersion], share)
    return found


def several_bounds(
    expected: Sequence[float], dispersions: Sequence[float], share: float
) -> list[tuple[float, float]]:
    """The same for many at once; where nobody is expected nobody comes."""
    means = np.asarray(expected, dtype=np.float64)
    doubts = np.asarray(dispersions, dtype=np.float64)
    low, high = between(np.maximum(means, 1e-9), doubts, (1 - share) / 2)
    some = means > 0
    return list(zip((low * some).tolist(), (high * some).tolist(), strict=True))


def outlook(past: Sequence[Day], counts: Sequence[float | None], coming: Sequence[Day]) -> Outlook:
    """From the days before, the oldest first, and what came in on each (None: not known).

    Without a known working day nothing is said.
    """
    told = [place for place, day in enumerate(past) if not day.free and counts[place] is not None]
    if not told:
        return Outlook((), 0, Rhythm())
    days = [past[place] for place in told]
    seen = np.array([counts[place] for place in told], dtype=np.float64)
    learned = rhythm.learn(days, _levelled(seen).tolist(), {})
    factors = np.array([learned.of(day).value for day in days])
    paths = _followed(seen, factors)
    variances = _variances(seen, factors, paths)
    off = _days_off(past, counts, told, paths.levels_now())
    found, ahead = [], 0
    for day in coming:
        ahead += not day.free
        step = min(max(ahead, 1), AHEAD)
        level = float(paths.at(len(told) - 1, step))
        variance = float(variances[step - 1])
        if day.free:
            expected, doubt = level * off[_kind(day)], FREE_DOUBT
        else:
            factor = learned.of(day)
            expected, doubt = level * factor.value, factor.doubt**2
        dispersion = min(MOST_DISPERSION, float(np.expm1(variance + doubt)))
        found.append(DayAhead(day.on, expected, dispersion))
    return Outlook(tuple(found), len(told), learned)


def scaled(one: DayAhead, factor: float) -> DayAhead:
    """The same day with so many times the contacts."""
    return DayAhead(one.on, one.expected * factor, one.dispersion)


def with_wave(one: DayAhead, expected: float, spread: float) -> DayAhead:
    """The same day with contacts beside the usual: `spread` is their standard error."""
    whole = one.expected + expected
    if whole <= 0:
        return one
    variance = one.dispersion * one.expected**2 + spread**2
    return DayAhead(one.on, whole, min(MOST_DISPERSION, variance / whole**2))


# --- the level ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Paths:
    """Each smoothing's level and growth after each day, and how loudly it speaks; (days, ways)."""

    levels: Numbers
    growths: Numbers
    voices: Numbers

    def at(self, origin: int | slice, ahead: int) -> Numbers:
        """The level `ahead` working days after `origin`, as it was foreseen there."""
        gone = DAMPED * (1 - DAMPED**ahead) / (1 - DAMPED)
        grown = self.levels[origin] * np.exp(self.growths[origin] * gone)
        return np.asarray((self.voices[origin] * grown).sum(axis=-1))

    def levels_now(self) -> Numbers:
        return np.asarray((self.voices * self.levels).sum(axis=1))


def _levelled(seen: Numbers) -> Numbers:
    """What came in without its slow ups and downs and its jumps, so that these are no rhythm."""
    days = len(seen)
    middle = np.array([np.median(seen[max(0, day - NEAR) : day + NEAR + 1]) for day in range(days)])
    return np.asarray((seen + HALF) / (middle + HALF) * (float(np.median(seen)) + HALF))


def _followed(seen: Numbers, factors: Numbers) -> _Paths:
    days = len(seen)
    ways = [(pace, growth) for pace in PACES for growth in GROWTHS]
    pace = np.array([one for one, _ in ways])
    learning = np.array([one for _, one in ways])
    first = min(days, WORKING_WEEK)
    level = np.full(len(ways), (seen[:first].sum() + HALF) / factors[:first].sum())
    growth, losses = np.zeros(len(ways)), np.zeros(len(ways))
    levels, growths, voices = (np.empty((days, len(ways))) for _ in range(3))
    keep = 0.5 ** (1 / MEMORY)
    for day in range(days):
        foreseen = level * np.exp(DAMPED * growth)
        error = np.log((seen[day] + HALF) / (foreseen * factors[day] + HALF))
        losses = keep * losses + np.minimum(error**2, 4.0)
        taken = np.where(pace < CALM, np.clip(error, -SURPRISE, SURPRISE), error)
        level = foreseen * np.exp(pace * taken)
        growth = DAMPED * growth + learning * pace * taken
        growth = np.clip(growth, -MOST_GROWTH, MOST_GROWTH)
        levels[day], growths[day], voices[day] = level, growth, _voices(losses, day + 1)
    return _Paths(levels, growths, voices)


def _voices(losses: Numbers, days: int) -> Numbers:
    """The less a smoothing was surprised lately, the louder it speaks."""
    remembered = min(days, MEMORY / np.log(2))
    usual = (float(losses.min()) + LIKELY_VARIANCE) / (remembered + 1)
    loud = np.exp(-0.5 * (losses - losses.min()) / usual)
    return np.asarray(loud / loud.sum())


# --- the interval ---------------------------------------------------------------------------


def _variances(seen: Numbers, factors: Numbers, paths: _Paths) -> Numbers:
    """Of the logarithm, beside the chance of counts, for each number of days ahead."""
    days = len(seen)
    likely = LIKELY_VARIANCE + LIKELY_DRIFT * np.arange(1, AHEAD + 1) + 1 / (days + 1)
    found = np.array([_variance(seen, factors, paths, step) for step in range(1, AHEAD + 1)])
    weights, means = found[:, 0], found[:, 1]
    mixed = (likely * ERRORS_OF_DOUBT + weights * means) / (ERRORS_OF_DOUBT + weights)
    variances = np.asarray(np.maximum.accumulate(mixed))
    return variances * _surprise(seen, factors, paths, variances)


def _surprise(seen: Numbers, factors: Numbers, paths: _Paths, variances: Numbers) -> float:
    """By how much the variances are too small for what the last days brought, from all forecasts of
    them, however long before; 1 while nine of ten lay within what nine of ten should."""
    misses, weights = [], []
    for step in range(1, AHEAD + 1):
        origins = np.arange(WORKING_WEEK, len(seen) - step)
        if not len(origins):
            break
        foreseen = _foreseen(paths, factors, origins, step)
        errors = np.log((seen[origins + step] + HALF) / (foreseen + HALF)) ** 2
        misses.append(errors / (variances[step - 1] + 1 / (foreseen + HALF)))
        weights.append(0.5 ** ((len(seen) - 1 - step - origins) / SURPRISE_MEMORY))
    if not misses:
        return 1.0
    missed, weighed = np.concatenate(misses), np.concatenate(weights)
    order = np.argsort(missed)
    shares = np.cumsum(weighed[order]) / weighed.sum()
    place = min(int(np.searchsorted(shares, MOST_MISSES)), len(order) - 1)
    times = float(missed[order][place]) / ITS_ERROR
    return min(times, MOST_SURPRISE) if times >= SURPRISED else 1.0


def _variance(seen: Numbers, factors: Numbers, paths: _Paths, ahead: int) -> tuple[float, float]:
    """(on how many errors it rests, their mean square beyond chance)."""
    origins = np.arange(WORKING_WEEK, len(seen) - ahead)
    if not len(origins):
        return 0.0, 0.0
    foreseen = _foreseen(paths, factors, origins, ahead)
    errors = np.log((seen[origins + ahead] + HALF) / (foreseen + HALF)) ** 2
    errors = np.minimum(errors, WILD * max(float(np.median(errors)), 1e-6))
    excess = errors - 1 / (foreseen + HALF)
    weights = 0.5 ** ((len(seen) - ahead - 1 - origins) / ERROR_MEMORY)
    whole = float(weights.sum())
    return whole / ahead**0.5, max(0.0, float((weights * excess).sum()) / whole)


def _foreseen(paths: _Paths, factors: Numbers, origins: NDArray[np.int_], ahead: int) -> Numbers:
    """What was foreseen of a day so many working days after each origin; origins follow on."""
    known = slice(int(origins[0]), int(origins[-1]) + 1)
    return np.asarray(paths.at(known, ahead) * factors[origins + ahead])


# --- days off -------------------------------------------------------------------------------


def _kind(day: Day) -> int:
    """Saturday, Sunday, or a holiday within the week."""
    return max(day.on.weekday(), WORKING_WEEK - 1)


def _days_off(
    past: Sequence[Day], counts: Sequence[float | None], told: Sequence[int], levels: Numbers
) -> dict[int, float]:
    """How heavy each kind of day off is beside an average working day."""
    came: dict[int, float] = dict.fromkeys(range(WORKING_WEEK - 1, 7), 0.0)
    usual = dict(came)
    places = np.asarray(told)
    for place, day in enumerate(past):
        count = counts[place]
        before = int(np.searchsorted(places, place)) - 1
        if day.free and count is not None and before >= 0:
            came[_kind(day)] += count
            usual[_kind(day)] += float(levels[before])
    likely, _ = rhythm.LIKELY[rhythm.FREE]
    level = float(levels[-1])
    all_days = (sum(came.values()) + likely * level) / (sum(usual.values()) + level)
    return {kind: (came[kind] + all_days * level) / (usual[kind] + level) for kind in came}
