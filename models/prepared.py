"""Answers to everybody whom a problem has hit: one per ticket, prepared, looked at, then sent."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, SafeJSON
from models.problem import Problem
from models.ticket import Ticket
from models.user import User


class Readiness(StrEnum):
    """How far one prepared answer has come."""

    PREPARED = "prepared"
    LEFT_OUT = "left_out"
    SENT = "sent"


class ReplyToAll(Base):
    """One text, per language, for all who are affected by a problem."""

    __tablename__ = "reply_to_all"

    id: Mapped[int] = mapped_column(primary_key=True)
    problem_id: Mapped[int] = mapped_column(ForeignKey("problem.id"), index=True)
    texts: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]

    problem: Mapped[Problem] = relationship()
    by: Mapped[User] = relationship()


class PreparedAnswer(Base):
    """The answer that one ticket would get."""

    __tablename__ = "prepared_answer"
    __table_args__ = (UniqueConstraint("reply_id", "ticket_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    reply_id: Mapped[int] = mapped_column(ForeignKey("reply_to_all.id"))
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    language: Mapped[str]
    text: Mapped[str]
    state: Mapped[str] = mapped_column(default=Readiness.PREPARED.value)
    why: Mapped[str] = mapped_column(default="")
    """Why it was left out."""
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"))

    reply: Mapped[ReplyToAll] = relationship()
    ticket: Mapped[Ticket] = relationship()
