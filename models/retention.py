"""Retention: how long each class of data is kept, tried on paper before it is done at night.

Nothing goes before a person has switched a class on. What a legal hold covers stays.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from sqlalchemy import ForeignKey, Select, Table, delete, func, select, update
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column, relationship

from models.base import Base, SafeJSON, db
from models.calendar import business_day
from models.contact import Contact
from models.event import record
from models.info_reading import InfoFeedback, InfoSearch
from models.intake import IntakeRaw
from models.legal_hold import LegalHold
from models.login_try import LoginTry
from models.look import Look
from models.ticket import Ticket
from models.ticket_states import Status
from models.user import User

SAMPLES = 5
LONGEST = 36_500


class DataClass(StrEnum):
    """What is kept together and goes together."""

    MATTERS = "matters"
    """tickets that are long closed: all that was said, noted and answered in them"""
    RAW_MAIL = "raw_mail"
    """mails and forms as they came in, beside the text that was read from them"""
    LOOKS = "looks"
    SIGN_INS = "sign_ins"
    SEARCHES = "searches"
    FEEDBACK = "feedback"


@dataclass(frozen=True, slots=True)
class Class:
    """A class, what is proposed for it, and how to find what has been kept long enough."""

    name: DataClass
    days: int
    key: InstrumentedAttribute[Any]
    born: InstrumentedAttribute[Any]
    due: Callable[[datetime], Select[Any]]
    """the keys of what was born before a moment and may go"""


@dataclass(frozen=True, slots=True)
class Due:
    """What one class would lose: how much, since when, and some of it by number."""

    name: DataClass
    count: int
    oldest: datetime | None
    samples: list[int]
    held: int = 0


class RetentionRule(Base):
    """How long one class of data is kept; without a row the shipped proposal stands."""

    __tablename__ = "retention_rule"

    data_class: Mapped[str] = mapped_column(primary_key=True)
    days: Mapped[int]
    active: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str] = mapped_column(default="")
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    by: Mapped[User] = relationship()

    @classmethod
    def everything(cls) -> dict[str, Self]:
        return {row.data_class: row for row in db.session.scalars(select(cls))}

    @classmethod
    def set(
        cls, name: DataClass, days: int, active: bool, note: str, *, by: User, at: datetime
    ) -> None:
        """A person's word on one class; the deletions themselves come with the next night."""
        if not 1 <= days <= LONGEST:
            raise ValueError("days")
        row = db.session.get(cls, name.value)
        before = [row.days, row.active] if row is not None else None
        if row is None:
            row = cls(data_class=name.value, by_id=by.id)
            db.session.add(row)
        row.days, row.active, row.note = days, active, note.strip()[:300]
        row.by_id, row.at = by.id, at
        facts: dict[str, Any] = {"of": name.value, "before": before, "after": [days, active]}
        record("retention.set", by=by, at=at, **facts)


class RetentionRun(Base):
    """One sweep of what has been kept long enough, tried or for real."""

    __tablename__ = "retention_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    tried: Mapped[bool]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    started_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    ended_at: Mapped[datetime | None]
    counts: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    error: Mapped[str] = mapped_column(default="")

    by: Mapped[User | None] = relationship()

    @classmethod
    def newest_first(cls) -> Select[Self]:
        return select(cls).order_by(cls.id.desc())

    @classmethod
    def of_the_night(cls, at: datetime) -> Self:
        """The row of tonight, to which each batch adds."""
        night = at - timedelta(hours=12)
        row = db.session.scalar(
            cls.newest_first().where(~cls.tried, cls.started_at > night).limit(1)
        )
        if row is None:
            row = cls(tried=False, started_at=at, counts={})
            db.session.add(row)
            db.session.flush()
        return row


# --- which rows -----------------------------------------------------------------------------


def _matters(before: datetime) -> Select[Any]:
    unerased = select(Contact.id).where(Contact.ticket_id == Ticket.id, Contact.erased_at.is_(None))
    return select(Ticket.id).where(
        Ticket.status == Status.CLOSED,
        Ticket.closed_at < before,
        Ticket.last_contact_at < before,
        unerased.exists(),
    )


def _raw_mail(before: datetime) -> Select[Any]:
    closed = select(Ticket.id).where(Ticket.status == Status.CLOSED, Ticket.closed_at < before)
    return (
        select(Contact.intake_id)
        .join(IntakeRaw, IntakeRaw.intake_id == Contact.intake_id)
        .where(Contact.ticket_id.in_(closed), Contact.received_at < before)
    )


