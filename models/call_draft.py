"""The note of a call while it is being written: kept on every pause, until it is a contact."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, SafeJSON


class CallDraft(Base):
    """What an agent has typed of one call; `once` is the form's own mark."""

    __tablename__ = "call_draft"
    __table_args__ = (
        Index("ix_call_draft_open", "user_id", "updated_at", postgresql_where="ended_at IS NULL"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    once: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    call_id: Mapped[int | None] = mapped_column(ForeignKey("call.id"), index=True)
    client_id: Mapped[int | None] = mapped_column(ForeignKey("client.id"))
    fields: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    """The form as it stands: texts masked, one entry per matter."""
    revision: Mapped[int] = mapped_column(default=0)
    """Counts up in the browser: a late, older saving never wins."""
    started_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    """Kept as a contact, or thrown away."""
