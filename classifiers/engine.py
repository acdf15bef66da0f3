"""The classifier as the application uses it: contacts in, opinions out. It never decides a right.

`Engine.train(examples)` learns five axes at once (topic, subtopic, intent, thing, symptom);
`Engine.classify(texts)` answers in the order asked. Both are pure: same rows, same model.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, fields, replace
from functools import cache
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

from classifiers import encoder, language, notions, store, tone
from classifiers.features import (
    LETTERS,
    ROWS_AT_ONCE,
    WORDS,
    Block,
    Features,
    Floats,
    Terms,
    likeness,
    meaning,
)
from classifiers.held_out import HeldOut
from classifiers.identifiers import find
from classifiers.opinion import (
    Alternative,
    Decision,
    Example,
    Neighbour,
    Opinion,
    Reason,
    Text,
)
from classifiers.text import opening, spoken, tokens, vocabulary_form
from classifiers.thresholds import SHOWN, Thresholds, learn_thresholds, lowest_confidence
from classifiers.topic import Calibration, Judge, familiarity, inverse_of

__all__ = [
    "AXES",
    "BATCH",
    "SCHEMA",
    "Alternative",
    "Decision",
    "Engine",
    "Example",
    "HeldOut",
    "Neighbour",
    "Opinion",
    "Reason",
    "Text",
    "Thresholds",
    "lowest_confidence",
]

SCHEMA = 7
AXES = ("topic", "subtopic", "intent", "thing", "symptom")
REASONS = 5
BATCH = 256
MOST_ROWS = 16_000
STRANGE = -10.0
NEIGHBOURS = 3
NEIGHBOUR_LETTERS = 280
"""Of a known text that are kept to be shown."""

Told = Callable[[str, float], None]
"""Hears of a training: the step ("reading", "encoding", "learning", "measuring") and how much of
the whole is done, from 0 to 1."""


class Engine:
    """A trained classifier; make one with `train` or `load`."""

    labels: dict[str, list[str]]
    version: str
    thresholds: Thresholds

    held_out: HeldOut
    """Only after training."""

    def __init__(self) -> None:
        self.measured: dict[str, float] = {}
        self._known: dict[int, Neighbour] = {}
        self._calibration: dict[str, Calibration] = {}
        self._vectors: Floats | None = None
        self._duals: Floats | None = None

    @classmethod
    def train(
        cls, examples: Sequence[Example], use_encoder: bool = True, *, told: Told | None = None
    ) -> Self:
        """Learn from labelled contacts; raises ValueError under two topics."""
        places = _bounded(examples)
        rows = [examples[place] for place in places]
        if len({row.topic for row in rows if row.topic}) < 2:
            raise ValueError("at least two topics with an example each are needed")
        engine = cls()
        with _one_thread():
            engine._learn(rows, places, use_encoder and encoder.available(), told or _nobody)
        engine.version = version_of(rows, use_encoder and encoder.available())
        return engine

    def classify(self, texts: Sequence[Text]) -> list[Opinion]:
        """Opinions in the order of the texts."""
        opinions: list[Opinion] = []
        with _one_thread():
            for start in range(0, len(texts), BATCH):
                opinions += self._judge(texts[start : start + BATCH])
        return opinions

    def vectors(self, texts: Sequence[Text]) -> Floats | None:
        """The encoder's vectors, for a cache; None when this model knows no meaning."""
        if self._vectors is None:
            return None
        return encoder.encode([spoken(opening(text.text, text.subject)) for text in texts])

    def cut(self, precision: float) -> float:
        """The confidence from which that precision was reached out of fold; only after training."""
        return lowest_confidence(self.held_out.confidence, self.held_out.right, precision)

    def save(self, directory: Path, key: bytes | None = None) -> None:
        """Write the model; with a key the manifest is signed."""
        words, letters = self._features.words_, self._features.letters_
        arrays: dict[str, NDArray[Any]] = {
            "word_idf": words.idf_,
            "letter_idf": letters.idf_,
            "notion_idf": self._features.notion_idf_,
            "term_weights": self._term_weights.astype(np.float16),
        }
        if self._vectors is not None and self._duals is not None:
            arrays["duals"] = self._duals.astype(np.float16)
            arrays["vectors"] = self._vectors.astype(np.float16)
        description = {
            "labels": self.labels,
            "calibration": {axis: asdict(found) for axis, found in self._calibration.items()},
            "thresholds": asdict(self.thresholds),
            "measured": self.measured,
            "notions": notions.names(),
            "words": words.vocabulary_,
            "letters": letters.vocabulary_,
            "known": [
                [row, known.text, known.topic, known.language] for row, known in self._known.items()
            ],
        }
        store.write(directory, self.version, SCHEMA, description, arrays, key)

    @classmethod
    def load(cls, directory: Path, key: bytes | None = None) -> Self:
        """Read a saved model; raises `store.Unusable` when it was altered or is of another age."""
        version, description, arrays = store.read(directory, SCHEMA, key)
        if description["notions"] != notions.names():
            raise store.Unusable(f"the model in {directory} knows other notions: train it again")
        engine = cls()
        engine.version = version
        engine.labels = description["labels"]
        engine._calibration = {
            axis: Calibration(**found) for axis, found in description["calibration"].items()
        }
        engine.thresholds = Thresholds(**description["thresholds"])
        engine.measured = description["measured"]
        engine._features = Features().restore(
            Terms("word", WORDS).restore(description["words"], arrays["word_idf"]),
            Terms("char_wb", LETTERS).restore(description["letters"], arrays["letter_idf"]),
            arrays["notion_idf"],
        )
        engine._term_weights = arrays["term_weights"].astype(np.float32)
        engine._vectors = engine._duals = None
        if "vectors" in arrays:
            engine._vectors = arrays["vectors"].astype(np.float32)
            engine._duals = arrays["duals"].astype(np.float32)
        engine._known = {
            row: Neighbour(text, topic, language, 0.0)
            for row, text, topic, language in description["known"]
        }
        engine._arrange()
        return engine

    # Learning

    def _learn(
        self, rows: Sequence[Example], places: Sequence[int], use_encoder: bool, told: Told
    ) -> None:
        told("reading", 0.0)
        opened = [opening(row.text, row.subject) for row in rows]
        forms = [vocabulary_form(text) for text in opened]
        self._features = Features().fit(forms, [row.client for row in rows])
        terms = self._features.transform(forms)
        self._vectors = self._encode(rows, opened, told) if use_encoder else None
        told("learning", 0.4)
        groups = [row.source or row.client or f"row {number}" for number, row in enumerate(rows)]
        judges = self._learn_axes(rows, Block(terms, self._vectors), groups, told)
        self._known = {
            number: Neighbour(
                opened[number][:NEIGHBOUR_LETTERS], row.topic, row.language or "", 0.0
            )
            for number, row in enumerate(rows)
            if row.client is None and row.weight >= 1 and row.topic
        }
        self._arrange()
        told("measuring", 0.9)
        self._measure(rows, places, groups, judges)
        told("measuring", 1.0)

    def _encode(self, rows: Sequence[Example], opened: Sequence[str], told: Told) -> Floats:
        """The meaning of each row, in half precision as the model keeps it."""
        vectors = np.zeros((len(rows), encoder.DIMENSIONS), dtype=np.float32)
        missing = [number for number, row in enumerate(rows) if row.vector is None]
        for start in range(0, len(missing), BATCH):
            told("encoding", 0.05 + 0.35 * start / len(missing))
            batch = missing[start : start + BATCH]
            vectors[batch] = encoder.encode([spoken(opened[number]) for number in batch])
        for number, row in enumerate(rows):
            if row.vector is not None:
                vectors[number] = row.vector
        return vectors.astype(np.float16).astype(np.float32)

    def _learn_axes(
        self, rows: Sequence[Example], block: Block, groups: Sequence[str], told: Told
    ) -> dict[str, Judge]:
        """A judge for each axis; axes that know the same rows share one regression."""
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
                judge = Judge().fit(block.rows(known), named[axis], weights, mine, inverse)
                duals[axis] = np.zeros((len(rows), len(judge.classes_)), dtype=np.float32)
                duals[axis][known] = judge.duals_
                judges[axis] = judge
        learned = [axis for axis in AXES if axis in judges]
        self.labels = {axis: judges[axis].classes_ if axis in judges else [] for axis in AXES}
        self._calibration = {
            axis: judges[axis].calibration_ if axis in judges else Calibration() for axis in AXES
        }
        self._term_weights = np.hstack([judges[axis].term_weights_ for axis in learned])
        self._duals = None
        if self._vectors is not None:
            self._duals = np.hstack([duals[axis] for axis in learned])
        return judges

    def _measure(
        self,
        rows: Sequence[Example],
        places: Sequence[int],
        groups: Sequence[str],
        judges: Mapping[str, Judge],
    ) -> None:
        """What the model says of rows that it had not seen, and the cuts that follow."""
        trusted = np.flatnonzero([row.weight >= 1 and bool(row.topic) for row in rows])
        topics = judges["topic"]
        confidences = topics.calibration_.probabilities(topics.out_of_fold_)[trusted]
        familiar = self._familiarity_of_others(topics.out_of_fold_, groups)[trusted]
        ranked = np.argsort(-confidences, axis=1, kind="stable")[:, :SHOWN]
        intents = [rows[int(row)].intent or "" for row in trusted]
        intents_told, intents_sure = _told_of(judges.get("intent"), rows)
        self.held_out = HeldOut(
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
        self.thresholds, self.measured = Thresholds(), {}
        if len(trusted):
            self.thresholds, self.measured = learn_thresholds(
                confidences, topics.truth_[trusted], familiar, topics.classes_
            )

    def _familiarity_of_others(self, scores: Floats, groups: Sequence[str]) -> Floats:
        """How familiar each row looks to the rows of other groups."""
        if self._vectors is None:
            return familiarity(scores, None)
        _, numbers = np.unique(np.asarray(groups), return_inverse=True)
        parts = []
        for start in range(0, len(scores), ROWS_AT_ONCE):
            rows = slice(start, start + ROWS_AT_ONCE)
            cosines: Floats = self._vectors[rows] @ self._vectors.T
            cosines[numbers[rows][:, None] == numbers[None, :]] = -1
            parts.append(familiarity(scores[rows], cosines))
        return np.concatenate(parts)

    def _arrange(self) -> None:
        """Where each axis lies in the stacked weights, and which sub-topics a topic has."""
        self._place: dict[str, slice] = {}
        start = 0
        for axis in AXES:
            self._place[axis] = slice(start, start + len(self.labels[axis]))
            start += len(self.labels[axis])
        self._subtopics = {
            topic: np.flatnonzero(
                [label.partition("/")[0] == topic for label in self.labels["subtopic"]]
            )
            for topic in self.labels["topic"]
        }
        self._shown = np.array(sorted(self._known), dtype=np.intp)
        topic_weights = self._term_weights[:, self._place["topic"]]
        self._speaking = topic_weights - topic_weights.mean(axis=1, keepdims=True)
        self._word_weights: dict[str, Floats] = {}

    # Answering

    def _judge(self, texts: Sequence[Text]) -> list[Opinion]:
        opened = [opening(text.text, text.subject) for text in texts]
        forms = [vocabulary_form(text) for text in opened]
        terms = self._features.transform(forms)
        vectors = self._vectors_of(texts, opened)
        scores: Floats = np.asarray(terms @ self._term_weights, dtype=np.float32)
        cosines: Floats | None = None
        if vectors is not None and self._vectors is not None and self._duals is not None:
            cosines = vectors @ self._vectors.T
            scores += meaning(vectors, self._vectors) @ self._duals
        posteriors = {
            axis: self._calibration[axis].probabilities(scores[:, self._place[axis]])
            if self.labels[axis]
            else np.zeros((len(texts), 0), np.float32)
            for axis in AXES
        }
        familiar = familiarity(scores[:, self._place["topic"]], cosines)
        if self._vectors is not None and cosines is None:  # the encoder is gone: no evidence
            familiar = np.full_like(familiar, STRANGE)
        self._weigh(word for form in forms for word in tokens(form))
        return [
            self._opinion(
                text,
                opened[row],
                forms[row],
                {axis: posteriors[axis][row] for axis in AXES},
                float(familiar[row]),
                None if vectors is None else vectors[row],
                () if cosines is None else self._nearest(cosines[row]),
            )
            for row, text in enumerate(texts)
        ]

    def _vectors_of(self, texts: Sequence[Text], opened: Sequence[str]) -> Floats | None:
        if self._vectors is None:
            return None
        missing = [row for row, text in enumerate(texts) if text.vector is None]
        fresh = encoder.encode([spoken(opened[row]) for row in missing])
        if fresh is None:
            return None
        vectors = np.empty((len(texts), encoder.DIMENSIONS), dtype=np.float32)
        vectors[missing] = fresh
        for row, text in enumerate(texts):
            if text.vector is not None:
                vectors[row] = text.vector
        return vectors

    def _opinion(
        self,
        text: Text,
        opened: str,
        form: str,
        posteriors: dict[str, Floats],
        familiar: float,
        vector: Floats | None,
        neighbours: tuple[Neighbour, ...],
    ) -> Opinion:
        topics = posteriors["topic"]
        order = np.argsort(-topics, kind="stable")
        topic = self.labels["topic"][order[0]]
        empty = not tokens(form)
        subtopic, subtopic_confidence = self._subtopic(topic, posteriors["subtopic"])
        intent, intent_confidence = self._best("intent", posteriors)
        intents = dict(zip(self.labels["intent"], posteriors["intent"].tolist(), strict=True))
        spoken_language = language.detect(f"{text.subject} {text.text}", text.language)
        harm = tone.urgency(opened, form, spoken_language, intents)
        unhappy = tone.dissatisfaction(opened, form, spoken_language, intents)
        return Opinion(
            language=spoken_language,
            topic=topic,
            topic_confidence=round(float(topics[order[0]]), 4),
            subtopic=subtopic,
            subtopic_confidence=subtopic_confidence,
            intent=intent,
            intent_confidence=intent_confidence,
            decision=Decision.HUMAN if empty else self.thresholds.decision(topic, topics, familiar),
            alternatives=tuple(
                Alternative(self.labels["topic"][place], round(float(topics[place]), 4))
                for place in order[1 : SHOWN + 1]
            ),
            second=None,
            urgent=harm.probability >= tone.URGENT_FROM,
            urgency=harm.probability,
            urgency_reasons=harm.reasons,
            dissatisfied=unhappy.probability,
            dissatisfied_reasons=unhappy.reasons,
            identifiers=(*find(text.subject, "subject"), *find(text.text)),
            reasons=self._reasons(opened, int(order[0])),
            neighbours=neighbours,
            thing=self._best("thing", posteriors)[0],
            symptom=self._best("symptom", posteriors)[0],
            familiarity=round(familiar, 4),
            posteriors=posteriors,
            vector=vector,
            model_version=self.version,
        )

    def _nearest(self, cosines: Floats) -> tuple[Neighbour, ...]:
        """The known texts that mean the nearest, of those that may be shown."""
        if not len(self._shown):
            return ()
        near = cosines[self._shown]
        count = min(NEIGHBOURS, len(near))
        best = np.argpartition(-near, count - 1)[:count]
        return tuple(
            replace(self._known[int(self._shown[place])], closeness=round(float(near[place]), 3))
            for place in best[np.argsort(-near[best], kind="stable")]
            if near[place] > 0
        )

    def _best(self, axis: str, posteriors: Mapping[str, Floats]) -> tuple[str, float]:
        if not self.labels[axis]:
            return "", 0.0
        place = int(posteriors[axis].argmax())
        return self.labels[axis][place], round(float(posteriors[axis][place]), 4)

    def _subtopic(self, topic: str, posterior: Floats) -> tuple[str | None, float]:
        places = self._subtopics.get(topic, ())
        if not len(places):
            return None, 0.0
        inside = posterior[places]
        best = int(inside.argmax())
        label = self.labels["subtopic"][places[best]]
        return label.partition("/")[2], round(float(inside[best] / inside.sum()), 4)

    def _weigh(self, words: Iterator[str]) -> None:
        """Remember what each new word says for each topic: its own weight and its letters'."""
        if len(self._word_weights) > 50_000:
            self._word_weights.clear()
        new = sorted({word for word in words if word not in self._word_weights})
        weights = np.asarray(self._features.weights_of(new) @ self._speaking, dtype=np.float32)
        self._word_weights.update(zip(new, weights, strict=True))

    def _reasons(self, opened: str, topic: int) -> tuple[Reason, ...]:
        spoken = {word: self._word_weights.get(vocabulary_form(word)) for word in tokens(opened)}
        weights = {
            word: float(weight[topic]) for word, weight in spoken.items() if weight is not None
        }
        total = sum(map(abs, weights.values())) or 1.0
        best = sorted(weights.items(), key=lambda item: -item[1])[:REASONS]
        return tuple(Reason(word, round(weight / total, 4)) for word, weight in best if weight > 0)


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
    names = [one.name for one in fields(Example) if one.compare]
    content = sorted(
        json.dumps({name: getattr(row, name) for name in names}, sort_keys=True) for row in examples
    )
    described = json.dumps([SCHEMA, encoder.NAME if use_encoder else "", content])
    return hashlib.sha256(described.encode()).hexdigest()[:12]


@cache
def _libraries() -> ThreadpoolController:
    return ThreadpoolController()


@contextmanager
def _one_thread() -> Iterator[None]:
    """One BLAS thread: the product runs several processes on few cores."""
    with _libraries().limit(limits=1, user_api="blas"):
        yield
