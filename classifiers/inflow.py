"""What comes in most just now is likelier: posteriors follow the inflow.

A model learned from texts that speak of every topic about equally; in a crisis half of all contacts
are about one measure, and many do not name it. The posterior is multiplied by how much oftener a
label comes now than it did among the texts (Saerens, Latinne & Decaestecker 2002, "Adjusting the
outputs of a classifier to new a priori probabilities").
"""

from collections.abc import Collection, Mapping

import numpy as np

from classifiers.features import Floats

FOLLOWED = ("topic", "intent")
MEMORY = 60.0
"""So many contacts of today weigh as much as all that was learned."""
LEAST, MOST = 0.1, 6.0
"""Of the factor: a flood of one topic never silences another, nor its own absence."""
HEARD = frozenset({"incapacity", "family", "privacy", "complaint"})
"""Never made less likely: who may read them, and how soon, hangs on their being heard."""


class Inflow:
    """How often each topic and intent came lately; `live` also counts what is asked about."""

    def __init__(
        self,
        counts: Mapping[str, Mapping[str, float]] | None = None,
        live: bool = False,
        heard: Collection[str] = HEARD,
    ) -> None:
        self.live = live
        self._heard = heard
        self._counts = {axis: dict((counts or {}).get(axis, {})) for axis in FOLLOWED}

    def follow(self, posteriors: Floats, axis: str, labels: list[str], learned: Floats) -> Floats:
        """Rows of `posteriors` (n, labels) that follow the inflow; `learned` are the shares that
        the labels had among the texts."""
        counts = np.array([self._counts[axis].get(label, 0.0) for label in labels])
        least = np.array([1.0 if label in self._heard else LEAST for label in labels])
        if not self.live:
            return _shifted(posteriors, _factors(counts, learned, least))
        followed = np.empty_like(posteriors)
        for row, posterior in enumerate(posteriors):
            factors = _factors(counts, learned, least)
            followed[row] = _shifted(posterior[None, :], factors)[0]
            counts += followed[row]
        self._counts[axis] |= dict(zip(labels, counts.tolist(), strict=True))
        return followed


def _factors(counts: Floats, learned: Floats, least: Floats) -> Floats:
    now = (MEMORY * learned + counts) / (MEMORY + counts.sum())
    return np.asarray(np.clip(now / learned, least, MOST), dtype=np.float32)


def _shifted(posteriors: Floats, factors: Floats) -> Floats:
    shifted = posteriors * factors
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True), dtype=np.float32)
