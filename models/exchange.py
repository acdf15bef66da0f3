"""Telephone exchanges that report calls, and what they sent, as they sent it."""

import hashlib
import hmac
import secrets
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from sqlalchemy import ForeignKey, Index, LargeBinary, Select, delete, func, select
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, SafeJSON, db
from models.keys import ring


class Kind(StrEnum):
    """In which words an exchange reports."""

    GENERIC = "generic"
    SIPGATE = "sipgate"
    PLACETEL = "placetel"


UNREADABLE = "unreadable"
"""What is kept in the place of an event of which nothing could be made."""
FORGED = "forged"
"""What is kept of a report whose signature is wrong."""
REFUSED = (UNREADABLE, FORGED)


class Exchange(Base):
    """A telephone exchange that may report calls; its token is kept as a digest only."""

    __tablename__ = "exchange"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    token_digest: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str] = mapped_column(default=Kind.GENERIC.value)
    """generic, sipgate, placetel"""
    secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    """With what it signs its reports, sealed."""
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    @classmethod
    def named(cls, exchange_id: int) -> Self | None:
        return db.session.get(cls, exchange_id)

    @classmethod
    def in_order(cls) -> Select[Self]:
        return select(cls).order_by(cls.active.desc(), cls.name)

    @classmethod
    def connect(cls, name: str, kind: Kind = Kind.GENERIC) -> tuple[Self, str]:
        """A new exchange and the token for its address, which is told only now."""
        made = cls(name=name, kind=kind.value, token_digest="")
        token = made.renew()
        db.session.add(made)
        db.session.flush()
        return made, token

    def renew(self) -> str:
        """Another token; the address with the old one is dead from now on."""
        token = secrets.token_urlsafe(32)
        self.token_digest = token_digest(token)
        return token

    @classmethod
    def with_token(cls, token: str) -> Self | None:
        """The exchange that reports with `token`, unless it was disconnected."""
        return db.session.scalar(
            select(cls).where(cls.token_digest == token_digest(token), cls.active)
        )

    def set_secret(self, secret: str) -> None:
        """With what it signs from now on; an empty one means that it does not sign."""
        self.secret = ring().seal(secret.encode(), self._place) if secret else None

    def vouches(self, raw: bytes, signature: str) -> bool | None:
        """Whether `signature` is the digest of these very bytes; None where nothing is signed."""
        if self.secret is None:
            return None
        key = ring().open(self.secret, self._place)
        expected = hmac.new(key, raw, hashlib.sha256).hexdigest()
        given = signature.strip().lower().encode("utf-8", "replace")
        return hmac.compare_digest(expected.encode(), given)

    @property
    def _place(self) -> str:
        return f"exchange|secret|{self.id}"


def token_digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


class CallEvent(Base):
    """What an exchange sent, as it sent it."""

    __tablename__ = "call_event"
    __table_args__ = (Index("ix_call_event_received", "exchange_id", "received_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    exchange_id: Mapped[int] = mapped_column(ForeignKey("exchange.id"))
    call_id: Mapped[str] = mapped_column(index=True)
    event: Mapped[str]
    body: Mapped[dict[str, Any]] = mapped_column(SafeJSON)
    signature_ok: Mapped[bool | None]
    received_at: Mapped[datetime]

    @classmethod
    def keep(
        cls,
        exchange: Exchange,
        call_id: str,
        event: str,
        body: dict[str, Any],
        at: datetime,
        signature_ok: bool | None = None,
    ) -> None:
        """Keep what was sent before anything is made of it."""
        db.session.add(
            cls(
                exchange_id=exchange.id,
                call_id=call_id,
                event=event,
                body=body,
                signature_ok=signature_ok,
                received_at=at,
            )
        )
        db.session.flush()

    @classmethod
    def last_of(cls, exchange: Exchange) -> datetime | None:
        """When the exchange was last heard of."""
        return db.session.scalar(
            select(func.max(cls.received_at)).where(cls.exchange_id == exchange.id)
        )

    @classmethod
    def latest(cls, exchange: Exchange) -> Select[Self]:
        """What it sent, the newest first."""
        return (
            select(cls)
            .where(cls.exchange_id == exchange.id)
            .order_by(cls.received_at.desc(), cls.id.desc())
        )

    @classmethod
    def last_refused(cls, exchange: Exchange) -> Self | None:
        """The last thing that could not be taken."""
        return db.session.scalar(cls.latest(exchange).where(cls.event.in_(REFUSED)).limit(1))

    @classmethod
    def since(cls, exchange: Exchange, since: datetime) -> int:
        """How many reports came after that moment."""
        count = select(func.count()).where(cls.exchange_id == exchange.id, cls.received_at > since)
        return db.session.scalar(count) or 0

    @classmethod
    def older_than(cls, before: datetime) -> int:
        """How many reports a sweep would drop."""
        return db.session.scalar(select(func.count()).where(cls.received_at < before)) or 0

    @classmethod
    def drop_before(cls, before: datetime) -> None:
        db.session.execute(delete(cls).where(cls.received_at < before))
