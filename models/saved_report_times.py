"""When a report leaves by mail, to whom of us, and what became of each time.

A time that passed while nothing ran is made up for once; one row per time, so it leaves once.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Self

from sqlalchemy import ForeignKey, Integer, Select, UniqueConstraint, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models import calendar
from models.base import Base, db
from models.event import record
from models.outbox import Job, later
from models.policy import Verb, may
from models.saved_report import SavedReport
from models.user import User

MOST_RECIPIENTS = 50
LAST_DAY = 28
"""Of a month: every month has it."""


class Every(StrEnum):
    """How often a report leaves by itself."""

    WORKING_DAY = "working_day"
    WEEK = "week"
    MONTH = "month"


class ReportSchedule(Base):
    """When a report leaves, and for whom of us."""

    __tablename__ = "report_schedule"

    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("saved_report.id"), index=True)
    every: Mapped[str] = mapped_column(default=Every.WORKING_DAY.value)
    weekday: Mapped[int] = mapped_column(default=0)
    month_day: Mapped[int] = mapped_column(default=1)
    leaves_at: Mapped[time]
    recipient_ids: Mapped[list[int]] = mapped_column(ARRAY(Integer), default=list)
    with_table: Mapped[bool] = mapped_column(default=True)
    next_at: Mapped[datetime | None] = mapped_column(index=True)
    paused_at: Mapped[datetime | None]
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    ended_at: Mapped[datetime | None]

    report: Mapped[SavedReport] = relationship()
    by: Mapped[User] = relationship(foreign_keys=[by_id])

    @classmethod
    def of(cls, report_id: int) -> Self | None:
        """The one that stands for a report."""
        standing = select(cls).where(cls.report_id == report_id, cls.ended_at.is_(None))
        return db.session.scalar(standing)

    @classmethod
    def standing(cls, report_ids: Sequence[int]) -> dict[int, Self]:
        rows = select(cls).where(cls.report_id.in_(report_ids), cls.ended_at.is_(None))
        return {row.report_id: row for row in db.session.scalars(rows)}

    @classmethod
    def plan(
        cls,
        report: SavedReport,
        every: Every,
        leaves_at: time,
        recipient_ids: Sequence[int],
        *,
        by: User,
        at: datetime,
        weekday: int = 0,
        month_day: int = 1,
        with_table: bool = True,
    ) -> Self:
        """Let it leave so from now on, instead of as it did; raises ValueError for no recipient,
        or for others than oneself where somebody does not lead."""
        chosen = list(dict.fromkeys(recipient_ids))
        if not 0 < len(chosen) <= MOST_RECIPIENTS or not all(map(_receives, chosen)):
            raise ValueError(f"a report goes to one to {MOST_RECIPIENTS} of us")
        if chosen != [by.id] and not may(by, Verb.LEAD):
            raise ValueError("who does not lead sends reports to nobody else")
        if not (0 <= weekday <= 6 and 1 <= month_day <= LAST_DAY):
            raise ValueError("no such day")
        report.hold()
        before = cls.of(report.id)
        if before is not None:
            before.ended_at = at
        made = cls(
            report_id=report.id,
            every=every.value,
            weekday=weekday,
            month_day=month_day,
            leaves_at=leaves_at.replace(second=0, microsecond=0, tzinfo=None),
            recipient_ids=chosen,
            with_table=with_table,
            by_id=by.id,
            at=at,
        )
        made.next_at = made.time_after(at)
        db.session.add(made)
        db.session.flush()
        record("report.planned", by=by, at=at, report=report.id, every=every.value, to=len(chosen))
        return made

    def time_after(self, at: datetime) -> datetime:
        return time_after(at, Every(self.every), self.leaves_at, self.weekday, self.month_day)

    def pause(self, *, by: User, at: datetime) -> None:
        if self.paused_at is None:
            self.paused_at, self.next_at = at, None
            record("report.paused", by=by, at=at, report=self.report_id)

    def go_on(self, *, by: User, at: datetime) -> None:
        """From the next time on; what has passed meanwhile is not sent."""
        if self.paused_at is not None:
            self.paused_at, self.next_at = None, self.time_after(at)
            record("report.goes_on", by=by, at=at, report=self.report_id)

    def end(self, *, by: User, at: datetime) -> None:
        self.ended_at, self.next_at = at, None
        record("report.unplanned", by=by, at=at, report=self.report_id)

    def stop_for_want_of_readers(self, at: datetime) -> None:
        """Nobody of those chosen works here any more."""
        self.paused_at, self.next_at = at, None
        record("report.paused", at=at, report=self.report_id, why="nobody")

    def recipients(self) -> list[User]:
        """Those who still work here."""
        return readers(self.recipient_ids)


class ReportSending(Base):
    """A report that left, or could not, for one of its times, or on somebody's wish."""

    __tablename__ = "report_sending"
    __table_args__ = (UniqueConstraint("schedule_id", "due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("saved_report.id"), index=True)
    schedule_id: Mapped[int | None] = mapped_column(ForeignKey("report_schedule.id"))
    to_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    """Who wanted it at once, for him- or herself; empty: its time had come."""
    due_at: Mapped[datetime]
    made_at: Mapped[datetime | None]
    recipients: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(default="")

    report: Mapped[SavedReport] = relationship()
    schedule: Mapped[ReportSchedule | None] = relationship()

    @classmethod
    def named(cls, sending_id: int) -> Self | None:
        return db.session.get(cls, sending_id)

    @classmethod
    def of(cls, report_id: int) -> Select[Self]:
        """The latest first."""
        return select(cls).where(cls.report_id == report_id).order_by(cls.due_at.desc(), cls.id)

    @classmethod
    def want(cls, report: SavedReport, *, by: User, at: datetime) -> Self:
        """Now, to oneself."""
        made = cls(report_id=report.id, to_id=by.id, due_at=at)
        made._promise()
        record("report.wanted", by=by, at=at, report=report.id)
        return made

    @classmethod
    def begin_due(cls, at: datetime) -> int:
        """Promise what is due at `at`: of several times that passed, the last; returns how many.

        Each schedule is held while that is written, so two clocks do no harm.
        """
        due = (
            select(ReportSchedule)
            .join(SavedReport, SavedReport.id == ReportSchedule.report_id)
            .where(
                ReportSchedule.next_at <= at,
                ReportSchedule.ended_at.is_(None),
                ReportSchedule.paused_at.is_(None),
                SavedReport.archived_at.is_(None),
            )
            .with_for_update(skip_locked=True, of=ReportSchedule)
        )
        begun = 0
        for schedule in db.session.scalars(due).all():
            assert schedule.next_at is not None
            last = schedule.next_at
            while (following := schedule.time_after(last)) <= at:
                last = following
            schedule.next_at = following
            cls(report_id=schedule.report_id, schedule_id=schedule.id, due_at=last)._promise()
            begun += 1
        return begun

    def readers(self) -> list[User]:
        if self.to_id is not None:
            return readers([self.to_id])
        return self.schedule.recipients() if self.schedule is not None else []

    @property
    def with_table(self) -> bool:
        return self.schedule is None or self.schedule.with_table

    def _promise(self) -> None:
        db.session.add(self)
        db.session.flush()
        later(Job.REPORT, self.id)


def readers(user_ids: Sequence[int]) -> list[User]:
    """Those of these people who work here and may see figures, in that order."""
    found = [User.named(user_id) for user_id in user_ids]
    return [user for user in found if user is not None and may(user, Verb.SEE_FIGURES)]


def time_after(
    at: datetime, every: Every, leaves_at: time, weekday: int = 0, month_day: int = 1
) -> datetime:
    """The first time after `at`, by the clock of Brussels.

    A day off is passed over each working day; once a week or a month it is made up for on the
    working day after, unless a weekday of the weekend is what was chosen.
    """
    day = calendar.business_day(at) - timedelta(days=10)
    while True:
        if _due_on(day, every, weekday, month_day):
            meant = every is Every.WEEK and weekday >= 5
            leaves_on = day if meant else _working(day)
            moment = calendar.start_of(leaves_on, leaves_at)
            if moment > at:
                return moment
        day += timedelta(days=1)


def _due_on(day: date, every: Every, weekday: int, month_day: int) -> bool:
    if every is Every.WORKING_DAY:
        return calendar.working_day(day)
    return day.weekday() == weekday if every is Every.WEEK else day.day == month_day


def _working(day: date) -> date:
    return day if calendar.working_day(day) else calendar.working_day_after(day)


def _receives(user_id: int) -> bool:
    return bool(readers([user_id]))
