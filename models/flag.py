"""What agents say keeps happening: one line, for the screening board."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class Flag(Base):
    """One agent's word on one ticket or call."""

    __tablename__ = "flag"
    __table_args__ = (Index("ix_flag_open", "at", postgresql_where="answered_at IS NULL"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"), index=True)
    line: Mapped[str] = mapped_column(default="")
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
    problem_id: Mapped[int | None] = mapped_column(ForeignKey("problem.id"), index=True)
    """The problem that it began or joined."""
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    withdrawn_at: Mapped[datetime | None]
