"""Remarks among ourselves on a ticket: they can never leave the house."""

from datetime import datetime
from typing import Any, Self

from sqlalchemy import Computed, ForeignKey, Index, Select, select
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column, relationship, selectinload

from models import wording
from models.base import Base, db
from models.files import Blob
from models.user import User


class Note(Base):
    """A remark among ourselves on a ticket."""

    __tablename__ = "note"
    __table_args__ = (Index("ix_note_search", "search", postgresql_using="gin"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
    text: Mapped[str]
    search: Mapped[Any | None] = mapped_column(
        TSVECTOR, Computed(wording.computed("text"), persisted=True), deferred=True
    )

    by: Mapped[User] = relationship()
    files: Mapped[list["NoteFile"]] = relationship(order_by="NoteFile.id", passive_deletes=True)

    @classmethod
    def named(cls, note_id: int) -> Self | None:
        return db.session.get(cls, note_id)

    @classmethod
    def of_ticket(cls, ticket_id: int) -> Select[Self]:
        return select(cls).where(cls.ticket_id == ticket_id).order_by(cls.at, cls.id)

    @classmethod
    def shown_in(cls, ticket_id: int) -> Select[Self]:
        """A thread's notes with the files of each."""
        return cls.of_ticket(ticket_id).options(selectinload(cls.files))

    @classmethod
    def stands(cls, ticket_id: int, text: str) -> bool:
        """Whether these very words stand on a ticket already."""
        same = select(cls.id).where(cls.ticket_id == ticket_id, cls.text == text)
        return db.session.scalar(select(same.exists())) or False


class NoteFile(Base):
    """A file that a colleague has put to a note."""

    __tablename__ = "note_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    note_id: Mapped[int] = mapped_column(ForeignKey("note.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    content_type: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(ForeignKey("blob.sha256"))

    blob: Mapped[Blob] = relationship()
