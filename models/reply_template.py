"""Texts that are sent often, in four languages, each with all its versions."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, SafeJSON


class ReplyTemplate(Base):
    """A text by name; what it says stands in its versions."""

    __tablename__ = "reply_template"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str] = mapped_column(default="reply")
    """reply, redirect (right client, wrong body)"""
    topic_id: Mapped[str | None] = mapped_column(ForeignKey("topic.id"))
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"))
    position: Mapped[int] = mapped_column(default=0)
    retired_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())


class ReplyTemplateVersion(Base):
    """What a template said from some moment on."""

    __tablename__ = "reply_template_version"
    __table_args__ = (UniqueConstraint("template_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    template_id: Mapped[int] = mapped_column(ForeignKey("reply_template.id"))
    version: Mapped[int]
    names: Mapped[dict[str, Any]] = mapped_column(SafeJSON)
    texts: Mapped[dict[str, Any]] = mapped_column(SafeJSON)
    change: Mapped[str] = mapped_column(default="")
    author_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
