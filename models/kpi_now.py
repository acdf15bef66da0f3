"""What the live wall shows beside the figures: ages of the backlog, inflow by part, what failed."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Subquery, case, func, select

from models import kpi_contacts
from models.base import db
from models.contact import Contact
from models.event import Event
from models.kpi_kinds import Cut, Span
from models.kpi_registry import KPIS
from models.ticket import Ticket

AGES = ((0, 1), (2, 3), (4, 7), (8, 14), (15, None))
"""Buckets of a ticket's age, in working days."""
CAME_BACK, ASKED_AGAIN = "came_back", "asked_again"
"""Reasons of failure demand that are no intent of the client's."""


@dataclass(frozen=True)
class Oldest:
    """What has waited longest, and what was promised for the earliest moment."""

    opened_at: datetime | None
    due_at: datetime | None


def ages(day: date, at: datetime, cut: Cut, split: str) -> dict[str, list[int]]:
    """How many wait in each bucket of `AGES`, for each team or topic."""
    facts = KPIS["backlog_age"].facts(Span.of(day, day, at)).subquery()
    bucket = bucket_of(facts.c.part)
    key = facts.c[split]
    chosen = select(key, bucket, func.count()).where(*_inside(facts, cut)).group_by(key, bucket)
    found: dict[str, list[int]] = {}
    for name, place, count in db.session.execute(chosen):
        found.setdefault(str(name), [0] * len(AGES))[place] = count
    return found


def of_age(place: int, day: date, at: datetime, cut: Cut) -> Any:
    """The ids of the tickets in one bucket."""
    facts = KPIS["backlog_age"].facts(Span.of(day, day, at)).subquery()
    return select(facts.c.item).where(bucket_of(facts.c.part) == place, *_inside(facts, cut))


def oldest(day: date, at: datetime, cut: Cut) -> Oldest:
    facts = KPIS["backlog"].facts(Span.of(day, day, at)).subquery()
    chosen = (
        select(func.min(Ticket.opened_at), func.min(Ticket.due_at))
        .join(facts, facts.c.item == Ticket.id)
        .where(*_inside(facts, cut))
    )
    opened_at, due_at = db.session.execute(chosen).one()
    return Oldest(opened_at, due_at)


def failure_parts(day: date, at: datetime, cut: Cut) -> dict[str, int]:
    """Today's failure demand by its reason: an intent, or that somebody had to come back."""
    facts = kpi_contacts.failures(Span.of(day, day, at)).subquery()
    reason = case(
        (Contact.repeated, CAME_BACK),
        (Contact.supplied_again, ASKED_AGAIN),
        else_=func.coalesce(Contact.intent_id, ""),
    )
    chosen = (
        select(reason, func.count())
        .join(facts, facts.c.item == Contact.id)
        .where(facts.c.part > 0, *_inside(facts, cut))
        .group_by(reason)
    )
    return {str(name): count for name, count in db.session.execute(chosen)}


def failing_because(reason: str, day: date, at: datetime, cut: Cut) -> Any:
    """The ids of the contacts of one such reason."""
    facts = kpi_contacts.failures(Span.of(day, day, at)).subquery()
    because: dict[str, Any] = {
        CAME_BACK: Contact.repeated,
        ASKED_AGAIN: Contact.supplied_again & ~Contact.repeated,
    }
    plain = ~Contact.repeated & ~Contact.supplied_again & (Contact.intent_id == reason)
    return (
        select(facts.c.item)
        .join(Contact, Contact.id == facts.c.item)
        .where(facts.c.part > 0, because.get(reason, plain), *_inside(facts, cut))
    )


def mark() -> str:
    """Something that is another one whenever a figure may have changed."""
    newest = select(func.max(Event.id), select(func.max(Contact.id)).scalar_subquery())
    return "-".join(str(one or 0) for one in db.session.execute(newest).one())


def bucket_of(age: ColumnElement[Any]) -> ColumnElement[int]:
    """The place in `AGES` of an age in working days."""
    last_of = [(age <= last, place) for place, (_, last) in enumerate(AGES) if last is not None]
    return case(*last_of, else_=len(AGES) - 1)


def _inside(facts: Subquery, cut: Cut) -> list[ColumnElement[bool]]:
    return [facts.c[name] == value for name, value in cut.given().items()]
