"""What we promise: working hours until the first answer, by team and topic, and when we work."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Self

from sqlalchemy import ForeignKey, Index, Select, delete, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from models import business_time, calendar
from models.base import Base, db, read_once
from models.business_time import USUAL_WEEK, Week
from models.event import record
from models.ticket_row import TicketRow
from models.topic import Topic
from models.user import User

USUAL_DAYS = 3
"""Working days within which what has no topic yet is answered."""
LONGEST_PROMISE = 60 * 24 * 60
"""Minutes of business time: nobody promises more than some months."""


def business_minutes(start: datetime, end: datetime, team_id: int | None) -> int:
    """Whole minutes of open time between two instants; negative when `end` comes first."""
    return int(business_time.worked(start, end, OpeningHours.week_of(team_id)).total_seconds() / 60)


def business_after(start: datetime, minutes: float, team_id: int | None) -> datetime:
    """The instant at which so many minutes of the team's open time have passed since `start`."""
    week = OpeningHours.week_of(team_id)
    return business_time.after(start, timedelta(minutes=minutes), week)


def promise(ticket: TicketRow, start: datetime | None = None) -> datetime:
    """By when we owe an answer to what came at `start` (else: since the ticket was opened)."""
    start = start or ticket.opened_at
    level = ServiceLevel.of(ticket.team_id, ticket.topic_id)
    if level is not None:
        return business_after(start, level.answer_minutes, ticket.team_id)
    topic = Topic.named(ticket.topic_id)
    return calendar.due_after(start, topic.answer_days if topic is not None else USUAL_DAYS)


class ServiceLevel(Base):
    """A promise; the most exact row for a ticket counts (topic before team before neither)."""

    __tablename__ = "service_level"
    __table_args__ = (
        Index(
            "uq_service_level_of",
            "team_id",
            "topic_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"))
    topic_id: Mapped[str | None] = mapped_column(ForeignKey("topic.id"))
    answer_minutes: Mapped[int]
    """Of business time, until a person has answered."""
    warn_minutes: Mapped[int]
    """Of business time, so long before the end the warning shows."""

    @classmethod
    def of(cls, team_id: int | None, topic_id: str | None) -> Self | None:
        """The row that counts for a ticket of this team and topic."""
        fitting = select(cls).where(
            or_(cls.team_id.is_(None), cls.team_id == team_id),
            or_(cls.topic_id.is_(None), cls.topic_id == topic_id),
        )
        exact = (cls.topic_id.is_not(None).desc(), cls.team_id.is_not(None).desc())
        return db.session.scalar(fitting.order_by(*exact).limit(1))

    @classmethod
    def in_order(cls) -> Select[Self]:
        return select(cls).order_by(cls.team_id.nulls_first(), cls.topic_id.nulls_first())

    @classmethod
    def most_exact_first(cls) -> list[Self]:
        exact = (cls.topic_id.is_not(None).desc(), cls.team_id.is_not(None).desc(), cls.id)
        ordered = select(cls).order_by(*exact)
        return list(read_once("service levels", lambda: db.session.scalars(ordered).all()))

    @classmethod
    def named(cls, level_id: int) -> Self | None:
        return db.session.get(cls, level_id)

    @classmethod
    def give(
        cls, team_id: int | None, topic_id: str | None, answer: int, warn: int, *, by: User
    ) -> Self:
        """Promise it from now on; raises ValueError for what cannot be kept."""
        if not 1 <= answer <= LONGEST_PROMISE or not 0 <= warn < answer:
            raise ValueError("a promise has minutes, and the warning comes before its end")
        same = (
            cls.team_id.is_not_distinct_from(team_id),
            cls.topic_id.is_not_distinct_from(topic_id),
        )
        level = db.session.scalar(select(cls).where(*same))
        before = None if level is None else [level.answer_minutes, level.warn_minutes]
        if level is None:
            level = cls(team_id=team_id, topic_id=topic_id)
            db.session.add(level)
        level.answer_minutes, level.warn_minutes = answer, warn
        db.session.flush()
        record(
            "promise.given",
            by=by,
            team=team_id,
            topic=topic_id,
            before=before,
            after=[answer, warn],
        )
        return level

    def withdraw(self, *, by: User) -> None:
        """What the topic itself says counts again; promises already made stay."""
        stood = [self.answer_minutes, self.warn_minutes]
        record("promise.withdrawn", by=by, team=self.team_id, topic=self.topic_id, before=stood)
        db.session.delete(self)


class OpeningHours(Base):
    """When a team works on one weekday (0 = Monday); without a team: everybody."""

    __tablename__ = "opening_hours"
    __table_args__ = (
        Index(
            "uq_opening_hours_of",
            "team_id",
            "weekday",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"))
    weekday: Mapped[int]
    opens: Mapped[time]
    closes: Mapped[time]

    @classmethod
    def week_of(cls, team_id: int | None) -> Week:
        """The team's own week, else everybody's, else Monday to Friday from 8:30 to 17:00."""
        ours = select(cls).where(or_(cls.team_id.is_(None), cls.team_id == team_id))
        rows = read_once(f"week of {team_id}", lambda: db.session.scalars(ours).all())
        chosen = [row for row in rows if row.team_id is not None] or rows
        return {row.weekday: (row.opens, row.closes) for row in chosen} or USUAL_WEEK

    @classmethod
    def teams_with_own(cls) -> list[int]:
        """The teams that have a week of their own."""
        own = select(cls.team_id).where(cls.team_id.is_not(None)).distinct()
        return [team_id for team_id in db.session.scalars(own) if team_id is not None]

    @classmethod
    def own_week(cls, team_id: int | None) -> Week:
        """What was set for exactly this team (None: for everybody); empty when nothing was."""
        rows = db.session.scalars(select(cls).where(cls.team_id.is_not_distinct_from(team_id)))
        return {row.weekday: (row.opens, row.closes) for row in rows}

    @classmethod
    def keep(cls, team_id: int | None, week: Mapping[int, tuple[time, time]], *, by: User) -> None:
        """Exactly these hours; an empty week is no week of its own. Raises ValueError."""
        if any(not 0 <= day <= 6 or opens >= closes for day, (opens, closes) in week.items()):
            raise ValueError("a day closes after it has opened")
        db.session.execute(delete(cls).where(cls.team_id.is_not_distinct_from(team_id)))
        for day, (opens, closes) in sorted(week.items()):
            db.session.add(cls(team_id=team_id, weekday=day, opens=opens, closes=closes))
        told = {str(day): f"{opens:%H:%M}-{closes:%H:%M}" for day, (opens, closes) in week.items()}
        record("hours.set", by=by, team=team_id, week=told)
        db.session.flush()
