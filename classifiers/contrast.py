"""What sets a group of rows apart from all others of its window: a linear discriminant. Pure.

Fisher's direction `(C + ridge)^-1 (mean - window's mean)` with the covariance C of the window: what
everybody writes in a crisis discounts itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifiers.features import Floats

SAMPLE = 6_000
"""Rows that are enough for a covariance of some hundred columns."""
BLOCK = 4_096
LEAST_COHESION = 0.05


@dataclass(frozen=True, slots=True)
class Group:
    """The mean of `count` rows; `spread` is their average own weight in the contrast, if known."""

    mean: Floats
    count: float
    spread: float | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """A direction (d,) on which members score `cohesion` on average and the window 0."""

    direction: Floats
    offset: float
    cohesion: float
    count: float


class Contrast:
    """Judges rows of one window; each row is left out of the covariance that judges it."""

    def __init__(self, space: Floats, ridge: float) -> None:
        self.space = space
        rows, columns = space.shape
        self.mean = space.mean(axis=0) if rows else np.zeros(columns, np.float32)
        chosen = np.unique(np.linspace(0, max(rows - 1, 0), min(rows, SAMPLE)).astype(np.intp))
        centred = space[chosen] - self.mean
        self.precision = Precision(centred, ridge)
        self.spread = np.zeros(rows, dtype=np.float32)
        for start in range(0, rows, BLOCK):
            block = space[start : start + BLOCK] - self.mean
            self.spread[start : start + BLOCK] = (self.precision.times(block) * block).sum(axis=1)
        self.alone = 1 / np.maximum(1 - self.spread / max(len(chosen), 1), 0.1)
        """Leaving a row out of the covariance stretches its scores (Sherman and Morrison)."""

    def profile(self, group: Group) -> Profile:
        centred = group.mean - self.mean
        direction = self.precision.times(centred)
        usual = float(self.spread.mean()) if len(self.spread) else 0.0
        own = usual if group.spread is None else group.spread
        stretch = float(self.alone.mean()) if len(self.alone) else 1.0
        count = max(group.count, 2.0)
        cohesion = stretch * (count * float(centred @ direction) - own) / (count - 1)
        return Profile(
            direction, float(self.mean @ direction), max(cohesion, LEAST_COHESION), count
        )

    def typical(
        self, rows: NDArray[np.intp], profiles: Sequence[Profile], own: NDArray[np.intp] | None
    ) -> Floats:
        """How typical (n, profiles) each row is of each group: 0 as anybody, 1 as its members.

        `own` is the profile that a row is part of, or -1: it does not vouch for itself.
        """
        directions = np.vstack([profile.direction for profile in profiles])
        offsets = np.array([profile.offset for profile in profiles], dtype=np.float32)
        scores: Floats = self.space[rows] @ directions.T - offsets
        if own is not None:
            inside = np.flatnonzero(own >= 0)
            counts = np.array([profile.count for profile in profiles], dtype=np.float32)
            mine = own[inside]
            kept = scores[inside, mine] * counts[mine] - self.spread[rows[inside]]
            scores[inside, mine] = kept / (counts[mine] - 1)
        cohesion = np.array([profile.cohesion for profile in profiles], dtype=np.float32)
        scores *= self.alone[rows][:, None]
        scores /= cohesion
        return scores


class Precision:
    """The (d, d) inverse of the covariance of (n, d) rows with `ridge` on its diagonal.

    Of few rows it is never written out: what it does to a vector follows from an inverse as small
    as the rows are few (Woodbury).
    """

    def __init__(self, centred: Floats, ridge: float) -> None:
        rows, columns = centred.shape
        exact = centred.astype(np.float64)
        self.ridge = ridge
        self.whole: Floats | None = None
        if rows >= columns:
            covariance = exact.T @ exact / rows
            covariance[np.diag_indices(columns)] += ridge
            self.whole = np.linalg.inv(covariance).astype(np.float32)
            return
        within = exact @ exact.T
        within[np.diag_indices(rows)] += ridge * max(rows, 1)
        self.rows, self.solved = exact, np.linalg.solve(within, exact)
        if 2 * rows > columns:
            inverse = self.rows.T @ self.solved / -ridge
            inverse[np.diag_indices(columns)] += 1 / ridge
            self.whole = inverse.astype(np.float32)

    def times(self, vectors: Floats) -> Floats:
        """Each of (…, d) vectors, multiplied."""
        if self.whole is not None:
            product: Floats = vectors @ self.whole
            return product
        kept = vectors - (vectors @ self.rows.T) @ self.solved
        return (kept / self.ridge).astype(np.float32)
