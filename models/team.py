"""Teams: tickets wait in a team's queue."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from sqlalchemy import ForeignKey, Select, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, SafeJSON, SafeText, db


class Assignment(StrEnum):
    """How a team's tickets find somebody."""

    BY_HAND = "by_hand"
    IN_TURN = "in_turn"


class Team(Base):
    """People who answer the same topics."""

    __tablename__ = "team"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    names: Mapped[dict[str, Any]] = mapped_column(SafeJSON)
    position: Mapped[int] = mapped_column(default=0)
    overflow: Mapped[bool] = mapped_column(default=False)
    """Whether tickets may be offered to people without their language."""
    assignment: Mapped[str] = mapped_column(default=Assignment.BY_HAND.value)

    members: Mapped[list["Membership"]] = relationship(back_populates="team")

    def name(self, language: str) -> str:
        return str(self.names.get(language) or self.names.get("en") or self.slug)

    @classmethod
    def in_order(cls) -> Select[Self]:
        return select(cls).order_by(cls.position, cls.id)

    @classmethod
    def named(cls, team_id: int | None) -> Self | None:
        return db.session.get(cls, team_id) if team_id else None

    @classmethod
    def by_slug(cls, slug: str) -> Select[Self]:
        return select(cls).where(cls.slug == slug)


class Membership(Base):
    """A person in a team, with the languages and topics that he or she takes there."""

    __tablename__ = "membership"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"), primary_key=True)
    languages: Mapped[list[str]] = mapped_column(ARRAY(SafeText), default=list)
    """In which this person writes."""
    spoken: Mapped[list[str]] = mapped_column(ARRAY(SafeText), default=list)
    """In which this person takes calls."""
    topics: Mapped[list[str]] = mapped_column(ARRAY(SafeText), default=list)
    """Empty: all topics of the team."""
    since: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    until: Mapped[datetime | None]

    team: Mapped[Team] = relationship(back_populates="members", lazy="joined")
    user: Mapped[Any] = relationship("User", viewonly=True)

    @classmethod
    def sizes(cls) -> dict[int, int]:
        """How many active people each team has, by the team's id."""
        rows = db.session.execute(
            select(cls.team_id, func.count().label("members"))
            .where(cls.until.is_(None), cls.user.has(disabled_at=None))
            .group_by(cls.team_id)
        )
        return {row.team_id: row.members for row in rows}


@dataclass(frozen=True)
class Place:
    """Where somebody works at a moment: as a member, or moved there until later today."""

    team: Team
    languages: Sequence[str] = ()
    """In which this person writes; empty: all."""
    spoken: Sequence[str] = ()
    topics: Sequence[str] = ()
    channels: Sequence[str] = ()
    """Empty: whatever comes."""

    @property
    def team_id(self) -> int:
        return self.team.id

    @classmethod
    def of(cls, member: Membership) -> "Place":
        return cls(member.team, member.languages, member.spoken, member.topics)
