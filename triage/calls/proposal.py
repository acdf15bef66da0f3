"""What a note seems to be about while it is being written: topic, known problem, answer."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol

from classifiers.engine import Opinion, Text
from models.base import db, now
from models.calendar import business_day
from models.client import Client
from models.intake import Channel
from models.problem import Occurrence, Problem
from models.problem_day import ProblemDay
from models.reply_template import Offer, ReplyTemplate, TemplateKind
from models.saying import said_about, spoken
from models.ticket import Ticket
from models.together import likely_duplicates, same_matter
from models.topic import LANGUAGES, Intent, Topic
from models.user import User
from triage import routing
from triage.answers import sayable

ENOUGH_WORDS = 8
KEYS = 9
NOTHING = "none"
PLACES = re.compile(r"\{\w+\}")


class Note(Protocol):
    """What is needed of a form that is being filled in."""

    text: str
    topic: str
    language: str | None


@dataclass(frozen=True)
class Known:
    """The problem of which a call seems to be one more case, and what may be said of it."""

    problem: Problem
    clients: int = 0
    """Of today, as far as the board has counted them."""
    sentences: Mapping[str, str] = field(default_factory=dict)


def proposal_for(note: Note) -> dict[str, Any]:
    """Choices for the keys 1 to 9, the machine's own idea first; nothing before a few words."""
    words = len(note.text.split())
    opinion = opinion_on(note) if words >= ENOUGH_WORDS else None
    topic_id = note.topic.partition("/")[0] or (opinion.topic if opinion else None)
    return {
        "opinion": opinion,
        "words": words,
        "enough_words": ENOUGH_WORDS,
        "choices": choices(note, opinion),
        "all_topics": Topic.tree(),
        "known": known_problem(opinion, topic_id or "", business_day(now())) if opinion else None,
        "speaks": language_of(note, opinion),
        "answers": sayable(
            topic_id or None,
            part_of(note, opinion),
            opinion.intent if opinion else None,
            language_of(note, opinion),
            business_day(now()),
        ),
    }


def beside(
    user: User, client: Client | None, note: Note, opinion: Opinion | None, at: datetime
) -> dict[str, Any]:
    """What stands beside the proposal: the client's tickets of the same matter, intents, bodies to
    which to send on."""
    heard = opinion.topic if opinion else None
    topic_id = note.topic.partition("/")[0] or heard or None
    same = likely_duplicates(client.id, topic_id, at, seen_by=user) if client else []
    open_ones = same_matter(client, topic_id, at, seen_by=user) if client else []
    language = language_of(note, opinion)
    return {
        "duplicates": same[:3],
        "same_matter": open_ones,
        "intents": intents(opinion),
        "redirects": [
            Redirect(offer.template.code, offer.version.names, offer.language, read_out(offer))
            for offer in ReplyTemplate.offered(topic_id, None, TemplateKind.REDIRECT, language)
        ],
    }


@dataclass(frozen=True)
class Redirect:
    """Another body, with what is read out to a client who must turn to it."""

    code: str
    names: Mapping[str, str]
    language: str
    words: str


def read_out(offer: Offer) -> str:
    """The words for the telephone, else the letter's without its opening and closing."""
    return " ".join((offer.spoken or PLACES.sub("", offer.text)).split())


def intents(opinion: Opinion | None) -> list[Intent]:
    """All of them, the machine's own idea first."""
    found = Intent.everything()
    return sorted(found, key=lambda one: opinion is None or one.id != opinion.intent)


def part_of(note: Note, opinion: Opinion | None) -> str | None:
    """The sub-topic chosen, else the machine's where it says the same topic."""
    if note.topic:
        return note.topic if "/" in note.topic else None
    return f"{opinion.topic}/{opinion.subtopic}" if opinion and opinion.subtopic else None


def language_of(note: Note, opinion: Opinion | None) -> str:
    """The caller's: the one chosen, else the one heard in the note, else French."""
    heard = note.language or (opinion.language if opinion else None)
    return heard if heard in LANGUAGES else "fr"


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


def known_problem(opinion: Opinion, topic_id: str, day: date) -> Known | None:
    """The problem of the present board of which this seems to be one more case.

    Of several that are alike, one with an approved sentence: the agent can say something.
    """
    if NOTHING in (opinion.thing, opinion.symptom):
        return None
    sayable = said_about(opinion.thing, opinion.symptom, topic_id, day)
    if sayable:
        today = ProblemDay.on(sayable[0].id, day)
        return Known(sayable[0], today.clients if today else 0, spoken(sayable[0]))
    card = ProblemDay.matching(day, opinion.thing, opinion.symptom, topic_id)
    return Known(card.problem, card.clients, spoken(card.problem)) if card else None


def said_of(tickets: Sequence[Ticket]) -> list[Known]:
    """The problems of which a caller's open tickets are cases, where something may be said."""
    problems = Occurrence.problems_of([ticket.id for ticket in tickets])
    once = {problem.id: problem for problem in problems.values()}
    return [Known(one, sentences=said) for one in once.values() if (said := spoken(one))]
