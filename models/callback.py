"""Call-backs: people whom we owe a call, when, why, and how often we have tried."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class Callback(Base):
    """One call that we owe one client (or one number)."""

    __tablename__ = "callback"
    __table_args__ = (
        Index("ix_callback_due", "state", "due_at", postgresql_where="closed_at IS NULL"),
        Index("ix_callback_client", "client_id", postgresql_where="closed_at IS NULL"),
        Index("ix_callback_number", "e164", postgresql_where="closed_at IS NULL"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[int | None] = mapped_column(ForeignKey("client.id"))
    e164: Mapped[str | None]
    raw_number: Mapped[str] = mapped_column(default="")
    language: Mapped[str | None]
    topic_id: Mapped[str | None] = mapped_column(ForeignKey("topic.id"))
    reason: Mapped[str]
    """missed_call, requested, promised, bank_account, dissatisfied, document_missing, problem"""
    note: Mapped[str] = mapped_column(default="")
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)
    call_id: Mapped[int | None] = mapped_column(ForeignKey("call.id"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"))
    problem_id: Mapped[int | None] = mapped_column(ForeignKey("problem.id"), index=True)
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"))
    due_at: Mapped[datetime]
    window_from: Mapped[datetime | None]
    window_to: Mapped[datetime | None]
    priority: Mapped[int] = mapped_column(default=0)
    asked: Mapped[int] = mapped_column(default=1)
    """How often the client has asked or tried since it is open."""
    voicemail: Mapped[bool] = mapped_column(default=False)
    most_attempts: Mapped[int] = mapped_column(default=3)
    state: Mapped[str] = mapped_column(default="open")
    """proposed, open, taken, done, given_up, cancelled"""
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    taken_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    outcome: Mapped[str | None]
    outcome_note: Mapped[str] = mapped_column(default="")


class CallbackAttempt(Base):
    """One try to reach somebody."""

    __tablename__ = "callback_attempt"

    id: Mapped[int] = mapped_column(primary_key=True)
    callback_id: Mapped[int] = mapped_column(ForeignKey("callback.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
    result: Mapped[str]
    """reached, no_answer, busy, wrong_number, voicemail_left"""
    note: Mapped[str] = mapped_column(default="")
