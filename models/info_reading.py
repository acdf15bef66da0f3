"""How the dossier is read: views by day, what was searched, what readers say is missing."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class InfoView(Base):
    """How often a page was opened on a day, in a language. Nobody is counted by name."""

    __tablename__ = "info_view"

    page_id: Mapped[int] = mapped_column(ForeignKey("info_page.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    views: Mapped[int] = mapped_column(default=0)


class InfoSearch(Base):
    """What was searched in the dossier on a day, with identifiers masked, and what was found."""

    __tablename__ = "info_search"
    __table_args__ = (UniqueConstraint("day", "language", "words"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date]
    language: Mapped[str]
    words: Mapped[str]
    found: Mapped[int]
    times: Mapped[int] = mapped_column(default=1)


class InfoFeedback(Base):
    """Whether a page helped one reader, and what is missing in it."""

    __tablename__ = "info_feedback"
    __table_args__ = (
        Index("ix_info_feedback_page", "page_id", "at"),
        Index("ix_info_feedback_unread", "at", postgresql_where="read_at IS NULL"),
        UniqueConstraint("once"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    page_id: Mapped[int] = mapped_column(ForeignKey("info_page.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("info_page_version.id"))
    language: Mapped[str]
    useful: Mapped[bool]
    missing: Mapped[str] = mapped_column(default="")
    """The reader's words, with identifiers masked."""
    at: Mapped[datetime]
    once: Mapped[str | None]
    """Makes a second sending of the same thing the same."""
    read_at: Mapped[datetime | None]
    read_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    task_at: Mapped[datetime | None]
    """When somebody made it something to do on the page."""
    task_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    done_at: Mapped[datetime | None]
