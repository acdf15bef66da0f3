"""What was expected to come in, kept as it was said, so that it can be judged afterwards."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Self

from sqlalchemy import Date, ForeignKey, Index, Integer, cast, delete, func, insert, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Mapped, mapped_column

from models import calendar
from models.base import Base, SafeJSON, db

WHOLE_DAY = 24 * 60
HALF_HOUR = 30
ALL = ""
"""As a channel: all of them together."""


@dataclass(frozen=True)
class Expected:
    """How many contacts were expected from `starts_at` on; nine of ten lie from low to high."""

    starts_at: datetime
    minutes: int
    expected: float
    low: float
    high: float
    dispersion: float = 0.0

    @property
    def day(self) -> date:
        return calendar.business_day(self.starts_at)


class ForecastRun(Base):
    """One forecast, made at one moment from what was known then."""

    __tablename__ = "forecast_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    made_on: Mapped[date] = mapped_column(unique=True)
    made_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    method: Mapped[str] = mapped_column(default="")
    days_known: Mapped[int] = mapped_column(default=0)
    facts: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)

    @classmethod
    def latest(cls) -> Self | None:
        return db.session.scalar(select(cls).order_by(cls.made_on.desc()).limit(1))

    @classmethod
    def of(cls, day: date) -> Self | None:
        return db.session.scalar(select(cls).where(cls.made_on == day))

    @classmethod
    def made_afterwards(cls, first: date, last: date) -> set[date]:
        """The days of which the forecast was made later, as it would have been said."""
        rows = select(cls.made_on).where(
            cls.made_on.between(first, last), cls.facts["afterwards"].astext == "true"
        )
        return set(db.session.scalars(rows))

    @classmethod
    def begin(
        cls, made_on: date, at: datetime, method: str, days_known: int, facts: dict[str, Any]
    ) -> Self:
        """The day's forecast; one that was made earlier on the same day is forgotten."""
        db.session.execute(delete(cls).where(cls.made_on == made_on))
        made = cls(made_on=made_on, made_at=at, method=method, days_known=days_known, facts=facts)
        db.session.add(made)
        db.session.flush()
        return made

    def keep(self, channel: str, topic_id: str, rows: Iterable[Expected]) -> None:
        """What it says of one channel and topic."""
        said = [
            {
                "run_id": self.id,
                "channel": channel,
                "topic_id": topic_id,
                "starts_at": one.starts_at,
                "minutes": one.minutes,
                "expected": one.expected,
                "low": one.low,
                "high": one.high,
                "dispersion": one.dispersion,
            }
            for one in rows
        ]
        if said:
            db.session.execute(insert(Forecast), said)


class Forecast(Base):
    """How much was expected in `minutes` from `starts_at`; nine of ten lie from low to high."""

    __tablename__ = "forecast"
    __table_args__ = (Index("ix_forecast_starts", "starts_at"),)

    run_id: Mapped[int] = mapped_column(
        ForeignKey("forecast_run.id", ondelete="CASCADE"), primary_key=True
    )
    channel: Mapped[str] = mapped_column(primary_key=True)
    topic_id: Mapped[str] = mapped_column(primary_key=True, default="")
    starts_at: Mapped[datetime] = mapped_column(primary_key=True)
    minutes: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    expected: Mapped[float]
    low: Mapped[float]
    high: Mapped[float]
    dispersion: Mapped[float] = mapped_column(default=0.0)
    """Of the negative binomial that gives any other interval."""

    @classmethod
    def sweep(cls, before: datetime) -> None:
        """Half hours of long ago are forgotten; days are kept, to be judged."""
        db.session.execute(delete(cls).where(cls.minutes == HALF_HOUR, cls.starts_at < before))


class HandlingTime(Base):
    """How long one contact takes us, said by somebody where it cannot be measured."""

    __tablename__ = "handling_time"

    channel: Mapped[str] = mapped_column(primary_key=True)
    topic_id: Mapped[str] = mapped_column(primary_key=True, default="")
    minutes: Mapped[float]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())


def expected(
    first_day: date, last_day: date, channel: str = ALL, topic_id: str = ""
) -> list[Expected]:
    """What was expected of each of these days, in order.

    Of a day that has begun: as it was said at the latest on that day. A day that no forecast
    covers is left out.
    """
    return _said(first_day, last_day, channel, topic_id, WHOLE_DAY)


def expected_half_hours(
    first_day: date, last_day: date, channel: str = ALL, topic_id: str = ""
) -> list[Expected]:
    """The same by half hours."""
    return _said(first_day, last_day, channel, topic_id, HALF_HOUR)


def said_before(
    first_day: date, last_day: date, channel: str, days_before: int
) -> list[tuple[date, Expected]]:
    """(the day on which it was said, what was said) of each day, at least so many days ahead."""
    return _rows(first_day, last_day, channel, "", WHOLE_DAY, days_before)


def _said(
    first_day: date, last_day: date, channel: str, topic_id: str, minutes: int
) -> list[Expected]:
    return [one for _, one in _rows(first_day, last_day, channel, topic_id, minutes, 0)]


def _rows(
    first_day: date, last_day: date, channel: str, topic_id: str, minutes: int, ahead: int
) -> list[tuple[date, Expected]]:
    start, end = calendar.start_of(first_day), calendar.start_of(last_day + timedelta(days=1))
    on = cast(func.timezone("Europe/Brussels", Forecast.starts_at), Date)
    rows = db.session.execute(
        select(
            ForecastRun.made_on,
            Forecast.starts_at,
            Forecast.minutes,
            Forecast.expected,
            Forecast.low,
            Forecast.high,
            Forecast.dispersion,
        )
        .join(ForecastRun, ForecastRun.id == Forecast.run_id)
        .where(
            Forecast.channel == channel,
            Forecast.topic_id == topic_id,
            Forecast.minutes == minutes,
            Forecast.starts_at >= start,
            Forecast.starts_at < end,
            ForecastRun.made_on <= on - cast(ahead, Integer),
        )
        .ext(distinct_on(Forecast.starts_at))
        .order_by(Forecast.starts_at, ForecastRun.made_on.desc())
    )
    return [(row[0], Expected(*row[1:])) for row in rows]


def topics_foreseen() -> list[str]:
    """The topics of which the latest forecast speaks, the largest first."""
    rows = db.session.execute(
        select(Forecast.topic_id)
        .join(ForecastRun, ForecastRun.id == Forecast.run_id)
        .where(
            Forecast.topic_id != "",
            ForecastRun.made_on == select(func.max(ForecastRun.made_on)).scalar_subquery(),
        )
        .group_by(Forecast.topic_id)
        .order_by(func.sum(Forecast.expected).desc(), Forecast.topic_id)
    )
    return [topic_id for (topic_id,) in rows]
