"""Verifications of the audit chain: each goes through all rows, some at a time, and says how far.

It goes on where it stood when it was interrupted: the digest of the last row seen is kept.
"""

from datetime import datetime
from typing import Self

from sqlalchemy import ForeignKey, LargeBinary, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models import audit_reading
from models.audit import Audit
from models.base import Base, db, one_at_a_time
from models.event import record
from models.outbox import Job, later
from models.user import User

TURN = 10
"""So many thousands of rows are looked at before the work lets others pass."""


class AuditCheck(Base):
    """One verification; those of the night were asked for by nobody."""

    __tablename__ = "audit_check"

    id: Mapped[int] = mapped_column(primary_key=True)
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    asked_at: Mapped[datetime]
    rows: Mapped[int]
    """So many there were when it was asked for."""
    reached: Mapped[int] = mapped_column(default=0)
    digest: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    """Of the row reached."""
    broken: Mapped[int | None]
    """The first row that does not follow."""
    disagrees: Mapped[str | None]
    """The first day whose digest kept outside is another one."""
    ended_at: Mapped[datetime | None]
    trouble: Mapped[str] = mapped_column(default="")
    """Why it could not be done."""

    asked_by: Mapped[User | None] = relationship()

    @property
    def running(self) -> bool:
        return self.ended_at is None

    @property
    def whole(self) -> bool:
        """Whether it ended and found nothing wrong."""
        failed = self.broken is not None or self.disagrees or self.trouble
        return not self.running and not failed

    @classmethod
    def last(cls) -> Self | None:
        return db.session.scalar(select(cls).order_by(cls.id.desc()).limit(1))

    @classmethod
    def last_ended(cls) -> Self | None:
        ended = select(cls).where(cls.ended_at.is_not(None))
        return db.session.scalar(ended.order_by(cls.id.desc()).limit(1))

    @classmethod
    def last_judged(cls) -> Self | None:
        """The last that went through all there was, and so says whether the chain holds."""
        judged = select(cls).where(cls.ended_at.is_not(None), cls.trouble == "")
        return db.session.scalar(judged.order_by(cls.id.desc()).limit(1))

    @classmethod
    def held(cls, check_id: int) -> Self | None:
        return db.session.scalar(
            select(cls)
            .where(cls.id == check_id)
            .with_for_update(of=cls)
            .execution_options(populate_existing=True)
        )

    @classmethod
    def ask(cls, *, by: User | None, at: datetime) -> Self:
        """Promise one; what runs already is the one."""
        one_at_a_time("audit", "check")
        standing = cls.last()
        if standing is not None and standing.running:
            return standing
        made = cls(asked_by_id=by.id if by else None, asked_at=at, rows=audit_reading.length())
        db.session.add(made)
        db.session.flush()
        later(Job.AUDIT, made.id)
        if by is not None:
            record("audit.verification_asked", by=by, check=made.id)
        return made

    def go_on(self) -> bool:
        """Look at some rows more; whether there are others left. Rows written since count too."""
        more = True
        for _ in range(TURN):
            if not more:
                break
            step = Audit.follow(self.reached, self.digest)
            self.reached, self.digest, self.broken = step.seq, step.digest, step.broken
            more = step.more
        self.rows = max(self.rows, self.reached)
        return more

    def end(self, at: datetime, *, disagrees: str | None = None, trouble: str = "") -> None:
        self.ended_at, self.disagrees, self.trouble = at, disagrees, trouble[:200]
        record(
            "audit.verified",
            by=self.asked_by,
            check=self.id,
            rows=self.reached,
            broken=self.broken,
            disagrees=disagrees,
            trouble=self.trouble,
        )
