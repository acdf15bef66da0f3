"""What the starter texts are: how many of each label, how often they name a measure, which are
nearly the same, and how much of the frozen sets their words already cover.

    python -m benchmarks texts
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from statistics import median
from typing import Any

import numpy as np

from benchmarks._judging import MEASURES
from benchmarks._nearness import (
    Known,
    Pair,
    close_in_meaning,
    nearest,
    shared_runs,
    words,
)
from benchmarks._sets import FROZEN_SETS, authors, frozen
from classifiers import encoder, notions
from classifiers.engine import Example
from classifiers.features import Floats
from classifiers.starter import starter
from classifiers.text import opening, spoken, vocabulary_form

SAME_RUNS = 0.2
"""Of five-word runs: looked at, pairs above it share half a sentence, those below a set phrase."""
SAME_MEANING = 0.8
"""Cosine: looked at, nearly all pairs above it tell the same case in other words."""
FEWEST_WORDS = 5
"""Of three words ("still nothing received") everybody writes the same ones."""
WORST = 15
LABELS: dict[str, Callable[[Example], str | None]] = {
    "topic": lambda row: row.topic,
    "subtopic": lambda row: row.label("subtopic"),
    "intent": lambda row: row.intent,
    "thing": lambda row: row.thing,
    "symptom": lambda row: row.symptom,
    "language": lambda row: row.language,
    "channel": lambda row: row.channel,
    "author": lambda row: row.source,
}


def run() -> dict[str, Any]:
    rows = list(starter())
    judges = {name: frozen(name) for name in FROZEN_SETS}
    every = [*rows, *(row for some in judges.values() for row in some)]
    vectors = encoder.encode([spoken(opening(row.text, row.subject)) for row in every])
    return {
        "texts": len(rows),
        "words, median": median(len(words(row)) for row in rows),
        "of each": {name: counted(rows, label) for name, label in LABELS.items()},
        "a measure is named (share)": named_measures(rows),
        "nearly the same": nearly_the_same(every, vectors),
        "known words": {
            **{name: asdict(Known(rows).overlap(some)) for name, some in judges.items()},
            **{
                author: asdict(Known(others).overlap(mine))
                for author, others, mine in authors(rows)
            },
        },
        "nearest text of another author (median cosine)": neighbours(every, vectors),
    }


def counted(rows: Sequence[Example], label: Callable[[Example], str | None]) -> dict[str, int]:
    return dict(Counter(label(row) or "-" for row in rows).most_common())


def named_measures(rows: Sequence[Example]) -> dict[str, float]:
    """Of the texts on each of the three measures, those that say its name or a synonym."""
    forms = [vocabulary_form(opening(row.text, row.subject)) for row in rows]
    found = notions.found(forms, [row.language or "" for row in rows])
    topics = np.array([row.topic for row in rows], dtype=object)
    return {
        measure: round(float(found[topics == measure, notions.names().index(measure)].mean()), 3)
        for measure in MEASURES
    }


def nearly_the_same(rows: Sequence[Example], vectors: Floats | None) -> dict[str, Any]:
    """Pairs by shared runs of words and by meaning, within an author, across, and to the judges."""
    places = [place for place, row in enumerate(rows) if len(words(row)) >= FEWEST_WORDS]
    long_enough = [rows[place] for place in places]
    found = {
        f"runs of five words, {SAME_RUNS} and more": shared_runs(
            [words(row) for row in long_enough], SAME_RUNS
        )
    }
    if vectors is not None:
        close = close_in_meaning(vectors[places], SAME_MEANING)
        found[f"meaning, {SAME_MEANING} and more"] = close
    return {name: by_kinship(pairs, long_enough) for name, pairs in found.items()}


def neighbours(rows: Sequence[Example], vectors: Floats | None) -> dict[str, float]:
    """How near each author and each judge is to what the (other) starter authors wrote."""
    if vectors is None:
        return {}
    sources = np.array([row.source for row in rows], dtype=object)
    learned = ~np.isin(sources, FROZEN_SETS)
    return {
        name: nearest(vectors[learned & (sources != name)], vectors[sources == name])
        for name in sorted(set(sources))
    }


def by_kinship(pairs: Sequence[Pair], rows: Sequence[Example]) -> dict[str, Any]:
    kin: dict[str, list[Pair]] = {}
    for pair in pairs:
        kin.setdefault(kinship(rows[pair.first], rows[pair.second]), []).append(pair)
    return {
        name: {
            "pairs": len(some),
            "texts": len({place for pair in some for place in (pair.first, pair.second)}),
            "other topic": sum(rows[one.first].topic != rows[one.second].topic for one in some),
            "worst": [described(pair, rows) for pair in some[:WORST]],
        }
        for name, some in sorted(kin.items())
    }


def kinship(one: Example, other: Example) -> str:
    judging = {row.source for row in (one, other)} & set(FROZEN_SETS)
    if judging:
        both = one.source in FROZEN_SETS and other.source in FROZEN_SETS
        return "among the frozen sets" if both else "starter text and frozen text"
    return "one author" if one.source == other.source else "two authors"


def described(pair: Pair, rows: Sequence[Example]) -> str:
    one, other = rows[pair.first], rows[pair.second]
    return (
        f"{pair.near} {one.source} {one.topic}: {one.subject} {one.text[:160]!r}"
        f" | {other.source} {other.topic}: {other.subject} {other.text[:160]!r}"
    )
