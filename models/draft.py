"""Answers and notes that are still being written, and who is looking at a ticket.

Drafts are kept as they are typed, sealed, and only their writer reads them. Nobody is ever locked
out: who is here is told, nothing more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from sqlalchemy import (
    ForeignKey,
    LargeBinary,
    Select,
    UniqueConstraint,
    and_,
    case,
    delete,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, SafeJSON, db, db_safe, one_at_a_time
from models.keys import ring
from models.user import User

HERE = timedelta(seconds=25)
"""Who has not been heard of for so long has left: pages tell every ten seconds."""
TYPES = timedelta(seconds=20)
KEPT = timedelta(days=1)
"""What was thrown away can be brought back for so long."""
LONGEST = 50_000


class DraftKind(StrEnum):
    REPLY = "reply"
    NOTE = "note"


class Draft(Base):
    """What one person has typed on one ticket and not sent."""

    __tablename__ = "draft"
    __table_args__ = (UniqueConstraint("user_id", "ticket_id", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    kind: Mapped[str]
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The words as they were typed; nothing once they have left."""
    page: Mapped[str] = mapped_column(default="")
    """On which opened page they were typed last."""
    fields: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    revision: Mapped[int] = mapped_column(default=0)
    updated_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    """Sent, or thrown away."""

    @property
    def text(self) -> str:
        if self.sealed is None or self.ended_at is not None:
            return ""
        return ring().open(self.sealed, _place(self.user_id, self.kind)).decode()

    @classmethod
    def of(cls, user: User, ticket_id: int, kind: DraftKind) -> Self | None:
        """The person's row for that ticket, standing or ended."""
        mine = select(cls).where(
            cls.user_id == user.id, cls.ticket_id == ticket_id, cls.kind == kind.value
        )
        return db.session.scalar(mine)

    @classmethod
    def standing(cls, user: User, ticket_ids: Sequence[int]) -> Select[Self]:
        """What the person has typed on these tickets and neither sent nor thrown away."""
        return select(cls).where(
            cls.user_id == user.id,
            cls.ticket_id.in_(ticket_ids),
            cls.ended_at.is_(None),
            cls.sealed.is_not(None),
        )

    @classmethod
    def thrown_away(cls, user: User, ticket_id: int, since: datetime) -> Select[Self]:
        """What the person has thrown away there since and can bring back, the last first."""
        return (
            select(cls)
            .where(cls.user_id == user.id, cls.ticket_id == ticket_id, cls.ended_at >= since)
            .where(cls.sealed.is_not(None))
            .order_by(cls.ended_at.desc())
            .limit(1)
        )

    @classmethod
    def save(
        cls,
        user: User,
        ticket_id: int,
        kind: DraftKind,
        text: str,
        *,
        page: str,
        revision: int,
        at: datetime,
        based_on: int = 0,
        fields: dict[str, Any] | None = None,
    ) -> "Saved":
        """Keep what was typed on `page`, unless something newer is kept already.

        The same page counts up; another page must have seen what stands (`based_on`). What was
        sent or thrown away is not brought back by a saving that was under way.
        """
        one_at_a_time("draft", f"{user.id} {ticket_id} {kind}")
        found = cls.of(user, ticket_id, kind)
        if found is None:
            if not text.strip():
                return Saved(True, 0, "")
            found = cls(user_id=user.id, ticket_id=ticket_id, kind=kind.value, revision=0)
            found.page, found.updated_at = page, at
            db.session.add(found)
        elif found.page == page and (revision <= found.revision or found.ended_at is not None):
            return Saved(found.ended_at is None, found.revision, found.text)
        elif found.page != page and found.ended_at is None and based_on != found.revision:
            return Saved(False, found.revision, found.text)
        found.page, found.fields = page, fields or {}
        found.revision = max(revision, found.revision + 1)
        found.updated_at, found.ended_at = at, None
        words = db_safe(text)[:LONGEST].encode()
        found.sealed = ring().seal(words, _place(user.id, found.kind)) if text.strip() else None
        db.session.flush()
        return Saved(True, found.revision, text)

    @classmethod
    def sent(cls, user: User, ticket_id: int, kind: DraftKind, at: datetime) -> None:
        """It has become an answer or a note: nothing of it is kept."""
        found = cls.of(user, ticket_id, kind)
        if found is not None:
            found.sealed, found.fields, found.ended_at = None, {}, at

    def discard(self, at: datetime) -> None:
        """Thrown away; `restore` brings it back within a day."""
        self.ended_at = at

    def restore(self, at: datetime) -> bool:
        """False when its words have left or are gone for good."""
        if self.sealed is None:
            return False
        self.ended_at, self.updated_at, self.page = None, at, ""
        self.revision += 1
        return True

    @classmethod
    def sweep(cls, at: datetime) -> int:
        """Forget what ended long enough ago; returns how many."""
        old = delete(cls).where(cls.ended_at < at - KEPT).returning(cls.id)
        return len(db.session.scalars(old).all())


@dataclass(frozen=True)
class Saved:
    """Whether it was kept; else what stands instead."""

    kept: bool
    revision: int
    text: str


def _place(user_id: int, kind: str) -> str:
    """Not the ticket: a draft goes along when its ticket is merged into another."""
    return f"draft|sealed|{user_id}|{kind}"


@dataclass(frozen=True)
class Present:
    """Somebody who has a ticket open now."""

    name: str
    typing: bool


class Viewer(Base):
    """Somebody who has a ticket open now; rows older than a minute mean nothing."""

    __tablename__ = "viewer"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    seen_at: Mapped[datetime]
    typed_at: Mapped[datetime | None]

    user: Mapped[User] = relationship(lazy="joined")

    @classmethod
    def note(cls, user: User, ticket_id: int, at: datetime, *, typing: bool = False) -> None:
        """`user` has the ticket open, and perhaps writes there."""
        seen = insert(cls).values(
            ticket_id=ticket_id, user_id=user.id, seen_at=at, typed_at=at if typing else None
        )
        db.session.execute(
            seen.on_conflict_do_update(
                index_elements=[cls.ticket_id, cls.user_id],
                set_={
                    "seen_at": func.greatest(cls.seen_at, seen.excluded.seen_at),
                    "typed_at": func.coalesce(seen.excluded.typed_at, cls.typed_at),
                },
            )
        )

    @classmethod
    def left(cls, user: User, ticket_id: int) -> None:
        """The page was closed."""
        db.session.execute(delete(cls).where(cls.ticket_id == ticket_id, cls.user_id == user.id))

    @classmethod
    def others(
        cls, user: User, ticket_ids: Sequence[int], at: datetime
    ) -> dict[int, list[Present]]:
        """Who else has each of these tickets open at `at`, those who write first."""
        if not ticket_ids:
            return {}
        here = select(cls).where(
            cls.ticket_id.in_(ticket_ids), cls.user_id != user.id, cls.seen_at > at - HERE
        )
        typing = case((and_(cls.typed_at.is_not(None), cls.typed_at > at - TYPES), 0), else_=1)
        found: dict[int, list[Present]] = {}
        for row in db.session.scalars(here.order_by(typing, cls.user_id)):
            types = row.typed_at is not None and row.typed_at > at - TYPES
            found.setdefault(row.ticket_id, []).append(Present(row.user.name, types))
        return found

    @classmethod
    def sweep(cls, at: datetime) -> None:
        db.session.execute(delete(cls).where(cls.seen_at < at - KEPT))
