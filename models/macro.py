"""Several steps under one key, and one undo for all of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from sqlalchemy import ForeignKey, Select, func, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, SafeJSON, db
from models.event import record
from models.message import Message
from models.note import Note
from models.standing import put_back, standing, stands
from models.team import Team
from models.ticket import Ticket
from models.topic import Topic
from models.user import User

UNDO = timedelta(minutes=2)
"""For so long a macro can be undone, as long as its answer has not left."""
MOST_STEPS = 10
CHANGED = (
    "topic_id",
    "subtopic_id",
    "intent_id",
    "language",
    "decision",
    "needs_choice",
    "team_id",
    "assignee_id",
    "status",
    "disposition",
    "closed_at",
    "first_answer_at",
    "flagged",
    "attention",
)
"""What somebody may have changed since: then nothing is put back."""
OF_THE_CLOCK = (
    "due_at",
    "clock_stopped_at",
    "snoozed_until",
    "snoozed_by_id",
    "deadline_on",
    "deadline_name",
    "deadline_version_id",
    "deadline_quarter",
)
"""Put back as well, but what the clock itself changes is nobody's later word."""


class StepKind(StrEnum):
    """What a step can do."""

    TOPIC = "topic"
    ASSIGN = "assign"
    TEAM = "team"
    NOTE = "note"
    FLAG = "flag"
    CALL_BACK = "call_back"
    ANSWER = "answer"
    WAIT = "wait"
    SNOOZE = "snooze"
    CLOSE = "close"


class Macro(Base):
    """A named row of steps; each is a kind with its one value: a topic, a text, some days."""

    __tablename__ = "macro"

    id: Mapped[int] = mapped_column(primary_key=True)
    names: Mapped[dict[str, Any]] = mapped_column(SafeJSON)
    steps: Mapped[list[Any]] = mapped_column(SafeJSON)
    topic_id: Mapped[str | None] = mapped_column(ForeignKey("topic.id"))
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"))
    position: Mapped[int] = mapped_column(default=0)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    retired_at: Mapped[datetime | None]

    topic: Mapped[Topic | None] = relationship()
    team: Mapped[Team | None] = relationship()

    @classmethod
    def named(cls, macro_id: int | None) -> Self | None:
        return db.session.get(cls, macro_id) if macro_id else None

    @classmethod
    def in_order(cls) -> Select[Self]:
        """All of them, those in use first."""
        return select(cls).order_by(cls.retired_at.is_not(None), cls.position, cls.id)

    @classmethod
    def for_ticket(cls, ticket: Ticket) -> Select[Self]:
        """Those for its topic and team, and those for all."""
        topics = [part for part in (ticket.topic_id, ticket.subtopic_id) if part]
        return cls.in_order().where(
            cls.retired_at.is_(None),
            or_(cls.topic_id.is_(None), cls.topic_id.in_(topics)),
            or_(cls.team_id.is_(None), cls.team_id == ticket.team_id),
        )

    def name(self, language: str) -> str:
        """In that language, else in English, else in any."""
        known = [self.names.get(language), self.names.get("en"), *self.names.values()]
        return str(next((name for name in known if name), f"#{self.id}"))

    @property
    def said(self) -> list[tuple[StepKind, str]]:
        """Its steps as (kind, value)."""
        return [(StepKind(step["do"]), str(step.get("value", ""))) for step in self.steps]

    @classmethod
    def write(
        cls,
        macro: Self | None,
        names: Mapping[str, str],
        steps: Sequence[tuple[StepKind, str]],
        topic_id: str | None,
        team_id: int | None,
        *,
        by: User,
    ) -> Self:
        """A new one, or the steps and names of `macro` replaced; what it did before stays done."""
        made = macro or cls(by_id=by.id, position=_last_position() + 1)
        before = {"names": made.names, "steps": made.steps} if macro else {}
        made.names = {code: name.strip()[:80] for code, name in names.items() if name.strip()}
        made.steps = [{"do": kind.value, "value": value} for kind, value in steps[:MOST_STEPS]]
        made.topic_id, made.team_id = topic_id, team_id
        db.session.add(made)
        db.session.flush()
        record("macro.written", by=by, macro=made.id, before=before, after=made.steps)
        return made

    def retire(self, *, by: User, at: datetime) -> None:
        self.retired_at = at
        record("macro.retired", by=by, at=at, macro=self.id)

    def resume(self, *, by: User) -> None:
        self.retired_at = None
        record("macro.resumed", by=by, macro=self.id)


class MacroRun(Base):
    """A macro carried out on one ticket, with what stood before."""

    __tablename__ = "macro_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    macro_id: Mapped[int] = mapped_column(ForeignKey("macro.id"))
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"), index=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
    before: Mapped[dict[str, Any]] = mapped_column(SafeJSON)
    undone_at: Mapped[datetime | None]

    macro: Mapped[Macro] = relationship()

    @classmethod
    def named(cls, run_id: int) -> Self | None:
        return db.session.get(cls, run_id)

    @classmethod
    def fresh(cls, ticket: Ticket, user: User, since: datetime) -> Self | None:
        """What `user` has just done there with a macro and not undone."""
        mine = select(cls).where(
            cls.ticket_id == ticket.id,
            cls.by_id == user.id,
            cls.undone_at.is_(None),
            cls.at >= since,
        )
        return db.session.scalar(mine.order_by(cls.id.desc()).limit(1))

    @classmethod
    def begin(cls, macro: Macro, ticket: Ticket, *, by: User, at: datetime) -> Self:
        """Before the first step: how everything stands."""
        stood = {"ticket": standing(ticket, (*CHANGED, *OF_THE_CLOCK))}
        run = cls(macro_id=macro.id, ticket_id=ticket.id, by_id=by.id, at=at, before=stood)
        db.session.add(run)
        db.session.flush()
        return run

    def end(self, ticket: Ticket, message: Message | None, **made: Any) -> None:
        """After the last step: what was made, and how the ticket stands now."""
        db.session.flush()
        self.message_id = message.id if message is not None else None
        self.before = {**self.before, **made, "after": standing(ticket, CHANGED)}
        by = User.named(self.by_id)
        record("ticket.macro_run", by=by, at=self.at, ticket_id=ticket.id, macro=self.macro_id)

    def undoable(self, ticket: Ticket, user: User, at: datetime) -> bool:
        """Whether it is `user`'s own, fresh, and nobody has changed the ticket since."""
        mine = self.by_id == user.id and self.ticket_id == ticket.id and self.undone_at is None
        return mine and at - self.at <= UNDO and stands(ticket, self.before["after"])

    def undo(self, ticket: Ticket, *, by: User, at: datetime) -> None:
        """The ticket stands as before; its answer and its call-back are taken back elsewhere."""
        note = db.session.get(Note, self.before.get("note") or 0)
        if note is not None:
            db.session.delete(note)
        put_back(ticket, self.before["ticket"])
        self.undone_at = at
        record("ticket.macro_undone", by=by, at=at, ticket_id=ticket.id, macro=self.macro_id)


def _last_position() -> int:
    return db.session.scalar(select(func.max(Macro.position))) or 0
