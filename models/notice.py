"""Notices: what happened to a file in the back office, and how its client was told."""

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Self

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Index,
    LargeBinary,
    Row,
    Select,
    UniqueConstraint,
    and_,
    func,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from models import policy
from models.base import Base, SafeJSON, db, json_safe
from models.calendar import BRUSSELS
from models.client import Client
from models.keys import ring
from models.message import Message
from models.notice_event import FileEvent, Kept, NoticeKind, NoticeState, Why
from models.outbox import Job, later_each
from models.ticket import Ticket
from models.user import User

__all__ = ["FileEvent", "Kept", "Notice", "NoticeKind", "NoticeState", "Why"]


class Notice(Base):
    """One thing that happened to one client's file. The same key is the same thing."""

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("source", "key"),
        Index("ix_notice_client", "client_id", "occurred_at"),
        Index("ix_notice_ticket", "ticket_id"),
        Index("ix_notice_file", "file_reference", postgresql_where="file_reference <> ''"),
        Index(
            "ix_notice_look",
            "state",
            "id",
            postgresql_where=text("state IN ('waiting', 'unmatched', 'no_address')"),
        ),
        Index("ix_notice_pays", "pays_on", postgresql_where="pays_on IS NOT NULL"),
        Index("ix_notice_day", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    """Who told us: the name of a token, or csv."""
    key: Mapped[str]
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    """Of the content: another one under the same key is refused."""
    conflicted_at: Mapped[datetime | None]
    """When another content came under its key."""
    kind: Mapped[str]
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("notice_batch.id"), index=True)
    line: Mapped[int | None]
    file_reference: Mapped[str] = mapped_column(default="")
    client_id: Mapped[int | None] = mapped_column(ForeignKey("client.id"))
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"))
    measure_id: Mapped[int | None] = mapped_column(ForeignKey("measure.id"))
    topic_id: Mapped[str | None] = mapped_column(ForeignKey("topic.id"))
    language: Mapped[str | None]
    said: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    """What the back office said, identifiers masked."""
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The same in full, for as long as nobody is matched."""
    occurred_at: Mapped[datetime]
    pays_on: Mapped[date | None]
    state: Mapped[str] = mapped_column(default=NoticeState.WAITING.value)
    why: Mapped[str] = mapped_column(default="")
    matched_by: Mapped[str] = mapped_column(default="")
    matched_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"), index=True)
    told_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    client: Mapped[Client | None] = relationship()
    ticket: Mapped[Ticket | None] = relationship()
    message: Mapped[Message | None] = relationship()

    # --- kept once --------------------------------------------------------------------------

    @classmethod
    def keep(
        cls, event: FileEvent, source: str, *, not_before: datetime | None = None
    ) -> tuple[int, Kept]:
        """Keep an event and promise that it is told; however often it comes, it is one row."""
        (kept,) = cls.keep_all([(event, None)], source, not_before=not_before)
        return kept

    @classmethod
    def keep_all(
        cls,
        events: Sequence[tuple[FileEvent, int | None]],
        source: str,
        *,
        batch_id: int | None = None,
        not_before: datetime | None = None,
    ) -> list[tuple[int, Kept]]:
        """The same of several, each with its line, in a few statements."""
        if not events:
            return []
        rows = [_row(event, source, batch_id, line) for event, line in events]
        inserted = insert(cls).values(rows).on_conflict_do_nothing(index_elements=["source", "key"])
        fresh = {row.key: row.id for row in db.session.execute(inserted.returning(cls.key, cls.id))}
        later_each(Job.NOTICE, [(notice_id, "tell", not_before) for notice_id in fresh.values()])
        keys = [row["key"] for row in rows] if len(fresh) < len(rows) else []
        known = select(cls.key, cls.id, cls.digest).where(cls.source == source, cls.key.in_(keys))
        standing = {row.key: row for row in (db.session.execute(known) if keys else ())}
        kept = []
        for row in rows:
            if row["key"] in fresh:
                kept.append((fresh.pop(row["key"]), Kept.NEW))
                continue
            before = standing[row["key"]]
            same = before.digest == row["digest"]
            kept.append((before.id, Kept.SAME if same else Kept.DIFFERENT))
        return kept

    @classmethod
    def keyed(cls, source: str, key: str) -> Self | None:
        return db.session.scalar(select(cls).where(cls.source == source, cls.key == key))

    @classmethod
    def known_keys(cls, source: str, keys: Iterable[str]) -> set[str]:
        """Which of the keys were used already."""
        return set(
            db.session.scalars(select(cls.key).where(cls.source == source, cls.key.in_(keys)))
        )

    @classmethod
    def named(cls, notice_id: int | None) -> Self | None:
        return db.session.get(cls, notice_id) if notice_id is not None else None

    @classmethod
    def held(cls, notice_id: int) -> Self | None:
        """The notice as it stands now, held until the transaction ends."""
        return next(iter(cls.held_all([notice_id])), None)

    @classmethod
    def held_all(cls, notice_ids: Iterable[int]) -> Sequence[Self]:
        """The same of several, in the order in which they came."""
        rows = select(cls).where(cls.id.in_(notice_ids)).order_by(cls.id).with_for_update(of=cls)
        return db.session.scalars(rows.execution_options(populate_existing=True)).all()

    @property
    def who(self) -> dict[str, str]:
        """Whom it is about, in full; empty once somebody was matched."""
        if self.sealed is None:
            return {}
        found: dict[str, str] = json.loads(
            ring().open(self.sealed, sealed_for(self.source, self.key))
        )
        return found

    # --- what the client knows --------------------------------------------------------------

    @classmethod
    def shown_of(cls, ticket_id: int) -> list[Self]:
        """What may stand on the client's own page: all that happened, whether a mail of it went
        or was not needed; the oldest first."""
        known = or_(
            cls.state.in_([NoticeState.TOLD.value, NoticeState.NO_ADDRESS.value]),
            and_(cls.state == NoticeState.SUPPRESSED.value, cls.why != Why.SWITCHED_OFF.value),
        )
        rows = select(cls).where(cls.ticket_id == ticket_id, known)
        return list(db.session.scalars(rows.order_by(cls.occurred_at, cls.id)))

    @classmethod
    def told_to(
        cls, user: User, client_ids: Sequence[int], ticket_id: int | None = None, most: int = 8
    ) -> list[Self]:
        """What `user` may see of what a client was told, or was spared; the newest first."""
        whose: ColumnElement[bool] = cls.client_id.in_(client_ids)
        if ticket_id is not None:
            whose = or_(cls.ticket_id == ticket_id, and_(cls.ticket_id.is_(None), whose))
        rows = cls.seen_by(user).where(
            whose,
            cls.state.not_in([NoticeState.UNMATCHED.value, NoticeState.DISMISSED.value]),
        )
        return list(db.session.scalars(rows.order_by(cls.occurred_at.desc()).limit(most)))

    @classmethod
    def payments_ahead(cls, first_day: date, last_day: date) -> list[tuple[date, str | None, int]]:
        """(day, topic, clients) of the payments announced for these days."""
        clients = func.count(func.distinct(func.coalesce(cls.client_id, -cls.id)))
        rows = db.session.execute(
            select(cls.pays_on, cls.topic_id, clients)
            .where(
                cls.kind == NoticeKind.PAYMENT_ANNOUNCED.value,
                cls.pays_on.between(first_day, last_day),
                cls.state != NoticeState.DISMISSED.value,
            )
            .group_by(cls.pays_on, cls.topic_id)
            .order_by(cls.pays_on, cls.topic_id)
        )
        return [(day, topic_id, count) for day, topic_id, count in rows if day is not None]

    # --- lists ------------------------------------------------------------------------------

    @classmethod
    def seen_by(cls, user: User) -> Select[Self]:
        return select(cls).where(cls.sight(user))

    @classmethod
    def seen_one(cls, user: User, notice_id: int) -> Self | None:
        return db.session.scalar(cls.seen_by(user).where(cls.id == notice_id))

    @classmethod
    def chosen(
        cls, user: User, *, state: str, kind: str, file: str, batch_id: int | None
    ) -> Select[Self]:
        """What `user` may see of what is asked for; empty asks for all. The newest first."""
        rows = cls.seen_by(user).options(joinedload(cls.client), joinedload(cls.message))
        for column, wanted in ((cls.state, state), (cls.kind, kind), (cls.file_reference, file)):
            if wanted:
                rows = rows.where(column == wanted)
        if batch_id is not None:
            rows = rows.where(cls.batch_id == batch_id)
        return rows.order_by(cls.id.desc())

    @classmethod
    def of_batch(cls, batch_id: int) -> Select[Self]:
        return select(cls).where(cls.batch_id == batch_id).order_by(cls.line)

    @classmethod
    def of_message(cls, message_id: int) -> Self | None:
        return db.session.scalar(select(cls).where(cls.message_id == message_id))

    @classmethod
    def sight(cls, user: User) -> ColumnElement[bool]:
        """The condition under which `user` may know of a notice: as of its ticket or its topic."""
        tickets = select(Ticket.id).where(policy.sees_ticket(user, Ticket))
        return or_(
            cls.ticket_id.in_(tickets),
            and_(cls.ticket_id.is_(None), policy.sees_topic(user, cls.topic_id)),
        )

    @classmethod
    def counted(cls, user: User) -> dict[str, int]:
        """How many of each state `user` may see."""
        rows = db.session.execute(
            select(cls.state, func.count().label("number"))
            .where(cls.sight(user))
            .group_by(cls.state)
        )
        return {row.state: row.number for row in rows}

    @classmethod
    def by_day(cls, user: User, since: datetime) -> Sequence[Row[Any]]:
        """(day, told, suppressed, unmatched, no address) of what came since then."""
        day = func.date(func.timezone(BRUSSELS.key, cls.created_at)).label("day")
        states = (
            NoticeState.TOLD,
            NoticeState.SUPPRESSED,
            NoticeState.UNMATCHED,
            NoticeState.NO_ADDRESS,
        )
        counts = [
            func.count().filter(cls.state == state.value).label(state.value) for state in states
        ]
        return db.session.execute(
            select(day, *counts)
            .where(cls.created_at >= since, cls.sight(user))
            .group_by(day)
            .order_by(day.desc())
        ).all()

    @classmethod
    def unmatched_since(cls, since: datetime) -> Select[int]:
        """What is tried once more: the client may have become known."""
        return select(cls.id).where(
            cls.state == NoticeState.UNMATCHED.value, cls.created_at >= since
        )

    @classmethod
    def forget(cls, at: datetime) -> None:
        """Whom an event is about is kept in full only while somebody may still be matched."""
        over = or_(
            cls.created_at < at - FORGOTTEN,
            and_(cls.state == NoticeState.DISMISSED.value, cls.created_at < at - timedelta(days=1)),
        )
        db.session.execute(
            update(cls).where(cls.sealed.is_not(None), over).values(sealed=None),
            execution_options={"synchronize_session": False},
        )


FORGOTTEN = timedelta(days=90)


def sealed_for(source: str, key: str) -> str:
    return f"notice|sealed|{source}|{key}"


def _row(event: FileEvent, source: str, batch_id: int | None, line: int | None) -> dict[str, Any]:
    return {
        "source": source,
        "key": event.key,
        "digest": ring().blind(event.content.decode(), "notice"),
        "kind": event.kind.value,
        "batch_id": batch_id,
        "line": line,
        "file_reference": event.file_reference,
        "measure_id": event.measure_id,
        "topic_id": event.topic_id,
        "language": event.language,
        "said": json_safe({"who": dict(event.masked), "documents": list(event.documents)}),
        "sealed": ring().seal(json.dumps(dict(event.who)).encode(), sealed_for(source, event.key)),
        "occurred_at": event.occurred_at,
        "pays_on": event.pays_on,
        "state": NoticeState.WAITING.value,
        "why": "",
        "matched_by": "",
    }
