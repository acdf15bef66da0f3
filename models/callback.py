"""Call-backs: people whom we owe a call. One is open per client and topic, or per number: who asks
again is not listed twice, but stands higher.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Self

from sqlalchemy import and_, or_, select

from models.base import db
from models.call import Call
from models.callback_passing import PassedOn
from models.callback_row import CallbackAttempt, in_turn
from models.callback_rules import rules
from models.callback_states import AttemptResult, CallbackReason, CallbackState, Outcome
from models.client import Client, ClientNumber, Level
from models.contact import Contact
from models.service_level import business_after
from models.ticket_row import TicketRow
from models.topic import Topic
from models.user import User

LIGHT = (CallbackReason.MISSED_CALL.value, CallbackReason.REQUESTED.value)
"""What the client alone had begun: nobody of us has promised it."""
HIGHEST = 9
"""Whoever asks more often is first already."""
CLOSED_LATELY = timedelta(days=1)
"""A matter that is open again so soon owes again what it owed."""

__all__ = [
    "AttemptResult",
    "Callback",
    "CallbackAttempt",
    "CallbackReason",
    "CallbackState",
    "Outcome",
]


class Callback(PassedOn):
    """One call that we owe one client (or one number)."""

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
        ticket: TicketRow | None = None,
        call: Call | None = None,
        contact: Contact | None = None,
        problem_id: int | None = None,
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
        if due_at is None and window is not None:
            due_at = window[1]
        if due_at is None:
            due_at = business_after(at, standing[f"due_{reason.value}"], _team_of(ticket, topic_id))
        in_turn([(client.id if client else None, e164 or number or None)])
        found = cls.open_for(client, e164, number, topic_id)
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
                note="",
                reasons=list(reasons),
            )
            db.session.add(found)
        found._learn(client, e164, number, topic_id, ticket, call, contact, problem_id, language)
        if note.strip() and note.strip() not in found.note:
            found.note = f"{found.note}\n{note.strip()}".strip()[:2_000]
        db.session.flush()
        found.record("callback.proposed" if proposed else "callback.asked", by, at)
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
        ticket: TicketRow | None,
        call: Call | None,
        contact: Contact | None,
        problem_id: int | None,
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
        self.problem_id = self.problem_id or problem_id
        spoken = (client.spoken_language or client.language) if client else None
        self.language = self.language or language or spoken or (ticket.language if ticket else None)
        self.team_id = self.team_id or _team_of(ticket, self.topic_id)

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
        ended = cls.locked(cls.closed_at.is_(None), missed, or_(*ways))
        for callback in ended:
            callback.end(CallbackState.DONE, Outcome.OTHERWISE, how, by=by, at=at)
        return [callback.id for callback in ended]

    @classmethod
    def ticket_closed(cls, ticket: TicketRow, *, at: datetime, by: User | None = None) -> list[int]:
        """A resolved matter owes no call any more, where the client only asked or missed us."""
        ended = cls.locked(
            cls.ticket_id == ticket.id, cls.closed_at.is_(None), cls.reason.in_(LIGHT)
        )
        for callback in ended:
            callback.end(
                CallbackState.DONE, Outcome.TICKET_CLOSED, f"#{ticket.number}", by=by, at=at
            )
        return [callback.id for callback in ended]

    @classmethod
    def ticket_reopened(cls, ticket: TicketRow, at: datetime) -> None:
        """What ended with the matter is owed again when the closing is taken back."""
        if ticket.closed_at is None or at - ticket.closed_at > CLOSED_LATELY:
            return
        for callback in cls.locked(
            cls.ticket_id == ticket.id,
            cls.closed_at == ticket.closed_at,
            cls.outcome == Outcome.TICKET_CLOSED.value,
        ):
            callback.open_again(by=None, at=at)


def number_of(client: Client | None) -> str | None:
    """The number at which a client is called: a confirmed one, else a known, else a likely one."""
    if client is None or not client.numbers:
        return None
    best = min(
        client.numbers,
        key=lambda known: (known.level != Level.KNOWN, known.confirmed_at is None, -known.id),
    )
    return best.e164


def _team_of(ticket: TicketRow | None, topic_id: str | None) -> int | None:
    if ticket is not None and ticket.team_id is not None:
        return ticket.team_id
    topic = Topic.named(topic_id)
    return topic.team_id if topic else None


def _first_level(topic_id: str | None) -> str | None:
    return topic_id.partition("/")[0] if topic_id else None
