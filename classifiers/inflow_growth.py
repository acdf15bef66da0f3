"""How much everything grew, so that what only grows with it is not taken for a rise. Pure.

The growth of a day is the weighted median of what its parts did: the problems, and all contacts
that belong to none. A minority of problems that rise does not move it; a surge of everything does.
"""

from collections.abc import Sequence

import numpy as np

from classifiers.counts import Flags, Numbers
from classifiers.scan import RUNS, Series, faded

HALF = 0.5
OF_DOUBT = 10.0
"""So many expected contacts weigh as much as the belief that nothing grew."""
COMMON = 0.1
"""The least standard error of a day's growth, of its logarithm."""
LARGE = 0.25
"""A problem with such a share of everything is left out of what it is compared with."""
FEWEST_OTHERS = 5.0
"""Contacts a day; below, the others say nothing."""


def followed(series: Series, general: Numbers, inflow: Sequence[float]) -> Series:
    """The same series expected to grow with everything else.

    `general` are the days' weights for anything, today's cut to the share gone by.
    """
    counts, begun = _parts(series, inflow)
    weights = np.vstack([series.weights, general[None, :]])
    levels = _levels(counts, weights, begun)
    growth, sure = _growth(counts, weights, begun, levels)
    grown = np.repeat(growth[None, :], len(series.counts), axis=0)
    doubts = np.repeat(_doubt(sure)[None, :], len(series.counts), axis=0)
    for row in np.flatnonzero(levels[:-1] > LARGE * levels.sum()):
        others = np.arange(len(levels)) != row
        if levels[others].sum() < FEWEST_OTHERS:
            grown[row], doubts[row] = 1.0, 0.0
            continue
        own, sure = _growth(counts[others], weights[others], begun[others], levels[others])
        grown[row], doubts[row] = own, _doubt(sure)
    return series.of(series.weights * grown, np.hypot(doubts, series.doubt))


def _parts(series: Series, inflow: Sequence[float]) -> tuple[Numbers, Flags]:
    """The problems and, last, what belongs to none of them; a day on which more was counted of the
    problems than of everything says nothing of the rest."""
    days = series.counts.shape[1]
    everything = np.zeros(days)
    known = np.asarray(inflow, dtype=np.float64)[-days:]
    everything[days - len(known) :] = known
    rest = everything - series.counts.sum(axis=0)
    counts = np.vstack([series.counts, np.maximum(rest, 0.0)[None, :]])
    return counts, np.vstack([series.begun, ((everything > 0) & (rest >= 0))[None, :]])


def _levels(counts: Numbers, weights: Numbers, begun: Flags) -> Numbers:
    """What each part had before the days that are looked at, where that leaves a week."""
    days = counts.shape[1]
    last = days - max(RUNS) if days - max(RUNS) >= max(RUNS) else days - 1
    fading = begun * faded(last, days)
    fading[:, last:] = 0.0
    base = (fading * weights).sum(axis=1)
    return np.where(base > 0, (fading * counts).sum(axis=1) / np.maximum(base, 1e-9), 0.0)


def _growth(
    counts: Numbers, weights: Numbers, begun: Flags, levels: Numbers
) -> tuple[Numbers, Numbers]:
    """Of each day, and on how many expected contacts it rests."""
    expected = levels[:, None] * weights * begun
    ratios = (counts + HALF) / (expected + HALF)
    order = np.argsort(ratios, axis=0)
    heavy = np.cumsum(np.take_along_axis(expected, order, axis=0), axis=0)
    total = heavy[-1]
    middle = np.argmax(heavy >= HALF * total[None, :], axis=0)
    chosen = np.take_along_axis(order, middle[None, :], axis=0)
    growth = np.take_along_axis(ratios, chosen, axis=0)[0]
    sure = total / (total + OF_DOUBT)
    return np.where(total > 0, np.exp(sure * np.log(growth)), 1.0), total


def _doubt(total: Numbers) -> Numbers:
    return np.sqrt(COMMON**2 + 1 / (total + OF_DOUBT))
