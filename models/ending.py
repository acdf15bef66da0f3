"""Dispositions as the house lists them: dated rows, each with an effect that the code knows."""

from datetime import date
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, SafeJSON


class Ending(Base):
    """One way in which a contact can end, with its names in four languages."""

    __tablename__ = "ending"

    id: Mapped[str] = mapped_column(primary_key=True)
    names: Mapped[dict[str, Any]] = mapped_column(SafeJSON)
    effect: Mapped[str]
    """settled, owed, waiting, unanswered"""
    asks: Mapped[str] = mapped_column(default="")
    """What more must be said: document, body, date, ticket; nothing."""
    position: Mapped[int] = mapped_column(default=0)
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
