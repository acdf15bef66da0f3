"""How a call ended: one record per matter, with what was told and what was promised."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class WrapUp(Base):
    """The work after a call; without a disposition it stays on its agent's list."""

    __tablename__ = "wrap_up"
    __table_args__ = (
        Index("ix_wrap_up_owed", "user_id", "began_at", postgresql_where="finished_at IS NULL"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    call_id: Mapped[int | None] = mapped_column(ForeignKey("call.id"), index=True)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"), index=True)
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)
    disposition: Mapped[str | None]
    told: Mapped[str] = mapped_column(default="")
    answer_version_id: Mapped[int | None] = mapped_column(ForeignKey("measure_version.id"))
    """The version of the approved answer that was given."""
    promise: Mapped[str] = mapped_column(default="")
    promise_on: Mapped[date | None]
    promise_kept_at: Mapped[datetime | None]
    misinformed_by: Mapped[str | None]
    """counter, accountant, site, us"""
    began_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    extended: Mapped[bool] = mapped_column(default=False)
    timed_out_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
