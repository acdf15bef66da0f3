"""Several steps under one key, and one undo for all of them."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, func
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, SafeJSON


class Macro(Base):
    """A named row of steps."""

    __tablename__ = "macro"

    id: Mapped[int] = mapped_column(primary_key=True)
    names: Mapped[dict[str, Any]] = mapped_column(SafeJSON)
    steps: Mapped[list[Any]] = mapped_column(SafeJSON)
    topic_id: Mapped[str | None] = mapped_column(ForeignKey("topic.id"))
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"))
    position: Mapped[int] = mapped_column(default=0)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    retired_at: Mapped[datetime | None]


class MacroRun(Base):
    """A macro carried out on one ticket, with what stood before."""

    __tablename__ = "macro_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    macro_id: Mapped[int] = mapped_column(ForeignKey("macro.id"))
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"))
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
    before: Mapped[dict[str, Any]] = mapped_column(SafeJSON)
    undone_at: Mapped[datetime | None]
