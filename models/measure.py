"""Measures: dated rules of the outside world, with every version kept. All of it is data."""

from datetime import date, datetime
from typing import Any, Self

from sqlalchemy import ForeignKey, Select, UniqueConstraint, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, SafeJSON, db


class Measure(Base):
    """A rule by name; what it says stands in its versions."""

    __tablename__ = "measure"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    topic_id: Mapped[str] = mapped_column(ForeignKey("topic.id"))
    retired_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    @classmethod
    def coded(cls, code: str) -> Self | None:
        return db.session.scalar(select(cls).where(cls.code == code))


class MeasureVersion(Base):
    """What a measure said from one day to another."""

    __tablename__ = "measure_version"
    __table_args__ = (UniqueConstraint("measure_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    measure_id: Mapped[int] = mapped_column(ForeignKey("measure.id"))
    version: Mapped[int]
    names: Mapped[dict[str, Any]] = mapped_column(SafeJSON)
    conditions: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    answers: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    scripts: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    """What is said on the telephone, by language."""
    holding: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    """What is said while there is no confirmed answer, by language."""
    promise_days: Mapped[int | None]
    """Within how many working days a confirmed answer is promised."""
    confirmed: Mapped[bool] = mapped_column(default=False)
    decided_by: Mapped[str] = mapped_column(default="")
    quarters: Mapped[list[Any]] = mapped_column(SafeJSON, default=list)
    rules: Mapped[list[Any]] = mapped_column(SafeJSON, default=list)
    """How time limits follow from a quarter or an event: data for `models.deadline`."""
    source: Mapped[str] = mapped_column(default="")
    change: Mapped[str] = mapped_column(default="")
    """What this version changed, in its author's words."""
    author_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    review_by: Mapped[date | None]
    documents: Mapped[list[Any]] = mapped_column(SafeJSON, default=list)
    links: Mapped[list[Any]] = mapped_column(SafeJSON, default=list)
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    request_by: Mapped[date | None]
    pay_by: Mapped[date | None]
    last_verified: Mapped[date | None]
    verified_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    @classmethod
    def in_force(cls, topic_id: str, day: date) -> Select[Self]:
        """The newest version of each measure of a topic that holds on `day`."""
        return (
            select(cls)
            .join(Measure)
            .where(
                Measure.topic_id == topic_id,
                (cls.valid_from.is_(None)) | (cls.valid_from <= day),
                (cls.valid_to.is_(None)) | (cls.valid_to >= day),
            )
            .ext(distinct_on(cls.measure_id))
            .order_by(cls.measure_id, cls.version.desc())
        )

    @classmethod
    def ending(cls, first: date, last: date) -> Select[Self]:
        """The newest versions of which a time limit falls between two days, both included."""
        newest = (
            select(cls.id)
            .ext(distinct_on(cls.measure_id))
            .order_by(cls.measure_id, cls.version.desc())
        )
        ends = [
            column.between(first, last) for column in (cls.request_by, cls.pay_by, cls.valid_to)
        ]
        return select(cls).where(cls.id.in_(newest), or_(*ends)).order_by(cls.id)

    def name(self, language: str) -> str:
        return str(self.names.get(language) or self.names.get("en") or "")

    def ends_between(self, first: date, last: date) -> list[tuple[str, date]]:
        """(which time limit, its day) of those that fall between two days."""
        named = {"request_by": self.request_by, "pay_by": self.pay_by, "valid_to": self.valid_to}
        return [(name, day) for name, day in named.items() if day and first <= day <= last]
