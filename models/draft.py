"""Answers and notes that are still being written, and who is looking at a ticket."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, SafeJSON


class Draft(Base):
    """What one person has typed on one ticket and not sent."""

    __tablename__ = "draft"
    __table_args__ = (UniqueConstraint("user_id", "ticket_id", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    kind: Mapped[str]
    """reply, note"""
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The words as they were typed; nothing once they have left."""
    page: Mapped[str] = mapped_column(default="")
    """On which opened page they were typed last."""
    fields: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    revision: Mapped[int] = mapped_column(default=0)
    updated_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    """Sent, or thrown away."""


class Viewer(Base):
    """Somebody who has a ticket open now; rows older than a minute mean nothing."""

    __tablename__ = "viewer"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    seen_at: Mapped[datetime]
    typed_at: Mapped[datetime | None]
