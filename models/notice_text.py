"""How each kind of event is told to clients, in four languages; every version is kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from sqlalchemy import ForeignKey, Select, UniqueConstraint, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, SafeJSON, db, one_at_a_time
from models.event import record
from models.user import User

DISCREET = "discreet"
"""What is told where nobody may read over a shoulder what it is about."""


@dataclass(frozen=True)
class Standing:
    """The texts that hold, by kind and topic."""

    texts: "Mapping[tuple[str, str | None], NoticeText]"

    def of(self, kind: str, topic_id: str | None = None) -> "NoticeText | None":
        """The sub-topic's own text, else the topic's, else everybody's."""
        above = (topic_id or "").partition("/")[0] or None
        found = (self.texts.get((kind, one)) for one in (topic_id, above, None))
        return next((text for text in found if text is not None), None)


class NoticeText(Base):
    """One version of how a kind of event is told."""

    __tablename__ = "notice_text"
    __table_args__ = (
        UniqueConstraint("kind", "topic_id", "number", postgresql_nulls_not_distinct=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    topic_id: Mapped[str | None] = mapped_column(ForeignKey("topic.id"))
    """Empty: for every topic that has no text of its own."""
    number: Mapped[int]
    told: Mapped[bool] = mapped_column(default=True)
    """Whether clients are told of it at all."""
    subjects: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    texts: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    author: Mapped[User | None] = relationship(lazy="joined")

    @classmethod
    def standing(cls, kind: str, topic_id: str | None = None) -> Self | None:
        """What is said of a kind now: the topic's own text, else everybody's."""
        own = cls.versions(kind, topic_id).limit(1)
        found = db.session.scalar(own)
        if found is None and topic_id is not None:
            return cls.standing(kind)
        return found

    @classmethod
    def versions(cls, kind: str, topic_id: str | None = None) -> Select[Self]:
        """The newest first."""
        return (
            select(cls)
            .where(cls.kind == kind, cls.topic_id.is_not_distinct_from(topic_id))
            .order_by(cls.number.desc())
        )

    @classmethod
    def everything(cls) -> list[Self]:
        """The newest version of each kind and topic."""
        newest = (
            select(cls)
            .ext(distinct_on(cls.kind, cls.topic_id))
            .order_by(cls.kind, cls.topic_id, cls.number.desc())
        )
        return list(db.session.scalars(newest))

    @classmethod
    def all_standing(cls) -> "Standing":
        """What is said of every kind now, read at once."""
        return Standing({(one.kind, one.topic_id): one for one in cls.everything()})

    @classmethod
    def write(
        cls,
        kind: str,
        topic_id: str | None,
        subjects: Mapping[str, str],
        texts: Mapping[str, str],
        *,
        told: bool,
        by: User | None,
        at: datetime,
        seen: int | None = None,
    ) -> Self | None:
        """A new version; None when somebody else has written one since the version `seen`."""
        one_at_a_time("notice_text", f"{kind}|{topic_id}")
        newest = db.session.scalar(cls.versions(kind, topic_id).limit(1))
        number = newest.number if newest else 0
        if seen is not None and seen != number:
            return None
        made = cls(
            kind=kind,
            topic_id=topic_id,
            number=number + 1,
            told=told,
            subjects=dict(subjects),
            texts=dict(texts),
            author_id=by.id if by else None,
            created_at=at,
        )
        db.session.add(made)
        db.session.flush()
        if by is not None:
            facts: dict[str, Any] = {
                "text": made.id,
                "of": kind,
                "topic": topic_id,
                "version": made.number,
            }
            record("notice_text.written", by=by, at=at, **facts)
        return made
