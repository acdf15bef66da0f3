"""What was decided to do about a problem, and since when it works."""

import secrets
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Self

from sqlalchemy import ForeignKey, Index, Select, func, select
from sqlalchemy.dialects.postgresql import distinct_on
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


class ActionState(StrEnum):
    """How far an action is. It stays open until it has a verdict or is cancelled."""

    PLANNED = "planned"
    BLOCKED = "blocked"
    LIVE = "live"
    """Since its effect began; waits for a verdict."""
    VERIFIED = "verified"
    NOT_EFFECTIVE = "not_effective"
    SETTLED = "settled"
    """Looked at to the end, and nothing can be said for sure."""
    CANCELLED = "cancelled"


AFTER_VERDICT = {
    "fell": ActionState.VERIFIED,
    "rose": ActionState.NOT_EFFECTIVE,
    "no_change": ActionState.NOT_EFFECTIVE,
}
PROBLEM_AFTER = {
    ActionState.VERIFIED: ProblemState.VERIFIED,
    ActionState.NOT_EFFECTIVE: ProblemState.NOT_EFFECTIVE,
}
LEFT_ALONE = (
    ProblemState.IGNORED,
    ProblemState.CLOSED,
    ProblemState.ARCHIVED,
    ProblemState.NOT_A_PROBLEM,
)
"""What people have decided since; an action that ends later does not call it back."""
LONGEST_WHY = 300
LONGEST_WHAT = 500
REVOKED = "-"
"""The link key of an owner who must not be written to."""


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
    def several(cls, ids: list[int]) -> list[Self]:
        return list(db.session.scalars(select(cls).where(cls.id.in_(ids)).order_by(cls.id)))

    @classmethod
    def of_problem(cls, problem_id: int) -> Select[Self]:
        return select(cls).where(cls.problem_id == problem_id).order_by(cls.id)

    @classmethod
    def everything(cls) -> Select[Self]:
        return select(cls).order_by(cls.id)

    @classmethod
    def open(cls) -> Select[Self]:
        """What is still to be done, the most urgent first."""
        return (
            select(cls)
            .where(cls.done_at.is_(None), cls.cancelled_at.is_(None))
            .order_by(cls.due_on, cls.id)
        )

    @classmethod
    def unsettled(cls) -> Select[Self]:
        """What is live and has no verdict yet, the longest wait first."""
        return (
            select(cls)
            .where(cls.effective_at.is_not(None), cls.cancelled_at.is_(None), cls.verdict.is_(None))
            .order_by(cls.effective_at, cls.id)
        )

    @classmethod
    def settled(cls) -> Select[Self]:
        """What has its verdict, the latest first."""
        return select(cls).where(cls.verdict.is_not(None)).order_by(cls.verdict_at.desc(), cls.id)

    @classmethod
    def that_solved(cls) -> list[Self]:
        """The last action after which contacts fell, per problem that people hold for solved."""
        solved = (
            select(cls)
            .join(Problem)
            .where(
                cls.verdict == "fell",
                Problem.state.in_([ProblemState.VERIFIED.value, ProblemState.CLOSED.value]),
                Problem.merged_into_id.is_(None),
            )
            .ext(distinct_on(cls.problem_id))
            .order_by(cls.problem_id, cls.verdict_at.desc(), cls.id.desc())
        )
        return list(db.session.scalars(solved))

    @classmethod
    def undone_on(cls, day: date) -> Select[Self]:
        """What had solved a problem until it came back on this day."""
        return select(cls).where(cls.verdict_figures["regressed_on"].astext == day.isoformat())

    @classmethod
    def cancelled(cls) -> Select[Self]:
        return (
            select(cls)
            .where(cls.cancelled_at.is_not(None))
            .order_by(cls.cancelled_at.desc(), cls.id)
        )

    @classmethod
    def uninvited(cls) -> Select[Self]:
        """What somebody without an account must do and has not been told of."""
        return cls.open().where(cls.owner_email != "", cls.link_key == "")

    @classmethod
    def outsiders(cls) -> list[Outsider]:
        """Those without an account who have done something before, by name."""
        rows = db.session.execute(
            select(cls.owner_name, cls.owner_email, func.max(cls.owner_language))
            .where(cls.owner_email != "")
            .group_by(cls.owner_name, cls.owner_email)
            .order_by(cls.owner_name)
        )
        return [Outsider(name, email, language) for name, email, language in rows]

    @classmethod
    def recently_done(cls, since: datetime) -> Select[Self]:
        return select(cls).where(cls.done_at >= since).order_by(cls.done_at.desc())

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

    # --- how far it is ----------------------------------------------------------------------

    @property
    def to_do(self) -> bool:
        return self.done_at is None and self.cancelled_at is None

    @property
    def state(self) -> ActionState:
        if self.cancelled_at is not None:
            return ActionState.CANCELLED
        if self.verdict is not None:
            return AFTER_VERDICT.get(self.verdict, ActionState.SETTLED)
        if self.effective_at is not None:
            return ActionState.LIVE
        return ActionState.BLOCKED if self.blocked_at is not None else ActionState.PLANNED

    @property
    def waits_for_verdict(self) -> bool:
        return self.state == ActionState.LIVE

    def overdue(self, day: date) -> bool:
        return self.to_do and self.due_on < day

    @property
    def who(self) -> str:
        """Who does it, by name."""
        return self.owner.name if self.owner is not None else self.owner_name

    @property
    def outsider(self) -> Outsider | None:
        if self.owner_id is not None or not self.owner_name:
            return None
        return Outsider(self.owner_name, self.owner_email, self.owner_language)

    # --- what becomes of it -----------------------------------------------------------------

    def finish(
        self, *, by: User | None, at: datetime, effective_at: datetime | None = None
    ) -> None:
        """It is done, and live from `effective_at` on; the problem waits for its effect."""
        self.done_at = at
        self.effective_at = effective_at or self.effective_at or at
        self.blocked_at, self.blocked_why = None, ""
        if self.problem.state not in LEFT_ALONE and not self._beside():
            self.problem.state = ProblemState.SHIPPED.value
        self._tell("done", by=by, at=at, live=self.effective_at.isoformat())

    def resume(self, *, by: User | None, at: datetime) -> None:
        """It is not done after all, or taken up again: what was measured of it is forgotten."""
        self.done_at = self.effective_at = self.cancelled_at = None
        self._forget_verdict()
        if by is not None or self.problem.state not in LEFT_ALONE:
            self.problem.state = ProblemState.ACTING.value
        self._tell("resumed", by=by, at=at)

    def cancel(self, *, by: User, at: datetime) -> None:
        """It will not be done."""
        self.cancelled_at = at
        self._tell("cancelled", by=by, at=at)

    def block(self, why: str, *, by: User | None, at: datetime) -> None:
        """It cannot go on; raises ValueError without a reason."""
        why = " ".join(why.split())[:LONGEST_WHY]
        if not why:
            raise ValueError("what blocks it must be said")
        self.blocked_at, self.blocked_why = at, why
        self._tell("blocked", by=by, at=at, why=why)

    def unblock(self, *, by: User | None, at: datetime) -> None:
        self.blocked_at, self.blocked_why = None, ""
        self._tell("unblocked", by=by, at=at)

    def change(
        self,
        *,
        by: User,
        at: datetime,
        owner: User | Outsider,
        due_on: date,
        kind: ActionKind,
        what: str,
        effective_at: datetime | None = None,
    ) -> None:
        """Correct what was decided; a corrected start is measured anew.

        Another owner outside has never been told: the link of the one before leads nowhere.
        """
        before = self._facts()
        given = self.outsider if self.owner is None else self.owner
        if isinstance(owner, Outsider):
            self.owner, self.owner_id = None, None
            self.owner_name, self.owner_email = owner.name, owner.email
            self.owner_language = owner.language
        else:
            self.owner, self.owner_id = owner, owner.id
            self.owner_name = self.owner_email = self.owner_language = ""
        if given != owner:
            self.link_key = ""
        self.due_on, self.kind, self.what = due_on, kind.value, what.strip()[:LONGEST_WHAT]
        if self.effective_at is not None and effective_at not in (None, self.effective_at):
            self.effective_at = effective_at
            self._forget_verdict()
        after = self._facts()
        changed = {
            name: [before[name], after[name]] for name in after if before[name] != after[name]
        }
        if changed:
            self._tell("changed", by=by, at=at, changed=changed)

    def fresh_link(self, *, by: User | None, at: datetime) -> None:
        """Another link: whoever has an older one is shown nothing any more."""
        self.link_key = secrets.token_urlsafe(16)
        self._tell("link", by=by, at=at, to=self.owner_name)

    def revoke_link(self, *, by: User, at: datetime) -> None:
        """No link works, and none is sent, until somebody asks for one."""
        self.link_key = REVOKED
        self._tell("link_revoked", by=by, at=at)

    @property
    def linked(self) -> bool:
        """Whether its owner outside has a link that works."""
        return self.outsider is not None and self.link_key not in ("", REVOKED)

    def settle(self, verdict: str, figures: dict[str, Any], at: datetime) -> None:
        """Keep what was measured; where nothing else is to be done, the problem follows."""
        self.verdict, self.verdict_at, self.verdict_figures = verdict, at, figures
        follows = PROBLEM_AFTER.get(self.state)
        if follows is not None and self.problem.state == ProblemState.SHIPPED:
            self.problem.state = follows.value
        self._tell("verdict", by=None, at=at, verdict=verdict)

    def _forget_verdict(self) -> None:
        self.verdict, self.verdict_at, self.verdict_figures = None, None, {}
        if self.problem.state in (ProblemState.VERIFIED, ProblemState.NOT_EFFECTIVE):
            self.problem.state = ProblemState.SHIPPED.value

    def _beside(self) -> bool:
        """Whether something else is still to be done about the problem."""
        other = type(self).open().where(Action.problem_id == self.problem_id, Action.id != self.id)
        return db.session.scalars(other.limit(1)).first() is not None

    def _facts(self) -> dict[str, str]:
        return {
            "owner": self.who,
            "email": self.owner_email,
            "due": str(self.due_on),
            "kind": self.kind,
            "what": self.what,
            "live": self.effective_at.isoformat() if self.effective_at else "",
        }

    def _tell(self, what: str, *, by: User | None, at: datetime, **facts: Any) -> None:
        """Leave an event; what an owner without an account did says so."""
        if by is None and what not in ("verdict", "link"):
            facts["outside"] = self.owner_name
        record(f"action.{what}", by=by, at=at, problem_id=self.problem_id, action=self.id, **facts)
