"""Pairs of problems that may be one: proposed by the engine, answered by people, kept for good."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, SafeJSON
from models.problem import Problem
from models.user import User


class Likeness(Base):
    """Two problems that look alike; the one with the smaller number comes first."""

    __tablename__ = "likeness"
    __table_args__ = (UniqueConstraint("first_id", "second_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    first_id: Mapped[int] = mapped_column(ForeignKey("problem.id"))
    second_id: Mapped[int] = mapped_column(ForeignKey("problem.id"), index=True)
    score: Mapped[float]
    evidence: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    proposed_at: Mapped[datetime]
    answer: Mapped[str | None]
    """same, different; empty: nobody has answered yet"""
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    answered_at: Mapped[datetime | None]

    first: Mapped[Problem] = relationship(foreign_keys=[first_id])
    second: Mapped[Problem] = relationship(foreign_keys=[second_id])
    by: Mapped[User | None] = relationship()
