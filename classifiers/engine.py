"""The classifier as the application uses it: contacts in, opinions out. It never decides a right.

`Engine.train(examples)` learns five axes at once (topic, subtopic, intent, thing, symptom);
`Engine.classify(texts)` answers in the order asked. Both are pure: same rows, same model.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from enum import StrEnum
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
from classifiers.identifiers import Identifier, find
from classifiers.text import opening, spoken, tokens, vocabulary_form
from classifiers.topic import Calibration, Judge, familiarity

SCHEMA = 6
AXES = ("topic", "subtopic", "intent", "thing", "symptom")
ALTERNATIVES = 3
REASONS = 5
BATCH = 256
MOST_ROWS = 16_000
STRANGE = -10.0
OPEN_TOPICS = frozenset({"other"})
"""Never routed by the machine alone: they mean that nothing was recognised."""

AUTO_PRECISION = 0.985
"""Asked of out-of-fold answers, so that 95 % hold for people who write like none of our authors."""
PRESELECT = 0.5
"""Above it the first topic is likelier than all others together: one key confirms it."""
SUGGEST_PRECISION = 0.95
FAMILIAR_SHARE = 0.05
FEWEST_FOR_AUTO = 25


class Decision(StrEnum):
    AUTO = "auto"
    PRESELECT = "preselect"
    SUGGEST = "suggest"
    HUMAN = "human"


@dataclass(frozen=True, slots=True)
class Text:
    """A contact to read. `language` is a hint; a cached `vector` (512) spares the encoder."""

    text: str
    subject: str = ""
    channel: str = "email"
    language: str | None = None
    vector: Floats | None = None


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled contact. `source` is the author of an invented text, `client` the keyed hash of a
    real person; labels may miss, and a weight under 1 marks a name rather than a contact. An empty
    topic is a contact that belongs to none: it only teaches what to refuse."""

    text: str
    topic: str
    subtopic: str | None = None
    intent: str | None = None
    thing: str | None = None
    symptom: str | None = None
    subject: str = ""
    channel: str = "email"
    language: str | None = None
    source: str = ""
    client: str | None = None
    weight: float = 1.0

    def label(self, axis: str) -> str | None:
        if axis == "subtopic":
            return f"{self.topic}/{self.subtopic}" if self.topic and self.subtopic else None
        value: str | None = getattr(self, axis)
        return value or None


@dataclass(frozen=True, slots=True)
class Alternative:
    topic: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Reason:
    """A word of the contact and how much it spoke for the topic."""

    term: str
    weight: float


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the classifier says of one contact. `posteriors` maps each axis to probabilities in the
    order of `Engine.labels[axis]`; sub-topics are labelled `topic/subtopic` there."""

    language: str
    topic: str
    topic_confidence: float
    subtopic: str | None
    subtopic_confidence: float
    intent: str
    intent_confidence: float
    decision: Decision
    alternatives: tuple[Alternative, ...]
    urgent: bool
    dissatisfied: float
    identifiers: tuple[Identifier, ...]
    reasons: tuple[Reason, ...]
    thing: str
    symptom: str
    familiarity: float
    posteriors: Mapping[str, Floats]
    vector: Floats | None
    model_version: str


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Confidences from which the machine may route, preselect or suggest; learned out of fold."""

    auto: float = 2.0
    preselect: float = 2.0
    suggest: float = 2.0
    familiar: float = -1e9
    auto_of_topic: Mapping[str, float] = field(default_factory=dict)

    def decision(self, topic: str, confidences: Floats, familiar: float) -> Decision:
        ranked = np.sort(confidences)[::-1]
        best = float(ranked[0])
        auto = self.auto_of_topic.get(topic, self.auto)
        if best >= auto and familiar >= self.familiar and topic not in OPEN_TOPICS:
            return Decision.AUTO
        if best >= self.preselect:
            return Decision.PRESELECT
        if float(ranked[:ALTERNATIVES].sum()) >= self.suggest:
            return Decision.SUGGEST
        return Decision.HUMAN


