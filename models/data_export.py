"""Tables that somebody takes along: asked on a page, written by a worker, kept for some days."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from sqlalchemy import BigInteger, ForeignKey, Index, Row, Select, func, select, update
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, SafeJSON, db
from models.event import record
from models.outbox import Job, later
from models.user import User

LONG = 50_000
"""Rows above which a process of its own writes a table."""
AT_ONCE = 1_000
"""Rows that are fetched together: so many lie in memory, however long the table is."""


class ExportState(StrEnum):
    """How far the writing has come."""

    WAITING = "waiting"
    WRITING = "writing"
    READY = "ready"
    FAILED = "failed"
    CANCELLED = "cancelled"
    GONE = "gone"
    """Its days are over and the file is deleted."""


UNFINISHED = (ExportState.WAITING.value, ExportState.WRITING.value)


class DataExport(Base):
    """What was asked, by whom, and the file that came of it."""

    __tablename__ = "data_export"
    __table_args__ = (Index("ix_data_export_mine", "by_id", "asked_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    asked: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    form: Mapped[str]
    """How it is written: csv or xlsx, and for people's own data zip."""
    language: Mapped[str] = mapped_column(default="fr")
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    asked_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    state: Mapped[str] = mapped_column(default=ExportState.WAITING.value)
    rows_expected: Mapped[int] = mapped_column(BigInteger, default=0)
    rows_done: Mapped[int] = mapped_column(BigInteger, default=0)
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None] = mapped_column(index=True)
    file_name: Mapped[str] = mapped_column(default="")
    file_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    file_place: Mapped[str] = mapped_column(default="")
    digest: Mapped[str] = mapped_column(default="")
    error: Mapped[str] = mapped_column(default="")
    fetched_at: Mapped[datetime | None]

    by: Mapped[User] = relationship(foreign_keys=[by_id])

    @property
    def unfinished(self) -> bool:
        return self.state in UNFINISHED

    # --- found ------------------------------------------------------------------------------

    @classmethod
    def named(cls, export_id: int) -> Self | None:
        return db.session.get(cls, export_id)

    @classmethod
    def held(cls, export_id: int) -> Self | None:
        """The same, as it stands now, nobody else's until the transaction ends."""
        row = select(cls).where(cls.id == export_id).with_for_update(of=cls)
        return db.session.scalar(row.execution_options(populate_existing=True))

    @classmethod
    def of(cls, user: User, export_id: int) -> Self | None:
        """One's own only: nobody else learns what was taken along."""
        if not 0 < export_id < 2**31:
            return None
        return db.session.scalar(select(cls).where(cls.id == export_id, cls.by_id == user.id))

    @classmethod
    def mine(cls, user: User) -> Select[Self]:
        return select(cls).where(cls.by_id == user.id).order_by(cls.asked_at.desc(), cls.id.desc())

    @classmethod
    def places(cls) -> set[str]:
        """The files that are still somebody's."""
        return set(db.session.scalars(select(cls.file_place).where(cls.file_place != "")))

    # --- done -------------------------------------------------------------------------------

    @classmethod
    def ask(
        cls,
        kind: str,
        asked: dict[str, Any],
        form: str,
        expected: int,
        *,
        by: User,
        language: str,
        at: datetime,
    ) -> Self:
        """Promise that a worker writes it."""
        made = cls(
            kind=kind,
            asked=asked,
            form=form,
            language=language,
            by_id=by.id,
            asked_at=at,
            rows_expected=expected,
        )
        db.session.add(made)
        db.session.flush()
        later(Job.LONG_EXPORT if expected > LONG else Job.EXPORT, made.id)
        record("export.asked", by=by, at=at, export=made.id, what=kind, asked=asked, rows=expected)
        return made

    def begin(self, at: datetime) -> bool:
        """Start from the first row, also after a worker was stopped; False when nobody wants it."""
        if not self.unfinished:
            return False
        self.state = ExportState.WRITING.value
        self.started_at, self.rows_done, self.error = at, 0, ""
        return True

    @classmethod
    def went_on(cls, export_id: int, rows: int) -> bool:
        """Say how far it is; False once somebody has called it off."""
        still = (
            update(cls)
            .where(cls.id == export_id, cls.state == ExportState.WRITING.value)
            .values(rows_done=rows)
            .returning(cls.id)
        )
        return db.session.scalar(still) is not None

    def ready(
        self, place: str, name: str, rows: int, size: int, digest: str, at: datetime, days: int
    ) -> None:
        """The file is whole; it is kept for so many days."""
        self.state = ExportState.READY.value
        self.file_place, self.file_name = place, name
        self.rows_done, self.file_bytes, self.digest = rows, size, digest
        self.ended_at, self.expires_at = at, at + timedelta(days=days)
        record("export.written", by=self.by, at=at, export=self.id, what=self.kind, rows=rows)

    def fail(self, why: str, at: datetime) -> None:
        self.state, self.error, self.ended_at = ExportState.FAILED.value, why[:500], at

    def cancel(self, *, by: User, at: datetime) -> None:
        """Nobody waits for it any more."""
        if self.unfinished:
            self.state, self.ended_at = ExportState.CANCELLED.value, at
            record("export.cancelled", by=by, at=at, export=self.id)

    def fetched(self, *, by: User, at: datetime) -> None:
        self.fetched_at = at
        record("export.fetched", by=by, at=at, export=self.id, what=self.kind, rows=self.rows_done)

    def drop(self, *, by: User, at: datetime) -> str:
        """Its owner needs the file no more; returns where it lies."""
        record("export.dropped", by=by, at=at, export=self.id)
        return self.let_go()

    def let_go(self) -> str:
        """Its file is no longer kept; returns where it lay."""
        place, self.file_place = self.file_place, ""
        self.state = ExportState.GONE.value
        return place

    @classmethod
    def over(cls, at: datetime) -> list[Self]:
        """Those whose days are over."""
        rows = select(cls).where(cls.expires_at < at, cls.file_place != "")
        return list(db.session.scalars(rows.with_for_update(skip_locked=True)))


def streamed(statement: Select[Any]) -> Iterator[Row[Any]]:
    """The rows of a table one after the other, as they all stood when it was asked for.

    One cursor of a connection of its own: the caller may commit meanwhile how far it is.
    """
    with db.engine.connect() as connection:
        options = connection.execution_options(yield_per=AT_ONCE)
        yield from options.execute(statement)


def how_many(statement: Select[Any]) -> int:
    """How many rows that will be."""
    some = statement.order_by(None).subquery()
    return db.session.scalar(select(func.count()).select_from(some)) or 0


def taken(user: User, kind: str, asked: dict[str, Any], form: str, rows: int, at: datetime) -> None:
    """A small table that somebody has had at once."""
    record("export.taken", by=user, at=at, what=kind, asked=asked, form=form, rows=rows)
