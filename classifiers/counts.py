"""Counts that vary more than chance alone: the negative binomial, learned over many series. Pure.

`variance = mean + dispersion * mean²`; what one day has above its mean may last into the next ones
(`memory`), so that a run of days varies more than as many single days would.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc  # type: ignore[import-untyped]

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]

LIKELY_DISPERSION = 0.14
DAYS_OF_DOUBT = 100.0
"""So many days of history weigh as much as the likely dispersion."""
LEAST, MOST = 0.02, 1.0
SAYING = 10.0
"""The mean from which a day says all it can about the dispersion."""
SHORT = 5
"""Days of a series below which it says nothing about how much counts vary."""
WILD = 3.5
"""Standard errors beyond which a day is an accident and counts as a day at that limit."""
FEWEST = 3.0
LONGEST_MEMORY = 0.8
SURE = 2.0
"""Standard errors by which a memory must be more than chance."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How much the counts vary: around their mean, and how long that lasts."""

    dispersion: float
    memory: float = 0.0
    """The correlation of what two neighbouring days have in excess."""


def at_least(counts: Numbers, means: Numbers, dispersions: Numbers) -> Numbers:
    """P(Y >= count); the regularised incomplete beta function."""
    sizes = 1 / np.maximum(dispersions, 1e-9)
    tails = betainc(np.maximum(counts, 1e-9), sizes, means / (sizes + means))
    return np.asarray(np.where(counts <= 0, 1.0, tails), dtype=np.float64)


def at_most(counts: Numbers, means: Numbers, dispersions: Numbers) -> Numbers:
    """P(Y <= count)."""
    return 1 - at_least(counts + 1, means, dispersions)


def between(means: Numbers, dispersions: Numbers, tail: float) -> tuple[Numbers, Numbers]:
    """The least counts up to which `tail`, and all but `tail`, of the days lie."""
    return (
        _quantile(means, dispersions, tail),
        _quantile(means, dispersions, 1 - tail),
    )


def spread(counts: Numbers, expected: Numbers, seen: Flags) -> Spread:
    """Pooled over all rows by moments, towards what is likely while little is known.

    `counts` and `expected` are (series, days); only `seen` days count. A series is too short to
    know its own.
    """
    days = seen.sum(axis=1)
    told = seen & (days >= SHORT)[:, None] & (expected > 0)
    if not told.any():
        return Spread(LIKELY_DISPERSION)
    days = told.sum(axis=1)
    means = np.where(told, expected, 1.0)
    weights = np.where(told, np.minimum(means, SAYING) / SAYING, 0.0)
    lost = (days / np.maximum(days - 1, 1))[:, None]
    residuals = np.where(told, counts - means, 0.0) / means
    excess = weights * (residuals**2 * lost - 1 / means)
    known = LIKELY_DISPERSION * DAYS_OF_DOUBT + float(excess.sum())
    dispersion = min(MOST, max(LEAST, known / (DAYS_OF_DOUBT + float(weights.sum()))))
    return Spread(dispersion, _memory(residuals, means, weights, days, dispersion))


def calmed(counts: Numbers, expected: Numbers, dispersion: float) -> Numbers:
    """Counts with wild days taken back to the limit of what is usual."""
    errors = np.sqrt(expected + dispersion * expected**2)
    return np.minimum(counts, np.maximum(FEWEST, expected + WILD * errors))


def _memory(
    residuals: Numbers, means: Numbers, weights: Numbers, days: Numbers, dispersion: float
) -> float:
    """Neighbouring days' common excess over the dispersion; 0 unless it is more than chance.

    A mean taken from the days themselves pulls neighbours apart by one variance over all of them,
    which is given back.
    """
    pairs = np.sqrt(weights[:, 1:] * weights[:, :-1])
    total = float(pairs.sum())
    if not total:
        return 0.0
    variances = 1 / means + dispersion
    common = pairs * residuals[:, 1:] * residuals[:, :-1]
    given_back = pairs * variances[:, 1:] / np.maximum(days, 1)[:, None]
    chance = np.sqrt(float((pairs**2 * variances[:, 1:] * variances[:, :-1]).sum()))
    lasting = (float(common.sum() + given_back.sum()) - SURE * chance) / total
    return float(min(LONGEST_MEMORY, max(0.0, lasting / dispersion)))


def _quantile(means: Numbers, dispersions: Numbers, share: float) -> Numbers:
    low = np.full(means.shape, -1.0)
    high = np.ceil(means + 12 * np.sqrt(means + dispersions * means**2) + 12)
    while True:
        wide = high - low > 1
        if not wide.any():
            return np.asarray(high)
        middle = np.where(wide, np.floor((low + high) / 2), high)
        enough = at_most(middle, means, dispersions) >= share
        high = np.where(wide & enough, middle, high)
        low = np.where(wide & ~enough, middle, low)
