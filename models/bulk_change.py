"""Changes of several tickets at once: what stood before is kept, so that one key undoes it all."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, SafeJSON


class BulkChange(Base):
    """One deed over several tickets."""

    __tablename__ = "bulk_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    """bulk (a chosen change), together (one answer settles all of a matter), macro"""
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    at: Mapped[datetime]
    change: Mapped[dict[str, Any]] = mapped_column(SafeJSON)
    before: Mapped[dict[str, Any]] = mapped_column(SafeJSON)
    """By ticket id: the values that stood, and the version after the change."""
    undone_at: Mapped[datetime | None]
