"""Answers to everybody whom a problem has hit: one per ticket, prepared, looked at, then sent."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Select,
    UniqueConstraint,
    and_,
    insert,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, contains_eager, mapped_column, relationship

from models import policy
from models.affected import Affected, LeftOut, answers
from models.base import Base, SafeJSON, db, one_at_a_time
from models.contact import Contact
from models.event import record
from models.message import Message
from models.problem import Occurrence, Problem
from models.ticket import Status, Ticket
from models.user import User

FINAL = frozenset(
    {
        LeftOut.PRIVATE,
        LeftOut.COMPLAINT,
        LeftOut.CONTESTED,
        LeftOut.CLOSED,
        LeftOut.NO_ADDRESS,
        LeftOut.NO_TEXT,
        LeftOut.NO_NAME,
    }
)
"""Nobody puts these back: there is nothing that could be written, or nobody to write to."""

WRITABLE = (LeftOut.NO_TEXT, LeftOut.NO_NAME)
"""What was left out only for its text gets one by hand."""


class Readiness(StrEnum):
    """How far one prepared answer has come."""

    PREPARED = "prepared"
    LEFT_OUT = "left_out"
    SENT = "sent"


class ReplyToAll(Base):
    """One text, per language, for all who are affected by a problem."""

    __tablename__ = "reply_to_all"

    id: Mapped[int] = mapped_column(primary_key=True)
    problem_id: Mapped[int] = mapped_column(ForeignKey("problem.id"), index=True)
    texts: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]

    problem: Mapped[Problem] = relationship()
    by: Mapped[User] = relationship()

    @classmethod
    def named(cls, reply_id: int) -> Self | None:
        return db.session.get(cls, reply_id)

    @classmethod
    def last_of(cls, problem: Problem) -> Self | None:
        """The newest of a problem, standing or withdrawn."""
        mine = select(cls).where(cls.problem_id == problem.id)
        return db.session.scalar(mine.order_by(cls.id.desc()).limit(1))

    @classmethod
    def prepare(
        cls,
        problem: Problem,
        texts: Mapping[str, str],
        tickets: Sequence[Affected],
        write: Callable[[Affected, str], str | None],
        *,
        by: User,
        at: datetime,
    ) -> Self:
        """One answer for each ticket, in its language; `write` puts the names in, and returns
        None where one is not known.

        It takes the place of the one that stands; what people left out or put back there by hand
        stays so. Nothing is sent.
        """
        one_at_a_time("reply to all", str(problem.id))
        said: dict[int, PreparedAnswer] = {}
        before = cls.last_of(problem)
        if before is not None and before.withdrawn_at is None:
            said = {answer.ticket_id: answer for answer in db.session.scalars(before.by_hand())}
            before.withdrawn_at = at
        made = cls(problem_id=problem.id, texts=dict(texts), by_id=by.id, at=at)
        db.session.add(made)
        db.session.flush()
        rows = [
            made._row(ticket, texts.get(ticket.language, ""), write, said.get(ticket.ticket_id))
            for ticket in tickets
        ]
        if rows:
            db.session.execute(insert(PreparedAnswer), rows)
        ready = sum(row["state"] == Readiness.PREPARED for row in rows)
        record(
            "problem.reply_prepared",
            by=by,
            at=at,
            problem_id=problem.id,
            reply=made.id,
            ready=ready,
            left_out=len(rows) - ready,
        )
        return made

    def _row(
        self,
        ticket: Affected,
        text: str,
        write: Callable[[Affected, str], str | None],
        said: "PreparedAnswer | None",
    ) -> dict[str, Any]:
        why, written = ticket.why, ""
        if why not in FINAL:
            if not text.strip():
                why = LeftOut.NO_TEXT
            else:
                written = write(ticket, text) or ""
                why = why if written else LeftOut.NO_NAME
                if why is None and not ticket.sure:
                    why = LeftOut.UNSURE
        state = Readiness.PREPARED if why is None else Readiness.LEFT_OUT
        kept = said is not None and said.rewritten and why in (None, *WRITABLE, LeftOut.UNSURE)
        if said is not None and kept:
            written, why, state = said.text, None, Readiness.PREPARED
        if said is not None and why not in FINAL and (said.why or not kept):
            state, why = Readiness(said.state), LeftOut(said.why) if said.why else None
        return {
            "reply_id": self.id,
            "ticket_id": ticket.ticket_id,
            "language": ticket.language,
            "text": written,
            "rewritten": kept,
            "state": state.value,
            "why": why.value if why else "",
        }

    def by_hand(self) -> Select["PreparedAnswer"]:
        """What people left out, put back though there was a reason not to, or wrote anew."""
        left_out = PreparedAnswer.why == LeftOut.BY_HAND.value
        put_back = and_(PreparedAnswer.state == Readiness.PREPARED.value, PreparedAnswer.why != "")
        return select(PreparedAnswer).where(
            PreparedAnswer.reply_id == self.id,
            or_(left_out, put_back, PreparedAnswer.rewritten),
        )

    def withdraw(self, *, by: User, at: datetime) -> None:
        """No agent is offered it any more."""
        self.withdrawn_at = at
        record("problem.reply_withdrawn", by=by, at=at, problem_id=self.problem_id, reply=self.id)

    def stand_again(self, *, by: User, at: datetime) -> None:
        """The withdrawal was a slip."""
        self.withdrawn_at = None
        record("problem.reply_resumed", by=by, at=at, problem_id=self.problem_id, reply=self.id)

    def ticket_ids(self) -> set[int]:
        mine = select(PreparedAnswer.ticket_id).where(PreparedAnswer.reply_id == self.id)
        return set(db.session.scalars(mine))

    def owed(self) -> ColumnElement[bool]:
        """Whether a ticket still waits for it."""
        return owed(self.problem_id, self.at)


class PreparedAnswer(Base):
    """The answer that one ticket would get."""

    __tablename__ = "prepared_answer"
    __table_args__ = (UniqueConstraint("reply_id", "ticket_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    reply_id: Mapped[int] = mapped_column(ForeignKey("reply_to_all.id"))
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    language: Mapped[str]
    text: Mapped[str]
    state: Mapped[str] = mapped_column(default=Readiness.PREPARED.value)
    why: Mapped[str] = mapped_column(default="")
    """Why it was left out; of one that a person put back, why it had been."""
    rewritten: Mapped[bool] = mapped_column(default=False)
    """Whether somebody wrote this ticket's text by hand: it is kept when all is prepared anew."""
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"), index=True)

    reply: Mapped[ReplyToAll] = relationship()
    ticket: Mapped[Ticket] = relationship()

    @classmethod
    def named(cls, answer_id: int) -> Self | None:
        return db.session.get(cls, answer_id)

    @classmethod
    def offered_for(cls, ticket: Ticket) -> Self | None:
        """What waits for this ticket: of several problems, what was prepared last.

        An unsure case has its own too: whoever works on the ticket looks.
        """
        standing = (
            select(cls)
            .join(ReplyToAll)
            .join(Ticket)
            .where(
                cls.ticket_id == ticket.id,
                or_(cls.state == Readiness.PREPARED.value, cls.why == LeftOut.UNSURE.value),
                ReplyToAll.withdrawn_at.is_(None),
                owed(ReplyToAll.problem_id, ReplyToAll.at),
            )
            .options(contains_eager(cls.reply).joinedload(ReplyToAll.problem))
        )
        return db.session.scalar(standing.order_by(cls.id.desc()).limit(1))

    @classmethod
    def sent_in(cls, message: Message) -> Self | None:
        """The one that went out with this mail."""
        return db.session.scalar(select(cls).where(cls.message_id == message.id))

    @property
    def final(self) -> bool:
        """Whether no person can put it back."""
        return self.why in FINAL

    def leave_out(self, *, by: User, at: datetime) -> None:
        """A person's word that this ticket gets no such answer; raises ValueError once it has."""
        if self.state != Readiness.PREPARED:
            raise ValueError("only what is prepared can be left out")
        self.state, self.why = Readiness.LEFT_OUT.value, LeftOut.BY_HAND.value
        self._record("problem.answer_left_out", by, at)

    @property
    def writable(self) -> bool:
        """Whether its text can be written by hand."""
        return self.state != Readiness.SENT and (self.why in WRITABLE or not self.final)

    def rewrite(self, text: str, *, by: User, at: datetime) -> None:
        """A person's own words for this ticket; raises ValueError where none can be sent."""
        if not self.writable or not text.strip():
            raise ValueError("there is nothing that could be written")
        before, self.text, self.rewritten = self.text, text.strip(), True
        if self.why in WRITABLE:
            self.state, self.why = Readiness.PREPARED.value, ""
        record(
            "problem.answer_rewritten",
            by=by,
            at=at,
            ticket_id=self.ticket_id,
            problem_id=self.reply.problem_id,
            answer=self.id,
            before=before,
        )

    def doubt_again(self, *, by: User, at: datetime) -> None:
        """The look at an unsure case was a slip: it waits for another one."""
        if self.state == Readiness.PREPARED and self.why == LeftOut.UNSURE:
            self.state = Readiness.LEFT_OUT.value
            self._record("problem.answer_left_out", by, at)

    def put_back(self, *, by: User, at: datetime) -> None:
        """A person's word that it gets one after all; raises ValueError where none can be."""
        if self.state != Readiness.LEFT_OUT or self.final:
            raise ValueError("there is nothing that could be put back")
        self.state = Readiness.PREPARED.value
        if self.why == LeftOut.BY_HAND:
            self.why = ""
        self._record("problem.answer_put_back", by, at)

    @property
    def answered(self) -> bool:
        """Whether the ticket has an answer since it was prepared."""
        since = (Message.written_at >= self.reply.at, *answers(self.ticket_id))
        return db.session.scalar(select(Message.id).where(*since).limit(1)) is not None

    def sent_with(self, message: Message, at: datetime) -> None:
        """It has gone out with this mail, by an agent's hand or a mailing's."""
        if self.state == Readiness.SENT:
            return
        self.state, self.message_id = Readiness.SENT.value, message.id
        problem_id = self.reply.problem_id
        record(
            "problem.answer_sent",
            by=message.by,
            at=at,
            ticket_id=self.ticket_id,
            problem_id=problem_id,
            answer=self.id,
            message=message.id,
        )

    def came_back(self) -> None:
        """The mail was taken back before it left: it waits again, an unsure one for its look."""
        if self.state == Readiness.SENT:
            unsure = self.why == LeftOut.UNSURE
            self.state = (Readiness.LEFT_OUT if unsure else Readiness.PREPARED).value
            self.message_id = None

    def said_in(self, text: str) -> bool:
        """Whether an agent's answer is this one: at least half of its lines stand in it."""
        said = set(_lines(text))
        lines = _lines(self.text)
        return bool(lines) and 2 * sum(line in said for line in lines) >= len(lines)

    def _record(self, kind: str, by: User, at: datetime) -> None:
        problem_id = self.reply.problem_id
        record(kind, by=by, at=at, ticket_id=self.ticket_id, problem_id=problem_id, answer=self.id)


