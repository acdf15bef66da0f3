"""Why the machine says so, in what tells a person something: words of the matter, and known texts
that are near enough to be compared."""

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple, Protocol

from flask_babel import gettext as _

from classifiers import starter
from models.prediction import Prediction

NEAR, VERY_NEAR = 0.6, 0.8
"""Closeness in meaning, a cosine: below the first a text is like another only at a distance."""
FAINT = 1 / 8
"""Of the strongest word's weight: weaker ones are noise."""
EVERYWHERE, SHORT_EVERYWHERE, SHORTEST = 13, 6, 3
"""A word that stands in texts of so many topics tells none from another; a short one sooner."""
EMPTY = frozenset(
    {
        *("thing", "things", "something", "anything", "two", "please", "thanks", "hello"),
        *("chose", "choses", "quelque", "deux", "merci", "bonjour"),
        *("ding", "dingen", "iets", "twee", "bedankt", "hallo"),
        *("sache", "sachen", "etwas", "zwei", "danke", "guten"),
    }
)
"""Words of no matter, rare as they may be in the texts that came with the product."""


class Known(NamedTuple):
    """A known text beside a contact, and how close it is, in words."""

    text: str
    language: str
    topic: str
    closeness: str


class Nearby(Protocol):
    @property
    def text(self) -> str: ...
    @property
    def language(self) -> str: ...
    @property
    def topic(self) -> str: ...
    @property
    def closeness(self) -> float: ...


class Stored(NamedTuple):
    """A neighbour as a prediction keeps it."""

    text: str
    language: str
    topic: str
    closeness: float


def why(prediction: Prediction | None) -> dict[str, list[tuple[str, float]] | list[Known]]:
    """`words_of_matter`: (word, its share of the strongest); `nearest`: known texts."""
    if prediction is None:
        return {"words_of_matter": [], "nearest": []}
    kept = [
        Stored(one["text"], one["language"], one["topic"], one["closeness"])
        for one in prediction.neighbours
    ]
    words = [(reason["term"], reason["weight"]) for reason in prediction.reasons]
    return {
        "words_of_matter": words_of_matter(words),
        "nearest": nearest(kept, prediction.topic_id),
    }


def words_of_matter(words: Iterable[tuple[str, float]]) -> list[tuple[str, float]]:
    """The words that tell the matter, each with its share of the strongest of them; what stands
    everywhere only where nothing else spoke."""
    full = [(term, abs(weight)) for term, weight in words if not empty(term)]
    own = [one for one in full if not everyday(one[0])] or full
    strongest = max((weight for _term, weight in own), default=0.0)
    return [(term, weight / strongest) for term, weight in own if weight > strongest * FAINT]


def nearest(known: Iterable[Nearby], topic: str) -> list[Known]:
    """Of the topic that is proposed first; of others only what is really near."""
    shown = [one for one in known if one.topic == topic or one.closeness >= NEAR]
    shown.sort(key=lambda one: (one.topic != topic, -one.closeness))
    return [Known(one.text, one.language, one.topic, in_words(one.closeness)) for one in shown]


def in_words(closeness: float) -> str:
    if closeness >= VERY_NEAR:
        return str(_("very close"))
    return str(_("close") if closeness >= NEAR else _("distantly alike"))


def empty(term: str) -> bool:
    """Whether a term says nothing: short, or a word of no matter."""
    return all(len(word) < SHORTEST or word in EMPTY for word in _words(term))


def everyday(term: str) -> bool:
    """Whether a term speaks of no topic more than of others."""
    return all(_everyday(word) for word in _words(term))


def _everyday(word: str) -> bool:
    spread = len(_topics_of_words().get(word, ()))
    return spread >= (SHORT_EVERYWHERE if len(word) <= SHORTEST else EVERYWHERE)


@cache
def _topics_of_words() -> dict[str, set[str]]:
    topics: defaultdict[str, set[str]] = defaultdict(set)
    for row in starter.starter():
        for word in _words(f"{row.subject} {row.text}"):
            topics[word].add(row.topic)
    return dict(topics)


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))
