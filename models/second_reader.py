"""Newcomers: what they write waits for a colleague, topic by topic, until they are released."""

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class Newcomer(Base):
    """A person whose answers a colleague reads first."""

    __tablename__ = "newcomer"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    since: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    until: Mapped[datetime | None]


class Release(Base):
    """A topic in which a newcomer's answers leave at once."""

    __tablename__ = "release"
    __table_args__ = (UniqueConstraint("user_id", "topic_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    topic_id: Mapped[str] = mapped_column(ForeignKey("topic.id"))
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]


class SecondReader(Base):
    """An agent who may read what newcomers write, by a manager's word."""

    __tablename__ = "second_reader"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    since: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    until: Mapped[datetime | None]
