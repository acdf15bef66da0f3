"""From which chance on a rise is told, and what that costs: false alarms and days. Pure.

A board asks about many problems every day; at a fixed chance the false alarms grow with the board.
So a number of false alarms a week is the budget, split evenly over the problems: that bounds what
the reader minds, whatever the chances depend on. Where many problems truly change at once, an even
split would hide most of them; Benjamini and Hochberg's rule (J. R. Stat. Soc. B 57, 1995, 289)
then lets more through, of which a twentieth is false. No problem is ever told of at more than the
cap.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from classifiers import scan
from classifiers.counts import Numbers, Spread

WORKING_WEEK = 5
CAP = 0.007
"""Of false alarms per problem and day, at most."""
FALSE_OF_MANY = 0.05
TRIALS = 400
LONGEST = 15
"""Working days after which a change that nothing has shown counts as not found."""


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """What a house wants of its board."""

    false_a_week: float = 2.0
    """The most false alarms a week that are accepted."""
    days: int = 40
    """Working days of history on which an expectation rests."""

    def cut(self, chances: Numbers) -> float:
        """The largest chance that is told as a change, on a day with these."""
        if not len(chances):
            return CAP
        ranked = np.sort(chances)
        places = np.arange(1, len(ranked) + 1)
        passing = ranked <= FALSE_OF_MANY * places / len(ranked)
        many = float(FALSE_OF_MANY * places[passing].max() / len(ranked)) if passing.any() else 0.0
        return min(CAP, max(many, self.share(len(ranked))))

    def share(self, problems: int) -> float:
        """Of the budget, for one problem on one day."""
        return min(CAP, self.false_a_week / (WORKING_WEEK * max(problems, 1)))

    def false_alarms(self, problems: int) -> float:
        """The false alarms to be expected in a week with so many problems of which none changes:
        problems × working days × chance."""
        return problems * WORKING_WEEK * self.share(problems)


@dataclass(frozen=True, slots=True)
class Delay:
    """How long a change stays unseen; `days` is the median, None beyond the longest."""

    days: int | None
    within_week: float
    """The share that is seen within seven working days."""


@lru_cache(maxsize=256)
def delay(
    a_day: float, times: float, sensitivity: Sensitivity, problems: int, dispersion: float
) -> Delay:
    """After how many working days a problem of `a_day` clients that becomes `times` as large is
    told as rising: by telling invented days, the same ones each time."""
    chance = np.random.default_rng(7)
    days = sensitivity.days
    told = _days(chance, a_day, dispersion, (TRIALS, days))
    told = np.concatenate(
        [told, _days(chance, a_day * times, dispersion, (TRIALS, LONGEST))], axis=1
    )
    cut = sensitivity.share(problems)
    seen = np.full(TRIALS, LONGEST + 1)
    for day, chances in enumerate(_chances(told, days, Spread(dispersion)), 1):
        seen = np.where((chances <= cut) & (seen > day), day, seen)
    middle = int(np.median(seen))
    return Delay(middle if middle <= LONGEST else None, float(np.mean(seen <= 7)))


def _chances(told: Numbers, days: int, spread: Spread) -> Iterator[Numbers]:
    for day in range(told.shape[1] - days):
        counts = told[:, day : day + days + 1]
        series = scan.Series(
            counts, np.ones_like(counts), np.ones(counts.shape, bool), np.zeros_like(counts)
        )
        yield scan.together([one.more for one in scan.runs(series, spread)])


def _days(
    chance: np.random.Generator, mean: float, dispersion: float, shape: tuple[int, int]
) -> Numbers:
    return chance.poisson(mean * chance.gamma(1 / dispersion, dispersion, shape)).astype(float)