CLASSES = {
    DataClass.MATTERS: Class(DataClass.MATTERS, 3_650, Ticket.id, Ticket.closed_at, _matters),
    DataClass.RAW_MAIL: Class(
        DataClass.RAW_MAIL,
        730,
        Contact.intake_id,
        Contact.received_at,
        _raw_mail,
    ),
    DataClass.LOOKS: Class(
        DataClass.LOOKS,
        730,
        Look.id,
        Look.hour,
        lambda before: select(Look.id).where(Look.hour < before),
    ),
    DataClass.SIGN_INS: Class(
        DataClass.SIGN_INS,
        180,
        LoginTry.id,
        LoginTry.at,
        lambda before: select(LoginTry.id).where(LoginTry.at < before),
    ),
    DataClass.SEARCHES: Class(
        DataClass.SEARCHES,
        365,
        InfoSearch.id,
        InfoSearch.day,
        lambda before: select(InfoSearch.id).where(InfoSearch.day < before.date()),
    ),
    DataClass.FEEDBACK: Class(
        DataClass.FEEDBACK,
        730,
        InfoFeedback.id,
        InfoFeedback.at,
        lambda before: select(InfoFeedback.id).where(
            InfoFeedback.at < before, InfoFeedback.missing != ""
        ),
    ),
}
"""The periods are proposals: whoever answers for the data confirms them."""


def _free(one: Class, rows: Select[Any], at: datetime) -> Select[Any]:
    """Without what a hold covers."""
    if one.name is DataClass.MATTERS:
        return rows.where(Ticket.id.not_in(LegalHold.covered(business_day(at))))
    if one.name is DataClass.RAW_MAIL:
        return rows.where(Contact.ticket_id.not_in(LegalHold.covered(business_day(at))))
    return rows


def days_of(name: DataClass) -> int:
    """How long it is kept: what somebody has set, else the proposal."""
    row = db.session.get(RetentionRule, name.value)
    return row.days if row is not None else CLASSES[name].days


def due(name: DataClass, at: datetime) -> Due:
    """What would go if it were done now."""
    one = CLASSES[name]
    rows = one.due(at - timedelta(days=days_of(name)))
    free = _free(one, rows, at)
    count, oldest = db.session.execute(
        free.with_only_columns(func.count(), func.min(one.born))
    ).one()
    every = db.session.scalar(rows.with_only_columns(func.count())) or 0
    samples = list(db.session.scalars(free.order_by(one.key).limit(SAMPLES)))
    return Due(name, count, oldest, samples, every - count)


def next_keys(name: DataClass, at: datetime, most: int) -> list[int]:
    """Some of what goes tonight."""
    one = CLASSES[name]
    rows = _free(one, one.due(at - timedelta(days=days_of(name))), at)
    return list(db.session.scalars(rows.order_by(one.key).limit(most)))


def contacts_of(ticket_ids: list[int]) -> list[int]:
    return list(db.session.scalars(select(Contact.id).where(Contact.ticket_id.in_(ticket_ids))))


def take(name: DataClass, keys: list[int]) -> int:
    """Delete these of a class that is no matter of a client's; returns how many."""
    simple: dict[DataClass, tuple[Table, str]] = {
        DataClass.RAW_MAIL: (Base.metadata.tables["intake_raw"], "intake_id"),
        DataClass.LOOKS: (Base.metadata.tables["look"], "id"),
        DataClass.SIGN_INS: (Base.metadata.tables["login_try"], "id"),
        DataClass.SEARCHES: (Base.metadata.tables["info_search"], "id"),
    }
    if name is DataClass.FEEDBACK:
        emptied = update(InfoFeedback).where(InfoFeedback.id.in_(keys)).values(missing="")
        db.session.execute(emptied.execution_options(synchronize_session=False))
        return len(keys)
    table, key = simple[name]
    db.session.execute(delete(table).where(table.c[key].in_(keys)))
    return len(keys)


def try_all(*, by: User, at: datetime) -> RetentionRun:
    """The report of what would go, class by class; nothing goes."""
    found = [due(name, at) for name in DataClass]
    run = RetentionRun(
        tried=True,
        by_id=by.id,
        started_at=at,
        ended_at=at,
        counts={
            one.name.value: {
                "count": one.count,
                "held": one.held,
                "oldest": one.oldest.isoformat() if one.oldest else None,
                "samples": one.samples,
            }
            for one in found
        },
    )
    db.session.add(run)
    db.session.flush()
    record("retention.tried", by=by, at=at, run=run.id)
    return run
