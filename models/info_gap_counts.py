"""What clients asked between two moments, by problem and by matter, and in the dossier's search.

A contact is counted once: with its problem where it is a case of one, else with its matter.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, cast, func, or_, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by
from sqlalchemy.orm import joinedload

from models.base import db
from models.contact import Contact
from models.info_reading import InfoSearch
from models.intake import Channel
from models.problem import Occurrence, Problem, ProblemState, private_matter
from models.topic import LANGUAGES, Intent

SPARED = ("ask_information", "chase_status")
"""What a page can answer: a question, and where things stand. A request, a paper, an objection or a
complaint is no less wanted because something stands written."""
FEWEST = 3
"""Contacts and clients below which nothing is listed: a page for one is no page."""
MOST_READ = 40
"""Contacts per language of which an example may be taken."""
MOST = 200
Key = tuple[str, str, str]
"""Topic, sub-topic and intent; '' where one is not known."""


@dataclass(frozen=True)
class Asked:
    """What was counted of one problem or matter in a period."""

    contacts: int
    clients: int
    lately: int
    """In its second half."""
    spared: int
    """Of those that a page can answer."""
    failures: int
    languages: Mapping[str, int]
    channels: Mapping[str, int]


def by_problem(start: datetime, middle: datetime, end: datetime) -> list[tuple[Problem, Asked]]:
    """The problems with cases in the period, those that a page could spare most of first."""
    counts = figures(middle)
    rows = db.session.execute(
        select(Occurrence.problem_id, *counts.values())
        .join(Contact, Contact.id == Occurrence.contact_id)
        .outerjoin(Intent, Intent.id == Contact.intent_id)
        .where(Occurrence.until.is_(None), asking(start, end))
        .group_by(Occurrence.problem_id)
        .having(counts["contacts"] >= FEWEST)
        .order_by(counts["spared"].desc(), counts["contacts"].desc(), Occurrence.problem_id)
        .limit(MOST)
    ).all()
    known = Problem.several(row[0] for row in rows)
    return [
        (known[row[0]], asked_of(row[1:]))
        for row in rows
        if known[row[0]].merged_into_id is None
        and known[row[0]].state != ProblemState.NOT_A_PROBLEM.value
    ]


def by_matter(start: datetime, middle: datetime, end: datetime) -> list[tuple[Key, Asked]]:
    """The same of what is a case of no problem."""
    counts = figures(middle)
    key = matter()
    case = select(Occurrence.id).where(
        Occurrence.contact_id == Contact.id, Occurrence.until.is_(None)
    )
    rows = db.session.execute(
        select(*key, *counts.values())
        .outerjoin(Intent, Intent.id == Contact.intent_id)
        .where(Contact.topic_id.is_not(None), asking(start, end), ~case.exists())
        .group_by(*key)
        .having(counts["contacts"] >= FEWEST)
        .order_by(counts["spared"].desc(), counts["contacts"].desc(), *key)
        .limit(MOST)
    )
    return [((row[0], row[1], row[2]), asked_of(row[3:])) for row in rows]


def asking(start: datetime, end: datetime) -> ColumnElement[bool]:
    return and_(Contact.counted(start, end), Contact.by_people())


def matter() -> tuple[ColumnElement[str], ...]:
    return (
        func.coalesce(Contact.topic_id, ""),
        func.coalesce(Contact.subtopic_id, ""),
        func.coalesce(Contact.intent_id, ""),
    )


def figures(middle: datetime) -> dict[str, ColumnElement[int]]:
    """Counted in one reading of the contacts."""
    failed = or_(Contact.repeated, func.coalesce(Intent.failure, False))
    spared = Contact.intent_id.in_(SPARED)
    counted: dict[str, ColumnElement[int]] = {
        "contacts": func.count(),
        "clients": func.count(func.coalesce(Contact.client_id, -Contact.id).distinct()),
        "lately": func.count().filter(Contact.said_at >= middle),
        "spared": func.count().filter(spared),
        "failures": func.coalesce(func.sum(cast(failed, Integer)), 0),
    }
    counted |= {code: func.count().filter(Contact.language == code) for code in LANGUAGES}
    return counted | {
        channel.value: func.count().filter(Contact.channel == channel.value) for channel in Channel
    }


def asked_of(row: Any) -> Asked:
    contacts, clients, lately, spared, failures, *parts = (int(count) for count in row)
    spoken, came = parts[: len(LANGUAGES)], parts[len(LANGUAGES) :]
    return Asked(
        contacts,
        clients,
        lately,
        spared,
        failures,
        languages={code: count for code, count in zip(LANGUAGES, spoken, strict=True) if count},
        channels={one.value: count for one, count in zip(Channel, came, strict=True) if count},
    )


# --- their words ----------------------------------------------------------------------------


def quotable_matters(
    keys: Collection[Key], start: datetime, end: datetime, *, per_language: int = MOST_READ
) -> dict[Key, list[Contact]]:
    """The latest contacts of each matter whose words may be shown: none about health or privacy."""
    if not keys:
        return {}
    key = matter()
    rank = func.row_number().over(
        partition_by=(*key, Contact.language), order_by=Contact.said_at.desc()
    )
    ranked = (
        select(Contact.id, rank.label("rank"))
        .where(
            asking(start, end),
            tuple_(*key).in_(list(keys)),
            Contact.new_text != "",
            ~private_matter(),
        )
        .subquery()
    )
    found: dict[Key, list[Contact]] = {one: [] for one in keys}
    rows = db.session.scalars(
        select(Contact)
        .join(ranked, ranked.c.id == Contact.id)
        .options(joinedload(Contact.client).lazyload("*"))
        .where(ranked.c.rank <= per_language)
        .order_by(ranked.c.rank, Contact.id)
    )
    for contact in rows:
        found[(contact.topic_id or "", contact.subtopic_id or "", contact.intent_id or "")].append(
            contact
        )
    return found


# --- what readers looked for ----------------------------------------------------------------


@dataclass(frozen=True)
class Search:
    """Words that found no page, in one language."""

    words: str
    language: str
    times: int
    last: date


def searches_in_vain(first: date, last: date, limit: int = 20) -> list[Search]:
    """What was looked for and not found, the most frequent first; once only says nothing."""
    latest = func.array_agg(
        aggregate_order_by(InfoSearch.found, InfoSearch.day.desc()), type_=ARRAY(Integer)
    )
    rows = db.session.execute(
        select(
            InfoSearch.words,
            InfoSearch.language,
            func.sum(InfoSearch.times),
            func.max(InfoSearch.day),
        )
        .where(InfoSearch.day.between(first, last))
        .group_by(InfoSearch.words, InfoSearch.language)
        .having(
            func.sum(InfoSearch.times) >= 2,
            latest[1] == 0,
        )
        .order_by(func.sum(InfoSearch.times).desc(), InfoSearch.words)
        .limit(limit)
    )
    return [Search(row[0], row[1], int(row[2]), row[3]) for row in rows]


def languages_asked(start: datetime, end: datetime) -> dict[tuple[str, str], dict[str, int]]:
    """Contacts by topic and sub-topic ('' all of it), in each language."""
    rows = db.session.execute(
        select(Contact.topic_id, Contact.subtopic_id, Contact.language, func.count())
        .where(asking(start, end), Contact.topic_id.is_not(None), Contact.language.in_(LANGUAGES))
        .group_by(Contact.topic_id, Contact.subtopic_id, Contact.language)
    )
    found: dict[tuple[str, str], dict[str, int]] = {}
    for topic_id, subtopic_id, language, count in rows:
        for key in {(str(topic_id), ""), (str(topic_id), subtopic_id or "")}:
            spoken = found.setdefault(key, {})
            spoken[str(language)] = spoken.get(str(language), 0) + int(count)
    return found
