"""What is kept of a mailing: its columns. What can be done with it is in `mailing`."""

from datetime import datetime, time
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, func
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from models.base import Base, SafeJSON
from models.user import User

PRIORITY = 7
"""Of its mails: behind the answers of people and what we confirm by ourselves."""


class MailingState(StrEnum):
    """How far a mailing has come."""

    DRAFT = "draft"
    COUNTING = "counting"
    """Its recipients are being written down by a worker."""
    COUNTED = "counted"
    """Everybody who gets it stands in a row; nothing has left. With `approved_at`: let go."""
    ASKED = "asked"
    """Waits for the word of a second person."""
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    CANCELLED = "cancelled"


class MailingPurpose(StrEnum):
    """Why it is sent: it decides whether one may opt out of it."""

    SERVICE = "service"
    """About the client's own matter, or what the law makes us tell: nobody opts out of it."""
    INFORMATION = "information"
    CHANGE = "change"
    """You said, we changed: with the question whether it helped."""


class MailingRow(Base):
    """One mailing, as a row."""

    __abstract__ = True
    __tablename__ = "mailing"
    __table_args__ = (
        Index("ix_mailing_running", "id", postgresql_where="state IN ('counting', 'running')"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    purpose: Mapped[str] = mapped_column(default=MailingPurpose.SERVICE.value)
    state: Mapped[str] = mapped_column(default=MailingState.DRAFT.value)
    audience: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    """`kind` (filter, problem, measure, csv, prepared, round) and what it takes to find the people;
    `fallback`: whether another language will do where nothing is written in the client's own."""
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The rows of a CSV, encrypted."""
    subjects: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    texts: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    topic_id: Mapped[str | None] = mapped_column(ForeignKey("topic.id"))
    measure_id: Mapped[int | None] = mapped_column(ForeignKey("measure.id"), index=True)
    answer_version_id: Mapped[int | None] = mapped_column(ForeignKey("measure_version.id"))
    """Which answer stands for `{answer}` in its texts: a later one changes nothing here."""
    problem_id: Mapped[int | None] = mapped_column(ForeignKey("problem.id"), index=True)
    action_id: Mapped[int | None] = mapped_column(ForeignKey("action.id"), index=True)
    """The decided action whose effect is measured from its first mail on."""
    reply_id: Mapped[int | None] = mapped_column(ForeignKey("reply_to_all.id"), index=True)
    """The prepared answers that it sends on the tickets' own threads."""
    round_id: Mapped[int | None] = mapped_column(ForeignKey("call_round.id"), index=True)
    on_threads: Mapped[bool] = mapped_column(default=False)
    close_as: Mapped[str | None]
    """The disposition with which each ticket ends once its mail has left."""
    per_minute: Mapped[int] = mapped_column(default=60)
    start_at: Mapped[datetime | None]
    window_from: Mapped[time | None]
    """The hours of a day in which it may leave, by the clock of Brussels."""
    window_to: Mapped[time | None]
    working_days: Mapped[bool] = mapped_column(default=True)
    external_event_id: Mapped[int | None] = mapped_column(ForeignKey("external_event.id"))
    """How the expectation of contacts knows of it."""
    wave: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    """The contacts that were forecast when it was started."""
    created_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    changed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    """Who changed its words or its people last."""
    asked_at: Mapped[datetime | None]
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    approved_at: Mapped[datetime | None]
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    sent_back: Mapped[str] = mapped_column(default="")
    """What the second person wants changed."""
    counted_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    started_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    first_sent_at: Mapped[datetime | None]
    """When its first mail left: from then on it has an effect."""
    paused_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    last_error: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    __mapper_args__ = {"version_id_col": version}

    @declared_attr
    def created_by(cls) -> Mapped[User]:
        return relationship(foreign_keys=f"{cls.__name__}.created_by_id")

    @declared_attr
    def approved_by(cls) -> Mapped[User | None]:
        return relationship(foreign_keys=f"{cls.__name__}.approved_by_id")

    @declared_attr
    def started_by(cls) -> Mapped[User | None]:
        return relationship(foreign_keys=f"{cls.__name__}.started_by_id")
