"""Call-backs: people whom we owe a call, when, why, and how often we have tried.

One is open per client and topic, or per number: who asks again is not listed twice, but first.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from sqlalchemy import ForeignKey, Index, Select, and_, func, or_, select, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, SafeJSON, db, now, one_at_a_time
from models.call import Call
from models.callback_rules import rules
from models.callback_times import after_open_minutes
from models.client import Client, ClientNumber, Level
from models.contact import Contact
from models.event import record
from models.problem import Problem
from models.team import Team
from models.ticket import Ticket
from models.topic import Topic
from models.user import User

HIGHEST = 9
"""Whoever asks more often is first already."""


class CallbackReason(StrEnum):
    MISSED_CALL = "missed_call"
    REQUESTED = "requested"
    PROMISED = "promised"
    BANK_ACCOUNT = "bank_account"
    DISSATISFIED = "dissatisfied"
    DOCUMENT_MISSING = "document_missing"
    PROBLEM = "problem"


class CallbackState(StrEnum):
    PROPOSED = "proposed"
    """The machine or a form suggests it; nobody calls before a person has accepted."""
    OPEN = "open"
    TAKEN = "taken"
    DONE = "done"
    GIVEN_UP = "given_up"
    CANCELLED = "cancelled"


class AttemptResult(StrEnum):
    REACHED = "reached"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    WRONG_NUMBER = "wrong_number"
    VOICEMAIL_LEFT = "voicemail_left"


class Outcome(StrEnum):
    """What came of it."""

    SETTLED = "settled"
    MORE_TO_DO = "more_to_do"
    SATISFIED = "satisfied"
    PARTLY_SATISFIED = "partly_satisfied"
    NOT_SATISFIED = "not_satisfied"
    OTHERWISE = "otherwise"
    """Reached without this call-back: he called again, or we answered."""
    TICKET_CLOSED = "ticket_closed"
    NOT_REACHED = "not_reached"
    WRONG_NUMBER = "wrong_number"
    NO_NUMBER = "no_number"
    NOT_NEEDED = "not_needed"
    MISTAKE = "mistake"
    DISMISSED = "dismissed"
    """A person says that what the machine proposed is not worth a call."""
    JOINED = "joined"
    """Goes on in another one of the same client."""
    UNDONE = "undone"


class Callback(Base):
    """One call that we owe one client (or one number)."""

    __tablename__ = "callback"
    __table_args__ = (
        Index("ix_callback_due", "state", "due_at", postgresql_where="closed_at IS NULL"),
        Index("ix_callback_client", "client_id", postgresql_where="closed_at IS NULL"),
        Index("ix_callback_number", "e164", postgresql_where="closed_at IS NULL"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[int | None] = mapped_column(ForeignKey("client.id"))
    e164: Mapped[str | None]
    raw_number: Mapped[str] = mapped_column(default="")
    language: Mapped[str | None]
    topic_id: Mapped[str | None] = mapped_column(ForeignKey("topic.id"))
    reason: Mapped[str]
    """missed_call, requested, promised, bank_account, dissatisfied, document_missing, problem"""
    reasons: Mapped[list[Any]] = mapped_column(SafeJSON, default=list)
    """Why it was proposed: facts, put into words where they are shown."""
    note: Mapped[str] = mapped_column(default="")
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)
    call_id: Mapped[int | None] = mapped_column(ForeignKey("call.id"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"))
    problem_id: Mapped[int | None] = mapped_column(ForeignKey("problem.id"), index=True)
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

    client: Mapped[Client | None] = relationship()
    ticket: Mapped[Ticket | None] = relationship()
    topic: Mapped[Topic | None] = relationship()
    team: Mapped[Team | None] = relationship()
    owner: Mapped[User | None] = relationship(foreign_keys=[owner_id])
    attempts: Mapped[list["CallbackAttempt"]] = relationship(order_by="CallbackAttempt.id")

    # --- asked for --------------------------------------------------------------------------

    @classmethod
    def ask(
        cls,
        *,
        client: Client | None = None,
        number: str = "",
        reason: CallbackReason,
        by: User | None = None,
        at: datetime,
        due_at: datetime | None = None,
        window: tuple[datetime, datetime] | None = None,
        ticket: Ticket | None = None,
        call: Call | None = None,
        contact: Contact | None = None,
        problem: Problem | None = None,
        topic_id: str | None = None,
        language: str | None = None,
        note: str = "",
        proposed: bool = False,
        reasons: Sequence[dict[str, Any]] = (),
    ) -> Self:
        """We owe somebody a call: a new row, or the open one of the same client and topic.

        `number` is in E.164 where it could be read, else as it was written; without one the
        client's own is taken. Asking again counts up, keeps the earliest due, and turns what was
        only proposed into work. Without `due_at` the house's rule for the reason counts.
        """
        client = client or (ticket.client if ticket else None)
        topic_id = _first_level(topic_id or (ticket.topic_id if ticket else None))
        e164 = number if number.startswith("+") else (None if number else number_of(client))
        standing = rules()
        soon = after_open_minutes(at, standing[f"due_{reason.value}"])
        due_at = due_at or (window[1] if window else soon)
        _in_turn([(client.id if client else None, e164 or number or None)])
        found = cls._open_for(client, e164, number, topic_id)
        if found is not None:
            found._asked_again(reason, due_at, window, proposed=proposed)
        else:
            found = cls(
                reason=reason.value,
                e164=e164,
                raw_number=number or e164 or "",
                due_at=due_at,
                window_from=window[0] if window else None,
                window_to=window[1] if window else None,
                priority=standing[f"priority_{reason.value}"],
                most_attempts=standing["most_attempts"],
                state=(CallbackState.PROPOSED if proposed else CallbackState.OPEN).value,
                owner_id=by.id if by and reason is CallbackReason.PROMISED else None,
                created_by_id=by.id if by else None,
                created_at=at,
                asked=1,
                reasons=list(reasons),
            )
            db.session.add(found)
        found._learn(client, e164, number, topic_id, ticket, call, contact, problem, language)
        if note.strip() and note.strip() not in found.note:
            found.note = f"{found.note}\n{note.strip()}".strip()[:2_000]
        db.session.flush()
        found._record("callback.proposed" if proposed else "callback.asked", by, at)
        return found

    @classmethod
    def for_missed(cls, call: Call, at: datetime) -> Self | None:
        """A call that nobody picked up: one open call-back per number, whoever has it.

        None for a withheld number, which nobody can call back.
        """
        number = call.caller_e164 or call.caller
        if not any(char.isdigit() for char in number):
            return None
        known = call.callers()
        sure = [
            client
            for client in known
            if any(n.e164 == number and n.level == Level.KNOWN for n in client.numbers)
        ]
        client = sure[0] if len(sure) == 1 else None
        made = cls.ask(
            client=client,
            number=number,
            reason=CallbackReason.MISSED_CALL,
            at=at,
            call=call,
            language=(client.spoken_language or client.language) if client else None,
        )
        made.voicemail = made.voicemail or call.voicemail
        return made

    @classmethod
    def _open_for(
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

    def _asked_again(
        self,
        reason: CallbackReason,
        due_at: datetime,
        window: tuple[datetime, datetime] | None,
        *,
        proposed: bool,
    ) -> None:
        if proposed:
            return  # the machine's word adds nothing to what is known already
        if self.state == CallbackState.PROPOSED:
            self.state = CallbackState.OPEN.value
        else:
            self.asked += 1
            self.priority = min(self.priority + 1, HIGHEST)
        if self.reason == CallbackReason.MISSED_CALL:
            self.reason = reason.value
        self.due_at = min(self.due_at, due_at)
        if window is not None:
            self.window_from, self.window_to = window
        elif self.window_from is not None and self.window_from > due_at:
            self.window_from = self.window_to = None

    def _learn(
        self,
        client: Client | None,
        e164: str | None,
        written: str,
        topic_id: str | None,
        ticket: Ticket | None,
        call: Call | None,
        contact: Contact | None,
        problem: Problem | None,
        language: str | None,
    ) -> None:
        """Fill in what was not known before; what is known stays."""
        self.client_id = self.client_id or (client.id if client else None)
        self.e164 = self.e164 or e164
        self.raw_number = self.raw_number or written
        self.topic_id = self.topic_id or topic_id
        self.ticket_id = self.ticket_id or (ticket.id if ticket else None)
        self.call_id = call.id if call else self.call_id
        self.contact_id = self.contact_id or (contact.id if contact else None)
        self.problem_id = self.problem_id or (problem.id if problem else None)
        spoken = (client.spoken_language or client.language) if client else None
        self.language = self.language or language or spoken or (ticket.language if ticket else None)
        if self.team_id is None:
            topic = Topic.named(self.topic_id)
            self.team_id = (ticket.team_id if ticket else None) or (
                topic.team_id if topic else None
            )

    # --- ended from outside -----------------------------------------------------------------

    @classmethod
    def reached(
        cls,
        *,
        client_id: int | None = None,
        e164: str | None = None,
        by: User | None = None,
        at: datetime,
        how: str,
    ) -> list[int]:
        """That caller was reached on some channel: missed calls of theirs are owed no more.

        Others end by a successful attempt or a person's word only. Returns what ended.
        """
        ways = []
        if client_id is not None:
            own = select(ClientNumber.e164).where(
                ClientNumber.client_id == client_id, ClientNumber.level == Level.KNOWN.value
            )
            ways += [cls.client_id == client_id, and_(cls.client_id.is_(None), cls.e164.in_(own))]
        if e164:
            ways.append(cls.e164 == e164)
        if not ways:
            return []
        missed = cls.reason == CallbackReason.MISSED_CALL.value
        ended = db.session.scalars(
            select(cls)
            .where(cls.closed_at.is_(None), missed, or_(*ways))
            .order_by(cls.id)
            .with_for_update(of=cls)
        ).all()
        for callback in ended:
            callback.end(CallbackState.DONE, Outcome.OTHERWISE, how, by=by, at=at)
        return [callback.id for callback in ended]

    @classmethod
    def ticket_closed(cls, ticket: Ticket, *, by: User | None, at: datetime) -> list[int]:
        """A resolved matter owes no call any more, where the client only asked or missed us."""
        light = [CallbackReason.MISSED_CALL.value, CallbackReason.REQUESTED.value]
        ended = db.session.scalars(
            select(cls)
            .where(cls.ticket_id == ticket.id, cls.closed_at.is_(None), cls.reason.in_(light))
            .order_by(cls.id)
            .with_for_update(of=cls)
        ).all()
        for callback in ended:
            callback.end(
                CallbackState.DONE, Outcome.TICKET_CLOSED, f"#{ticket.number}", by=by, at=at
            )
        return [callback.id for callback in ended]

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
        self._record(f"callback.{state.value}", by, at, outcome=outcome.value)

    # --- passed on --------------------------------------------------------------------------

    @classmethod
    def release(cls, user: User, by: User, at: datetime) -> list[int]:
        """What `user` had taken or was given is anybody's again; `give_back` undoes it."""
        held = db.session.scalars(
            select(cls)
            .where(cls.owner_id == user.id, cls.closed_at.is_(None))
            .order_by(cls.id)
            .with_for_update(of=cls)
        ).all()
        for callback in held:
            callback.owner_id = callback.taken_at = None
            if callback.state == CallbackState.TAKEN:
                callback.state = CallbackState.OPEN.value
            callback._record("callback.released", by, at, before=user.id)
        return [callback.id for callback in held]

    @classmethod
    def give_back(cls, ids: Sequence[int], to: User, *, by: User, at: datetime) -> list[int]:
        """Undo a release: what nobody else has taken since is `to`'s again."""
        free = db.session.scalars(
            select(cls)
            .where(cls.id.in_(ids), cls.closed_at.is_(None), cls.owner_id.is_(None))
            .order_by(cls.id)
            .with_for_update(of=cls)
        ).all()
        for callback in free:
            callback.owner_id = to.id
            callback._record("callback.given", by, at, after=to.id)
        return [callback.id for callback in free]

    @classmethod
    def move(
        cls,
        from_client: Client,
        to_client: Client,
        *,
        by: User | None = None,
        at: datetime | None = None,
    ) -> list[int]:
        """All call-backs of one client become another's (they are one person); returns which.

        Where both are owed a call about the same topic, the moved one goes on in the other.
        """
        at = at or now()
        _in_turn([(from_client.id, None), (to_client.id, None)])
        rows = db.session.scalars(
            select(cls)
            .where(cls.client_id == from_client.id)
            .order_by(cls.id)
            .with_for_update(of=cls)
        ).all()
        for callback in rows:
            twin = None
            if callback.closed_at is None:
                twin = cls._open_for(to_client, None, "", callback.topic_id)
            callback.client_id = to_client.id
            if twin is not None:
                twin.asked += callback.asked
                twin.due_at = min(twin.due_at, callback.due_at)
                callback.end(CallbackState.CANCELLED, Outcome.JOINED, str(twin.id), by=by, at=at)
        db.session.flush()
        return [callback.id for callback in rows]

    @classmethod
    def move_back(
        cls,
        ids: Sequence[int],
        to_client: Client,
        *,
        by: User | None = None,
        at: datetime | None = None,
    ) -> None:
        """Undo a move: the same rows are `to_client`'s again, and what was joined is open again."""
        at = at or now()
        rows = db.session.scalars(
            select(cls).where(cls.id.in_(ids)).order_by(cls.id).with_for_update(of=cls)
        )
        for callback in rows:
            callback.client_id = to_client.id
            if callback.outcome == Outcome.JOINED:
                twin = cls.named(int(callback.outcome_note))
                if twin is not None:
                    twin.asked = max(twin.asked - callback.asked, 1)
                callback.open_again(by=by, at=at)
        db.session.flush()

    def open_again(self, *, by: User | None, at: datetime) -> None:
        self.state = CallbackState.OPEN.value
        self.closed_at = self.closed_by_id = self.outcome = None
        self.outcome_note = ""
        self._record("callback.reopened", by, at)

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
    def of_ticket(cls, ticket_id: int) -> Select[Self]:
        return select(cls).where(cls.ticket_id == ticket_id).order_by(cls.id.desc())

    @property
    def closed(self) -> bool:
        return self.closed_at is not None

    def overdue(self, at: datetime) -> bool:
        return not self.closed and self.due_at < at

    @property
    def number(self) -> str:
        return self.e164 or self.raw_number

    def _record(self, kind: str, by: User | None, at: datetime, **facts: Any) -> None:
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
    """reached, no_answer, busy, wrong_number, voicemail_left"""
    note: Mapped[str] = mapped_column(default="")

    user: Mapped[User] = relationship()


def number_of(client: Client | None) -> str | None:
    """The number at which a client is called: a confirmed one, else a known, else a likely one."""
    if client is None or not client.numbers:
        return None
    best = min(
        client.numbers,
        key=lambda known: (known.level != Level.KNOWN, known.confirmed_at is None, -known.id),
    )
    return best.e164


def _in_turn(asked: Sequence[tuple[int | None, str | None]]) -> None:
    """Who asks for the same client or number at the same time waits; always in one order."""
    keys = {f"client {client_id}" for client_id, _ in asked if client_id is not None}
    keys |= {f"number {number}" for _, number in asked if number}
    for key in sorted(keys):
        one_at_a_time("callback", key)


def _first_level(topic_id: str | None) -> str | None:
    return topic_id.partition("/")[0] if topic_id else None
