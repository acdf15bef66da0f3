"""The cores of what is new: rows that are alike and of a time, found by average linkage."""

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage  # type: ignore[import-untyped]
from scipy.spatial.distance import squareform  # type: ignore[import-untyped]

from classifiers.encoder import DIMENSIONS
from classifiers.features import Floats

Rows = NDArray[np.intp]

PIECE = 1_500
"""Rows that are compared with each other at once: memory grows with its square."""


def cores_of(
    matrix: Floats, days: Floats, loose: Rows, closeness: float, fade: float
) -> list[Rows]:
    """The loose rows in cores that are on average so close, the largest first; singles among them.

    Closeness fades with the days between. A large day is told piece by piece along the likeliest
    cause, then across.
    """

    def linked(parts: list[Rows]) -> list[Rows]:
        return _linked(matrix, days, parts, closeness, fade)

    if len(loose) <= PIECE:
        return largest_first(linked(_singles(loose)))
    cause = matrix[loose, DIMENSIONS:].argmax(axis=1)
    ordered = loose[np.lexsort((loose, cause))]
    several: list[Rows] = []
    for start in range(0, len(ordered), PIECE):
        piece = linked(_singles(ordered[start : start + PIECE]))
        several += [rows for rows in piece if len(rows) > 1]
    several = largest_first(several)
    merged: list[Rows] = []
    for start in range(0, len(several), PIECE):
        merged += linked(several[start : start + PIECE])
    return largest_first(merged)


def likeness(rows: Floats) -> float:
    """The average product of different ones of two or more rows."""
    count, mean = len(rows), rows.mean(axis=0)
    own = float(np.square(rows).sum(axis=1).mean())
    return (count * float(mean @ mean) - own) / (count - 1)


def largest_first(clusters: list[Rows]) -> list[Rows]:
    return sorted(clusters, key=lambda rows: (-len(rows), int(rows[0])))


def _singles(rows: Rows) -> list[Rows]:
    return [rows[place : place + 1] for place in range(len(rows))]


def _linked(
    matrix: Floats, days: Floats, parts: list[Rows], closeness: float, fade: float
) -> list[Rows]:
    """Parts joined as long as they are on average alike and of a time."""
    if len(parts) < 2:
        return parts
    means = np.vstack([matrix[rows].mean(axis=0) for rows in parts])
    middles = np.array([days[rows].mean() for rows in parts])
    alike = means @ means.T
    alike *= np.exp(-np.abs(middles[:, None] - middles[None, :]) / fade)
    apart = np.maximum(1 - alike, 0)
    np.fill_diagonal(apart, 0)
    merges = linkage(squareform(apart, checks=False), "average")
    named = fcluster(merges, 1 - closeness, "distance")
    order = np.argsort(named, kind="stable")
    cuts = np.flatnonzero(np.diff(named[order])) + 1
    return [np.sort(np.concatenate([parts[one] for one in some])) for some in np.split(order, cuts)]
