"""A file of events: shown before anything happens, told by a worker, taken back for a minute."""

from datetime import datetime, timedelta
from typing import Any, Self

from sqlalchemy import ForeignKey, LargeBinary, Select, and_, func, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, SafeJSON, db
from models.document_request import DocumentRequest
from models.event import record
from models.keys import ring
from models.notice import Notice, NoticeState, Why
from models.notice_mail import cause_of
from models.outbox import Job, later
from models.user import User

TIME_TO_UNDO = timedelta(seconds=60)
"""So long nothing of a file leaves, and all of it can be taken back."""
KEPT_UNSTARTED = timedelta(days=1)
KEPT_FAULTS = timedelta(days=7)


class NoticeBatch(Base):
    """A file of events as the back office sent it."""

    __tablename__ = "notice_batch"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    digest: Mapped[bytes] = mapped_column(LargeBinary, index=True)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
    rows: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    faults: Mapped[list[Any]] = mapped_column(SafeJSON, default=list)
    """Lines that could not be read, with the reason; the line itself is in `sealed`."""
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]

    by: Mapped[User | None] = relationship(lazy="joined")

    @classmethod
    def take(
        cls, name: str, content: bytes, rows: int, faults: list[Any], *, by: User, at: datetime
    ) -> Self:
        """Keep a file as it came; nothing is told of it yet."""
        made = cls(
            name=name[:200] or "csv",
            digest=digest_of(content),
            by_id=by.id,
            at=at,
            rows=rows,
            faults=faults,
            sealed=ring().seal(content, _place(content)),
        )
        db.session.add(made)
        db.session.flush()
        record("notices.taken", by=by, at=at, batch=made.id, rows=rows, faults=len(faults))
        return made

    @classmethod
    def named(cls, batch_id: int) -> Self | None:
        return db.session.get(cls, batch_id)

    @classmethod
    def held(cls, batch_id: int) -> Self | None:
        row = select(cls).where(cls.id == batch_id).with_for_update(of=cls)
        return db.session.scalar(row.execution_options(populate_existing=True))

    @classmethod
    def latest(cls) -> Select[Self]:
        return select(cls).order_by(cls.id.desc())

    @classmethod
    def same_as(cls, content: bytes) -> Self | None:
        """The file with the very same bytes that was let go before."""
        return db.session.scalar(
            select(cls)
            .where(
                cls.digest == digest_of(content),
                cls.started_at.is_not(None),
                cls.withdrawn_at.is_(None),
            )
            .order_by(cls.id.desc())
            .limit(1)
        )

    @property
    def content(self) -> bytes:
        """The file as it came; empty once all of it was read."""
        if self.sealed is None:
            return b""
        return ring().open(self.sealed, f"notice_batch|sealed|{self.digest.hex()}")

    def start(self, *, by: User, at: datetime) -> None:
        """Let it go: a worker reads it line by line."""
        if self.started_at is not None:
            return
        self.started_at = at
        later(Job.NOTICE, self.id, cause="file")
        record("notices.started", by=by, at=at, batch=self.id, rows=self.rows)

    def withdraw(self, *, by: User, at: datetime) -> int:
        """Take back what has not left; returns how many clients will not hear of it.

        It is as if it had not come: mended and sent again, the same event is told.
        """
        self.withdrawn_at = at
        spared = 0
        held = select(Notice).where(Notice.batch_id == self.id).order_by(Notice.id)
        for notice in db.session.scalars(held.with_for_update(of=Notice)):
            message = notice.message
            waits = notice.state in (NoticeState.WAITING, NoticeState.UNMATCHED)
            if waits or (message is not None and message.withdraw()):
                notice.state, notice.why = NoticeState.DISMISSED.value, Why.WITHDRAWN.value
                notice.told_at, notice.sealed = None, None
                notice.key = f"{notice.key} withdrawn {notice.id}"
                if not waits:
                    _ask_no_more(notice, by=by, at=at)
                spared += 1
        self.sealed, self.ended_at = None, self.ended_at or at
        record("notices.withdrawn", by=by, at=at, batch=self.id, spared=spared)
        return spared

    def counts(self, user: User) -> dict[str, int]:
        """How many of its events that `user` may see are in each state."""
        rows = db.session.execute(
            select(Notice.state, func.count().label("number"))
            .where(Notice.batch_id == self.id, Notice.sight(user))
            .group_by(Notice.state)
        )
        return {row.state: row.number for row in rows}

    def keep_only(self, content: bytes) -> None:
        """All was read: of the file itself only the faulty lines stay, to be mended."""
        self.sealed = ring().seal(content, f"notice_batch|sealed|{self.digest.hex()}")

    @classmethod
    def forget(cls, at: datetime) -> None:
        """What a file said in full is gone after some days, and at once what was never started."""
        unstarted = and_(cls.started_at.is_(None), cls.at < at - KEPT_UNSTARTED)
        over = or_(unstarted, cls.ended_at < at - KEPT_FAULTS)
        db.session.execute(
            update(cls).where(cls.sealed.is_not(None), over).values(sealed=None),
            execution_options={"synchronize_session": False},
        )


def _ask_no_more(notice: Notice, *, by: User, at: datetime) -> None:
    """The documents for which its mail asked: what somebody else asks for is still to be told."""
    if notice.ticket_id is None:
        return
    for request in DocumentRequest.of_ticket(notice.ticket_id):
        if request.cause == cause_of(notice) and request.open:
            request.waive(by=by, at=at, why="")
        elif request.message_id == notice.message_id:
            request.told_at = request.message_id = None


def digest_of(content: bytes) -> bytes:
    return ring().blind(content.hex(), "notice_batch")


def _place(content: bytes) -> str:
    return f"notice_batch|sealed|{digest_of(content).hex()}"
