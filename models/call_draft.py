"""The note of a call while it is being written: kept on every pause, until it is a contact."""

from datetime import datetime
from typing import Any, Self

from sqlalchemy import ForeignKey, Index, Select, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, SafeJSON, db
from models.call import Call
from models.client import Client
from models.user import User


class CallDraft(Base):
    """What an agent has typed of one call; `once` is the form's own mark."""

    __tablename__ = "call_draft"
    __table_args__ = (
        Index("ix_call_draft_open", "user_id", "updated_at", postgresql_where="ended_at IS NULL"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    once: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    call_id: Mapped[int | None] = mapped_column(ForeignKey("call.id"), index=True)
    client_id: Mapped[int | None] = mapped_column(ForeignKey("client.id"), index=True)
    """Whom the agent has found and said to be the caller."""
    fields: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    """The form as it stands: texts masked, one entry per matter."""
    revision: Mapped[int] = mapped_column(default=0)
    """Counts up in the browser: a late, older saving never wins."""
    started_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    """Kept as a contact, or thrown away."""

    call: Mapped[Call | None] = relationship()
    client: Mapped[Client | None] = relationship()

    @property
    def first_line(self) -> str:
        matters = self.fields.get("matters") or [{}]
        return " ".join(str(matters[0].get("text") or "").split())[:160]

    @classmethod
    def begin(cls, once: str, user: User, *, call_id: int | None, at: datetime) -> Self:
        """The draft of that form, made when it is not there yet; never somebody else's."""
        db.session.execute(
            insert(cls)
            .values(
                once=once,
                user_id=user.id,
                call_id=call_id,
                fields={},
                revision=0,
                started_at=at,
                updated_at=at,
            )
            .on_conflict_do_nothing(index_elements=["once"])
        )
        found = db.session.scalar(
            select(cls)
            .where(cls.once == once, cls.user_id == user.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        if found is None:
            raise LookupError(once)
        if found.call_id is None:
            found.call_id = call_id
        return found

    def write(self, fields: dict[str, Any], revision: int, at: datetime) -> bool:
        """Keep what was typed, unless something newer is kept or the note is a contact by now."""
        if self.ended_at is not None or revision <= self.revision:
            return False
        self.fields, self.revision, self.updated_at = fields, revision, at
        return True

    def end(self, at: datetime) -> None:
        self.ended_at = at

    @classmethod
    def by_once(cls, user: User, once: str) -> Self | None:
        return db.session.scalar(select(cls).where(cls.once == once, cls.user_id == user.id))

    @classmethod
    def of_call(cls, user: User, call_id: int) -> Self | None:
        """The note that `user` takes of a call."""
        return db.session.scalar(
            select(cls)
            .where(cls.user_id == user.id, cls.call_id == call_id)
            .order_by(cls.ended_at.is_not(None), cls.id)
            .limit(1)
        )

    @classmethod
    def end_of_call(cls, user: User, call_id: int, at: datetime) -> None:
        """The call is written down: no other note of it by the same person is wanted, unless
        something stands in it."""
        for other in db.session.scalars(cls.open_of(user).where(cls.call_id == call_id)):
            if not other.first_line:
                other.end(at)

    @classmethod
    def open_of(cls, user: User) -> Select[Self]:
        """What `user` has begun and not kept, the latest first."""
        return (
            select(cls)
            .where(cls.user_id == user.id, cls.ended_at.is_(None))
            .order_by(cls.updated_at.desc())
        )
