"""The space in which contacts are compared: meaning, likely cause and what they speak of.

A product of two rows says how alike two contacts are, in one language or in two. What is remembered
of a problem is a mean of rows with a name for each column, so that it survives new labels.
"""

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from classifiers import causes, concepts
from classifiers.encoder import DIMENSIONS
from classifiers.engine import AXES, Opinion
from classifiers.features import Floats
from classifiers.language import LANGUAGES
from classifiers.means import language_mean
from classifiers.text import WORDS_READ, normalise, tokens, vocabulary_form

WORDS = "words"
"""What stands in for the meaning where there is no encoder."""
NOTHING = "none"
"""The label of an axis for nothing wrong: having no trouble must not make two contacts alike."""

WEIGHTS = {
    "vector": 1.0,
    "topic": 0.1,
    "subtopic": 0.4,
    "intent": 0.0,
    "thing": 0.4,
    "symptom": 0.4,
    "concepts": 0.4,
    "cause": 0.9,
}
ADDRESSES = ("@", "://", "www.")
LAYOUT = 2
LONGEST_MEMORY = 200
"""A centre follows its problem: older members together never weigh more than this many."""


@dataclass(frozen=True, slots=True)
class Features:
    """What one contact looks like. `posteriors` maps each axis to probabilities in the order of
    the engine's labels; `vector` is the encoder's (512) or None; `terms` are words without accents.
    """

    vector: Floats | None
    posteriors: Mapping[str, Floats]
    terms: tuple[str, ...] = ()
    concepts: tuple[str, ...] = ()


def features(opinion: Opinion, text: str, subject: str = "") -> Features:
    """What the grouping needs of a contact, from the classifier's opinion of it."""
    return described(text, subject, opinion.language, opinion.vector, opinion.posteriors)


def described(
    text: str,
    subject: str,
    language: str,
    vector: Floats | None,
    posteriors: Mapping[str, Floats],
) -> Features:
    """The same from a vector and posteriors that were kept; only the words are read again."""
    words = _words(text, subject)
    return Features(
        vector=vector,
        posteriors=posteriors,
        terms=tuple(dict.fromkeys(word for word in words if len(word) >= 4)),
        concepts=concepts.named(words, language),
    )


def _words(text: str, subject: str) -> list[str]:
    """The first words, lower case without accents; none that holds a digit or an address."""
    head = f"{subject} {text}".split(maxsplit=WORDS_READ)[:WORDS_READ]
    plain = " ".join(word for word in head if not any(sign in word for sign in ADDRESSES))
    return tokens(vocabulary_form(normalise(plain)))


def on_topic(
    posteriors: Mapping[str, Floats], topic: str, labels: Mapping[str, Sequence[str]]
) -> dict[str, Floats]:
    """The posteriors when a person has said the topic; an unknown topic changes nothing."""
    if topic not in labels["topic"]:
        return dict(posteriors)
    known = np.array([label == topic for label in labels["topic"]], dtype=np.float32)
    inside = np.array([label.startswith(f"{topic}/") for label in labels["subtopic"]])
    subtopics = np.where(inside, posteriors["subtopic"], 0)
    total = float(subtopics.sum())
    scaled = (subtopics / total if total else subtopics).astype(np.float32)
    return {**posteriors, "topic": known, "subtopic": scaled}


