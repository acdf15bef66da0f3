"""From labelled contacts to a model, and to what it says of rows that it had not seen."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields

import numpy as np

from classifiers import encoder, language
from classifiers.features import ROWS_AT_ONCE, Block, Features, Floats, likeness
from classifiers.held_out import HeldOut
from classifiers.learned import AXES, SCHEMA, Learned
from classifiers.opinion import Example, Neighbour
from classifiers.text import opening, spoken, vocabulary_form
from classifiers.thresholds import SHOWN, Thresholds, learn_thresholds
from classifiers.topic import Calibration, Judge, familiarity, inverse_of

MOST_ROWS = 16_000
NEIGHBOUR_LETTERS = 280
"""Of a known text that are kept to be shown."""
ENCODED_AT_ONCE = 256
LOST = 0.02
"""Of all other rows, out of fold, that a young topic may take away to be found at all."""

Told = Callable[[str, float], None]
"""Hears of a training: the step ("reading", "encoding", "learning", "measuring") and how much of
the whole is done, from 0 to 1."""


def learn(
    examples: Sequence[Example], use_encoder: bool = True, told: Told | None = None
) -> tuple[Learned, HeldOut]:
    """Learn from labelled contacts; raises ValueError under two topics."""
    told = told or _nobody
    places = _bounded(examples)
    rows = [examples[place] for place in places]
    if len({row.topic for row in rows if row.topic}) < 2:
        raise ValueError("at least two topics with an example each are needed")
    use_encoder = use_encoder and encoder.available()
    told("reading", 0.0)
    opened = [opening(row.text, row.subject) for row in rows]
    forms = [vocabulary_form(text) for text in opened]
    languages = [
        row.language or language.detect(text) for row, text in zip(rows, opened, strict=True)
    ]
    features = Features().fit(forms, [row.client for row in rows], opened, languages)
    terms = features.transform(forms, languages)
    vectors = _encoded(rows, opened, told) if use_encoder else None
    told("learning", 0.4)
    groups = [row.source or row.client or f"row {number}" for number, row in enumerate(rows)]
    judges, duals = _learn_axes(rows, Block(terms, vectors), groups, told)
    told("measuring", 0.9)
    familiar = _familiarity_of_others(judges["topic"].out_of_fold_, vectors, groups)
    held_out, thresholds, measured = _measure(rows, places, familiar, judges)
    learned = [axis for axis in AXES if axis in judges]
    model = Learned(
        version=version_of(rows, use_encoder),
        labels={axis: judges[axis].classes_ if axis in judges else [] for axis in AXES},
        calibration={
            axis: judges[axis].calibration_ if axis in judges else Calibration() for axis in AXES
        },
        shares={axis: _shares(rows, axis, judges.get(axis)) for axis in AXES},
        features=features,
        term_weights=np.hstack([judges[axis].term_weights_ for axis in learned]),
        vectors=vectors,
        duals=None if vectors is None else np.hstack([duals[axis] for axis in learned]),
        known={
            number: Neighbour(
                opened[number][:NEIGHBOUR_LETTERS], row.topic, row.language or "", 0.0
            )
            for number, row in enumerate(rows)
            if row.client is None and row.weight >= 1 and row.topic
        },
        thresholds=thresholds,
        measured=measured,
    )
    told("measuring", 1.0)
    return model, held_out


def _encoded(rows: Sequence[Example], opened: Sequence[str], told: Told) -> Floats:
    """The meaning of each row, in half precision as the model keeps it."""
    vectors = np.zeros((len(rows), encoder.DIMENSIONS), dtype=np.float32)
    missing = [number for number, row in enumerate(rows) if row.vector is None]
    for start in range(0, len(missing), ENCODED_AT_ONCE):
        told("encoding", 0.05 + 0.35 * start / len(missing))
        batch = missing[start : start + ENCODED_AT_ONCE]
        vectors[batch] = encoder.encode([spoken(opened[number]) for number in batch])
    for number, row in enumerate(rows):
        if row.vector is not None:
            vectors[number] = row.vector
    return vectors.astype(np.float16).astype(np.float32)


def _learn_axes(
    rows: Sequence[Example], block: Block, groups: Sequence[str], told: Told
) -> tuple[dict[str, Judge], dict[str, Floats]]:
    """A judge for each axis and its weight of each row; axes that know the same rows share one
    regression."""
    labels = {axis: [row.label(axis) for row in rows] for axis in AXES}
    together: dict[bytes, list[str]] = {}
    for axis in AXES:
        known = np.array([label is not None or axis == "topic" for label in labels[axis]])
        together.setdefault(known.tobytes(), []).append(axis)
    kernel = likeness(block, block)
    judges: dict[str, Judge] = {}
    duals: dict[str, Floats] = {}
    # The topic knows every row: it comes last and uses the kernel up.
    for part, (mask, axes) in enumerate(reversed(together.items())):
        told("learning", 0.45 + 0.45 * part / len(together))
        known = np.flatnonzero(np.frombuffer(mask, dtype=bool))
        if not len(known):
            continue
        weights = [rows[int(row)].weight for row in known]
        named = {axis: [labels[axis][row] for row in known] for axis in axes}
        alike = kernel if "topic" in axes else kernel[np.ix_(known, known)]
        inverse = inverse_of(alike, list(named.values()), weights)
        for axis in axes:
            mine = [groups[int(row)] for row in known]
            judge = Judge(lost=LOST if axis == "topic" else 0.0).fit(
                block.rows(known), named[axis], weights, mine, inverse
            )
            duals[axis] = np.zeros((len(rows), len(judge.classes_)), dtype=np.float32)
            duals[axis][known] = judge.duals_
            judges[axis] = judge
    return judges, duals


def _measure(
    rows: Sequence[Example],
    places: Sequence[int],
    familiar: Floats,
    judges: Mapping[str, Judge],
) -> tuple[HeldOut, Thresholds, dict[str, float]]:
    """What the model says of rows that it had not seen, and the cuts that follow."""
    trusted = np.flatnonzero([row.weight >= 1 and bool(row.topic) for row in rows])
    topics = judges["topic"]
    confidences = topics.calibration_.probabilities(topics.out_of_fold_)[trusted]
    familiar = familiar[trusted]
    ranked = np.argsort(-confidences, axis=1, kind="stable")[:, :SHOWN]
    intents = [rows[int(row)].intent or "" for row in trusted]
    intents_told, intents_sure = _told_of(judges.get("intent"), rows)
    held_out = HeldOut(
        places=np.asarray(places, dtype=np.intp)[trusted],
        language=[rows[int(row)].language or "" for row in trusted],
        truth=[rows[int(row)].topic for row in trusted],
        told=[topics.classes_[best[0]] for best in ranked],
        ranked=[tuple(topics.classes_[place] for place in best) for best in ranked],
        confidence=confidences.max(axis=1, initial=0),
        familiar=familiar,
        intent_truth=intents,
        intent_told=[intents_told[int(row)] for row in trusted],
        intent_confidence=intents_sure[trusted],
    )
    if not len(trusted):
        return held_out, Thresholds(), {}
    learned = learn_thresholds(confidences, topics.truth_[trusted], familiar, topics.classes_)
    return held_out, *learned


def _familiarity_of_others(scores: Floats, vectors: Floats | None, groups: Sequence[str]) -> Floats:
    """How familiar each row looks to the rows of other groups."""
    if vectors is None:
        return familiarity(scores, None)
    _, numbers = np.unique(np.asarray(groups), return_inverse=True)
    parts = []
    for start in range(0, len(scores), ROWS_AT_ONCE):
        rows = slice(start, start + ROWS_AT_ONCE)
        cosines: Floats = vectors[rows] @ vectors.T
        cosines[numbers[rows][:, None] == numbers[None, :]] = -1
        parts.append(familiarity(scores[rows], cosines))
    return np.concatenate(parts)


def _shares(rows: Sequence[Example], axis: str, judge: Judge | None) -> Floats:
    """How often each label came among the contacts (names are none), never quite 0."""
    labels = judge.classes_ if judge is not None else []
    place = {label: column for column, label in enumerate(labels)}
    counts = np.ones(len(labels), dtype=np.float32)
    for row in rows:
        label = row.label(axis)
        if label is not None and row.weight >= 1:
            counts[place[label]] += 1
    return np.asarray(counts / max(counts.sum(), 1), dtype=np.float32)


def _bounded(examples: Sequence[Example]) -> list[int]:
    """At most so many rows as a kernel fits in memory: the last of each topic in turn."""
    if len(examples) <= MOST_ROWS:
        return list(range(len(examples)))
    places: dict[str, list[int]] = {}
    for place, row in enumerate(examples):
        places.setdefault(row.topic, []).append(place)
    turns = sorted(
        (turn, place) for mine in places.values() for turn, place in enumerate(reversed(mine))
    )
    return sorted(place for _, place in turns[:MOST_ROWS])


def _told_of(judge: Judge | None, rows: Sequence[Example]) -> tuple[list[str], Floats]:
    """The intent that each row was told out of fold and how surely; "" where none is known."""
    told = [""] * len(rows)
    sure = np.zeros(len(rows), dtype=np.float32)
    if judge is not None:
        known = [number for number, row in enumerate(rows) if row.label("intent")]
        confidences = judge.calibration_.probabilities(judge.out_of_fold_)
        for number, row in zip(known, confidences, strict=True):
            told[number], sure[number] = judge.classes_[int(row.argmax())], row.max()
    return told, sure


def _nobody(_step: str, _share: float) -> None:
    """Hears of a training when nobody asked."""


def version_of(examples: Sequence[Example], use_encoder: bool) -> str:
    """A short hash of what a model learns from: the same rows always give the same name."""
    described = json.dumps([SCHEMA, encoder.NAME if use_encoder else "", written(examples)])
    return hashlib.sha256(described.encode()).hexdigest()[:12]


def written(examples: Sequence[Example]) -> list[str]:
    """All that a model learns from, whatever the order of the rows; no cached vectors."""
    names = [one.name for one in fields(Example) if one.compare]
    return sorted(
        json.dumps({name: getattr(row, name) for name in names}, sort_keys=True) for row in examples
    )
