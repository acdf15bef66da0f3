"""Days on which the house is closed, or open, against the calendar of public holidays."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Self

from sqlalchemy import ForeignKey, func, select
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, SafeJSON, db
from models.event import record
from models.user import User

_READ = "closing_days"
"""Under this name a session keeps what it has read: one question a request, however many days."""


class ClosingDay(Base):
    """One such day, with its name in the languages of the house."""

    __tablename__ = "closing_day"

    day: Mapped[date] = mapped_column(primary_key=True)
    closed: Mapped[bool] = mapped_column(default=True)
    names: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    def name(self, language: str) -> str:
        return str(self.names.get(language) or next(iter(self.names.values()), ""))

    @classmethod
    def from_day(cls, day: date) -> list[Self]:
        return list(db.session.scalars(select(cls).where(cls.day >= day).order_by(cls.day)))

    @classmethod
    def keep(
        cls, day: date, closed: bool, names: dict[str, str], *, by: User, at: datetime
    ) -> Self:
        """The house is closed, or open, on this day; said again it is changed."""
        row = db.session.merge(cls(day=day, closed=closed, names=names, by_id=by.id, at=at))
        db.session.flush()
        record("calendar.day_set", by=by, day=str(day), closed=closed, names=names)
        forget()
        return row

    def drop(self, *, by: User) -> None:
        """The ordinary rule counts for this day again."""
        record(
            "calendar.day_dropped",
            by=by,
            day=str(self.day),
            closed=self.closed,
            names=dict(self.names),
        )
        db.session.delete(self)
        db.session.flush()
        forget()


def said_by_the_house() -> Mapping[date, bool]:
    """Whether it is closed on days of which it says so; nothing where no application runs."""
    try:
        session = db.session()
    except RuntimeError:
        return {}
    if _READ not in session.info:
        with session.no_autoflush:
            rows = session.execute(select(ClosingDay.day, ClosingDay.closed))
            session.info[_READ] = {row.day: row.closed for row in rows}
    found: Mapping[date, bool] = session.info[_READ]
    return found


def forget() -> None:
    """Read anew what was changed in this session."""
    db.session().info.pop(_READ, None)