def _lines(text: str) -> list[str]:
    return [line for one in text.splitlines() if (line := " ".join(one.split()))]


def owed(problem_id: Any, since: Any) -> ColumnElement[bool]:
    """Whether a ticket still waits for what was prepared: it is open, not private, nobody has
    answered since, and it is a case of the problem yet, or of the one that this has become.

    Of queries that join `Ticket`, and `ReplyToAll` where its columns are given.
    """
    answered = select(Message.id).where(Message.written_at >= since, *answers(Ticket.id))
    became = select(Problem.merged_into_id).where(Problem.id == problem_id)
    case = (
        select(Occurrence.id)
        .join(Contact, Contact.id == Occurrence.contact_id)
        .where(
            Contact.ticket_id == Ticket.id,
            Occurrence.until.is_(None),
            or_(
                Occurrence.problem_id == problem_id,
                Occurrence.problem_id == became.correlate(ReplyToAll).scalar_subquery(),
            ),
        )
    )
    return and_(
        Ticket.status != Status.CLOSED.value,
        Ticket.merged_into_id.is_(None),
        ~policy.restricted(Ticket.topic_id),
        ~Ticket.health,
        ~answered.correlate(Ticket, ReplyToAll).exists(),
        case.correlate(Ticket, ReplyToAll).exists(),
    )
