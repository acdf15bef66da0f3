"""The frozen texts judge the classifier; nobody may change them afterwards, nor learn from them.

Three sets, each fixed by its digest before a model was judged. The authors of x and y knew
neither the engine nor any other text; most of their texts never name the measure they are about.
"""

import hashlib
import json
from pathlib import Path

import pytest

from classifiers import starter
from classifiers.engine import Decision, Text

DATA = Path(__file__).resolve().parent.parent / "data"
SETS = ("frozen", "frozen_x", "frozen_y")


@pytest.mark.parametrize("name", SETS)
def test_the_frozen_texts_are_as_they_were(name):
    lines = (DATA / "frozen.sha256").read_text("utf-8").splitlines()
    digests = {path: digest for digest, path in map(str.split, lines)}
    written = (DATA / f"{name}.jsonl").read_bytes()
    assert hashlib.sha256(written).hexdigest() == digests[f"{name}.jsonl"]


@pytest.mark.parametrize("name", SETS)
def test_no_frozen_text_is_learned_from(name):
    learned = {example.text for example in starter.starter()}
    said = [row["text"] for row in frozen(name) if len(row["text"].split()) >= 3]
    assert not [text for text in said if text in learned]


@pytest.mark.parametrize("name", SETS)
def test_what_is_routed_alone_is_right_95_times_in_100(engine, name):
    rows = frozen(name)
    opinions = engine.classify(
        [Text(row["text"], row["subject"] or "", row["channel"]) for row in rows]
    )
    alone = [(o, row) for o, row in zip(opinions, rows, strict=True) if o.decision == Decision.AUTO]
    assert len(alone) >= 0.4 * len(rows)
    assert sum(o.topic == row["topic"] for o, row in alone) >= 0.95 * len(alone)
    right = sum(o.topic == row["topic"] for o, row in zip(opinions, rows, strict=True))
    assert right >= 0.85 * len(rows)


def frozen(name):
    lines = (DATA / f"{name}.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines if line.strip()]
