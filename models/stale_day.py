"""Days that were counted and are another now: a contact came late, moved, or was brought along.

Marked in the transaction that changes the day; the clock counts it again. Marks are only added, so
nobody waits for anybody.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Date, cast, delete, func, insert, literal, select
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column

from models import calendar
from models.base import Base, db, now
from models.contact import Contact

IN_HAND = timedelta(minutes=30)
"""What is said so shortly before midnight may be committed after the day was counted."""


class StaleDay(Base):
    """A day to be counted again."""

    __tablename__ = "stale_day"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    day: Mapped[date]
    standing: Mapped[bool] = mapped_column(default=False)
    """Whether also what stood at its end, and at the end of all days since, is another."""

    @classmethod
    def mark(cls, *moments: datetime | None, standing: bool = False) -> None:
        """Something that happened at these moments counts, or counts as something else, now."""
        open_since = calendar.business_day(now() + IN_HAND)
        days = {calendar.business_day(at) for at in moments if at is not None}
        db.session.add_all(
            cls(day=day, standing=standing) for day in sorted(days) if day < open_since
        )

    @classmethod
    def mark_contacts(cls, which: ColumnElement[bool]) -> None:
        """The days on which these contacts were said."""
        cls.mark_all(Contact.said_at, which)

    @classmethod
    def mark_all(
        cls,
        moment: InstrumentedAttribute[Any],
        which: ColumnElement[bool],
        *,
        standing: bool = False,
    ) -> None:
        """The days of that moment of many rows at once; where there is none, no day."""
        day = cast(func.timezone(calendar.BRUSSELS.key, moment), Date)
        days = select(day, literal(standing)).where(which, moment.is_not(None)).distinct()
        db.session.execute(insert(cls).from_select(["day", "standing"], days))

    @classmethod
    def taken(cls) -> tuple[list[date], date | None]:
        """Take all marks away: (their days, the newest first; since when what stood is another)."""
        gone = delete(cls).returning(cls.day, cls.standing)
        rows = db.session.execute(gone.execution_options(synchronize_session=False)).all()
        since = min((day for day, standing in rows if standing), default=None)
        return sorted({day for day, _ in rows}, reverse=True), since

    @classmethod
    def put_back(cls, days: Sequence[date]) -> None:
        """For these there was no time."""
        db.session.add_all(cls(day=day, standing=False) for day in days)
