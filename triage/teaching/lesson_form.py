"""Examples as they come with a form: typed, one a line, or ticked among the contacts of a problem.

Whatever becomes a lesson is redacted first: it may be shown beside another client's contact.
"""

from collections import Counter
from datetime import datetime
from itertools import zip_longest
from typing import NamedTuple

from flask import abort, request

from classifiers import language
from classifiers.redaction import redacted
from models.base import db
from models.contact import Contact
from models.lesson import LONGEST, Lesson
from models.problem import Problem
from models.ticket import Ticket
from models.topic import LANGUAGES, Topic
from models.user import User
from triage.lessons import names_of

MOST_TYPED = 500
MOST_OFFERED = 40
TICKED = 5
"""Contacts of each language that are ticked to begin with."""
MOST_SEEDS = 30


class Typed(NamedTuple):
    """An example before it is kept."""

    text: str
    language: str
    contact: Contact | None


def typed() -> list[Typed]:
    """One example a line, in any of the four languages."""
    lines = request.form.get("examples", "").splitlines()[:MOST_TYPED]
    texts = [" ".join(redacted(line[:LONGEST], []).split()) for line in lines]
    return [Typed(text, language.detect(text), None) for text in texts if text]


def seed_words() -> dict[str, list[str]]:
    """Words of each language, between commas or lines."""
    seeds = {}
    for code in LANGUAGES:
        written = request.form.get(f"seeds-{code}", "").replace("\n", ",").replace(";", ",")
        words = [" ".join(word.split())[:80] for word in written.split(",")]
        kept = list(dict.fromkeys(word for word in words if word))[:MOST_SEEDS]
        if kept:
            seeds[code] = kept
    return seeds


def problem_asked() -> Problem | None:
    """The problem whose contacts are offered; 404 for one that is not there."""
    number = request.values.get("problem", 0, int)
    if not number:
        return None
    return Problem.numbered(number) or abort(404)


def offered(problem: Problem, user: User) -> list[tuple[Contact, str]]:
    """(contact, what would be kept of it): one of each client, the newest first, each language
    in its turn; only what `user` may read and nothing about health or privacy."""
    contacts = db.session.scalars(problem.quotable().limit(MOST_OFFERED * 3)).all()
    seen = Ticket.seen_of(user, [contact.ticket_id for contact in contacts])
    found: dict[int | str, tuple[Contact, str]] = {}
    for contact in contacts:
        text = vetted(contact.new_text, contact)
        if text and contact.ticket_id in seen and not contact.by_machine:
            found.setdefault(contact.client_id or f"contact {contact.id}", (contact, text))
    return in_turns(list(found.values()))[:MOST_OFFERED]


def in_turns(offered: list[tuple[Contact, str]]) -> list[tuple[Contact, str]]:
    """So that no language is left out because another one wrote more, or later."""
    spoken: dict[str | None, list[tuple[Contact, str]]] = {}
    for contact, text in offered:
        spoken.setdefault(contact.language, []).append((contact, text))
    return [one for turn in zip_longest(*spoken.values()) for one in turn if one is not None]


def to_begin_with(offered: list[tuple[Contact, str]]) -> set[str]:
    """What is ticked before anybody has: some in each language, to be read before they are kept."""
    count: Counter[str | None] = Counter()
    chosen = set()
    for contact, _ in offered:
        count[contact.language] += 1
        if count[contact.language] <= TICKED:
            chosen.add(str(contact.id))
    return chosen


def ticked(user: User) -> list[Typed]:
    """The contacts that were ticked, in the words to which the person has cut them."""
    problem = problem_asked()
    if problem is None:
        return []
    wanted = set(request.form.getlist("keep"))
    kept = []
    for contact, text in offered(problem, user):
        if str(contact.id) in wanted:
            cut = vetted(request.form.get(f"text-{contact.id}", text), contact)
            spoken = contact.language or language.detect(cut)
            kept.append(Typed(cut, spoken, contact))
    return [one for one in kept if one.text]


def vetted(text: str, contact: Contact) -> str:
    name = contact.client.name if contact.client else ""
    names = names_of(name, contact.sender, contact.fields)
    return " ".join(redacted(text[:LONGEST], names).split())


def keep(topic: Topic, examples: list[Typed], *, by: User, at: datetime) -> int:
    """Make lessons of them; how many are new."""
    made = [
        Lesson.teach(topic, one.text, one.language, by=by, at=at, contact=one.contact)
        for one in examples
    ]
    return sum(lesson is not None for lesson in made)
