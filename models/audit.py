"""The audit chain: who did what, insert-only, each row sealed by the digest of the one before.

Triggers refuse UPDATE, DELETE and TRUNCATE; `follow` names the first row that was changed.
"""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Index, LargeBinary, func, select
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, SafeJSON, db, json_safe

_LOCK = 0x0A0D17
AT_ONCE = 1_000
"""Rows in memory while the chain is followed."""


class Step(NamedTuple):
    """How far the chain was followed: the last good row, the first bad one, whether more follow."""

    seq: int
    digest: bytes
    broken: int | None
    more: bool


class Audit(Base):
    """One human act."""

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_action", "action", "seq"),
        Index("ix_audit_actor", "actor_id", "seq"),
    )

    seq: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor_id: Mapped[int | None]
    action: Mapped[str]
    thing: Mapped[dict[str, Any]] = mapped_column(SafeJSON)
    facts: Mapped[dict[str, Any]] = mapped_column(SafeJSON)
    previous: Mapped[bytes] = mapped_column(LargeBinary)
    digest: Mapped[bytes] = mapped_column(LargeBinary)

    @classmethod
    def append(
        cls, actor_id: int | None, action: str, thing: dict[str, Any], facts: dict[str, Any]
    ) -> None:
        """Add a row in the caller's transaction; appends of others wait until it ends."""
        db.session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        last = db.session.scalar(select(cls).order_by(cls.seq.desc()).limit(1))
        at = db.session.scalar(select(func.clock_timestamp()))
        assert at is not None
        row = cls(
            seq=last.seq + 1 if last else 1,
            at=at,
            actor_id=actor_id,
            action=action,
            thing=thing,
            # Sealed as the database will give it back.
            facts=json_safe(json.loads(json.dumps(facts, default=str))),
            previous=last.digest if last else b"",
        )
        row.digest = row.computed_digest()
        db.session.add(row)
        db.session.flush()

    def computed_digest(self) -> bytes:
        body = json.dumps(
            [
                self.seq,
                self.at.astimezone(UTC).isoformat(),
                self.actor_id,
                self.action,
                self.thing,
                self.facts,
            ],
            sort_keys=True,
            ensure_ascii=False,
        )
        return hashlib.sha256(self.previous + body.encode()).digest()

    @classmethod
    def follow(cls, seq: int, digest: bytes) -> "Step":
        """Look at the rows after `seq`, whose digest is given: a thousand, however long it is."""
        some = select(cls).where(cls.seq > seq).order_by(cls.seq).limit(AT_ONCE)
        found = db.session.scalars(some).all()
        for row in found:
            follows = row.seq == seq + 1 and row.previous == digest
            if not follows or row.digest != row.computed_digest():
                return Step(seq, digest, row.seq, False)
            seq, digest = row.seq, row.digest
        return Step(seq, digest, None, len(found) == AT_ONCE)