class Engine:
    """A trained classifier; make one with `train` or `load`."""

    labels: dict[str, list[str]]
    version: str
    thresholds: Thresholds

    def __init__(self) -> None:
        self.measured: dict[str, float] = {}
        self._calibration: dict[str, Calibration] = {}
        self._vectors: Floats | None = None
        self._duals: Floats | None = None

    @classmethod
    def train(cls, examples: Sequence[Example], use_encoder: bool = True) -> Self:
        """Learn from labelled contacts; raises ValueError under two topics."""
        rows = _bounded(examples)
        if len({row.topic for row in rows if row.topic}) < 2:
            raise ValueError("at least two topics with an example each are needed")
        engine = cls()
        with _one_thread():
            engine._learn(rows, use_encoder and encoder.available())
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
        confidences, right = self._curve
        return lowest_confidence(confidences, right, precision)

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
        engine._arrange()
        return engine

    # Learning

    def _learn(self, rows: Sequence[Example], use_encoder: bool) -> None:
        opened = [opening(row.text, row.subject) for row in rows]
        forms = [vocabulary_form(text) for text in opened]
        self._features = Features().fit(forms, [row.client for row in rows])
        vectors = encoder.encode([spoken(text) for text in opened]) if use_encoder else None
        if vectors is not None:
            vectors = vectors.astype(np.float16).astype(np.float32)
        block = Block(self._features.transform(forms), vectors)
        kernel = likeness(block, block)
        groups = [row.source or row.client or f"row {number}" for number, row in enumerate(rows)]
        self.labels, self._calibration = {}, {}
        learned: dict[str, tuple[Floats, Floats]] = {}
        for axis in reversed(AXES):  # the topic last: it uses the kernel up
            labels = [row.label(axis) for row in rows]
            known = np.flatnonzero([label is not None or axis == "topic" for label in labels])
            if not len(known):
                self.labels[axis], self._calibration[axis] = [], Calibration()
                continue
            judge = Judge().fit(
                block.rows(known),
                [labels[row] for row in known],
                [rows[int(row)].weight for row in known],
                [groups[row] for row in known],
                kernel[np.ix_(known, known)] if axis != "topic" else kernel,
            )
            self.labels[axis] = judge.classes_
            self._calibration[axis] = judge.calibration_
            padded = np.zeros((len(rows), len(judge.classes_)), dtype=np.float32)
            padded[known] = judge.duals_
            learned[axis] = judge.term_weights_, padded
        present = [learned[axis] for axis in AXES if axis in learned]
        self._term_weights = np.hstack([weights for weights, _ in present])
        self._vectors = vectors
        self._duals = None if vectors is None else np.hstack([dual for _, dual in present])
        self._arrange()
        trusted = np.array([row.weight >= 1 and bool(row.topic) for row in rows])
        self._fix_thresholds(judge, trusted, groups)

    def _fix_thresholds(self, topics: Judge, trusted: Floats, groups: Sequence[str]) -> None:
        scores = topics.out_of_fold_
        if not trusted.any():
            self.thresholds = Thresholds()
            return
        confidences = topics.calibration_.probabilities(scores)
        familiar = self._familiarity_of_others(scores, groups)
        told = topics.out_of_fold_[trusted].argmax(axis=1)
        self._curve = confidences[trusted].max(axis=1), told == topics.truth_[trusted]
        self.thresholds, self.measured = learn_thresholds(
            confidences[trusted], topics.truth_[trusted], familiar[trusted], topics.classes_
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
    ) -> Opinion:
        topics = posteriors["topic"]
        order = np.argsort(-topics, kind="stable")
        topic = self.labels["topic"][order[0]]
        empty = not tokens(form)
        subtopic, subtopic_confidence = self._subtopic(topic, posteriors["subtopic"])
        intent, intent_confidence = self._best("intent", posteriors)
        intents = dict(zip(self.labels["intent"], posteriors["intent"].tolist(), strict=True))
        return Opinion(
            language=language.detect(f"{text.subject} {text.text}", text.language),
            topic=topic,
            topic_confidence=round(float(topics[order[0]]), 4),
            subtopic=subtopic,
            subtopic_confidence=subtopic_confidence,
            intent=intent,
            intent_confidence=intent_confidence,
            decision=Decision.HUMAN if empty else self.thresholds.decision(topic, topics, familiar),
            alternatives=tuple(
                Alternative(self.labels["topic"][place], round(float(topics[place]), 4))
                for place in order[1 : ALTERNATIVES + 1]
            ),
            urgent=tone.urgent(form),
            dissatisfied=tone.dissatisfied(opened, form, intents.get("complain", 0.0)),
            identifiers=(*find(text.subject, "subject"), *find(text.text)),
            reasons=self._reasons(opened, int(order[0])),
            thing=self._best("thing", posteriors)[0],
            symptom=self._best("symptom", posteriors)[0],
            familiarity=round(familiar, 4),
            posteriors=posteriors,
            vector=vector,
            model_version=self.version,
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


def _bounded(examples: Sequence[Example]) -> list[Example]:
    """At most so many rows as a kernel fits in memory: the last of each topic in turn."""
    if len(examples) <= MOST_ROWS:
        return list(examples)
    places: dict[str, list[int]] = {}
    for place, row in enumerate(examples):
        places.setdefault(row.topic, []).append(place)
    turns = sorted(
        (turn, place) for mine in places.values() for turn, place in enumerate(reversed(mine))
    )
    return [examples[place] for place in sorted(place for _, place in turns[:MOST_ROWS])]


def learn_thresholds(
    confidences: Floats, truth: Floats, familiar: Floats, topics: Sequence[str]
) -> tuple[Thresholds, dict[str, float]]:
    """The lowest confidences that reach the promised precision on out-of-fold answers."""
    told = confidences.argmax(axis=1)
    best = confidences.max(axis=1)
    right = told == truth
    ranked = np.argsort(-confidences, axis=1)[:, :ALTERNATIVES]
    shown = (ranked == truth[:, None]).any(axis=1)
    mass = np.sort(confidences, axis=1)[:, -ALTERNATIVES:].sum(axis=1)
    known = familiar >= np.quantile(familiar, FAMILIAR_SHARE)
    auto = lowest_confidence(best[known], right[known], AUTO_PRECISION)
    of_topic = {}
    for place, topic in enumerate(topics):
        mine = known & (told == place)
        alone = lowest_confidence(best[mine], right[mine], AUTO_PRECISION)
        of_topic[topic] = round(max(auto, min(alone, 2.0)), 4)
    thresholds = Thresholds(
        auto=round(auto, 4),
        preselect=PRESELECT,
        suggest=round(lowest_confidence(mass, shown, SUGGEST_PRECISION), 4),
        familiar=round(float(np.quantile(familiar, FAMILIAR_SHARE)), 4),
        auto_of_topic=of_topic,
    )
    routed = known & (best >= np.array([of_topic[topics[place]] for place in told]))
    measured = {
        "rows": len(truth),
        "accuracy": round(float(right.mean()), 4),
        "top3": round(float(shown.mean()), 4),
        "auto_share": round(float(routed.mean()), 4),
        "auto_precision": round(float(right[routed].mean()), 4) if routed.any() else 0.0,
    }
    return thresholds, measured


def lowest_confidence(confidences: Floats, right: Floats, precision: float) -> float:
    """The lowest cut above which at least `precision` are right; 2.0 (never) on thin evidence."""
    order = np.argsort(-confidences, kind="stable")
    reached = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    enough = np.flatnonzero((reached >= precision) & (np.arange(len(order)) >= FEWEST_FOR_AUTO - 1))
    return float(confidences[order[enough[-1]]]) if len(enough) else 2.0


def version_of(examples: Sequence[Example], use_encoder: bool) -> str:
    """A short hash of what a model learns from: the same rows always give the same name."""
    content = sorted(json.dumps(asdict(row), sort_keys=True) for row in examples)
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
