"""Newcomers: what they write waits for a colleague, topic by topic, until they are released.

Who may read for others: managers and supervisors, and the agents whom one of them allowed.
"""

from collections import Counter
from datetime import datetime
from typing import Self

from sqlalchemy import ForeignKey, Select, UniqueConstraint, and_, func, select
from sqlalchemy.orm import Mapped, mapped_column

from models import policy
from models.base import Base, db, now
from models.calendar import business_day, start_of
from models.event import record
from models.message import Kind, Message, Sending
from models.settings import Setting
from models.ticket import Ticket
from models.user import User

CLEAN_RUN = "texts.release_after"
"""The setting that says after how many answers let go unchanged a release is proposed."""
USUAL_CLEAN_RUN = 10


class Newcomer(Base):
    """A person whose answers a colleague reads first."""

    __tablename__ = "newcomer"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    since: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    until: Mapped[datetime | None]

    @classmethod
    def standing(cls, user_id: int | None) -> Self | None:
        found = db.session.get(cls, user_id) if user_id else None
        return found if found is not None and found.until is None else None

    @classmethod
    def everybody(cls) -> Select[User]:
        """Those who are still newcomers, by name."""
        return User.everybody().join(cls, cls.user_id == User.id).where(cls.until.is_(None))

    @classmethod
    def welcome(cls, user: User, *, by: User, at: datetime) -> None:
        """From now on a colleague reads what `user` writes, in every topic not released before."""
        row = db.session.get(cls, user.id) or cls(user_id=user.id)
        if row.since is not None and row.until is None:
            return
        row.since, row.by_id, row.until = at, by.id, None
        db.session.add(row)
        SecondReader.end(user, by=by, at=at)
        record("newcomer.welcomed", by=by, at=at, user=user.id)

    @classmethod
    def graduate(cls, user: User, *, by: User, at: datetime) -> None:
        """Everything that `user` writes leaves at once; what waits already still waits."""
        row = cls.standing(user.id)
        if row is not None:
            row.until = at
            record("newcomer.graduated", by=by, at=at, user=user.id)


class Release(Base):
    """A topic in which a newcomer's answers leave at once."""

    __tablename__ = "release"
    __table_args__ = (UniqueConstraint("user_id", "topic_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    topic_id: Mapped[str] = mapped_column(ForeignKey("topic.id"))
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]

    @classmethod
    def topics_of(cls, user_id: int) -> set[str]:
        return set(db.session.scalars(select(cls.topic_id).where(cls.user_id == user_id)))

    @classmethod
    def give(cls, user: User, topic_id: str, *, by: User, at: datetime) -> None:
        """A manager's word: in this topic nobody needs to read first."""
        if topic_id in cls.topics_of(user.id):
            return
        db.session.add(cls(user_id=user.id, topic_id=topic_id, by_id=by.id, at=at))
        record("newcomer.released", by=by, at=at, user=user.id, topic=topic_id)

    @classmethod
    def take(cls, user: User, topic_id: str, *, by: User) -> None:
        mine = select(cls).where(cls.user_id == user.id, cls.topic_id == topic_id)
        found = db.session.scalar(mine)
        if found is not None:
            db.session.delete(found)
            record("newcomer.held_again", by=by, user=user.id, topic=topic_id)


class SecondReader(Base):
    """An agent who may read what newcomers write, by a manager's word."""

    __tablename__ = "second_reader"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    since: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    until: Mapped[datetime | None]

    @classmethod
    def allowed(cls, user_id: int) -> bool:
        found = db.session.get(cls, user_id)
        return found is not None and found.until is None

    @classmethod
    def allow(cls, user: User, *, by: User, at: datetime) -> None:
        row = db.session.get(cls, user.id) or cls(user_id=user.id)
        row.since, row.by_id, row.until = at, by.id, None
        db.session.add(row)
        record("second_reader.allowed", by=by, at=at, user=user.id)

    @classmethod
    def end(cls, user: User, *, by: User, at: datetime) -> None:
        row = db.session.get(cls, user.id)
        if row is not None and row.until is None:
            row.until = at
            record("second_reader.ended", by=by, at=at, user=user.id)


def must_be_read(user: User, ticket: Ticket) -> bool:
    """Whether a colleague reads first what `user` answers there."""
    if Newcomer.standing(user.id) is None:
        return False
    return ticket.topic_id is None or ticket.topic_id not in Release.topics_of(user.id)


def reads_for_others(user: User) -> bool:
    """Whether `user` may let the answers of newcomers go."""
    if Newcomer.standing(user.id) is not None:
        return False
    return policy.reads_for_others(user, allowed=SecondReader.allowed(user.id))


def to_read(user: User) -> Select[Message]:
    """What waits for a second reader where `user` may be that, the oldest first.

    Nobody reads his or her own answers, nor those of a ticket that is hidden from them or tells of
    health that they have not opened.
    """
    today = start_of(business_day(now()))
    seen = select(Ticket.id).where(
        policy.sees_ticket(user, Ticket), policy.words_seen(user, Ticket, today)
    )
    return (
        select(Message)
        .where(
            Message.state == Sending.HELD.value,
            Message.by_id != user.id,
            Message.ticket_id.in_(seen),
        )
        .order_by(Message.written_at, Message.id)
    )


def how_many_to_read(user: User) -> int:
    if not reads_for_others(user):
        return 0
    return db.session.scalar(select(func.count()).select_from(to_read(user).subquery())) or 0


def mine_held(user: User) -> Select[Message]:
    """My answers that a colleague has not read yet, and those that came back, the newest first."""
    back = and_(Message.state == Sending.WITHDRAWN.value, Message.sent_back != "")
    return (
        select(Message)
        .where(Message.by_id == user.id, (Message.state == Sending.HELD.value) | back)
        .order_by(Message.written_at.desc())
        .limit(50)
    )


def clean_runs(user_id: int) -> dict[str, int]:
    """How many answers in a row were let go unchanged, by topic, up to the newest."""
    rows = db.session.execute(
        select(Ticket.topic_id, Message.as_written, Message.sent_back)
        .join(Ticket, Ticket.id == Message.ticket_id)
        .where(
            Message.by_id == user_id,
            Message.kind == Kind.REPLY.value,
            Message.read_at.is_not(None),
            Ticket.topic_id.is_not(None),
        )
        .order_by(Message.read_at.desc())
        .limit(500)
    )
    runs: Counter[str] = Counter()
    over: set[str] = set()
    for row in rows:
        if row.as_written is not None or row.sent_back:
            over.add(row.topic_id)
        elif row.topic_id not in over:
            runs[row.topic_id] += 1
    return dict(runs)


def proposed_releases(user_id: int) -> list[tuple[str, int]]:
    """(topic, answers in a row) that a manager may think of releasing; nothing is released so."""
    enough = int(Setting.read(CLEAN_RUN, USUAL_CLEAN_RUN))
    released = Release.topics_of(user_id)
    runs = clean_runs(user_id).items()
    return sorted((topic, run) for topic, run in runs if run >= enough and topic not in released)
