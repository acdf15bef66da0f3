"""How the projection of causes that comes with the product was learned, and what it is worth.

`python -m benchmarks causes` learns it without one author after the other and asks how well it
brings together whom one cause hit: average precision over all pairs of that author's contacts.
`WRITE=1` learns it from all of them and writes `classifiers/data/causes.npz`.
"""

import json
import os
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score  # type: ignore[import-untyped]

from classifiers import cause_training, causes, space
from classifiers.engine import Engine, Text
from classifiers.features import Floats
from triage.commands.classify import load

DATA = files("classifiers") / "data"
HELD_OUT = ("l", "n", "t", "u")
Row = dict[str, Any]


def run() -> dict[str, Any]:
    engine = load(None)
    rows = [row for author in authors("causes_") for row in read(author)]
    columns, known = seen(engine, rows)
    _, strangers = seen(engine, [row for one in authors("starter_") for row in read(one)])
    numbers = np.unique([row["cause"] for row in rows], return_inverse=True)[1]
    stages = [row["stage"] for row in rows]
    if os.environ.get("WRITE"):
        learned = cause_training.learn(columns, known, numbers, strangers, stages)
        learned.save(Path(str(DATA / "causes.npz")))
    author = np.array([row["cause"][0] for row in rows])
    return {
        f"without author {one}": without(columns, known, numbers, strangers, stages, author != one)
        for one in HELD_OUT
    }


def authors(prefix: str) -> list[str]:
    return sorted(one.name for one in DATA.iterdir() if one.name.startswith(prefix)
                  and one.name.endswith(".jsonl"))  # fmt: skip


def read(name: str) -> list[Row]:
    return [json.loads(line) for line in (DATA / name).read_text("utf-8").splitlines()]


def seen(engine: Engine, rows: list[Row]) -> tuple[tuple[str, ...], Floats]:
    """Names of the columns that go in, and their weighted values (n, d)."""
    opinions = engine.classify(
        [Text(row["text"], row.get("subject") or "", row["channel"], row["lang"]) for row in rows]
    )
    features = [
        space.features(opinion, row["text"], row.get("subject") or "")
        for opinion, row in zip(opinions, rows, strict=True)
    ]
    blocks = space.Space(engine.labels, {}, "").described(features, [row["lang"] for row in rows])
    names = [name for block in causes.WEIGHTS for name in blocks[block][0]]
    values = [blocks[block][1] * np.float32(weight) for block, weight in causes.WEIGHTS.items()]
    return tuple(names), np.hstack(values)


def without(
    columns: tuple[str, ...],
    known: Floats,
    numbers: NDArray[np.intp],
    strangers: Floats,
    stages: list[str],
    kept: NDArray[np.bool_],
) -> dict[str, float]:
    """Average precision over all pairs of the contacts left out, before and after."""
    others = np.unique(numbers[kept], return_inverse=True)[1]
    told = [stage for stage, one in zip(stages, kept, strict=True) if one]
    learned = cause_training.learn(columns, known[kept], others, strangers, told)
    left, left_numbers = known[~kept], numbers[~kept]
    places = causes.behind(left @ learned.first, learned.offset, learned.second)
    plain = causes.unit(left)
    pairs = np.triu_indices(len(left), 1)
    same = (left_numbers[:, None] == left_numbers[None, :])[pairs]
    both = plain @ plain.T + places @ places.T / 2
    return {
        "pairs of one cause": round(float(same.mean()), 4),
        "as they stand": round(float(average_precision_score(same, (plain @ plain.T)[pairs])), 3),
        "projected": round(float(average_precision_score(same, (places @ places.T)[pairs])), 3),
        "both": round(float(average_precision_score(same, both[pairs])), 3),
    }