@dataclass(frozen=True, slots=True)
class Space:
    """Which columns there are and what they weigh. `labels` are the engine's, per axis; `meaning`
    names what the first columns hold: the encoder, or words."""

    labels: Mapping[str, Sequence[str]]
    weights: Mapping[str, float]
    meaning: str

    @property
    def axes(self) -> list[str]:
        return [axis for axis in AXES if self.weights.get(axis) and self.labels.get(axis)]

    @property
    def engine(self) -> str:
        """What centres of this space can be compared with; new labels do not change it."""
        return f"groups {LAYOUT} on {self.meaning}"

    @property
    def columns(self) -> list[str]:
        """A name for each column after the meaning."""
        named = [name for axis in self.axes for name in self._names(axis)]
        named += [f"concept {name}" for name in concepts.weights()]
        return named + [f"cause {place}" for place in range(causes.DIMENSIONS)]

    def _names(self, axis: str) -> list[str]:
        return [f"{axis} {label}" for label in self.labels.get(axis, ()) if label != NOTHING]

    def represent(self, contacts: Sequence[Features], languages: Sequence[str]) -> Floats:
        """Rows (n, d) of at most unit length."""
        said = self.described(contacts, languages)
        blocks = {
            "vector": said["vector"][1],
            **{axis: said[axis][1] for axis in self.axes},
            "concepts": said["concepts"][1],
            "cause": self._cause(said),
        }
        weights = {name: self.weights.get(name, 0.0) for name in blocks}
        total = sum(weights.values())
        rows = np.empty((len(contacts), DIMENSIONS + len(self.columns)), dtype=np.float32)
        start = 0
        for name, block in blocks.items():
            end = start + block.shape[1]
            np.multiply(block, np.float32(np.sqrt(weights[name] / total)), out=rows[:, start:end])
            start = end
        return rows

    def described(
        self, contacts: Sequence[Features], languages: Sequence[str]
    ) -> dict[str, tuple[list[str], Floats]]:
        """What is known of contacts, block by block: names of columns, values (n, columns)."""
        meant = [f"vector {place}" for place in range(DIMENSIONS)]
        axes = [axis for axis in AXES if self.labels.get(axis)]
        return {
            "vector": (meant, _meanings(contacts, languages)),
            **{
                axis: (self._names(axis), _causes(contacts, axis, self.labels[axis]))
                for axis in axes
            },
            "concepts": ([f"concept {name}" for name in concepts.weights()], _concepts(contacts)),
        }

    def _cause(self, said: Mapping[str, tuple[list[str], Floats]]) -> Floats:
        """The learned projection; words of one language in the place of a meaning say nothing to
        it."""
        if self.meaning == WORDS:
            return np.zeros((len(said["vector"][1]), causes.DIMENSIONS), np.float32)
        return causes.projection().of(said)

    def stage(self, rows: Floats) -> str:
        """In which stage the contacts of these rows mostly were; "none" where nothing tells."""
        places = causes.unit(rows[:, -causes.DIMENSIONS :])
        return causes.projection().likeliest_stage(places) if np.any(places) else NOTHING

    def trouble(self, contacts: Sequence[Features]) -> Floats:
        """How likely (n,) something is wrong; 1 where the labels cannot tell."""
        labels = list(self.labels.get("symptom", ()))
        if NOTHING not in labels:
            return np.ones(len(contacts), dtype=np.float32)
        calm = labels.index(NOTHING)
        return np.array([1 - one.posteriors["symptom"][calm] for one in contacts], np.float32)

    def written(self, mean: Floats, count: float) -> bytes:
        """What is remembered of a problem."""
        named = {"count": min(count, LONGEST_MEMORY), "columns": self.columns}
        return json.dumps(named).encode() + b"\n" + mean.astype("<f4").tobytes()

    def read(self, centre: bytes) -> tuple[Floats, float] | None:
        """Mean and count in today's columns; None when these bytes are no centre."""
        names, _, values = centre.partition(b"\n")
        try:
            described = json.loads(names)
            mean = np.frombuffer(values, dtype="<f4").astype(np.float32)
            rest = mean[DIMENSIONS:].tolist()
            named = dict(zip(described["columns"], rest, strict=True))
            count = float(described["count"])
        except (ValueError, KeyError, TypeError):
            return None
        kept = np.array([named.get(column, 0.0) for column in self.columns], dtype=np.float32)
        return np.concatenate([mean[:DIMENSIONS], kept]), count


def _meanings(contacts: Sequence[Features], languages: Sequence[str]) -> Floats:
    """Encoder vectors without what a whole language shares; hashed words where there is none."""
    meanings = np.zeros((len(contacts), DIMENSIONS), dtype=np.float32)
    for row, one in enumerate(contacts):
        if one.vector is not None:
            meanings[row] = one.vector
    seen = np.any(meanings, axis=1)
    spoken = np.array(languages)
    for language in LANGUAGES:
        meanings[(spoken == language) & seen] -= language_mean(language)
    for row in np.flatnonzero(~seen).tolist():
        for term in contacts[row].terms:
            place = zlib.crc32(f"{languages[row]} {term}".encode())
            meanings[row, place % DIMENSIONS] += 1 if place >> 31 else -1
    return causes.unit(meanings)


def _causes(contacts: Sequence[Features], axis: str, labels: Sequence[str]) -> Floats:
    """Square roots of the posteriors: their product is Bhattacharyya's coefficient, without the
    part that only says that nothing is wrong."""
    kept = [column for column, label in enumerate(labels) if label != NOTHING]
    causes = np.zeros((len(contacts), len(labels)), dtype=np.float32)
    for row, one in enumerate(contacts):
        causes[row] = one.posteriors[axis]
    return np.sqrt(np.maximum(causes[:, kept], 0))


def _concepts(contacts: Sequence[Features]) -> Floats:
    weights = concepts.weights()
    place = {name: column for column, name in enumerate(weights)}
    named = np.zeros((len(contacts), len(place)), dtype=np.float32)
    for row, one in enumerate(contacts):
        for name in one.concepts:
            named[row, place[name]] = weights[name]
    return causes.unit(named)
