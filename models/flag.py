"""What agents say keeps happening: one line, for the screening board."""

from collections.abc import Sequence
from datetime import datetime
from typing import Self

from sqlalchemy import ForeignKey, Index, Select, select
from sqlalchemy.orm import Mapped, contains_eager, joinedload, mapped_column, relationship

from models import policy
from models.base import Base, db, one_at_a_time
from models.contact import Contact
from models.event import record
from models.problem import Problem
from models.ticket import Ticket
from models.user import User

LONGEST = 200
MOST = 100


class Flag(Base):
    """One agent's word on one ticket: open until the meeting has answered it."""

    __tablename__ = "flag"
    __table_args__ = (Index("ix_flag_open", "at", postgresql_where="answered_at IS NULL"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"), index=True)
    line: Mapped[str] = mapped_column(default="")
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
    problem_id: Mapped[int | None] = mapped_column(ForeignKey("problem.id"), index=True)
    """The problem that it began or joined."""
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    withdrawn_at: Mapped[datetime | None]

    ticket: Mapped[Ticket | None] = relationship()
    by: Mapped[User] = relationship(foreign_keys=[by_id])
    problem: Mapped[Problem | None] = relationship()

    @classmethod
    def named(cls, flag_id: int) -> Self | None:
        return db.session.get(cls, flag_id)

    @classmethod
    def raise_on(
        cls, ticket: Ticket, line: str, *, by: User, at: datetime, contact: Contact | None = None
    ) -> Self:
        """Say that this keeps happening. Said again by the same person, the newer line stands."""
        one_at_a_time("flag", f"{ticket.id}|{by.id}")
        standing = db.session.scalar(cls._standing(ticket).where(cls.by_id == by.id))
        line = " ".join(line.split())[:LONGEST]
        if standing is None:
            standing = cls(ticket_id=ticket.id, by_id=by.id, at=at, line=line)
            standing.by = by
            db.session.add(standing)
        standing.line = line or standing.line
        standing.contact_id = contact.id if contact else standing.contact_id
        ticket.flag(True, by=by)
        db.session.flush()
        return standing

    @classmethod
    def take_down(cls, ticket: Ticket, *, by: User, at: datetime) -> None:
        """It does not keep happening after all: one's own word is withdrawn; of who has said
        nothing, it is the answer to all who did."""
        standing = db.session.scalars(cls._standing(ticket)).all()
        own = [flag for flag in standing if flag.by_id == by.id]
        for flag in own or standing:
            flag.withdrawn_at = at
        if own and len(own) < len(standing):
            record("flag.withdrawn", by=by, at=at, ticket_id=ticket.id, flag=own[0].id)
        else:
            ticket.flag(False, by=by)

    @classmethod
    def _standing(cls, ticket: Ticket) -> Select[Self]:
        return select(cls).where(
            cls.ticket_id == ticket.id, cls.withdrawn_at.is_(None), cls.answered_at.is_(None)
        )

    @classmethod
    def of_ticket(cls, ticket: Ticket) -> Sequence[Self]:
        """The words that stand on a ticket, the newest first."""
        return db.session.scalars(
            cls._standing(ticket).options(joinedload(cls.by)).order_by(cls.at.desc())
        ).all()

    @classmethod
    def open_for(cls, user: User) -> Select[Self]:
        """What still waits for an answer, on tickets that `user` may see; the newest first."""
        return (
            select(cls)
            .join(cls.ticket)
            .where(
                cls.withdrawn_at.is_(None),
                cls.answered_at.is_(None),
                policy.sees_ticket(user, Ticket),
            )
            .options(contains_eager(cls.ticket), joinedload(cls.by))
            .order_by(cls.at.desc(), cls.id.desc())
            .limit(MOST)
        )

    @classmethod
    def seen(cls, user: User, flag_id: int) -> Self | None:
        """The flag, if `user` may see its ticket."""
        found = db.session.get(cls, flag_id)
        ticket = found.ticket if found else None
        if ticket is None or Ticket.numbered(user, ticket.number) is None:
            return None
        return found

    def contacts(self) -> list[Contact]:
        """What the client of the flagged ticket said."""
        said = Contact.of_ticket(self.ticket_id) if self.ticket_id else None
        return list(db.session.scalars(said)) if said is not None else []

    def answer(self, problem: Problem | None, *, by: User, at: datetime) -> None:
        """The meeting has heard it: it is a case of `problem`, or of nothing for now."""
        self.answered_at, self.answered_by_id = at, by.id
        self.problem_id = problem.id if problem else None
        record(
            "flag.answered",
            by=by,
            at=at,
            ticket_id=self.ticket_id,
            problem_id=self.problem_id,
            flag=self.id,
        )

    @classmethod
    def wait_again(cls, problem_id: int, answered_at: datetime, *, by: User, at: datetime) -> None:
        """What was taught with an answer is undone: the flags so answered wait once more."""
        answered = select(cls).where(
            cls.problem_id == problem_id,
            cls.answered_at == answered_at,
            cls.withdrawn_at.is_(None),
        )
        for flag in db.session.scalars(answered):
            flag.unanswer(by=by, at=at)

    def unanswer(self, *, by: User, at: datetime) -> None:
        """The answer was a slip: it waits again."""
        self.answered_at = self.answered_by_id = self.problem_id = None
        record("flag.unanswered", by=by, at=at, ticket_id=self.ticket_id, flag=self.id)
