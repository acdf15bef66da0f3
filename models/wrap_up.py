"""How a call ended: one record per matter, with what was told and what was promised."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Self

from sqlalchemy import ForeignKey, Index, Select, func, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, db
from models.call import Call
from models.ending import TIMED_OUT
from models.event import record
from models.user import User

TIME = timedelta(seconds=60)
"""For wrapping up, once more on request; afterwards the call waits on its agent's list."""


class Misinformed(StrEnum):
    """Who had told the client something wrong."""

    COUNTER = "counter"
    ACCOUNTANT = "accountant"
    SITE = "site"
    US = "us"


class WrapUp(Base):
    """The work after a call; without a disposition it stays on its agent's list."""

    __tablename__ = "wrap_up"
    __table_args__ = (
        Index(
            "ix_wrap_up_answer",
            "answer_version_id",
            postgresql_where="answer_version_id IS NOT NULL",
        ),
        Index("ix_wrap_up_owed", "user_id", "began_at", postgresql_where="finished_at IS NULL"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    call_id: Mapped[int | None] = mapped_column(ForeignKey("call.id"), index=True)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"), index=True)
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)
    disposition: Mapped[str | None]
    told: Mapped[str] = mapped_column(default="")
    answer_version_id: Mapped[int | None] = mapped_column(ForeignKey("measure_version.id"))
    """The version of the approved answer that was given."""
    promise: Mapped[str] = mapped_column(default="")
    promise_on: Mapped[date | None]
    promise_kept_at: Mapped[datetime | None]
    misinformed_by: Mapped[str | None]
    """counter, accountant, site, us"""
    began_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    extended: Mapped[bool] = mapped_column(default=False)
    timed_out_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]

    call: Mapped[Call | None] = relationship()
    user: Mapped[User] = relationship()

    def runs(self, at: datetime) -> bool:
        """Whether its time is not over yet."""
        return self.finished_at is None and self.ends_at is not None and at < self.ends_at

    @classmethod
    def named(cls, wrap_up_id: int) -> Self | None:
        return db.session.get(cls, wrap_up_id)

    @classmethod
    def begin(cls, user: User, call: Call, at: datetime) -> Self:
        """The clock after a call that `user` has answered; it runs once for each call."""
        made = cls(user_id=user.id, call_id=call.id, began_at=at, ends_at=at + TIME)
        db.session.add(made)
        db.session.flush()
        record("call.wrap_up_began", at=at, call=call.id, user=user.id)
        return made

    @classmethod
    def of_call(cls, call_id: int | None) -> Self | None:
        """The first of a call: the one with the clock."""
        if call_id is None:
            return None
        return db.session.scalar(
            select(cls).where(cls.call_id == call_id).order_by(cls.id).limit(1)
        )

    @classmethod
    def of_contact(cls, contact_id: int) -> Self | None:
        return db.session.scalar(
            select(cls).where(cls.contact_id == contact_id).order_by(cls.id).limit(1)
        )

    @classmethod
    def owed_by(cls, user: User) -> Select[Self]:
        """What `user` still has to finish, the oldest first."""
        return (
            select(cls)
            .where(cls.user_id == user.id, cls.finished_at.is_(None))
            .order_by(cls.began_at, cls.id)
        )

    def extend(self, at: datetime) -> bool:
        """As much time again, once, and only while it runs; False when that is not so."""
        if self.extended or not self.runs(at):
            return False
        assert self.ends_at is not None
        self.ends_at, self.extended = self.ends_at + TIME, True
        record("call.wrap_up_extended", at=at, call=self.call_id, user=self.user_id)
        return True

    @classmethod
    def time_out(cls, at: datetime) -> list[Self]:
        """Those whose time is over say so; nobody's word on how the call ended is invented."""
        late = list(
            db.session.scalars(
                select(cls)
                .where(cls.finished_at.is_(None), cls.timed_out_at.is_(None), cls.ends_at <= at)
                .with_for_update(skip_locked=True)
            )
        )
        for one in late:
            one.disposition, one.timed_out_at = TIMED_OUT, at
            record("call.wrap_up_timed_out", at=at, call=one.call_id, user=one.user_id)
        return late

    def finish(self, disposition: str, at: datetime) -> None:
        """A person has said how it ended; that the time had run out stays known."""
        self.disposition, self.finished_at = disposition, at

    @classmethod
    def timed_out_between(cls, start: datetime, end: datetime) -> int:
        """How many ran out of time, finished since or not."""
        counted = select(func.count()).where(cls.timed_out_at >= start, cls.timed_out_at < end)
        return db.session.scalar(counted) or 0
