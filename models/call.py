"""Telephone calls as the exchange reports them; the note that an agent takes becomes a contact."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Generic, Self, TypeVar

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Index,
    Select,
    UniqueConstraint,
    and_,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, SafeJSON, db
from models.client import Client
from models.event import record
from models.exchange import CallEvent, Exchange
from models.user import User


class CallState(StrEnum):
    RINGING = "newCall"
    ANSWERED = "answer"
    ENDED = "hangup"


IN_TIME = timedelta(seconds=20)
TOO_SHORT = timedelta(seconds=5)
"""Who hangs up sooner has not been waiting for us."""

FORGOTTEN = timedelta(hours=4)
"""After so long nobody speaks any more: the exchange has forgotten to say that it ended."""
UNKNOWN = "unknown"
FORWARDED, BLOCKED, VOICEMAIL = "forwarded", "blocked", "voicemail"
NOT_FOR_US = (FORWARDED, BLOCKED)
"""Causes of an end after which nobody has waited for us in vain."""

AnyCall = TypeVar("AnyCall", bound="Call")
_RANK = {CallState.RINGING: 1, CallState.ANSWERED: 2, CallState.ENDED: 3}


class Call(Base):
    """One call; events may come twice and in any order."""

    __tablename__ = "call"
    __table_args__ = (
        UniqueConstraint("exchange_id", "call_id"),
        Index("ix_call_started", "initialised_at"),
        Index("ix_call_open", "initialised_at", postgresql_where="state <> 'hangup'"),
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
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"), index=True)
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
            and self.cause not in NOT_FOR_US
        )

    @property
    def talked(self) -> timedelta | None:
        """How long was spoken; the exchange's own figure wins."""
        if self.talked_for is not None:
            return timedelta(seconds=self.talked_for)
        return self.ended_at - self.answered_at if self.answered_at and self.ended_at else None

    @classmethod
    def unanswered(cls) -> ColumnElement[bool]:
        """`missed`, for queries."""
        return and_(
            cls.direction == "in",
            cls.state == CallState.ENDED.value,
            cls.answered_at.is_(None),
            func.coalesce(cls.cause, "").not_in(NOT_FOR_US),
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
        """Bring the call to what `event` says; a state never goes back, a known fact stays."""
        return cls.hear(exchange, event, call_id, at=at, facts=facts).call

    @classmethod
    def hear(
        cls,
        exchange: Exchange,
        event: CallState,
        call_id: str,
        *,
        at: datetime,
        facts: dict[str, Any],
    ) -> "Heard[Self]":
        """`take_event`, and what of it is new: of any number of repetitions only the first is.

        The order of events does not matter. `answered_by_id` (who picked up) wins over `user_id`
        (who was rung). Facts: direction, caller, called, queue, caller_e164, cause, user_id,
        answered_by_id, rung, original_call_id, diverted_from, voicemail, talked_for.
        """
        call = cls._locked(exchange, call_id, facts.get("direction") or "in", at)
        ended, answered = call.ended_at is None, call.answered_at is None
        call._learn(facts, at)
        if event == CallState.ANSWERED and call.answered_at is None:
            call.answered_at = min(at, call.ended_at) if call.ended_at else at
        if event == CallState.ENDED:
            call._end(at, facts)
        if _RANK[event] > _RANK[CallState(call.state)]:
            call.state = event.value
        call._join_leg()
        return Heard(
            call,
            ended=ended and call.ended_at is not None,
            answered=answered and call.answered_at is not None,
        )

    @classmethod
    def _locked(cls, exchange: Exchange, call_id: str, direction: str, at: datetime) -> Self:
        """The row of that call, made if it is new; who else hears of it waits."""
        db.session.execute(
            insert(cls)
            .values(
                exchange_id=exchange.id,
                call_id=call_id,
                direction=direction,
                state=CallState.RINGING.value,
                initialised_at=at,
            )
            .on_conflict_do_nothing()
        )
        call = db.session.scalar(
            select(cls)
            .where(cls.exchange_id == exchange.id, cls.call_id == call_id)
            .with_for_update(of=cls)
            .execution_options(populate_existing=True)
        )
        assert call is not None
        return call

    def _learn(self, facts: dict[str, Any], at: datetime) -> None:
        """Fill in what was not known; what was known stays."""
        for name in ("caller", "called", "queue", "diverted_from", "original_call_id"):
            if not getattr(self, name) and facts.get(name):
                setattr(self, name, facts[name])
        self.initialised_at = min(self.initialised_at, at)
        self.caller_e164 = self.caller_e164 or facts.get("caller_e164")
        self.voicemail = self.voicemail or bool(facts.get("voicemail"))
        self.rung = sorted({*self.rung, *facts.get("rung", [])})
        self.user_id = self.user_id or facts.get("user_id")
        if facts.get("answered_by_id") and self._owner_open:
            self.user_id = facts["answered_by_id"]

    @property
    def _owner_open(self) -> bool:
        """Whether nobody has been named yet as the one who picked up."""
        if self.answered_at is None:
            return True
        # Of a measured end we know that somebody answered, before hearing who.
        return self.talked_for is not None and self.rung in ([], [self.user_id])

    def _end(self, at: datetime, facts: dict[str, Any]) -> None:
        cause = facts.get("cause")
        if self.ended_at is None or (cause and self.cause == UNKNOWN):
            self.ended_at, self.cause = at, cause or UNKNOWN
            if self.answered_at is not None:
                self.answered_at = min(self.answered_at, at)
        if self.talked_for is None and facts.get("talked_for"):
            # The exchange has measured it; our own moments are those of its messages.
            self.talked_for = int(facts["talked_for"])
            self.answered_at = self.ended_at - timedelta(seconds=self.talked_for)
            self.initialised_at = min(self.initialised_at, self.answered_at)

    def _join_leg(self) -> None:
        """A call that was passed on is one contact: whatever was noted of one leg is of all."""
        if self.original_call_id and self.contact_id is None:
            self.contact_id = db.session.scalar(
                select(Call.contact_id).where(self._legs, Call.contact_id.is_not(None)).limit(1)
            )

    @property
    def _legs(self) -> ColumnElement[bool]:
        """The other calls that this one was passed on from or to."""
        first = self.original_call_id or self.call_id
        return and_(
            Call.exchange_id == self.exchange_id,
            Call.id != self.id,
            or_(Call.call_id == first, Call.original_call_id == first),
        )

    def legs(self) -> list["Call"]:
        return list(db.session.scalars(select(Call).where(self._legs).order_by(Call.id)))

    @classmethod
    def forgotten(cls, at: datetime) -> Select[Self]:
        """Calls of whose end nobody has told us."""
        return (
            select(cls)
            .where(cls.state != CallState.ENDED.value, cls.initialised_at < at - FORGOTTEN)
            .order_by(cls.id)
        )

    def forget(self) -> None:
        """Close it without inventing how long it lasted; a late report still says the truth."""
        self.ended_at = self.answered_at or self.initialised_at
        self.cause, self.state = UNKNOWN, CallState.ENDED.value

    @classmethod
    def named(cls, call_id: int) -> Self | None:
        return db.session.get(cls, call_id)

    @classmethod
    def reported_as(cls, exchange: Exchange, call_ids: list[str]) -> dict[str, Self]:
        """The calls of an exchange by the names that it gave them."""
        rows = select(cls).where(cls.exchange_id == exchange.id, cls.call_id.in_(call_ids))
        return {call.call_id: call for call in db.session.scalars(rows).unique()}

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
        return select(cls).where(cls.unanswered(), ~cls.done).order_by(cls.initialised_at)

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
        db.session.execute(
            update(Call).where(self._legs, Call.contact_id.is_(None)).values(contact_id=contact_id)
        )


@dataclass(frozen=True)
class Heard(Generic[AnyCall]):
    """A call after an event, and whether this event was the one that answered or ended it."""

    call: AnyCall
    ended: bool
    answered: bool


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
            func.coalesce(Call.cause, "").not_in(NOT_FOR_US),
        )
    ).one()
    return Service(*row)


__all__ = ["Call", "CallEvent", "CallState", "Exchange", "Heard", "Service", "service"]
