"""Numbers whose calls the exchange is asked to refuse."""

from datetime import datetime
from typing import Self

from sqlalchemy import ColumnElement, ForeignKey, Select, and_, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, db, one_at_a_time
from models.event import record
from models.user import User


class BlockedNumber(Base):
    """A number that nobody has to listen to any more, and why."""

    __tablename__ = "blocked_number"

    id: Mapped[int] = mapped_column(primary_key=True)
    e164: Mapped[str] = mapped_column(index=True)
    reason: Mapped[str] = mapped_column(default="")
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
    until: Mapped[datetime | None]
    lifted_at: Mapped[datetime | None]

    by: Mapped[User] = relationship()

    def stands(self, at: datetime) -> bool:
        return self.lifted_at is None and (self.until is None or self.until > at)

    @classmethod
    def standing(cls, at: datetime) -> ColumnElement[bool]:
        """`stands`, for queries."""
        return and_(cls.lifted_at.is_(None), or_(cls.until.is_(None), cls.until > at))

    @classmethod
    def of(cls, e164: str | None, at: datetime) -> Self | None:
        """Why calls of that number are refused at that moment, if they are."""
        if e164 is None:
            return None
        found = select(cls).where(cls.e164 == e164, cls.standing(at)).order_by(cls.id)
        return db.session.scalar(found.limit(1))

    @classmethod
    def newest_first(cls) -> Select[Self]:
        return select(cls).order_by(cls.at.desc(), cls.id.desc())

    @classmethod
    def named(cls, blocked_id: int) -> Self | None:
        return db.session.get(cls, blocked_id)

    @classmethod
    def block(
        cls, e164: str, reason: str, *, until: datetime | None, by: User, at: datetime
    ) -> Self:
        """Refuse its calls from now on; one that is refused already stays as it is."""
        one_at_a_time("blocked", e164)
        standing = cls.of(e164, at)
        if standing is not None:
            return standing
        made = cls(e164=e164, reason=reason, by_id=by.id, at=at, until=until)
        db.session.add(made)
        db.session.flush()
        record("number.blocked", by=by, at=at, blocked=made.id, reason=reason)
        return made

    def lift(self, *, by: User, at: datetime) -> None:
        """Let its calls through again."""
        if self.lifted_at is None:
            self.lifted_at = at
            record("number.unblocked", by=by, at=at, blocked=self.id)

    def put_back(self, *, by: User) -> None:
        """Undo `lift`."""
        if self.lifted_at is not None:
            self.lifted_at = None
            record("number.blocked", by=by, blocked=self.id, reason=self.reason)
