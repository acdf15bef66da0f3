"""Which problem a contact is a case of, by the engine's word; a person's stays untouched."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, or_, select

from models import calendar
from models.base import db
from models.contact import Contact
from models.problem import Occurrence, Problem

_LOCK = 0x6204B


def to_be_grouped(day: date, back: timedelta) -> Select[Contact]:
    """The contacts of `day` that no person has placed, and older ones that are still alone."""
    start, end = calendar.bounds(day)
    standing = select(Occurrence.contact_id).where(Occurrence.until.is_(None))
    by_people = standing.where(Occurrence.by_id.is_not(None))
    return Contact.between(start - back, end).where(
        Contact.by_people(),
        ~Contact.collected,
        Contact.new_text != "",
        Contact.id.not_in(by_people),
        or_(Contact.said_at >= start, Contact.id.not_in(standing)),
    )


def one_run_at_a_time() -> None:
    """Hold back other groupings until the present transaction ends."""
    db.session.execute(select(func.pg_advisory_xact_lock(_LOCK)))


def unplace(contact_id: int, at: datetime) -> None:
    """The engine no longer sees the contact as a case of anything."""
    standing = Occurrence.of_contact(contact_id)
    if standing is not None and standing.by_id is None:
        standing.until = at


def place(
    contact_id: int, problem: Problem, *, score: float, reason: dict[str, Any], at: datetime
) -> None:
    """The engine's word that a contact is a case of a problem; a person's word stays untouched."""
    standing = Occurrence.of_contact(contact_id)
    if standing is not None:
        if standing.by_id is not None or standing.problem_id == problem.id:
            return
        standing.until = at
        db.session.flush()
    db.session.add(
        Occurrence(
            problem_id=problem.id, contact_id=contact_id, score=score, reason=reason, since=at
        )
    )
