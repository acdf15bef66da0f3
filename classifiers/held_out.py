"""What a model that never saw a row, nor anything of its author or client, said of it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifiers.features import Floats

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Answers out of fold, one for each trusted example (weight of 1 or more, with a topic).

    `places` are the rows among the examples as they were given to `Engine.train`; everything else
    lies beside them in the same order. An intent that an example did not name is "".
    """

    places: NDArray[np.intp]
    language: list[str]
    truth: list[str]
    told: list[str]
    ranked: list[tuple[str, ...]]
    """The first three topics."""
    confidence: Floats
    familiar: Floats
    intent_truth: list[str]
    intent_told: list[str]
    intent_confidence: Floats

    def __len__(self) -> int:
        return len(self.places)

    @property
    def right(self) -> Flags:
        return np.array([a == b for a, b in zip(self.truth, self.told, strict=True)], dtype=bool)
