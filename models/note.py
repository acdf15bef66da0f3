"""Remarks among ourselves on a ticket: they can never leave the house."""

from datetime import datetime
from typing import Self

from sqlalchemy import ForeignKey, Select, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base
from models.user import User


class Note(Base):
    """A remark among ourselves on a ticket."""

    __tablename__ = "note"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
    text: Mapped[str]

    by: Mapped[User] = relationship()

    @classmethod
    def of_ticket(cls, ticket_id: int) -> Select[Self]:
        return select(cls).where(cls.ticket_id == ticket_id).order_by(cls.at, cls.id)
