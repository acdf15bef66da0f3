"""What a note seems to be about while it is being written: topic, known problem, answer."""

from datetime import date
from typing import Any, Protocol

from classifiers.engine import Opinion, Text
from models.base import db, now
from models.calendar import business_day
from models.intake import Channel
from models.measure import MeasureVersion
from models.problem_day import ProblemDay
from models.topic import LANGUAGES, Topic
from triage import routing

ENOUGH_WORDS = 8
KEYS = 9
NOTHING = "none"


class Note(Protocol):
    """What is needed of a form that is being filled in."""

    text: str
    topic: str
    language: str | None


def proposal_for(note: Note) -> dict[str, Any]:
    """Choices for the keys 1 to 9, the machine's own idea first; nothing before a few words."""
    words = len(note.text.split())
    opinion = opinion_on(note) if words >= ENOUGH_WORDS else None
    topic_id = note.topic.partition("/")[0] or (opinion.topic if opinion else None)
    day = business_day(now())
    return {
        "opinion": opinion,
        "words": words,
        "enough_words": ENOUGH_WORDS,
        "choices": choices(note, opinion),
        "all_topics": Topic.tree(),
        "known": known_problem(opinion, day) if opinion else None,
        "answers": answers(topic_id, note.language or (opinion.language if opinion else "fr")),
    }


def opinion_on(note: Note) -> Opinion | None:
    return routing.opine([Text(note.text, "", Channel.PHONE.value, note.language)])[0]


def choices(note: Note, opinion: Opinion | None) -> list[tuple[str, float | None]]:
    """(topic or sub-topic id, confidence); the chosen one stays among them."""
    found: dict[str, float | None] = {}
    if opinion is not None:
        own = f"{opinion.topic}/{opinion.subtopic}" if opinion.subtopic else opinion.topic
        found[own] = opinion.topic_confidence
        for other in opinion.alternatives:
            if other.topic != opinion.topic:
                found[other.topic] = other.confidence
    if note.topic and note.topic not in found:
        found[note.topic] = None
    for topic in db.session.scalars(Topic.first_level()):
        if not any(known.partition("/")[0] == topic.id for known in found):
            found[topic.id] = None
    return list(found.items())[:KEYS]


def known_problem(opinion: Opinion, day: date) -> ProblemDay | None:
    """The card on today's board of which this seems to be one more case."""
    if NOTHING in (opinion.thing, opinion.symptom):
        return None
    return ProblemDay.matching(day, opinion.thing, opinion.symptom, opinion.topic)


def answers(topic_id: str | None, language: str) -> list[tuple[MeasureVersion, str]]:
    """The approved answers of the measures in force, in the caller's language."""
    if not topic_id:
        return []
    spoken = language if language in LANGUAGES else "fr"
    measures = db.session.scalars(MeasureVersion.in_force(topic_id, business_day(now())))
    return [
        (measure, str(measure.answers[spoken]))
        for measure in measures
        if measure.answers.get(spoken)
    ]
