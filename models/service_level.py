"""What we promise: working hours until the first answer, by team and topic, and when we work."""

from datetime import time

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


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
