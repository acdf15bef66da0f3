"""Intake: the raw thing received, sealed and committed before anything is acknowledged.

It is distinct from the contact that will be read from it, so that reading can always be repeated.
"""

import hashlib
import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from sqlalchemy import ForeignKey, Index, LargeBinary, Select, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, SafeJSON, db
from models.keys import ring
from models.mailbox import Mailbox
from models.outbox import Job, later


class Channel(StrEnum):
    """How a contact reached us."""

    EMAIL = "email"
    PHONE = "phone"
    FORM = "form"
    POST = "post"


class Adapter(StrEnum):
    """By which door it came in."""

    SMTP = "smtp"
    LMTP = "lmtp"
    IMAP = "imap"
    STDIN = "stdin"
    FORM = "form"
    DESK = "desk"
    CTI = "cti"
    API = "api"
    REPLAY = "replay"
    IMPORT = "import"
    """Brought along from another program: history, of which nobody is told."""


class State(StrEnum):
    """How far an intake has come."""

    RECEIVED = "received"
    READ = "read"
    DUPLICATE = "duplicate"
    LOOP = "loop"
    PARTIAL = "partial"
    QUARANTINED = "quarantined"


class Intake(Base):
    """One thing received, once."""

    __tablename__ = "intake"
    __table_args__ = (
        Index("ix_intake_state", "state", "id"),
        Index(
            "ix_intake_duplicate", "duplicate_of_id", postgresql_where="duplicate_of_id IS NOT NULL"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[uuid.UUID] = mapped_column(unique=True, default=uuid.uuid4)
    channel: Mapped[str]
    adapter: Mapped[str]
    mailbox_id: Mapped[int | None] = mapped_column(ForeignKey("mailbox.id"))
    envelope: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    sha256: Mapped[str]
    size: Mapped[int]
    once: Mapped[str | None] = mapped_column(unique=True)
    """What makes a second copy the same thing (call id, form key); mails compare later."""
    said_at: Mapped[datetime | None]
    received_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default=State.RECEIVED.value)
    duplicate_of_id: Mapped[int | None] = mapped_column(ForeignKey("intake.id"))
    tries: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None]
    read_at: Mapped[datetime | None]

    raw_row: Mapped["IntakeRaw | None"] = relationship(cascade="all, delete-orphan", uselist=False)
    mailbox: Mapped[Mailbox | None] = relationship()

    @property
    def raw(self) -> bytes:
        """The bytes as they came in; none once they were erased or kept long enough."""
        if self.raw_row is None:
            return b""
        return ring().open(self.raw_row.sealed, f"intake_raw|sealed|{self.key}")

    @classmethod
    def is_known(cls, once: str) -> bool:
        """Whether something was received under that mark."""
        return db.session.scalar(select(select(cls.id).where(cls.once == once).exists())) or False

    @classmethod
    def keep(
        cls,
        channel: Channel,
        raw: bytes,
        *,
        adapter: Adapter,
        received_at: datetime,
        said_at: datetime | None = None,
        mailbox: Mailbox | None = None,
        envelope: dict[str, Any] | None = None,
        once: str | None = None,
        fair_key: str | None = None,
    ) -> tuple[int, bool]:
        """Keep `raw` and promise to read it, in one transaction; returns (intake id, is it new)."""
        key = uuid.uuid4()
        made = db.session.execute(
            insert(cls)
            .values(
                key=key,
                channel=channel.value,
                adapter=adapter.value,
                mailbox_id=mailbox.id if mailbox else None,
                envelope=envelope or {},
                sha256=hashlib.sha256(raw).hexdigest(),
                size=len(raw),
                once=once,
                said_at=said_at,
                received_at=received_at,
                state=State.RECEIVED.value,
                tries=0,
            )
            .on_conflict_do_nothing(index_elements=["once"])
            .returning(cls.id)
        ).scalar()
        if made is None:
            first = db.session.scalar(select(cls.id).where(cls.once == once))
            assert first is not None
            return first, False
        db.session.execute(
            insert(IntakeRaw).values(
                intake_id=made, sealed=ring().seal(raw, f"intake_raw|sealed|{key}")
            )
        )
        later(Job.READ, made, fair_key=fair_key)
        return made, True

    @classmethod
    def named(cls, intake_id: int) -> Self | None:
        return db.session.get(cls, intake_id)

    @classmethod
    def several(cls, ids: list[int]) -> dict[int, Self]:
        return {row.id: row for row in db.session.scalars(select(cls).where(cls.id.in_(ids)))}

    @classmethod
    def sizes(cls, ids: list[int]) -> dict[int, int]:
        """How many bytes came in, by intake; the bytes themselves stay where they are."""
        rows = db.session.execute(select(cls.id, cls.size).where(cls.id.in_(ids)))
        return {row.id: row.size for row in rows}

    @classmethod
    def not_read(cls) -> Select[Self]:
        """The quarantine: what a person must look at."""
        return (
            select(cls)
            .where(cls.state.in_([State.QUARANTINED.value, State.PARTIAL.value]))
            .order_by(cls.id.desc())
        )

    def settle(self, state: State, at: datetime, error: str | None = None) -> None:
        self.state = state.value
        self.read_at = at
        self.last_error = error


class IntakeRaw(Base):
    """The sealed bytes of an intake, apart so that lists never load them."""

    __tablename__ = "intake_raw"

    intake_id: Mapped[int] = mapped_column(ForeignKey("intake.id"), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
