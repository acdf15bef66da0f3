"""What the classifier said of a contact, and what a person made of it."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from sqlalchemy import ForeignKey, Index, LargeBinary, Select, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, SafeJSON, db
from models.user import User


class Decision(StrEnum):
    """How far the machine may go on its own with what it believes."""

    AUTO = "auto"
    PRESELECT = "preselect"
    SUGGEST = "suggest"
    HUMAN = "human"


class Prediction(Base):
    """One opinion of one model version on one contact."""

    __tablename__ = "prediction"

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    at: Mapped[datetime]
    model_version: Mapped[str]
    language: Mapped[str]
    topic_id: Mapped[str]
    topic_confidence: Mapped[float]
    subtopic_id: Mapped[str | None]
    intent_id: Mapped[str]
    intent_confidence: Mapped[float]
    decision: Mapped[str]
    second_topic_id: Mapped[str | None]
    """What else the contact is about, when it is about two matters."""
    urgent: Mapped[bool] = mapped_column(default=False)
    urgency: Mapped[float] = mapped_column(default=0.0)
    """The probability that waiting does harm."""
    urgency_reasons: Mapped[list[Any]] = mapped_column(SafeJSON, default=list)
    dissatisfied: Mapped[float] = mapped_column(default=0.0)
    dissatisfied_reasons: Mapped[list[Any]] = mapped_column(SafeJSON, default=list)
    alternatives: Mapped[list[Any]] = mapped_column(SafeJSON, default=list)
    reasons: Mapped[list[Any]] = mapped_column(SafeJSON, default=list)
    neighbours: Mapped[list[Any]] = mapped_column(SafeJSON, default=list)
    """The nearest known texts: never another client's own words."""
    identifiers: Mapped[list[Any]] = mapped_column(SafeJSON, default=list)
    measure_id: Mapped[int | None] = mapped_column(ForeignKey("measure.id"))
    measure_version: Mapped[int | None]

    @classmethod
    def of(cls, contact_id: int) -> Select[Self]:
        """The predictions of a contact, the newest first."""
        return select(cls).where(cls.contact_id == contact_id).order_by(cls.id.desc())


class Correction(Base):
    """A person's word on a contact: it wins over every prediction and teaches the next model."""

    __tablename__ = "correction"
    __table_args__ = (Index("ix_correction_at", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    prediction_id: Mapped[int | None] = mapped_column(ForeignKey("prediction.id"), index=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
    topic_id: Mapped[str]
    subtopic_id: Mapped[str | None]
    intent_id: Mapped[str | None]
    changed: Mapped[bool]
    """False: the person confirmed what the machine had said."""
    excluded: Mapped[bool] = mapped_column(default=False)
    """Somebody looked again and found it wrong: nothing is learned from it."""

    by: Mapped[User] = relationship()

    @classmethod
    def last_of(cls, contact_id: int) -> Self | None:
        """The word that counts."""
        said = select(cls).where(cls.contact_id == contact_id).order_by(cls.id.desc())
        return db.session.scalars(said.limit(1)).first()

    def unsay(self) -> None:
        """It was a slip, taken back at once: as if it had never been said."""
        db.session.delete(self)
        db.session.flush()

    @classmethod
    def made_since(cls, at: datetime) -> int:
        """On how many contacts people have said their word since then."""
        counted = select(func.count(func.distinct(cls.contact_id))).where(cls.at >= at)
        return db.session.scalar(counted) or 0

    @classmethod
    def made_after(cls, correction_id: int) -> int:
        """How many contacts' words the model that learned up to this one does not know."""
        counted = select(func.count(func.distinct(cls.contact_id))).where(
            cls.id > correction_id, ~cls.excluded
        )
        return db.session.scalar(counted) or 0


class Vector(Base):
    """An encoder's vector of a text, kept by content so that no text is embedded twice."""

    __tablename__ = "vector"

    encoder: Mapped[str] = mapped_column(primary_key=True)
    content_hash: Mapped[str] = mapped_column(primary_key=True)
    vector: Mapped[bytes] = mapped_column(LargeBinary)
    """float16, little-endian."""

    @classmethod
    def keep(cls, encoder: str, vectors: dict[str, bytes]) -> None:
        if vectors:
            rows = [
                {"encoder": encoder, "content_hash": content, "vector": vector}
                for content, vector in sorted(vectors.items())
            ]
            db.session.execute(insert(cls).on_conflict_do_nothing(), rows)

    @classmethod
    def known(cls, encoder: str, hashes: list[str]) -> dict[str, bytes]:
        rows = db.session.execute(
            select(cls.content_hash, cls.vector).where(
                cls.encoder == encoder, cls.content_hash.in_(hashes)
            )
        )
        return {row.content_hash: row.vector for row in rows}


class ContactSignal(Base):
    """What the grouping needs of a contact beside its text: the posteriors of the classifier."""

    __tablename__ = "contact_signal"

    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), primary_key=True)
    model_version: Mapped[str]
    encoder: Mapped[str]
    content_hash: Mapped[str] = mapped_column(index=True)
    posteriors: Mapped[bytes] = mapped_column(LargeBinary)
    """float16: topic, subtopic, intent, thing, symptom, each in the model's order."""
    made_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    @classmethod
    def of(cls, contact_ids: list[int]) -> dict[int, Self]:
        rows = db.session.scalars(select(cls).where(cls.contact_id.in_(contact_ids)))
        return {row.contact_id: row for row in rows}

    @classmethod
    def forget(cls, contact_id: int) -> None:
        db.session.execute(delete(cls).where(cls.contact_id == contact_id))
