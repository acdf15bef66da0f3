"""What a trained classifier remembers: labels, weights, known rows, and how far to trust them.

`save` and `load` write and read it without pickle; a loaded one answers as the trained one did.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from classifiers import notions, store
from classifiers.features import LETTERS, WORDS, Features, Floats, Terms
from classifiers.opinion import Neighbour
from classifiers.thresholds import Thresholds
from classifiers.topic import Calibration

SCHEMA = 10
AXES = ("topic", "subtopic", "intent", "thing", "symptom")


@dataclass(frozen=True, slots=True)
class Learned:
    """`term_weights` (terms, labels) and `duals` (rows, labels) hold the axes side by side, in the
    order of AXES; `vectors` (rows, 512) and `duals` are None for a model that knows words only.
    `shares` says how often each label of an axis came among the rows. `known` are the rows that
    may be shown, by their place."""

    version: str
    labels: Mapping[str, list[str]]
    calibration: Mapping[str, Calibration]
    shares: Mapping[str, Floats]
    features: Features
    term_weights: Floats
    vectors: Floats | None
    duals: Floats | None
    known: Mapping[int, Neighbour]
    thresholds: Thresholds
    measured: Mapping[str, float]

    def save(self, directory: Path, key: bytes | None = None) -> None:
        """Write the model; with a key the manifest is signed."""
        words, letters = self.features.words_, self.features.letters_
        arrays: dict[str, NDArray[Any]] = {
            "word_idf": words.idf_,
            "letter_idf": letters.idf_,
            "notion_idf": self.features.notion_idf_,
            "term_weights": self.term_weights.astype(np.float16),
        }
        if self.vectors is not None and self.duals is not None:
            arrays["duals"] = self.duals.astype(np.float16)
            arrays["vectors"] = self.vectors.astype(np.float16)
        description = {
            "labels": self.labels,
            "calibration": {axis: asdict(found) for axis, found in self.calibration.items()},
            "shares": {axis: found.tolist() for axis, found in self.shares.items()},
            "thresholds": asdict(self.thresholds),
            "measured": self.measured,
            "notions": notions.names(),
            "words": words.vocabulary_,
            "letters": letters.vocabulary_,
            "known": [
                [row, known.text, known.topic, known.language] for row, known in self.known.items()
            ],
        }
        store.write(directory, self.version, SCHEMA, description, arrays, key)

    @classmethod
    def load(cls, directory: Path, key: bytes | None = None) -> Self:
        """Read a saved model; raises `store.Unusable` when it was altered or is of another age."""
        version, description, arrays = store.read(directory, SCHEMA, key)
        if description["notions"] != notions.names():
            raise store.Unusable(f"the model in {directory} knows other notions: train it again")
        with_meaning = "vectors" in arrays
        return cls(
            version=version,
            labels=description["labels"],
            calibration={
                axis: Calibration(**found) for axis, found in description["calibration"].items()
            },
            shares={
                axis: np.asarray(found, dtype=np.float32)
                for axis, found in description["shares"].items()
            },
            features=Features().restore(
                Terms("word", WORDS).restore(description["words"], arrays["word_idf"]),
                Terms("char_wb", LETTERS).restore(description["letters"], arrays["letter_idf"]),
                arrays["notion_idf"],
            ),
            term_weights=arrays["term_weights"].astype(np.float32),
            vectors=arrays["vectors"].astype(np.float32) if with_meaning else None,
            duals=arrays["duals"].astype(np.float32) if with_meaning else None,
            known={
                row: Neighbour(text, topic, language, 0.0)
                for row, text, topic, language in description["known"]
            },
            thresholds=Thresholds(**description["thresholds"]),
            measured=description["measured"],
        )
