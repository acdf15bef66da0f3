"""What people teach the classifier beside their corrections: examples typed or vetted for it."""

from datetime import datetime
from typing import Self

from sqlalchemy import ForeignKey, Select, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base
from models.user import User


class Lesson(Base):
    """One example of a topic, typed by a manager or taken from a contact after a person read it.

    The text holds no name and no identifier: it may be shown as the nearest known text of another
    client's contact.
    """

    __tablename__ = "lesson"

    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]
    language: Mapped[str]
    topic_id: Mapped[str] = mapped_column(ForeignKey("topic.id"), index=True)
    subtopic_id: Mapped[str | None] = mapped_column(ForeignKey("topic.id"))
    intent_id: Mapped[str | None] = mapped_column(ForeignKey("intent.id"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"), index=True)
    """Whence it was taken; None when it was typed."""
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    by: Mapped[User] = relationship(foreign_keys=[by_id])

    @classmethod
    def valid(cls) -> Select[Self]:
        return select(cls).where(cls.withdrawn_at.is_(None)).order_by(cls.id)
