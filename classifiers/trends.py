"""What was expected of a problem on a day, and whether it is new, rises, falls or stays. Pure.

Counts are negative binomial, `variance = mean + dispersion * mean²`, with one dispersion pooled
over all problems: a single problem's history is too short to know its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import log2, log10
from statistics import fmean, median

from scipy.special import betainc  # type: ignore[import-untyped]

NEW, RISING, STEADY, FALLING = "new", "rising", "steady", "falling"

WEEK = 5
"""Working days: the history holds no others, so a weekday comes back every fifth place."""
LEVEL_DAYS = 20
LIKELY_DISPERSION = 0.15
DAYS_OF_DOUBT = 40.0
"""So many days of history weigh as much as the likely dispersion."""
TAIL = 0.05
"""Outside of `low` to `high` lies one day in ten."""
SURPRISE = 0.005
"""A day that chance alone would bring less often than this is a rise or a fall."""
STEEP = 2.1
"""Standard errors of slow growth, when today is also on its side of what was expected."""
LIKELY = 0.25
SAYING = 0.5
FEWEST_TO_RISE = 4
UNKNOWN_LEVEL = 0.3
"""Clients a day that an unknown problem might have had without being found."""
MOST_SURPRISE = 6.0


@dataclass(frozen=True, slots=True)
class Observed:
    """One problem: clients seen today so far, and per earlier working day, oldest first."""

    problem: int
    seen: int
    history: Sequence[int]
    severe: int = 0
    """Contacts that repeat or are dissatisfied."""


@dataclass(frozen=True, slots=True)
class Card:
    """What the board says of a problem; `expected` is None where nothing can be compared yet."""

    problem: int
    expected: float | None
    low: float | None
    high: float | None
    trend: str
    score: float


def board(
    day: date, observed: Sequence[Observed], share: float = 1.0, volume: int | None = None
) -> list[Card]:
    """The day's cards, the most pressing first.

    `share` is how much of the day has gone by, `volume` how many clients wrote today about
    anything; without it the problems' own sum stands in.
    """
    factor = weekday_factor([one.history for one in observed])
    dispersion = pooled_dispersion([one.history for one in observed])
    total = max(volume or 0, sum(one.seen for one in observed), 1)
    cards = [_card(one, share * factor, dispersion, total) for one in observed]
    return sorted(cards, key=lambda card: (-card.score, card.problem))


def weekday_factor(histories: Sequence[Sequence[int]]) -> float:
    """How today's weekday compares with an average day, over all problems together.

    Drawn towards 1 while few weeks speak; a median, because one wild day must not.
    """
    length = max((len(history) for history in histories), default=0)
    if length < 2 * WEEK:
        return 1.0
    days = [sum(h[-back] for h in histories if len(h) >= back) for back in range(1, length + 1)]
    weeks = [days[start : start + WEEK] for start in range(0, length - WEEK + 1, WEEK)]
    ratios = [week[-1] / fmean(week) for week in weeks if sum(week)]
    if not ratios:
        return 1.0
    sure = len(ratios) / (len(ratios) + 2)
    return 1 + sure * (min(2.0, max(0.5, median(ratios))) - 1)


def pooled_dispersion(histories: Sequence[Sequence[int]]) -> float:
    """The excess of the variance over a Poisson's, by moments over all problems, towards what is
    likely while little is known."""
    excess = LIKELY_DISPERSION * DAYS_OF_DOUBT
    weight = DAYS_OF_DOUBT
    for history in histories:
        begun = _since_first(history)
        if len(begun) < WEEK:
            continue
        level = fmean(begun)
        squares = sum((count - level) ** 2 for count in begun) * len(begun) / (len(begun) - 1)
        excess += (squares - sum(begun)) / level**2 * min(level, 10.0) / 10.0
        weight += len(begun) * min(level, 10.0) / 10.0
    return min(1.0, max(0.02, excess / weight))


def interval(expected: float, dispersion: float, days: int) -> tuple[float, float]:
    """Between which counts nine days of ten lie when the mean was learned from so many days."""
    wide = _widened(expected, dispersion, days)
    low = 0
    while chance_up_to(low, expected, wide) < TAIL:
        low += 1
    high = low
    while chance_up_to(high, expected, wide) < 1 - TAIL:
        high += 1
    return float(low), float(high)


def chance_up_to(count: int, mean: float, dispersion: float) -> float:
    """P(Y <= count) of a negative binomial; the regularised incomplete beta function."""
    if count < 0:
        return 0.0
    size = 1 / dispersion
    return float(betainc(size, count + 1, size / (size + mean)))


def _card(one: Observed, factor: float, dispersion: float, total: int) -> Card:
    past = list(one.history)[-LEVEL_DAYS:]
    if not any(past):
        unlikely = _chance_from(one.seen, UNKNOWN_LEVEL * factor, dispersion)
        return Card(one.problem, None, None, None, NEW, _score(one, unlikely, total))
    begun = _since_first(past)
    level = max(fmean(begun), 1 / len(begun))
    expected = level * factor
    low, high = interval(expected, dispersion, len(begun))
    wide = _widened(expected, dispersion, len(begun))
    more = _chance_from(one.seen, expected, wide)
    less = chance_up_to(one.seen, expected, wide)
    slope = _slope(_latest(begun, one.seen, factor), dispersion)
    trend = STEADY
    if one.seen >= FEWEST_TO_RISE and (more < SURPRISE or (slope > STEEP and more < LIKELY)):
        trend = RISING
    elif less < SURPRISE or (slope < -STEEP and less < LIKELY):
        trend = FALLING
    return Card(one.problem, expected, low, high, trend, _score(one, more, total))


def _latest(begun: Sequence[int], seen: int, factor: float) -> list[float]:
    """The last two weeks; today counts once enough of it has gone by to say something."""
    today = [seen / factor] if factor >= SAYING else []
    return [*map(float, begun), *today][-2 * WEEK :]


def _slope(counts: Sequence[float], dispersion: float) -> float:
    """How many standard errors a straight line through the days rises: slow, steady growth."""
    if len(counts) < WEEK:
        return 0.0
    mean = fmean(counts)
    steps = [place - (len(counts) - 1) / 2 for place in range(len(counts))]
    error = (sum(step * step for step in steps) * (mean + dispersion * mean**2)) ** 0.5
    rise = sum(step * count for step, count in zip(steps, counts, strict=True))
    return float(rise / max(error, 1e-9))


def _score(one: Observed, chance: float, total: int) -> float:
    """Surprise, size, share of the day and gravity together: a small grave group keeps a place
    beside a large calm one, and in a surge of everything the share decides."""
    surprise = min(MOST_SURPRISE, -log10(max(chance, 1e-9)))
    grave = min(1.0, one.severe / max(one.seen, 1))
    return surprise + log2(1 + one.seen) + 10 * one.seen / total + 3 * grave * log2(1 + one.severe)


def _chance_from(count: int, mean: float, dispersion: float) -> float:
    return 1 - chance_up_to(count - 1, mean, dispersion)


def _widened(mean: float, dispersion: float, days: int) -> float:
    """The dispersion of a day whose mean was itself learned from few days."""
    return dispersion + (1 / mean + dispersion) / days


def _since_first(history: Sequence[int]) -> list[int]:
    """The days from the first on which anybody wrote about it."""
    first = next((place for place, count in enumerate(history) if count), len(history))
    return list(history[first:])
