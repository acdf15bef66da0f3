"""What happens outside and moves contacts: a mailing that went out, a payment run, a new rule."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Self

from sqlalchemy import ForeignKey, Select, func, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models import calendar
from models.base import Base, db
from models.event import record
from models.topic import Topic
from models.user import User


class EventKind(StrEnum):
    """What kind of thing it is."""

    MAILING = "mailing"
    PAYMENT_RUN = "payment_run"
    RULE_CHANGE = "rule_change"
    PRESS = "press"
    OUTAGE = "outage"
    OTHER = "other"


DAYS_AFTER = {
    EventKind.MAILING: 2,
    EventKind.PAYMENT_RUN: 1,
    EventKind.RULE_CHANGE: 2,
    EventKind.PRESS: 1,
    EventKind.OUTAGE: 1,
}
"""Working days after its end on which it still makes people write."""
LONGEST = timedelta(days=366)
LONGEST_TEXT = 300
LEAST, MOST = 0.1, 50.0
"""Of a factor."""


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
    def add(
        cls,
        kind: EventKind,
        text: str,
        first_on: date,
        last_on: date,
        *,
        by: User,
        topic: Topic | None = None,
        factor: float | None = None,
    ) -> Self:
        """Raises ValueError without words, with an end before the beginning, or a span or factor
        that cannot be meant."""
        said = text.strip()[:LONGEST_TEXT]
        if not said or not first_on <= last_on <= first_on + LONGEST:
            raise ValueError("an event has words, and ends within a year after it begins")
        if factor is not None and not LEAST <= factor <= MOST:
            raise ValueError(f"a factor is between {LEAST} and {MOST}")
        made = cls(
            kind=kind.value,
            text=said,
            first_on=first_on,
            last_on=last_on,
            topic_id=topic.id if topic else None,
            factor=factor,
            by_id=by.id,
        )
        db.session.add(made)
        db.session.flush()
        made.tell("external_event.added", by=by)
        return made

    def withdraw(self, *, by: User, at: datetime) -> None:
        """It never was, for every expectation from now on."""
        if self.withdrawn_at is None:
            self.withdrawn_at = at
            self.tell("external_event.withdrawn", by=by)

    def put_back(self, *, by: User) -> None:
        if self.withdrawn_at is not None:
            self.withdrawn_at = None
            self.tell("external_event.put_back", by=by)

    def tell(self, kind: str, *, by: User) -> None:
        record(
            kind,
            by=by,
            external_event=self.id,
            event=self.kind,
            text=self.text,
            topic=self.topic_id,
            factor=self.factor,
            first_on=self.first_on.isoformat(),
            last_on=self.last_on.isoformat(),
        )

    @property
    def acts_until(self) -> date:
        """The last day on which it moves contacts: what is sent one day is asked about the next."""
        days = DAYS_AFTER.get(EventKind(self.kind), 0)
        return calendar.working_day_after(self.last_on, days)

    @classmethod
    def named(cls, event_id: int) -> Self | None:
        return db.session.get(cls, event_id)

    @classmethod
    def everything(cls) -> Select[Self]:
        """What stands, the latest first."""
        standing = select(cls).where(cls.withdrawn_at.is_(None))
        return standing.order_by(cls.first_on.desc(), cls.id.desc())

    @classmethod
    def acting(cls, first: date, last: date) -> list[Self]:
        """What moves contacts on any of these days."""
        early = calendar.working_day_before(first, max(DAYS_AFTER.values()))
        return [one for one in cls.around(early, last) if one.acts_until >= first]

    @classmethod
    def around(cls, first: date, last: date) -> Sequence[Self]:
        """What touches the days from `first` to `last`, in the order in which it begins."""
        return db.session.scalars(
            select(cls)
            .where(cls.first_on <= last, cls.last_on >= first, cls.withdrawn_at.is_(None))
            .order_by(cls.first_on, cls.id)
        ).all()
