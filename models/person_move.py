"""People who help out another team for a while: one row each, over by itself at the time it names.

Moving and bringing back are in `models/moving.py`; what it means for a person is in `User`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Self

from sqlalchemy import ForeignKey, Index, Select, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, SafeText, db
from models.team import Team


class PersonMove(Base):
    """One person in another team from `starts_at` until `ends_at`; `deed` names who went along."""

    __tablename__ = "person_move"
    __table_args__ = (Index("ix_person_move_time", "starts_at", "ends_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    deed: Mapped[str] = mapped_column(index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"), index=True)
    channels: Mapped[list[str]] = mapped_column(ARRAY(SafeText), default=list)
    """Empty: whatever comes."""
    languages: Mapped[list[str]] = mapped_column(ARRAY(SafeText), default=list)
    """Empty: the person's own."""
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    note: Mapped[str] = mapped_column(default="")
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    ended_at: Mapped[datetime | None]
    """Taken back before its time."""
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    user: Mapped[Any] = relationship("User", foreign_keys=[user_id])
    by: Mapped[Any] = relationship("User", foreign_keys=[by_id])
    team: Mapped[Team] = relationship(lazy="joined")

    def stands(self, at: datetime) -> bool:
        return self.ended_at is None and self.starts_at <= at < self.ends_at

    @property
    def over_at(self) -> datetime:
        """When it ended or will end."""
        return min(self.ended_at, self.ends_at) if self.ended_at else self.ends_at

    @classmethod
    def standing(cls, at: datetime) -> Sequence[Self]:
        """Every move that stands at this moment, by team and in the order in which it was made."""
        rows = select(cls).where(cls.ended_at.is_(None), cls.starts_at <= at, cls.ends_at > at)
        return db.session.scalars(rows.order_by(cls.team_id, cls.ends_at, cls.id)).all()

    @classmethod
    def between(cls, start: datetime, end: datetime) -> Sequence[Self]:
        """Every move of which some part falls between two instants."""
        over = func.least(cls.ends_at, cls.ended_at)
        rows = select(cls).where(cls.starts_at < end, over > start, over > cls.starts_at)
        return db.session.scalars(rows.order_by(cls.id)).all()

    @classmethod
    def of_deed(cls, deed: str) -> Select[Self]:
        return select(cls).where(cls.deed == deed).order_by(cls.id)
