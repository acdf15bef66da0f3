"""Measures: dated rules of the outside world, with every version kept. All of it is data."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Self

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    ForeignKey,
    Select,
    Text,
    UniqueConstraint,
    cast,
    func,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, SafeJSON, db
from models.calendar import start_of
from models.deadline import next_deadline
from models.topic import LANGUAGES, Topic
from models.user import User

VERIFIED_FOR = timedelta(days=180)
"""What nobody has looked at for so long is said with care."""
SOON = timedelta(days=30)
"""What ends within so many days is said."""
FAR = 9


class Measure(Base):
    """A rule by name; what it says stands in its versions."""

    __tablename__ = "measure"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    topic_id: Mapped[str] = mapped_column(ForeignKey("topic.id"))
    told_at_once: Mapped[bool] = mapped_column(default=False)
    """Whether forms and receipts about it say its confirmed answer before anybody has asked."""
    retired_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    @classmethod
    def coded(cls, code: str) -> Self | None:
        return db.session.scalar(select(cls).where(cls.code == code))


class MeasureVersion(Base):
    """What a measure said from one day to another."""

    __tablename__ = "measure_version"
    __table_args__ = (UniqueConstraint("measure_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    measure_id: Mapped[int] = mapped_column(ForeignKey("measure.id"))
    version: Mapped[int]
    names: Mapped[dict[str, Any]] = mapped_column(SafeJSON)
    conditions: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    answers: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    scripts: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    """What is said on the telephone, by language."""
    holding: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    """What is said while there is no confirmed answer, by language."""
    promise_days: Mapped[int | None]
    """Within how many working days a confirmed answer is promised."""
    confirmed: Mapped[bool] = mapped_column(default=False)
    decided_by: Mapped[str] = mapped_column(default="")
    quarters: Mapped[list[Any]] = mapped_column(SafeJSON, default=list)
    rules: Mapped[list[Any]] = mapped_column(SafeJSON, default=list)
    """How time limits follow from a quarter or an event: data for `models.deadline`."""
    source: Mapped[str] = mapped_column(default="")
    change: Mapped[str] = mapped_column(default="")
    """What this version changed, in its author's words."""
    author_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    review_by: Mapped[date | None]
    documents: Mapped[list[Any]] = mapped_column(SafeJSON, default=list)
    links: Mapped[list[Any]] = mapped_column(SafeJSON, default=list)
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    request_by: Mapped[date | None]
    pay_by: Mapped[date | None]
    last_verified: Mapped[date | None]
    verified_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    applies_to: Mapped[list[Any]] = mapped_column(SafeJSON, default=list)
    """Sub-topics of its own topic that it is about (none: all of them), and topics or sub-topics
    elsewhere for which it is shown too."""
    replaced_by_id: Mapped[int | None] = mapped_column(ForeignKey("measure_version.id"))
    """The version that corrected this one; one that only follows it from a day does not."""
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    measure: Mapped[Measure] = relationship(lazy="joined", innerjoin=True)
    author: Mapped[User | None] = relationship(foreign_keys=[author_id])
    verified_by: Mapped[User | None] = relationship(foreign_keys=[verified_by_id])

    @classmethod
    def holding_on(cls, day: date) -> Select[Self]:
        """Of each measure the version that holds on `day`; what has ended has none.

        The version that began last counts, and of its corrections the newest: what waits for a day
        to come changes nothing yet, and what has ended does not bring back what was before it.
        """
        begun = (
            select(cls.id)
            .join(Measure, Measure.id == cls.measure_id)
            .where(
                cls.replaced_by_id.is_(None),
                or_(cls.valid_from.is_(None), cls.valid_from <= day),
                or_(Measure.retired_at.is_(None), Measure.retired_at > start_of(day)),
            )
            .ext(distinct_on(cls.measure_id))
            .order_by(cls.measure_id, cls.valid_from.desc().nulls_last(), cls.version.desc())
        )
        return (
            select(cls)
            .where(cls.id.in_(begun), or_(cls.valid_to.is_(None), cls.valid_to >= day))
            .order_by(cls.measure_id)
        )

    @classmethod
    def holding_for(cls, measure_id: int, day: date) -> Self | None:
        """What one measure says on `day`; None where it does not hold."""
        return db.session.scalar(cls.holding_on(day).where(cls.measure_id == measure_id))

    @classmethod
    def in_force(cls, topic_id: str, day: date) -> Select[Self]:
        """The version of each measure of a topic that holds on `day`."""
        return cls.holding_on(day).where(cls.measure.has(Measure.topic_id == topic_id))

    @classmethod
    def applying(cls, topic_id: str, subtopic_id: str | None, day: date) -> list[Self]:
        """What holds on `day` for a matter, the nearest first, also across topics.

        Of those that are equally near, the one of which a window closes first comes first.
        What is only about other parts of the topic comes last, where the part is not known.
        """
        wanted = [topic_id, *([subtopic_id] if subtopic_id else [])]
        found = db.session.scalars(
            cls.holding_on(day).where(
                or_(cls.measure.has(Measure.topic_id == topic_id), cls.shown_for(wanted))
            )
        )
        ranked = sorted(
            (one.nearness(topic_id, subtopic_id), one.closes(day), one.id, one) for one in found
        )
        return [one for rank, _, _, one in ranked if rank < FAR or subtopic_id is None]

    @classmethod
    def shown_for(cls, ids: Sequence[str]) -> ColumnElement[bool]:
        return cls.applies_to.op("?|")(cast(list(ids), ARRAY(Text)))

    def nearness(self, topic_id: str, subtopic_id: str | None) -> int:
        """0 about this very part, 1 about all of the topic, 2 shown from elsewhere, then far."""
        own = self.measure.topic_id == topic_id
        parts = [part for part in self.applies_to if str(part).startswith(f"{topic_id}/")]
        if own and subtopic_id in parts:
            return 0
        if own and not parts:
            return 1
        if not own and (topic_id in self.applies_to or subtopic_id in parts):
            return 2
        return FAR

    def closes(self, day: date) -> date:
        """The next of its last days; what has none never closes."""
        found = next_deadline([self], day)
        return found.on if found else date.max

    @classmethod
    def ending(cls, first: date, last: date) -> Select[Self]:
        """The standing versions of which a time limit falls between two days, both included."""
        ends = [
            column.between(first, last) for column in (cls.request_by, cls.pay_by, cls.valid_to)
        ]
        return cls.standing().where(or_(*ends))

    @classmethod
    def needing_a_look(cls, day: date) -> list[Self]:
        """What holds on `day` and ends soon, or is due to be looked at again; the first to end."""
        soon = day + SOON
        ends = [column.between(day, soon) for column in (cls.valid_to, cls.request_by)]
        found = cls.holding_on(day).where(
            or_(*ends, cls.review_by < day, cls.last_verified < day - VERIFIED_FOR)
        )
        return sorted(
            db.session.scalars(found),
            key=lambda one: (one.ends_in(day) is None, one.ends_in(day) or 0),
        )

    def ends_in(self, day: date) -> int | None:
        """Days until it ends or can no longer be asked for, when that is soon."""
        last = [on for on in (self.valid_to, self.request_by) if on and day <= on <= day + SOON]
        return (min(last) - day).days if last else None

    @classmethod
    def standing(cls) -> Select[Self]:
        """What no later version has corrected, of measures that are not retired."""
        return (
            select(cls)
            .join(Measure, Measure.id == cls.measure_id)
            .where(cls.replaced_by_id.is_(None), Measure.retired_at.is_(None))
            .order_by(cls.id)
        )

    @classmethod
    def uncorrected(cls) -> Select[Self]:
        """The standing versions of all measures, retired ones included, by topic."""
        return (
            select(cls)
            .join(Measure, Measure.id == cls.measure_id)
            .join(Topic, Topic.id == Measure.topic_id)
            .where(cls.replaced_by_id.is_(None))
            .order_by(Topic.position, Topic.id, Measure.code, cls.version)
        )

    @classmethod
    def of_measure(cls, measure_id: int) -> Select[Self]:
        """Every version, the newest first."""
        return select(cls).where(cls.measure_id == measure_id).order_by(cls.version.desc())

    @classmethod
    def numbered(cls, measure_id: int, number: int) -> Self | None:
        return db.session.scalar(
            select(cls).where(cls.measure_id == measure_id, cls.version == number)
        )

    @classmethod
    def named(cls, version_id: int | None) -> Self | None:
        return db.session.get(cls, version_id) if version_id else None

    def name(self, language: str) -> str:
        return str(self.names.get(language) or self.names.get("en") or "")

    def stale(self, day: date) -> bool:
        """Whether somebody should look again whether it still holds."""
        if self.review_by is not None and self.review_by < day:
            return True
        return self.last_verified is not None and self.last_verified < day - VERIFIED_FOR

    @property
    def unanswered(self) -> list[str]:
        """The languages without an answer."""
        return [code for code in LANGUAGES if not str(self.answers.get(code) or "").strip()]

    def ends_between(self, first: date, last: date) -> list[tuple[str, date]]:
        """(which time limit, its day) of those that fall between two days."""
        named = {"request_by": self.request_by, "pay_by": self.pay_by, "valid_to": self.valid_to}
        return [(name, day) for name, day in named.items() if day and first <= day <= last]
