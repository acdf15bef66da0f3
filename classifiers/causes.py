"""Where a contact stands among causes: a projection that brings those together whom one thing hit.

Learned from invented clients who tell of hundreds of causes in four languages, each in words of his
own (`classifiers/data/causes_*.jsonl`; `cause_training.py`). It has never seen the problems of the
house: it knows what makes two contacts the same, not which problems there are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import Self

import numpy as np

from classifiers.features import Floats

WEIGHTS = {
    "vector": 1.0,
    "topic": 0.5,
    "subtopic": 0.5,
    "intent": 0.3,
    "thing": 0.6,
    "symptom": 0.6,
    "concepts": 0.5,
}
"""What goes in, and how much it weighs beside the rest."""
DIMENSIONS = 192
STAGES = ("none", "before", "during", "after")
"""Where in his business somebody was hit: before he asked, while it ran, after the answer."""


@dataclass(frozen=True, slots=True)
class Projection:
    """One hidden layer: `columns` names the d inputs, so that other labels than those of the day of
    learning are simply not seen. `first` (d, hidden), `offset` (hidden,), `second` (hidden, 192);
    `stage` (193, 4) tells from a place, and a one behind it, how likely each of STAGES is."""

    columns: tuple[str, ...]
    first: Floats
    offset: Floats
    second: Floats
    stage: Floats

    def of(self, blocks: Mapping[str, tuple[list[str], Floats]]) -> Floats:
        """Unit rows (n, 192). Each block is its columns' names and its values (n, columns)."""
        place = {name: row for row, name in enumerate(self.columns)}
        hidden = None
        for name, weight in WEIGHTS.items():
            names, values = blocks.get(name, ([], np.zeros((0, 0), np.float32)))
            known = [(column, place[one]) for column, one in enumerate(names) if one in place]
            if not known:
                continue
            columns, rows = (list(some) for some in zip(*known, strict=True))
            part = values[:, columns] @ (self.first[rows] * np.float32(weight))
            hidden = part if hidden is None else hidden + part
        assert hidden is not None
        return behind(hidden, self.offset, self.second)

    def likeliest_stage(self, places: Floats) -> str:
        """In which stage most of these (n, 192) were; "none" where it makes no difference."""
        scores = places @ self.stage[:-1] + self.stage[-1]
        shares = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        return STAGES[int(shares.mean(axis=0).argmax())]

    def save(self, path: Path) -> None:
        """Half precision is enough: a product of two rows changes in the fourth digit."""
        np.savez_compressed(
            path,
            columns=np.array(self.columns),
            first=self.first.astype(np.float16),
            offset=self.offset.astype(np.float16),
            second=self.second.astype(np.float16),
            stage=self.stage.astype(np.float16),
        )

    @classmethod
    def load(cls, content: bytes) -> Self:
        with np.load(BytesIO(content), allow_pickle=False) as kept:
            return cls(
                tuple(str(name) for name in kept["columns"]),
                *(kept[name].astype(np.float32) for name in ("first", "offset", "second", "stage")),
            )


@cache
def projection() -> Projection:
    """The one that comes with the product."""
    return Projection.load((files("classifiers") / "data" / "causes.npz").read_bytes())


def unit(rows: Floats) -> Floats:
    """Rows of length one; a row of nothing stays nothing."""
    lengths = np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)
    found: Floats = np.asarray(rows / lengths, dtype=np.float32)
    return found


def behind(hidden: Floats, offset: Floats, second: Floats) -> Floats:
    """Where rows (n, hidden) that have passed the first weights come to lie: unit rows (n, 192)."""
    return unit(np.maximum(hidden + offset, 0) @ second)
