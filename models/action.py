"""What was decided to do about a problem, and since when it works."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Self

from sqlalchemy import ForeignKey, Index, Select, func, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, SafeJSON, db
from models.event import record
from models.problem import Problem, ProblemState
from models.user import User


class ActionKind(StrEnum):
    """What can be done about a problem."""

    WEB_TEXT = "web_text"
    FORM_FIX = "form_fix"
    MAILING = "mailing"
    SCRIPT = "script"
    PROCESS_FIX = "process_fix"
    IT_FIX = "it_fix"
    ASK_AUTHORITY = "ask_authority"
    STAFFING = "staffing"
    TRAINING = "training"


@dataclass(frozen=True)
class Outsider:
    """Somebody who does it and has no account here: the web team, the payments office."""

    name: str
    email: str
    language: str


class Action(Base):
    """What was decided to do, by whom, until when, and since when it works."""

    __tablename__ = "action"
    __table_args__ = (Index("ix_action_open", "due_on", postgresql_where="done_at IS NULL"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    problem_id: Mapped[int] = mapped_column(ForeignKey("problem.id"), index=True)
    kind: Mapped[str]
    what: Mapped[str] = mapped_column(default="")
    screening_id: Mapped[int | None] = mapped_column(ForeignKey("screening.id"))
    """The meeting that decided it."""
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    owner_name: Mapped[str] = mapped_column(default="")
    """Who does it, where the owner has no account: the web team, the payments office."""
    owner_email: Mapped[str] = mapped_column(default="")
    owner_language: Mapped[str] = mapped_column(default="")
    link_key: Mapped[str] = mapped_column(default="")
    """What an outside owner's link is signed over; another one makes old links worthless."""
    blocked_at: Mapped[datetime | None]
    blocked_why: Mapped[str] = mapped_column(default="")
    verdict: Mapped[str | None]
    """What was measured once there was enough to say; an action is open until then."""
    verdict_at: Mapped[datetime | None]
    verdict_figures: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    due_on: Mapped[date]
    decided_at: Mapped[datetime]
    effective_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    problem: Mapped[Problem] = relationship()
    owner: Mapped[User | None] = relationship()

    @classmethod
    def named(cls, action_id: int) -> Self | None:
        return db.session.get(cls, action_id)

    @classmethod
    def of_problem(cls, problem_id: int) -> Select[Self]:
        return select(cls).where(cls.problem_id == problem_id).order_by(cls.id)

    @classmethod
    def open(cls) -> Select[Self]:
        return (
            select(cls)
            .where(cls.done_at.is_(None), cls.cancelled_at.is_(None))
            .order_by(cls.due_on, cls.id)
        )

    @classmethod
    def recently_done(cls, since: datetime) -> Select[Self]:
        return select(cls).where(cls.done_at >= since).order_by(cls.done_at.desc())

    @property
    def to_do(self) -> bool:
        return self.done_at is None and self.cancelled_at is None

    @classmethod
    def decided_in(cls, problem_ids: list[int], moments: list[datetime]) -> list[Self]:
        """The actions that came of decisions taken at these moments."""
        return list(
            db.session.scalars(
                select(cls)
                .where(cls.problem_id.in_(problem_ids), cls.decided_at.in_(moments))
                .order_by(cls.id)
            )
        )

    def cancel(self, *, by: User, at: datetime) -> None:
        """It will not be done."""
        self.cancelled_at = at
        record("action.cancelled", by=by, at=at, problem_id=self.problem_id, action=self.id)

    def resume(self, *, by: User, at: datetime) -> None:
        """It is not done after all."""
        self.done_at = self.effective_at = self.cancelled_at = None
        self.problem.state = ProblemState.ACTING.value
        record("action.resumed", by=by, at=at, problem_id=self.problem_id, action=self.id)

    def finish(self, *, by: User, at: datetime) -> None:
        """It is live from `at` on; the problem waits for its effect to be seen."""
        self.done_at = at
        self.effective_at = self.effective_at or at
        self.problem.state = ProblemState.SHIPPED.value
        record("action.done", by=by, at=at, problem_id=self.problem_id, action=self.id)
