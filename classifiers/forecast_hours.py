"""At which half hours of a day its contacts come: by the house's own past, a little by habit. Pure.

Mondays, the other working days, Fridays and days off have a profile each, drawn to that of all
working days, which is drawn to what is usual while little is known.
"""

from collections.abc import Sequence

import numpy as np

from classifiers.counts import Numbers
from classifiers.rhythm import DAY_OF_DOUBT, HOURS_OF_DOUBT, USUAL_HOURS, WORKING_WEEK

SLOTS = 48
ALIKE = ((0,), (1, 2, 3), (4,), (5, 6))
"""Weekdays that share a profile; the last are days off."""
UNSTEADY = 0.05
"""By how much the dispersion of a half hour is beyond that of its day."""
CLOSED = 0.002
"""Of a day: a half hour with less is none in which people come."""


def profile(counted: Sequence[Sequence[float]], weekday: int, free: bool = False) -> Numbers:
    """The share of each of 48 half hours in a day, by the contacts counted so far (7 × 48)."""
    past = np.asarray(counted, dtype=np.float64).reshape(7, SLOTS)
    working = past[:WORKING_WEEK].sum(axis=0) if not free else past[WORKING_WEEK:].sum(axis=0)
    pooled = working + HOURS_OF_DOUBT * _usual() / (1 + working.sum() / HOURS_OF_DOUBT)
    days = ALIKE[-1] if free else next(some for some in ALIKE if weekday in some)
    own = past[list(days)].sum(axis=0) + DAY_OF_DOUBT * pooled / pooled.sum()
    shares = own / own.sum()
    shares = np.where(shares < CLOSED, 0.0, shares)
    return np.asarray(shares / shares.sum())


def spread(expected: float, dispersion: float, shares: Numbers) -> list[tuple[float, float]]:
    """(expected, dispersion) of each half hour of a day of which so many are expected."""
    return [(float(expected * share), dispersion + UNSTEADY) for share in shares]


def _usual() -> Numbers:
    hours = np.array(USUAL_HOURS) / sum(USUAL_HOURS)
    return np.repeat(hours / 2, 2)
