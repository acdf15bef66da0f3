"""What happens outside and moves contacts: a mailing that went out, a payment run, a new rule."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Self

from sqlalchemy import ForeignKey, func, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, db
from models.user import User


class EventKind(StrEnum):
    """What kind of thing it is."""

    MAILING = "mailing"
    PAYMENT_RUN = "payment_run"
    RULE_CHANGE = "rule_change"
    PRESS = "press"
    OUTAGE = "outage"
    OTHER = "other"


class ExternalEvent(Base):
    """One known event; `topic_id` says what it makes people ask about, empty: anything."""

    __tablename__ = "external_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    text: Mapped[str]
    first_on: Mapped[date] = mapped_column(index=True)
    last_on: Mapped[date]
    topic_id: Mapped[str | None] = mapped_column(ForeignKey("topic.id"))
    factor: Mapped[float | None]
    """How many times the usual contacts somebody expects; empty: learned, or unknown."""
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    withdrawn_at: Mapped[datetime | None]

    by: Mapped[User] = relationship()

    @classmethod
    def around(cls, first: date, last: date) -> Sequence[Self]:
        """What touches the days from `first` to `last`, in the order in which it begins."""
        return db.session.scalars(
            select(cls)
            .where(cls.first_on <= last, cls.last_on >= first, cls.withdrawn_at.is_(None))
            .order_by(cls.first_on, cls.id)
        ).all()
