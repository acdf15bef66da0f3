"""What may be said before anybody has asked: known problems, and measures that are told at once.

Forms, receipts and acknowledgements say the same words. Nothing that is not approved comes here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from models.measure import MeasureVersion
from models.saying import LONGEST, said_of_topic, spoken
from models.topic import Topic

MOST = 3
"""More sentences nobody reads above a form."""


@dataclass(frozen=True)
class KnownAnswer:
    """One sentence, and of which problem or version of a measure it is."""

    words: str
    problem_id: int | None = None
    version: MeasureVersion | None = None


def known_for(topic_id: str | None, subtopic_id: str | None, language: str, day: date) -> list[str]:
    """Short approved sentences about a matter in `language`, what disturbs many people first.

    Empty for health and privacy, and where nothing is approved in that very language.
    """
    return [one.words for one in known_answers(topic_id, subtopic_id, language, day)]


def known_answers(
    topic_id: str | None, subtopic_id: str | None, language: str, day: date
) -> list[KnownAnswer]:
    """The same, each with where it comes from."""
    topic = Topic.named(topic_id)
    if topic is None or topic.restricted:
        return []
    problems = said_of_topic(topic.id, day)
    said = [KnownAnswer(spoken(one).get(language, ""), problem_id=one.id) for one in problems]
    said += told_at_once(topic.id, subtopic_id, language, day)
    return [one for one in said if one.words][:MOST]


def told_at_once(
    topic_id: str, subtopic_id: str | None, language: str, day: date
) -> list[KnownAnswer]:
    """The confirmed short answers of the measures for which somebody has switched that on."""
    return [
        KnownAnswer(short_answer(one, language), version=one)
        for one in MeasureVersion.applying(topic_id, subtopic_id, day)
        if one.measure.told_at_once and one.confirmed and not one.stale(day)
    ]


def short_answer(version: MeasureVersion, language: str) -> str:
    """What is said on the telephone, else the answer; one that is too long is not cut, but left
    out: what would be missing is a condition."""
    for texts in (version.scripts, version.answers):
        words = _words(texts, language)
        if words and len(words) <= LONGEST:
            return words
    return ""


def _words(texts: Mapping[str, Any], language: str) -> str:
    return " ".join(str(texts.get(language) or "").split())
