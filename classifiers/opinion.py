"""The words of the classifier: what it is given, what it learns from and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from classifiers.features import Floats
from classifiers.identifiers import Identifier


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
    topic is a contact that belongs to none: it only teaches what to refuse. A cached `vector`
    spares the encoder. Only texts without a `client` are ever shown as the nearest known ones."""

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
    vector: Floats | None = field(default=None, compare=False, repr=False)

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
class Neighbour:
    """A known text that means much the same: an invented or vetted one, never a client's own."""

    text: str
    topic: str
    language: str
    closeness: float
    """Cosine, at most 1."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the classifier says of one contact. `posteriors` maps each axis to probabilities in the
    order of `Engine.labels[axis]`; sub-topics are labelled `topic/subtopic` there. `second` is
    what else the contact asks about, when it is about two matters."""

    language: str
    topic: str
    topic_confidence: float
    subtopic: str | None
    subtopic_confidence: float
    intent: str
    intent_confidence: float
    decision: Decision
    alternatives: tuple[Alternative, ...]
    second: Alternative | None
    urgent: bool
    urgency: float
    urgency_reasons: tuple[str, ...]
    dissatisfied: float
    dissatisfied_reasons: tuple[str, ...]
    identifiers: tuple[Identifier, ...]
    reasons: tuple[Reason, ...]
    neighbours: tuple[Neighbour, ...]
    thing: str
    symptom: str
    familiarity: float
    posteriors: Mapping[str, Floats]
    vector: Floats | None
    model_version: str
