"""What came in by half hours, kept for good: the ground of forecasts and of the heat map."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Self

from sqlalchemy import Interval, cast, delete, func, insert, literal_column, select
from sqlalchemy.orm import Mapped, mapped_column

from models import calendar
from models.base import Base, db
from models.contact import Contact
from models.ticket import Ticket

HALF_HOUR = timedelta(minutes=30)
LOOKS_BACK = 400
"""Days within which what was never counted is made up for."""
_ANY_MIDNIGHT = calendar.start_of(date(2020, 1, 1))


class HalfHourCounter(Base):
    """How many contacts came in within the half hour that begins at `starts_at`."""

    __tablename__ = "half_hour_counter"

    starts_at: Mapped[datetime] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    topic_id: Mapped[str] = mapped_column(primary_key=True, default="")
    language: Mapped[str] = mapped_column(primary_key=True, default="")
    contacts: Mapped[int] = mapped_column(default=0)

    @classmethod
    def recount(cls, day: date) -> None:
        """Write the day's half hours anew from its contacts; 46 or 50 where the clocks change."""
        start, end = calendar.bounds(day)
        starts_at = func.date_bin(cast(HALF_HOUR, Interval), Contact.said_at, _ANY_MIDNIGHT)
        cells = (
            starts_at,
            Contact.channel,
            func.coalesce(Contact.topic_id, ""),
            func.coalesce(Contact.language, ""),
        )
        counted = (
            select(*cells, func.count())
            .where(Contact.counted(start, end))
            .group_by(*(literal_column(str(place)) for place in range(1, 5)))
        )
        columns = ["starts_at", "channel", "topic_id", "language", "contacts"]
        db.session.execute(delete(cls).where(cls.starts_at >= start, cls.starts_at < end))
        db.session.execute(insert(cls).from_select(columns, counted))

    @classmethod
    def close(cls, at: datetime) -> int:
        """Count the days before that of `at` that have not been counted; returns how many."""
        yesterday = calendar.business_day(at) - timedelta(days=1)
        begun = db.session.scalar(select(func.min(Ticket.opened_at)))
        if begun is None:
            return 0
        first = max(calendar.business_day(begun), yesterday - timedelta(days=LOOKS_BACK))
        start, end = calendar.start_of(first), calendar.start_of(yesterday + timedelta(days=1))
        known = select(cls.starts_at).distinct().where(cls.starts_at >= start, cls.starts_at < end)
        counted = {calendar.business_day(starts_at) for starts_at in db.session.scalars(known)}
        days = (first + timedelta(days=step) for step in range((yesterday - first).days + 1))
        owed = [day for day in days if day not in counted]
        for day in owed:
            cls.recount(day)
        return len(owed)

    @classmethod
    def between(cls, first: date, last: date, channel: str | None = None) -> Sequence[Self]:
        """The half hours of these days, in order; those in which nobody came have no row."""
        start = calendar.start_of(first)
        end = calendar.start_of(last + timedelta(days=1))
        rows = select(cls).where(cls.starts_at >= start, cls.starts_at < end)
        if channel is not None:
            rows = rows.where(cls.channel == channel)
        return db.session.scalars(
            rows.order_by(cls.starts_at, cls.channel, cls.topic_id, cls.language)
        ).all()

    @classmethod
    def first_day(cls) -> date | None:
        """Since when half hours are known."""
        first = db.session.scalar(select(func.min(cls.starts_at)))
        return calendar.business_day(first) if first is not None else None
