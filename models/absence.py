"""When somebody is not there: what waits for that person goes back to the teams."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, SafeJSON


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
