"""The confirmed split of a contact into a ticket for each client named in it, and its progress."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, SafeJSON


class ClientSplit(Base):
    """A person's word that a representative's contact is about these clients."""

    __tablename__ = "client_split"

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    """The ticket that stays above those of the clients."""
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
    wanted: Mapped[list[Any]] = mapped_column(SafeJSON)
    """The keys of the clients that were confirmed, with the topic that a person has set."""
    done: Mapped[int] = mapped_column(default=0)
    finished_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
