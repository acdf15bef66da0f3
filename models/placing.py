"""Which problem contacts are cases of, by the engine's word; a person's stays untouched.

A whole day is read and written in a few statements, and only what has changed is written.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    Float,
    Integer,
    Select,
    Text,
    and_,
    any_,
    cast,
    column,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, insert

from models import calendar
from models.base import db, json_safe
from models.contact import Contact
from models.prediction import ContactSignal, Vector
from models.problem import Occurrence, Problem

_LOCK = 0x6204B
LONGEST_THOUGHT = "10min"


@dataclass(frozen=True, slots=True)
class Told:
    """What the grouping reads of one contact; without a signal nobody has classified it."""

    contact_id: int
    said_at: datetime
    client_id: int | None
    language: str
    channel: str
    subject: str
    text: str
    model_version: str | None
    posteriors: bytes | None
    vector: bytes | None


@dataclass(frozen=True, slots=True)
class Placed:
    """The engine's word: the problem of a contact, or None for a contact that is alone."""

    contact_id: int
    problem_id: int | None
    score: float = 0.0
    reason: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a contact is, and whether a person has said so."""

    occurrence_id: int
    problem_id: int
    by_person: bool


# --- read -----------------------------------------------------------------------------------


def to_be_grouped(day: date, back: timedelta, until: datetime | None = None) -> Select[Contact]:
    """The contacts of `day` that no person has placed, and older ones that are still alone.

    A day that is still open in the night may reach to `until`.
    """
    start, end = calendar.bounds(day)
    return Contact.between(start - back, max(end, until or end)).where(
        *_worth_placing(), ~_placed(Occurrence.by_id.is_not(None)), or_(_said_from(start), _alone())
    )


def newly_come(day: date, after_id: int, most: int) -> Select[Contact]:
    """The newest that came in after a contact and stand nowhere yet, said on `day` or since."""
    return (
        select(Contact)
        .where(
            *_worth_placing(), _said_from(calendar.start_of(day)), _alone(), Contact.id > after_id
        )
        .order_by(Contact.id.desc())
        .limit(most)
    )


def lately_placed(day: date, up_to_id: int, most: int) -> Select[Contact]:
    """The last contacts of `day` up to one: beside them a newcomer is seen."""
    return (
        select(Contact)
        .where(*_worth_placing(), _said_from(calendar.start_of(day)), Contact.id <= up_to_id)
        .order_by(Contact.id.desc())
        .limit(most)
    )


def newest_contact() -> int:
    return db.session.scalar(select(func.max(Contact.id))) or 0


def _worth_placing() -> tuple[ColumnElement[bool], ...]:
    return Contact.by_people(), ~Contact.collected, Contact.new_text != ""


def _said_from(start: datetime) -> ColumnElement[bool]:
    return Contact.said_at >= start


def _alone() -> ColumnElement[bool]:
    return ~_placed()


def _placed(*how: ColumnElement[bool]) -> ColumnElement[bool]:
    standing = select(Occurrence.id).where(
        Occurrence.contact_id == Contact.id, Occurrence.until.is_(None), *how
    )
    return standing.correlate(Contact).exists()


def told(wanted: Select[Contact], encoder: str) -> list[Told]:
    """Contacts with what the classifier and the encoder have kept of them, by id."""
    ids = wanted.with_only_columns(Contact.id)
    rows: Iterable[Any] = db.session.execute(
        select(
            Contact.id,
            Contact.said_at,
            Contact.client_id,
            func.coalesce(Contact.language, "fr"),
            Contact.channel,
            Contact.subject,
            Contact.new_text,
            ContactSignal.model_version,
            ContactSignal.posteriors,
            Vector.vector,
        )
        .select_from(Contact)
        .outerjoin(ContactSignal, ContactSignal.contact_id == Contact.id)
        .outerjoin(
            Vector,
            and_(Vector.encoder == encoder, Vector.content_hash == ContactSignal.content_hash),
        )
        .where(Contact.id.in_(ids))
        .order_by(Contact.id)
    )
    return [Told(*row) for row in rows]


def standing_of(contact_ids: Iterable[int]) -> dict[int, Standing]:
    """Where these contacts are now."""
    rows = db.session.execute(
        select(Occurrence.contact_id, Occurrence.id, Occurrence.problem_id, Occurrence.by_id).where(
            Occurrence.contact_id == _any_of(contact_ids), Occurrence.until.is_(None)
        )
    )
    return {
        contact_id: Standing(occurrence_id, problem_id, by_id is not None)
        for contact_id, occurrence_id, problem_id, by_id in rows
    }


def sizes(problem_ids: Iterable[int]) -> dict[int, int]:
    """How many cases each of these has; none: not named."""
    rows = db.session.execute(
        select(Occurrence.problem_id, func.count())
        .where(Occurrence.problem_id == _any_of(problem_ids), Occurrence.until.is_(None))
        .group_by(Occurrence.problem_id)
    )
    return {row[0]: row[1] for row in rows}


def _any_of(ids: Iterable[int]) -> ColumnElement[int]:
    """However many: an array is one parameter."""
    found: ColumnElement[int] = any_(literal(list(ids), ARRAY(Integer)))  # type: ignore[assignment]
    return found


# --- written --------------------------------------------------------------------------------


def one_run_at_a_time() -> None:
    """Hold back other groupings until the present transaction ends."""
    db.session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    _think_for_long()


def first_to_run() -> bool:
    """The same without waiting: False while another run is under way."""
    first = bool(db.session.scalar(select(func.pg_try_advisory_xact_lock(_LOCK))))
    if first:
        _think_for_long()
    return first


def _think_for_long() -> None:
    """A run reads, thinks and writes: the database must not take its silence for death."""
    setting = "idle_in_transaction_session_timeout"
    db.session.execute(select(func.set_config(setting, LONGEST_THOUGHT, True)))


def place_all(
    placed: Sequence[Placed], standing: dict[int, Standing], at: datetime
) -> list[Placed]:
    """Write what differs from where contacts stand; returns that.

    What people have said meanwhile wins: their rows are neither closed nor doubled.
    """
    changed = [one for one in placed if _differs(one, standing.get(one.contact_id))]
    closing = [
        standing[one.contact_id].occurrence_id for one in changed if one.contact_id in standing
    ]
    opening = [one for one in changed if one.problem_id is not None]
    db.session.flush()
    if closing:
        db.session.execute(
            update(Occurrence)
            .where(
                Occurrence.id == _any_of(closing),
                Occurrence.until.is_(None),
                Occurrence.by_id.is_(None),
            )
            .values(until=at)
            .execution_options(synchronize_session=False)
        )
    if opening:
        _open(opening, at)
    return changed


def _open(opening: Sequence[Placed], at: datetime) -> None:
    """All in one statement: each column is one array."""
    said = func.unnest(
        literal([one.problem_id for one in opening], ARRAY(Integer)),
        literal([one.contact_id for one in opening], ARRAY(Integer)),
        literal([one.score for one in opening], ARRAY(Float)),
        literal([json.dumps(json_safe(one.reason)) for one in opening], ARRAY(Text)),
    ).table_valued(
        column("problem_id", Integer),
        column("contact_id", Integer),
        column("score", Float),
        column("reason", Text),
    )
    columns = said.render_derived()
    rows = select(
        columns.c.problem_id,
        columns.c.contact_id,
        columns.c.score,
        cast(columns.c.reason, JSONB),
        literal(at, DateTime(timezone=True)),
    )
    names = ["problem_id", "contact_id", "score", "reason", "since"]
    statement = insert(Occurrence).from_select(names, rows, include_defaults=False)
    db.session.execute(
        statement.on_conflict_do_nothing(
            index_elements=["contact_id"], index_where=Occurrence.until.is_(None)
        )
    )


def _differs(one: Placed, before: Standing | None) -> bool:
    if before is None:
        return one.problem_id is not None
    return not before.by_person and before.problem_id != one.problem_id


def place(
    contact_id: int, problem: Problem, *, score: float, reason: dict[str, Any], at: datetime
) -> None:
    """The engine's word that a contact is a case of a problem."""
    _place_one(Placed(contact_id, problem.id, score, reason), at)


def unplace(contact_id: int, at: datetime) -> None:
    """The engine no longer sees the contact as a case of anything."""
    _place_one(Placed(contact_id, None), at)


def _place_one(placed: Placed, at: datetime) -> None:
    db.session.flush()
    before = Occurrence.of_contact(placed.contact_id)
    place_all([placed], standing_of([placed.contact_id]), at)
    if before is not None:
        db.session.expire(before)
