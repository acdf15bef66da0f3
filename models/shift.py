"""The roster: who is at work when, in which team and on which channel; and what that comes to.

Typed as people or as so many heads; changing it is in `models/roster.py`.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, Self

from sqlalchemy import ForeignKey, Index, func, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.absence import Absence
from models.base import Base, db
from models.calendar import business_day, start_of
from models.person_move import PersonMove
from models.team import Team
from models.user import User

HALF_HOUR = timedelta(minutes=30)
DAY = timedelta(days=1)


class Source(StrEnum):
    """How a shift came into the roster."""

    TYPED = "typed"
    FILE = "file"


class RosterFile(Base):
    """A roster that was read from a file."""

    __tablename__ = "roster_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    digest: Mapped[str] = mapped_column(index=True)
    rows: Mapped[int] = mapped_column(default=0)
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    undone_at: Mapped[datetime | None]

    by: Mapped[User] = relationship(foreign_keys=[by_id])

    @classmethod
    def named(cls, file_id: int | None) -> Self | None:
        return db.session.get(cls, file_id) if file_id else None

    @classmethod
    def read_before(cls, digest: str) -> Self | None:
        """The same bytes, read already and not undone."""
        rows = select(cls).where(cls.digest == digest, cls.undone_at.is_(None))
        return db.session.scalars(rows.order_by(cls.id.desc()).limit(1)).first()

    @classmethod
    def latest(cls, count: int = 5) -> Sequence[Self]:
        return db.session.scalars(select(cls).order_by(cls.id.desc()).limit(count)).all()


class Capacity(NamedTuple):
    """So many heads of a team in the half hour that begins at `starts_at`, on one channel."""

    starts_at: datetime
    team_id: int
    channel: str
    """Empty: whatever comes."""
    heads: float


class Shift(Base):
    """A stretch of half hours: one person, or so many heads of a team."""

    __tablename__ = "shift"
    __table_args__ = (Index("ix_shift_time", "starts_at", "ends_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"), index=True)
    channel: Mapped[str] = mapped_column(default="")
    """Empty: whatever comes."""
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    heads: Mapped[float] = mapped_column(default=1.0)
    source: Mapped[str] = mapped_column(default=Source.TYPED.value)
    file_id: Mapped[int | None] = mapped_column(ForeignKey("roster_file.id"), index=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    removed_at: Mapped[datetime | None]
    removed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    user: Mapped[User | None] = relationship(foreign_keys=[user_id])
    team: Mapped[Team] = relationship(lazy="joined")

    @classmethod
    def between(cls, start: datetime, end: datetime) -> Sequence[Self]:
        """What stands in the roster and touches the time between two instants."""
        rows = select(cls).where(cls.removed_at.is_(None), cls.starts_at < end, cls.ends_at > start)
        return db.session.scalars(rows.order_by(cls.starts_at, cls.id)).all()

    @classmethod
    def rostered(cls, first_day: date, last_day: date) -> bool:
        """Whether the roster says anything of these days; if not, staffing can only be assumed."""
        start, end = start_of(first_day), start_of(last_day + DAY)
        rows = select(cls.id).where(
            cls.removed_at.is_(None), cls.starts_at < end, cls.ends_at > start
        )
        return db.session.scalar(rows.limit(1)) is not None

    @classmethod
    def capacity(cls, first_day: date, last_day: date) -> list[Capacity]:
        """The heads of each half hour of these days, by team and channel, in order of time.

        Who is absent on a day counts for nothing on it. Who is moved counts where he or she is
        moved to: taken from the own shift, or from the heads of the own team. A day of which the
        roster says nothing has no rows.
        """
        start, end = start_of(first_day), start_of(last_day + DAY)
        return _Counting(start, end).rows()


Slot = tuple[datetime, int, str]


class _Counting:
    """Heads by half hour, team and channel, between two instants."""

    def __init__(self, start: datetime, end: datetime) -> None:
        self.start, self.end = start, end
        self.heads: dict[Slot, float] = defaultdict(float)
        self.placed: dict[tuple[datetime, int], Slot] = {}
        self.away = Absence.standing(business_day(start), business_day(end))

    def rows(self) -> list[Capacity]:
        for shift in Shift.between(self.start, self.end):
            self._count(shift)
        days = {business_day(moment) for moment, _, _ in self.heads}
        for move in PersonMove.between(self.start, self.end):
            self._follow(move, days)
        return [Capacity(*slot, heads) for slot, heads in sorted(self.heads.items()) if heads > 0]

    def _count(self, shift: Shift) -> None:
        for moment in half_hours(max(shift.starts_at, self.start), min(shift.ends_at, self.end)):
            slot = (moment, shift.team_id, shift.channel)
            if shift.user is None:
                self.heads[slot] += shift.heads
            elif self._there(shift.user, moment):
                self.heads[slot] += 1
                self.placed[moment, shift.user.id] = slot

    def _follow(self, move: PersonMove, days: set[date]) -> None:
        """Half of a half hour decides where it counts."""
        channel = move.channels[0] if len(move.channels) == 1 else ""
        for moment in half_hours(max(move.starts_at, self.start), min(move.over_at, self.end)):
            middle = moment + HALF_HOUR / 2
            covered = move.starts_at <= middle < move.over_at
            if (
                not covered
                or business_day(moment) not in days
                or not self._there(move.user, moment)
            ):
                continue
            left = self.placed.get((moment, move.user_id)) or self._anonymous(move.user, moment)
            if left is not None:
                self.heads[left] -= 1
            slot = self.placed[moment, move.user_id] = (moment, move.team_id, channel)
            self.heads[slot] += 1

    def _anonymous(self, user: User, moment: datetime) -> Slot | None:
        """The heads among whom somebody without a shift of his or her own was counted."""
        own = {member.team_id for member in user.memberships}
        channels = {channel for _, _, channel in self.heads}
        slots = [(moment, team_id, channel) for team_id in own for channel in channels]
        full = [slot for slot in slots if self.heads.get(slot, 0) >= 1]
        return max(full, key=lambda slot: (self.heads[slot], slot), default=None)

    def _there(self, user: User, moment: datetime) -> bool:
        day = business_day(moment)
        return user.active and not any(
            one.user_id == user.id and one.covers(day) for one in self.away
        )


def half_hours(start: datetime, end: datetime) -> Iterator[datetime]:
    """The beginnings of the half hours that two instants touch."""
    moment = start.replace(minute=start.minute // 30 * 30, second=0, microsecond=0)
    while moment < end:
        yield moment
        moment += HALF_HOUR
