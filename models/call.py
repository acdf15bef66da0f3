"""Telephone calls as the exchange reports them; the note that an agent takes becomes a contact."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from sqlalchemy import ForeignKey, Index, LargeBinary, Select, UniqueConstraint, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, SafeJSON, db
from models.client import Client
from models.event import record
from models.user import User


class CallState(StrEnum):
    RINGING = "newCall"
    ANSWERED = "answer"
    ENDED = "hangup"


IN_TIME = timedelta(seconds=20)
TOO_SHORT = timedelta(seconds=5)
"""Who hangs up sooner has not been waiting for us."""

_RANK = {CallState.RINGING: 1, CallState.ANSWERED: 2, CallState.ENDED: 3}


class Exchange(Base):
    """A telephone exchange that may report calls; its token is kept as a digest only."""

    __tablename__ = "exchange"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    token_digest: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str] = mapped_column(default="generic")
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
    def connect(cls, name: str) -> tuple[Self, str]:
        """A new exchange and the token for its address, which is told only now."""
        token = secrets.token_urlsafe(32)
        made = cls(name=name, token_digest=token_digest(token))
        db.session.add(made)
        db.session.flush()
        return made, token

    @classmethod
    def with_token(cls, token: str) -> Self | None:
        """The exchange that reports with `token`, unless it was disconnected."""
        return db.session.scalar(
            select(cls).where(cls.token_digest == token_digest(token), cls.active)
        )


def token_digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


class CallEvent(Base):
    """What an exchange sent, as it sent it."""

    __tablename__ = "call_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    exchange_id: Mapped[int] = mapped_column(ForeignKey("exchange.id"))
    call_id: Mapped[str] = mapped_column(index=True)
    event: Mapped[str]
    body: Mapped[dict[str, Any]] = mapped_column(SafeJSON)
    signature_ok: Mapped[bool | None]
    received_at: Mapped[datetime]

    @classmethod
    def keep(
        cls, exchange: Exchange, call_id: str, event: str, body: dict[str, Any], at: datetime
    ) -> None:
        """Keep what was sent before anything is made of it."""
        db.session.add(
            cls(exchange_id=exchange.id, call_id=call_id, event=event, body=body, received_at=at)
        )
        db.session.flush()

    @classmethod
    def last_of(cls, exchange: Exchange) -> datetime | None:
        """When the exchange was last heard of."""
        return db.session.scalar(
            select(func.max(cls.received_at)).where(cls.exchange_id == exchange.id)
        )


class Call(Base):
    """One call; events may come twice and in any order."""

    __tablename__ = "call"
    __table_args__ = (
        UniqueConstraint("exchange_id", "call_id"),
        Index("ix_call_started", "initialised_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    exchange_id: Mapped[int] = mapped_column(ForeignKey("exchange.id"))
    call_id: Mapped[str]
    direction: Mapped[str] = mapped_column(default="in")
    state: Mapped[str] = mapped_column(default=CallState.RINGING.value)
    caller: Mapped[str] = mapped_column(default="")
    caller_e164: Mapped[str | None] = mapped_column(index=True)
    called: Mapped[str] = mapped_column(default="")
    queue: Mapped[str] = mapped_column(default="")
    cause: Mapped[str | None]
    original_call_id: Mapped[str | None]
    """The call of which this is a passed-on leg."""
    diverted_from: Mapped[str] = mapped_column(default="")
    voicemail: Mapped[bool] = mapped_column(default=False)
    talked_for: Mapped[int | None]
    """Seconds, where the exchange says so itself."""
    rung: Mapped[list[Any]] = mapped_column(SafeJSON, default=list)
    """The ids of the people at whose telephones it rang."""
    initialised_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"))
    done: Mapped[bool] = mapped_column(default=False)

    user: Mapped[User | None] = relationship()

    @property
    def waited(self) -> timedelta | None:
        end = self.answered_at or self.ended_at
        return end - self.initialised_at if end else None

    @property
    def missed(self) -> bool:
        return (
            self.direction == "in"
            and self.state == CallState.ENDED
            and self.answered_at is None
            and self.cause != "forwarded"
        )

    @classmethod
    def take_event(
        cls,
        exchange: Exchange,
        event: CallState,
        call_id: str,
        *,
        at: datetime,
        facts: dict[str, Any],
    ) -> Self:
        """Bring the call to what `event` says; a state never goes back, a known fact stays.

        The order of events does not matter. `answered_by_id` (who picked up) wins over `user_id`
        (who was rung).
        """
        db.session.execute(
            insert(cls)
            .values(
                exchange_id=exchange.id,
                call_id=call_id,
                direction=facts.get("direction") or "in",
                state=CallState.RINGING.value,
                initialised_at=at,
            )
            .on_conflict_do_nothing()
        )
        call = db.session.scalar(
            select(cls)
            .where(cls.exchange_id == exchange.id, cls.call_id == call_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        assert call is not None
        for name in ("caller", "called", "queue"):
            if not getattr(call, name) and facts.get(name):
                setattr(call, name, facts[name])
        call.caller_e164 = call.caller_e164 or facts.get("caller_e164")
        call.user_id = call.user_id or facts.get("user_id")
        if call.answered_at is None and facts.get("answered_by_id"):
            call.user_id = facts["answered_by_id"]
        if event == CallState.ANSWERED and call.answered_at is None:
            call.answered_at = min(at, call.ended_at) if call.ended_at else at
        if event == CallState.ENDED and call.ended_at is None:
            call.ended_at, call.cause = at, facts.get("cause") or "unknown"
        if _RANK[event] > _RANK[CallState(call.state)]:
            call.state = event.value
        return call

    @classmethod
    def named(cls, call_id: int) -> Self | None:
        return db.session.get(cls, call_id)

    @classmethod
    def ringing(cls, since: datetime) -> Select[Self]:
        """Calls that ring or are spoken now."""
        return (
            select(cls)
            .where(cls.state != CallState.ENDED.value, cls.initialised_at >= since)
            .order_by(cls.initialised_at)
        )

    @classmethod
    def log(cls) -> Select[Self]:
        return select(cls).order_by(cls.initialised_at.desc())

    @classmethod
    def missed_open(cls) -> Select[Self]:
        return (
            select(cls)
            .where(
                cls.direction == "in",
                cls.state == CallState.ENDED.value,
                cls.answered_at.is_(None),
                cls.cause != "forwarded",
                ~cls.done,
            )
            .order_by(cls.initialised_at)
        )

    @classmethod
    def waiting(cls, since: datetime) -> int:
        """How many ring now or were missed and not called back."""
        missed = cls.missed_open().order_by(None).with_only_columns(func.count())
        rings = select(func.count()).where(
            cls.state == CallState.RINGING.value, cls.initialised_at >= since
        )
        return (db.session.scalar(missed) or 0) + (db.session.scalar(rings) or 0)

    def callers(self) -> list[Client]:
        """Who this may be: everybody ever reached on that number."""
        if self.caller_e164 is None:
            return []
        return list(db.session.scalars(Client.by_number(self.caller_e164)).unique())

    def settle(self, *, by: User) -> None:
        """A person's word that nobody needs to call back."""
        self.done = True
        record("call.settled", by=by, contact_id=self.contact_id, call=self.id)

    def note_taken(self, contact_id: int) -> None:
        self.contact_id, self.done = contact_id, True


@dataclass(frozen=True)
class Service:
    """How calls were answered; `offered` leaves out who hung up at once."""

    offered: int
    in_time: int
    abandoned: int

    @property
    def share(self) -> float | None:
        return self.in_time / self.offered if self.offered else None


def service(start: datetime, end: datetime) -> Service:
    """The telephone between two instants: answered in time, and given up."""
    waited = func.coalesce(Call.answered_at, Call.ended_at) - Call.initialised_at
    given_up = Call.answered_at.is_(None)
    row = db.session.execute(
        select(
            func.count().filter(~(given_up & (waited < TOO_SHORT))),
            func.count().filter(~given_up, waited <= IN_TIME),
            func.count().filter(given_up, waited >= TOO_SHORT),
        ).where(
            Call.direction == "in",
            Call.initialised_at >= start,
            Call.initialised_at < end,
            Call.state != CallState.RINGING.value,
            func.coalesce(Call.cause, "") != "forwarded",
        )
    ).one()
    return Service(*row)
