"""The frozen texts judge the classifier; nobody may change them afterwards, nor learn from them."""

import hashlib
import json
from pathlib import Path

from classifiers import starter
from classifiers.engine import Decision, Text

FROZEN = Path(__file__).resolve().parent.parent / "data" / "frozen.jsonl"


def test_the_frozen_texts_are_as_they_were():
    digest = FROZEN.with_suffix(".sha256").read_text("utf-8").split()[0]
    assert hashlib.sha256(FROZEN.read_bytes()).hexdigest() == digest


def test_no_frozen_text_is_learned_from():
    learned = {example.text for example in starter.starter()}
    assert not [row["text"] for row in frozen() if row["text"] in learned]


def test_what_is_routed_alone_is_right_95_times_in_100(engine):
    rows = frozen()
    opinions = engine.classify(
        [Text(row["text"], row["subject"] or "", row["channel"]) for row in rows]
    )
    alone = [(o, row) for o, row in zip(opinions, rows, strict=True) if o.decision == Decision.AUTO]
    assert len(alone) >= 0.25 * len(rows)
    assert sum(o.topic == row["topic"] for o, row in alone) >= 0.95 * len(alone)
    assert sum(o.topic == row["topic"] for o, row in zip(opinions, rows, strict=True)) >= 256


def frozen():
    return [json.loads(line) for line in FROZEN.read_text("utf-8").splitlines() if line.strip()]
