"""What is kept of a call-back: its columns, and how one ends. What can be done is in `callback`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Self

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Index,
    Select,
    and_,
    func,
    or_,
    select,
    text,
    true,
    update,
)
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from models.base import Base, SafeJSON, db, one_at_a_time
from models.call import Call
from models.callback_states import CallbackState, Outcome
from models.client import Client
from models.event import record
from models.team import Team
from models.ticket_row import TicketRow
from models.topic import Topic
from models.user import User


class CallbackRow(Base):
    """One call that we owe one client (or one number), as a row."""

    __abstract__ = True
    __tablename__ = "callback"
    __table_args__ = (
        Index("ix_callback_due", "state", "due_at", postgresql_where="closed_at IS NULL"),
        Index("ix_callback_client", "client_id"),
        Index(
            "ix_callback_pressing",
            text("priority DESC"),
            "due_at",
            "id",
            postgresql_where="closed_at IS NULL",
        ),
        Index("ix_callback_closed", "closed_at"),
        Index("ix_callback_created", "created_at"),
        Index("ix_callback_number", "e164", postgresql_where="closed_at IS NULL"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[int | None] = mapped_column(ForeignKey("client.id"))
    e164: Mapped[str | None]
    raw_number: Mapped[str] = mapped_column(default="")
    language: Mapped[str | None]
    topic_id: Mapped[str | None] = mapped_column(ForeignKey("topic.id"))
    reason: Mapped[str]
    """A `CallbackReason`."""
    reasons: Mapped[list[Any]] = mapped_column(SafeJSON, default=list)
    """Why it was proposed: facts, put into words where they are shown."""
    note: Mapped[str] = mapped_column(default="")
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)
    call_id: Mapped[int | None] = mapped_column(ForeignKey("call.id"), index=True)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"), index=True)
    problem_id: Mapped[int | None] = mapped_column(ForeignKey("problem.id"), index=True)
    round_id: Mapped[int | None] = mapped_column(ForeignKey("call_round.id"), index=True)
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"))
    due_at: Mapped[datetime]
    window_from: Mapped[datetime | None]
    """Nobody calls before."""
    window_to: Mapped[datetime | None]
    priority: Mapped[int] = mapped_column(default=0)
    asked: Mapped[int] = mapped_column(default=1)
    """How often the client has asked or tried since it is open."""
    voicemail: Mapped[bool] = mapped_column(default=False)
    most_attempts: Mapped[int] = mapped_column(default=3)
    state: Mapped[str] = mapped_column(default=CallbackState.OPEN.value)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    taken_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    outcome: Mapped[str | None]
    outcome_note: Mapped[str] = mapped_column(default="")
    mailed_at: Mapped[datetime | None]
    """When we wrote because nobody could be reached."""
    deed: Mapped[dict[str, Any] | None] = mapped_column(SafeJSON)
    """What a person did last to it, with what stood before: it can be undone."""

    @declared_attr
    def client(cls) -> Mapped[Client | None]:
        return relationship()

    @declared_attr
    def ticket(cls) -> Mapped[TicketRow | None]:
        return relationship("Ticket")

    @declared_attr
    def topic(cls) -> Mapped[Topic | None]:
        return relationship()

    @declared_attr
    def team(cls) -> Mapped[Team | None]:
        return relationship()

    @declared_attr
    def owner(cls) -> Mapped[User | None]:
        return relationship(foreign_keys=f"{cls.__name__}.owner_id")

    @declared_attr
    def closed_by(cls) -> Mapped[User | None]:
        return relationship(foreign_keys=f"{cls.__name__}.closed_by_id")

    @declared_attr
    def attempts(cls) -> Mapped[list["CallbackAttempt"]]:
        return relationship(order_by="CallbackAttempt.id")

    # --- found ------------------------------------------------------------------------------

    @classmethod
    def named(cls, callback_id: int | None) -> Self | None:
        return db.session.get(cls, callback_id) if callback_id else None

    @classmethod
    def held(cls, callback_id: int) -> Self | None:
        """As it stands now, nobody else's until the transaction ends."""
        return db.session.scalar(
            select(cls)
            .where(cls.id == callback_id)
            .with_for_update(of=cls)
            .execution_options(populate_existing=True)
        )

    @classmethod
    def open_of_client(cls, client_id: int) -> Select[Self]:
        """What we owe one client, the soonest first."""
        return (
            select(cls)
            .where(cls.client_id == client_id, cls.closed_at.is_(None))
            .order_by(cls.due_at, cls.id)
        )

    @classmethod
    def locked(cls, *which: ColumnElement[bool]) -> Sequence[Self]:
        """These, in one order for everybody, nobody else's until the transaction ends."""
        return db.session.scalars(
            select(cls).where(*which).order_by(cls.id).with_for_update(of=cls)
        ).all()

    @classmethod
    def of_ticket(cls, ticket_id: int) -> Select[Self]:
        return select(cls).where(cls.ticket_id == ticket_id).order_by(cls.id.desc())

    @classmethod
    def open_for(
        cls, client: Client | None, e164: str | None, written: str, topic_id: str | None
    ) -> Self | None:
        """The one that stands already. A matter that is not known yet may be any matter."""
        ways = []
        if client is not None:
            same = or_(cls.topic_id == topic_id, cls.topic_id.is_(None)) if topic_id else true()
            ways.append(and_(cls.client_id == client.id, same))
        number = e164 or written
        if number:
            theirs = cls.e164 == e164 if e164 else cls.raw_number == written
            nobody = cls.client_id.is_(None)
            anybody = client is None and topic_id is None
            ways.append(and_(theirs, true() if anybody else nobody))
        if not ways:
            return None
        found = select(cls).where(cls.closed_at.is_(None), or_(*ways))
        exact = (cls.topic_id == topic_id).desc().nulls_last() if topic_id else cls.id
        return db.session.scalar(found.order_by(exact, cls.id).limit(1).with_for_update(of=cls))

    # --- what it is and how it ends -----------------------------------------------------

    @property
    def closed(self) -> bool:
        return self.closed_at is not None

    @property
    def number(self) -> str:
        return self.e164 or self.raw_number

    @property
    def window(self) -> tuple[datetime, datetime] | None:
        if self.window_from is None or self.window_to is None:
            return None
        return self.window_from, self.window_to

    @property
    def tries(self) -> int:
        """How often nobody was reached, as far as it counts."""
        return sum(attempt.withdrawn_at is None for attempt in self.attempts)

    def overdue(self, at: datetime) -> bool:
        return not self.closed and self.due_at < at

    def end(
        self,
        state: CallbackState,
        outcome: Outcome,
        note: str = "",
        *,
        by: User | None,
        at: datetime,
    ) -> None:
        self.state, self.outcome, self.outcome_note = state.value, outcome.value, note[:2_000]
        self.closed_at, self.closed_by_id = at, by.id if by else None
        if self.e164 and state is not CallbackState.GIVEN_UP:
            _settle_calls(self.e164)
        self.record(f"callback.{state.value}", by, at, outcome=outcome.value)

    def open_again(self, *, by: User | None, at: datetime) -> None:
        self.state = CallbackState.OPEN.value
        self.closed_at = self.closed_by_id = self.outcome = None
        self.outcome_note = ""
        self.record("callback.reopened", by, at)

    def record(self, kind: str, by: User | None, at: datetime, **facts: Any) -> None:
        """Leave an event, on its ticket and client where it has them."""
        record(
            kind,
            by=by,
            at=at,
            ticket_id=self.ticket_id,
            contact_id=self.contact_id,
            client_id=self.client_id,
            problem_id=self.problem_id,
            callback=self.id,
            reason=self.reason,
            **facts,
        )


class CallbackAttempt(Base):
    """One try to reach somebody."""

    __tablename__ = "callback_attempt"

    id: Mapped[int] = mapped_column(primary_key=True)
    callback_id: Mapped[int] = mapped_column(ForeignKey("callback.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
    result: Mapped[str]
    """An `AttemptResult`."""
    note: Mapped[str] = mapped_column(default="")
    number: Mapped[str] = mapped_column(default="")
    """The one that was called."""
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"), index=True)
    """What was said, kept as every call is."""
    withdrawn_at: Mapped[datetime | None]
    """When whoever noted it took it back."""

    user: Mapped[User] = relationship()


def _settle_calls(e164: str) -> None:
    """Nobody needs to call back for the calls that were missed from there."""
    db.session.execute(
        update(Call)
        .where(Call.unanswered(), Call.caller_e164 == e164, ~Call.done)
        .values(done=True)
    )


def in_turn(asked: Sequence[tuple[int | None, str | None]]) -> None:
    """Who asks for the same client or number at the same time waits; always in one order."""
    keys = {f"client {client_id}" for client_id, _ in asked if client_id is not None}
    keys |= {f"number {number}" for _, number in asked if number}
    for key in sorted(keys):
        one_at_a_time("callback", key)
