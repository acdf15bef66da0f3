"""When somebody is not there: what waits for that person goes back to the teams."""

from datetime import date, datetime
from typing import Any, Self

from sqlalchemy import ColumnElement, ForeignKey, Index, Select, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, SafeJSON, db
from models.user import User


class Absence(Base):
    """One stretch of days; without a last day it lasts until somebody ends it."""

    __tablename__ = "absence"
    __table_args__ = (Index("ix_absence_days", "first_day", "last_day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    first_day: Mapped[date]
    last_day: Mapped[date | None]
    note: Mapped[str] = mapped_column(default="")
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
    released_at: Mapped[datetime | None]
    released: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    """What was given back, so that ending the absence at once can undo it."""
    ended_at: Mapped[datetime | None]

    user: Mapped[User] = relationship(foreign_keys=[user_id])

    @classmethod
    def on(cls, day: date) -> ColumnElement[bool]:
        """The condition under which a row says that somebody is not there on `day`."""
        return cls.between(day, day)

    @classmethod
    def between(cls, first: date, last: date) -> ColumnElement[bool]:
        return (
            cls.ended_at.is_(None)
            & (cls.first_day <= last)
            & or_(cls.last_day.is_(None), cls.last_day >= first)
        )

    @classmethod
    def absent(cls, day: date) -> Select[int]:
        """The ids of who is not there on `day`."""
        return select(cls.user_id).where(cls.on(day))

    @classmethod
    def of(cls, user: User, day: date) -> Self | None:
        """The stretch in which `day` falls for this person."""
        rows = select(cls).where(cls.user_id == user.id, cls.on(day))
        return db.session.scalar(rows.order_by(cls.first_day, cls.id).limit(1))

    @classmethod
    def same(cls, user: User, first: date, last: date | None) -> Self | None:
        """What was marked already for exactly these days and has not ended."""
        rows = select(cls).where(
            cls.user_id == user.id,
            cls.first_day == first,
            cls.last_day.is_not_distinct_from(last),
            cls.ended_at.is_(None),
        )
        return db.session.scalar(rows.limit(1))

    @classmethod
    def without_end(cls, user: User) -> list[Self]:
        """What lasts until somebody ends it."""
        rows = select(cls).where(
            cls.user_id == user.id, cls.last_day.is_(None), cls.ended_at.is_(None)
        )
        return list(db.session.scalars(rows.order_by(cls.id)))

    @classmethod
    def named(cls, absence_id: int) -> Self | None:
        return db.session.get(cls, absence_id)

    @classmethod
    def standing(cls, first: date, last: date) -> list[Self]:
        """Every stretch that touches these days, by person."""
        rows = select(cls).join(User, User.id == cls.user_id).where(cls.between(first, last))
        return list(db.session.scalars(rows.order_by(User.name, cls.first_day)))

    def covers(self, day: date) -> bool:
        return self.first_day <= day and (self.last_day is None or day <= self.last_day)
