"""The labelled texts that benchmarks read: the starter texts, the frozen sets, the demo's days.

Frozen texts judge and are never learned from; their digests are held by a test.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks._judging import PROMISED, Answer, answer
from classifiers import encoder
from classifiers.engine import Engine, Example, Text
from classifiers.features import Floats
from classifiers.starter import example, names
from triage.commands.train import topics

FROZEN = Path(__file__).resolve().parents[1] / "tests" / "data"
FROZEN_SETS = ("frozen", "frozen_x", "frozen_y")
DEMO = ("contacts_1", "contacts_2")
Row = dict[str, Any]


def frozen(name: str) -> list[Example]:
    return [example(row, name) for row in _lines((FROZEN / f"{name}.jsonl").read_text("utf-8"))]


def names_measure(name: str) -> list[bool]:
    """Whether each text of a frozen set names its measure, or a synonym of it."""
    written = (FROZEN / f"{name}.jsonl").read_text("utf-8")
    return [bool(row.get("names_measure")) for row in _lines(written)]


def demo(name: str) -> list[Row]:
    return _lines((files("triage.demo") / f"{name}.jsonl").read_text("utf-8"))


def authors(rows: Sequence[Example]) -> Iterator[tuple[str, list[Example], list[Example]]]:
    """Each author with what all others wrote, and what they wrote."""
    for author in sorted({row.source for row in rows}):
        others = [row for row in rows if row.source != author]
        yield author, others, [row for row in rows if row.source == author]


def text(row: Example) -> Text:
    """As it arrives: no hint of its language."""
    return Text(row.text, row.subject, row.channel)


def trained(rows: Sequence[Example], use_encoder: bool = True, without: str = "") -> Engine:
    """As an install trains: the rows and the topics' names, but nothing of one language."""
    examples = [*rows, *names(topics())]
    return Engine.train([row for row in examples if row.language != without], use_encoder)


def judged(engine: Engine, rows: Sequence[Example]) -> list[Answer]:
    """Answers of an engine that was just trained: it still knows the cut of 95 %."""
    opinions, cut = engine.classify([text(row) for row in rows]), engine.cut(PROMISED)
    return [answer(row, opinion, cut) for row, opinion in zip(rows, opinions, strict=True)]


@contextmanager
def remembered_vectors() -> Iterator[None]:
    """Within it each text is encoded once, however often models are trained and asked.

    Quality only: what takes time must be measured outside.
    """
    plain = encoder.encode
    known: dict[str, Floats] = {}

    def encode(texts: Sequence[str]) -> Floats | None:
        new = sorted({text for text in texts if text not in known}, key=len)
        if new:
            fresh = plain(new)
            if fresh is None:
                return None
            known.update(zip(new, fresh, strict=True))
        if not len(texts):
            return np.zeros((0, encoder.DIMENSIONS), np.float32)
        return np.stack([known[text] for text in texts])

    encoder.encode = encode
    try:
        yield
    finally:
        encoder.encode = plain


def _lines(written: str) -> list[Row]:
    return [json.loads(line) for line in written.splitlines() if line.strip()]
