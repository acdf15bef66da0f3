"""The classifier's versions: who asked for one, how its training went, which one is in use."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from sqlalchemy import ForeignKey, Select, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, SafeJSON
from models.user import User


class TrainingState(StrEnum):
    """How far a version has come."""

    ASKED = "asked"
    TRAINING = "training"
    READY = "ready"
    FAILED = "failed"


class TrainingReason(StrEnum):
    """Why a version was trained."""

    FIRST = "first"
    ASKED = "asked"
    NIGHT = "night"
    TOPIC = "topic"


class ModelVersion(Base):
    """One training and the model that came of it."""

    __tablename__ = "model_version"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[str | None] = mapped_column(index=True)
    """The model's directory; known once it is trained. The same rows give the same version."""
    state: Mapped[str]
    reason: Mapped[str]
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    started_at: Mapped[datetime | None]
    heartbeat_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    step: Mapped[str] = mapped_column(default="")
    progress: Mapped[float] = mapped_column(default=0.0)
    """From 0 to 1."""
    error: Mapped[str | None]
    last_correction_id: Mapped[int | None] = mapped_column(ForeignKey("correction.id"))
    """The newest correction that it has learned from."""
    manifest: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    figures: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)

    asked_by: Mapped[User | None] = relationship()

    @classmethod
    def newest_first(cls) -> Select[Self]:
        return select(cls).order_by(cls.id.desc())


class Promotion(Base):
    """A version was put to use; the last row names the one in use."""

    __tablename__ = "promotion"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[str]
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    """None: the first model, or one that came by night and was no worse."""
    back: Mapped[bool] = mapped_column(default=False)
    """It was in use before: a return to it."""

    by: Mapped[User | None] = relationship()


class Doubt(Base):
    """A model that never saw a correction is sure of something else: somebody should look again."""

    __tablename__ = "doubt"

    id: Mapped[int] = mapped_column(primary_key=True)
    correction_id: Mapped[int] = mapped_column(ForeignKey("correction.id"), unique=True)
    model_version: Mapped[str]
    topic_id: Mapped[str]
    """What the model says instead."""
    confidence: Mapped[float]
    raised_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
