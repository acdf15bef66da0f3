"""Has the classifier's work changed lately? Compares a few days with the weeks before; pure.

Days differ among themselves more than chance alone would have it, so what the earlier days differ
is taken into account. Small numbers never alarm, nor do changes too small to matter.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

FEWEST_NOW = 50
FEWEST_BEFORE = 200
FEWEST_DAYS = 5
RARE = 3.29
"""Standard errors: by chance alone about once in two thousand looks in this direction."""


@dataclass(frozen=True, slots=True)
class Day:
    """Of so many contacts of one day, a sum: of hits for a share, of confidences for a mean."""

    count: int
    total: float
    squares: float
    """The sum of the squares; for a share it equals the total."""


@dataclass(frozen=True, slots=True)
class Shift:
    """A mean that has moved in the bad direction, by more than chance and by enough to matter."""

    now: float
    before: float
    count: int

    @property
    def difference(self) -> float:
        return self.now - self.before


def mean(days: Sequence[Day]) -> float | None:
    count = sum(day.count for day in days)
    return sum(day.total for day in days) / count if count else None


def shift(now: Sequence[Day], before: Sequence[Day], *, bad: int, matters: float) -> Shift | None:
    """The shift of `now` against `before`, or None. `bad` is 1 where a rise is bad, -1 where a
    fall is; `matters` is the smallest difference that anybody should be told of."""
    earlier = [day for day in before if day.count]
    count_now, count_before = (sum(day.count for day in days) for days in (now, earlier))
    if count_now < FEWEST_NOW or count_before < FEWEST_BEFORE or len(earlier) < FEWEST_DAYS:
        return None
    mean_now, mean_before = mean(now), mean(earlier)
    assert mean_now is not None and mean_before is not None
    moved = (mean_now - mean_before) * bad
    if moved < matters:
        return None
    pooled = [*now, *earlier]
    spread = _variance(pooled)
    error = sqrt(spread * _restlessness(earlier, mean_before) * (1 / count_now + 1 / count_before))
    return Shift(mean_now, mean_before, count_now) if moved > RARE * error else None


def _variance(days: Sequence[Day]) -> float:
    count = sum(day.count for day in days)
    average = sum(day.total for day in days) / count
    return max(sum(day.squares for day in days) / count - average**2, 0.0)


def _restlessness(days: Sequence[Day], average: float) -> float:
    """By how much days differ more than chance would have it (Pearson's statistic over its
    degrees of freedom), at least 1."""
    spread = _variance(days)
    if not spread:
        return 1.0
    pearson = sum(day.count * (day.total / day.count - average) ** 2 / spread for day in days)
    return max(1.0, pearson / (len(days) - 1))
