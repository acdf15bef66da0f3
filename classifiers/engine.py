"""The classifier as the application uses it: contacts in, opinions out. It never decides a right.

`Engine.train(examples)` learns five axes at once (topic, subtopic, intent, thing, symptom);
`Engine.classify(texts)` answers in the order asked. Both are pure: same rows, same model.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

from classifiers import encoder, language, second, tone
from classifiers.features import Floats, meaning
from classifiers.held_out import HeldOut
from classifiers.identifiers import find
from classifiers.inflow import FOLLOWED, Inflow
from classifiers.learned import AXES, SCHEMA, Learned
from classifiers.opinion import Alternative, Decision, Example, Neighbour, Opinion, Reason, Text
from classifiers.text import opening, spoken, tokens, vocabulary_form
from classifiers.thresholds import SHOWN, Thresholds, lowest_confidence
from classifiers.topic import familiarity
from classifiers.training import Told, learn

__all__ = [
    "AXES",
    "BATCH",
    "SCHEMA",
    "Alternative",
    "Decision",
    "Engine",
    "Example",
    "HeldOut",
    "Inflow",
    "Neighbour",
    "Opinion",
    "Reason",
    "Text",
    "Thresholds",
    "Told",
    "lowest_confidence",
]

REASONS = 5
NEIGHBOURS = 3
BATCH = 256
STRANGE = -10.0


class Engine:
    """A trained classifier; make one with `train` or `load`."""

    held_out: HeldOut
    """Only after training."""

    def __init__(self, learned: Learned) -> None:
        self._learned = learned
        self.version = learned.version
        self.labels = dict(learned.labels)
        self.measured = dict(learned.measured)
        self.thresholds = learned.thresholds
        self._arrange()

    @classmethod
    def train(
        cls, examples: Sequence[Example], use_encoder: bool = True, *, told: Told | None = None
    ) -> Self:
        """Learn from labelled contacts; raises ValueError under two topics."""
        with _one_thread():
            learned, held_out = learn(examples, use_encoder, told)
        engine = cls(learned)
        engine.held_out = held_out
        return engine

    def save(self, directory: Path, key: bytes | None = None) -> None:
        """Write the model; with a key the manifest is signed."""
        self._learned.save(directory, key)

    @classmethod
    def load(cls, directory: Path, key: bytes | None = None) -> Self:
        """Read a saved model; raises `store.Unusable` when it was altered or is of another age."""
        return cls(Learned.load(directory, key))

    def classify(self, texts: Sequence[Text], inflow: Inflow | None = None) -> list[Opinion]:
        """Opinions in the order of the texts.

        With an `inflow` topics and intents that come often now are likelier; one that is `live`
        also counts these texts, each for those after it.
        """
        opinions: list[Opinion] = []
        with _one_thread():
            for start in range(0, len(texts), BATCH):
                opinions += self._judge(texts[start : start + BATCH], inflow)
        return opinions

    def vectors(self, texts: Sequence[Text]) -> Floats | None:
        """The encoder's vectors, for a cache; None when this model knows no meaning."""
        if self._learned.vectors is None:
            return None
        return encoder.encode([spoken(opening(text.text, text.subject)) for text in texts])

    def cut(self, precision: float) -> float:
        """The confidence from which that precision was reached out of fold; only after training."""
        return lowest_confidence(self.held_out.confidence, self.held_out.right, precision)

    def _judge(self, texts: Sequence[Text], inflow: Inflow | None) -> list[Opinion]:
        opened = [opening(text.text, text.subject) for text in texts]
        forms = [vocabulary_form(text) for text in opened]
        languages = [
            language.detect(f"{text.subject} {text.text}", text.language) for text in texts
        ]
        vectors = self._vectors_of(texts, opened)
        scores, cosines = self._scores(forms, languages, vectors)
        posteriors = {axis: self._probabilities(scores, axis) for axis in AXES}
        believed = {
            axis: inflow.follow(
                posteriors[axis], axis, self.labels[axis], self._learned.shares[axis]
            )
            if inflow is not None
            else posteriors[axis]
            for axis in FOLLOWED
        }
        familiar = familiarity(scores[:, self._place["topic"]], cosines)
        if self._learned.vectors is not None and cosines is None:  # the encoder is gone
            familiar = np.full_like(familiar, STRANGE)
        self._weigh(
            (code, word)
            for code, form in zip(languages, forms, strict=True)
            for word in tokens(form)
        )
        firsts = believed["topic"].argmax(axis=1)
        seconds = self._second_matters(texts, languages, firsts, scores[:, self._place["topic"]])
        return [
            self._opinion(
                Read(
                    text,
                    languages[row],
                    opened[row],
                    forms[row],
                    {axis: posteriors[axis][row] for axis in AXES},
                    believed["topic"][row],
                    believed["intent"][row],
                    float(familiar[row]),
                    None if vectors is None else vectors[row],
                    seconds.get(row),
                    () if cosines is None else self._nearest(cosines[row]),
                )
            )
            for row, text in enumerate(texts)
        ]

    def _scores(
        self, forms: Sequence[str], languages: Sequence[str], vectors: Floats | None
    ) -> tuple[Floats, Floats | None]:
        """Scores (n, all labels) and cosines to the known rows (n, rows), if meaning is known."""
        learned = self._learned
        terms = learned.features.transform(forms, languages)
        scores: Floats = np.asarray(terms @ learned.term_weights, dtype=np.float32)
        if vectors is None or learned.vectors is None or learned.duals is None:
            return scores, None
        cosines: Floats = vectors @ learned.vectors.T
        scores += meaning(vectors, learned.vectors) @ learned.duals
        return scores, cosines

    def _probabilities(self, scores: Floats, axis: str) -> Floats:
        if not self.labels[axis]:
            return np.zeros((len(scores), 0), np.float32)
        return self._learned.calibration[axis].probabilities(scores[:, self._place[axis]])

    def _second_matters(
        self,
        texts: Sequence[Text],
        languages: Sequence[str],
        firsts: NDArray[np.intp],
        whole: Floats,
    ) -> dict[int, Alternative | None]:
        """The second topic of each text that has one, by its place; `whole` are topic scores."""
        parts, owners = [], []
        for row, text in enumerate(texts):
            if second.possible(whole[row]):
                found = second.sentences(text.text)
                parts += [opening(part) for part in found]
                owners += [row] * len(found)
        if not parts:
            return {}
        vectors = self._vectors_of([Text(part) for part in parts], parts)
        forms = [vocabulary_form(part) for part in parts]
        scores, _ = self._scores(forms, [languages[row] for row in owners], vectors)
        judged = self._probabilities(scores, "topic")
        owning = np.asarray(owners)
        topics = self.labels["topic"]
        return {
            row: second.matter(int(firsts[row]), whole[row], judged[owning == row], topics)
            for row in dict.fromkeys(owners)
        }

    def _vectors_of(self, texts: Sequence[Text], opened: Sequence[str]) -> Floats | None:
        if self._learned.vectors is None:
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

    def _opinion(self, read: "Read") -> Opinion:
        opened, form = read.opened, read.form
        order = np.argsort(-read.topics, kind="stable")
        confidences = [round(float(read.topics[place]), 4) for place in order[: SHOWN + 1]]
        topic = self.labels["topic"][order[0]]
        subtopic, subtopic_confidence = self._subtopic(topic, read.posteriors["subtopic"])
        intent, intent_confidence = self._best("intent", read.intents)
        intents = dict(zip(self.labels["intent"], read.intents.tolist(), strict=True))
        harm = tone.urgency(opened, form, read.language, intents)
        unhappy = tone.dissatisfaction(opened, form, read.language, intents)
        return Opinion(
            language=read.language,
            topic=topic,
            topic_confidence=confidences[0],
            subtopic=subtopic,
            subtopic_confidence=subtopic_confidence,
            intent=intent,
            intent_confidence=intent_confidence,
            decision=self.thresholds.decision(topic, read.topics, read.familiar)
            if tokens(form)
            else Decision.HUMAN,
            alternatives=tuple(
                Alternative(self.labels["topic"][place], confidence)
                for place, confidence in zip(order[1:], confidences[1:], strict=False)
            ),
            second=read.second,
            urgent=harm.probability >= tone.URGENT_FROM,
            urgency=harm.probability,
            urgency_reasons=harm.reasons,
            dissatisfied=unhappy.probability,
            dissatisfied_reasons=unhappy.reasons,
            identifiers=(*find(read.text.subject, "subject"), *find(read.text.text)),
            reasons=self._reasons(opened, read.language, int(order[0])),
            neighbours=read.neighbours,
            thing=self._best("thing", read.posteriors["thing"])[0],
            symptom=self._best("symptom", read.posteriors["symptom"])[0],
            familiarity=round(read.familiar, 4),
            posteriors=read.posteriors,
            vector=read.vector,
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
            replace(
                self._learned.known[int(self._shown[place])], closeness=round(float(near[place]), 3)
            )
            for place in best[np.argsort(-near[best], kind="stable")]
            if near[place] > 0
        )

    def _best(self, axis: str, posterior: Floats) -> tuple[str, float]:
        if not self.labels[axis]:
            return "", 0.0
        place = int(posterior.argmax())
        return self.labels[axis][place], round(float(posterior[place]), 4)

    def _subtopic(self, topic: str, posterior: Floats) -> tuple[str | None, float]:
        places = self._subtopics.get(topic, ())
        if not len(places):
            return None, 0.0
        inside = posterior[places]
        best = int(inside.argmax())
        label = self.labels["subtopic"][places[best]]
        return label.partition("/")[2], round(float(inside[best] / inside.sum()), 4)

    def _weigh(self, words: Iterator[tuple[str, str]]) -> None:
        """Remember what each new word says for each topic: its own weight and its letters'."""
        if len(self._word_weights) > 50_000:
            self._word_weights.clear()
        new: dict[str, set[str]] = {}
        for code, word in words:
            if (code, word) not in self._word_weights:
                new.setdefault(code, set()).add(word)
        for code, found in new.items():
            ordered = sorted(found)
            brought = self._learned.features.weights_of(ordered, code) @ self._speaking
            for word, weight in zip(ordered, np.asarray(brought, dtype=np.float32), strict=True):
                self._word_weights[code, word] = weight

    def _reasons(self, opened: str, code: str, topic: int) -> tuple[Reason, ...]:
        weights = {}
        for word in tokens(opened):
            weight = self._word_weights.get((code, vocabulary_form(word)))
            if weight is not None:
                weights[word] = float(weight[topic])
        total = sum(map(abs, weights.values())) or 1.0
        best = sorted(weights.items(), key=lambda item: -item[1])[:REASONS]
        return tuple(Reason(word, round(weight / total, 4)) for word, weight in best if weight > 0)

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
        self._shown = np.array(sorted(self._learned.known), dtype=np.intp)
        topic_weights = self._learned.term_weights[:, self._place["topic"]]
        self._speaking = topic_weights - topic_weights.mean(axis=1, keepdims=True)
        self._word_weights: dict[tuple[str, str], Floats] = {}


@dataclass(frozen=True, slots=True)
class Read:
    """One text and all that was computed of it: `posteriors` as learned, `topics` and `intents` as
    the inflow makes them likely."""

    text: Text
    language: str
    opened: str
    form: str
    posteriors: dict[str, Floats]
    topics: Floats
    intents: Floats
    familiar: float
    vector: Floats | None
    second: Alternative | None
    neighbours: tuple[Neighbour, ...]


@cache
def _libraries() -> ThreadpoolController:
    return ThreadpoolController()


@contextmanager
def _one_thread() -> Iterator[None]:
    """One BLAS thread: the product runs several processes on few cores."""
    with _libraries().limit(limits=1, user_api="blas"):
        yield
