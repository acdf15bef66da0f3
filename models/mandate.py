"""Who may speak for whom: an accountant's mandate, its scope and its dates."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, SafeJSON


class Mandate(Base):
    """A representative may act for a client, in these topics (none: in all), in these days."""

    __tablename__ = "mandate"

    id: Mapped[int] = mapped_column(primary_key=True)
    representative_id: Mapped[int] = mapped_column(ForeignKey("client.id"), index=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"), index=True)
    topics: Mapped[list[Any]] = mapped_column(SafeJSON, default=list)
    first_day: Mapped[date]
    last_day: Mapped[date | None]
    proof: Mapped[str] = mapped_column(default="")
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Represented(Base):
    """A client for whom a contact of a representative speaks, and that client's own ticket."""

    __tablename__ = "represented"
    __table_args__ = (UniqueConstraint("contact_id", "client_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"), index=True)
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)
    part: Mapped[str] = mapped_column(default="")
    """The words of the contact that are about this client, masked."""
    files: Mapped[list[Any]] = mapped_column(SafeJSON, default=list)
    """The ids of the contact's files that are about this client."""
    to_client: Mapped[bool] = mapped_column(default=False)
    """Answers go to the client; else to the representative who wrote."""
    rule: Mapped[str]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
