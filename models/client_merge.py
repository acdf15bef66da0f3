"""Two records of one person put together, and taken apart again."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, SafeJSON


class ClientMerge(Base):
    """One client record that went into another, with what moved."""

    __tablename__ = "client_merge"

    id: Mapped[int] = mapped_column(primary_key=True)
    from_id: Mapped[int] = mapped_column(ForeignKey("client.id"), index=True)
    into_id: Mapped[int] = mapped_column(ForeignKey("client.id"), index=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
    before: Mapped[dict[str, Any]] = mapped_column(SafeJSON)
    undone_at: Mapped[datetime | None]
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
