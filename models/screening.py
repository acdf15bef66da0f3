"""The daily screening: its day, the decisions taken, and the actions that follow."""

from datetime import date, datetime
from typing import Any, Self

from sqlalchemy import ForeignKey, Index, Select, select
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.action import Action, ActionKind
from models.base import Base, SafeJSON, db
from models.event import record
from models.problem import Problem, ProblemState
from models.user import User


class Screening(Base):
    """The meeting of one day: of everybody, or of one team."""

    __tablename__ = "screening"
    __table_args__ = (
        Index(
            "uq_screening_day_team",
            "day",
            "team_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date]
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"))
    """Whose meeting it is; empty: everybody's."""
    opened_at: Mapped[datetime | None]
    opened_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    closed_at: Mapped[datetime | None]
    reopened_at: Mapped[datetime | None]
    attendees: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    notes: Mapped[str] = mapped_column(default="")
    frozen: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    """The cards in their order with their figures, as they stood when the meeting was opened."""
    place: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    """How far the meeting has come: a second screen, or a lost connection, goes on from there."""
    carried: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    """What was not reached when it was closed."""
    sentence: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    """Today's sentence for everybody, per language."""

    @classmethod
    def on(cls, day: date) -> Self:
        """The screening of that day, made when it is first asked for."""
        found = cls.if_held(day)
        if found is None:  # somebody else may be asking for it at this very moment
            db.session.execute(insert(cls).values(day=day).on_conflict_do_nothing())
            found = cls.if_held(day)
        assert found is not None
        return found

    @classmethod
    def if_held(cls, day: date) -> Self | None:
        return db.session.scalar(select(cls).where(cls.day == day))

    def say(self, words: dict[str, str], *, by: User) -> None:
        """The sentence for everybody, per language; an empty one is not shown."""
        self.sentence = {language: text.strip()[:300] for language, text in words.items() if text}
        record("screening.sentence", by=by, day=str(self.day))

    def decide(
        self,
        problem: Problem,
        choice: ProblemState,
        *,
        by: User,
        at: datetime,
        owner: User | None = None,
        due_on: date | None = None,
        kind: ActionKind | None = None,
        what: str = "",
    ) -> "Decided":
        """Write down what was decided on a problem; acting also makes the action."""
        before = problem.state
        problem.decide(choice, by=by, at=at, owner=owner, due_on=due_on)
        decided = Decided(
            screening_id=self.id,
            problem_id=problem.id,
            choice=choice.value,
            before=before,
            by_id=by.id,
            at=at,
            owner_id=owner.id if owner else None,
            due_on=due_on,
        )
        db.session.add(decided)
        if choice == ProblemState.ACTING and owner is not None and due_on is not None:
            db.session.add(
                Action(
                    problem_id=problem.id,
                    kind=(kind or ActionKind.PROCESS_FIX).value,
                    what=what,
                    owner_id=owner.id,
                    due_on=due_on,
                    decided_at=at,
                )
            )
        db.session.flush()
        return decided

    def take_back(self, decided: "Decided", *, by: User) -> None:
        """Undo a decision: the problem is again where it was.

        Only the newest decision on a problem can be undone; raises ValueError for another.
        """
        if (
            decided.undone
            or Decided.newest([decided.problem_id]).get(decided.problem_id) != decided
        ):
            raise ValueError("a later decision stands")
        problem = db.session.get_one(Problem, decided.problem_id)
        problem.state = decided.before
        decided.undone = True
        db.session.flush()
        acted = db.session.scalar(Decided.to_act_on(problem.id).limit(1))
        problem.owner_id = acted.owner_id if acted else None
        problem.due_on = acted.due_on if acted else None
        newest = db.session.scalars(
            Action.of_problem(problem.id).where(Action.decided_at == decided.at)
        )
        for action in newest:
            db.session.delete(action)
        record("problem.decision_undone", by=by, problem_id=problem.id, state=decided.before)


class Decided(Base):
    """One decision of a meeting: with the others, the minutes."""

    __tablename__ = "decision"

    id: Mapped[int] = mapped_column(primary_key=True)
    screening_id: Mapped[int] = mapped_column(ForeignKey("screening.id"), index=True)
    problem_id: Mapped[int] = mapped_column(ForeignKey("problem.id"), index=True)
    choice: Mapped[str]
    before: Mapped[str]
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    due_on: Mapped[date | None]
    undone: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(default="")
    """Why, where somebody said so: what is ignored needs one."""

    problem: Mapped[Problem] = relationship()
    by: Mapped[User] = relationship(foreign_keys=[by_id])
    owner: Mapped[User | None] = relationship(foreign_keys=[owner_id])

    @classmethod
    def of(cls, screening_id: int) -> Select[Self]:
        return select(cls).where(cls.screening_id == screening_id, ~cls.undone).order_by(cls.id)

    @classmethod
    def newest_in(cls, screening_id: int) -> dict[int, Self]:
        """The last decision of one meeting on each of its problems."""
        return {decided.problem_id: decided for decided in db.session.scalars(cls.of(screening_id))}

    @classmethod
    def newest(cls, problem_ids: list[int], before: datetime | None = None) -> dict[int, Self]:
        """The last decision on each problem, or the last one before an instant."""
        standing = (
            select(cls)
            .where(cls.problem_id.in_(problem_ids), ~cls.undone)
            .ext(distinct_on(cls.problem_id))
            .order_by(cls.problem_id, cls.id.desc())
        )
        if before is not None:
            standing = standing.where(cls.at < before)
        return {decided.problem_id: decided for decided in db.session.scalars(standing)}

    @classmethod
    def to_act_on(cls, problem_id: int) -> Select[Self]:
        """The decisions to act that stand, the last one first."""
        return (
            select(cls)
            .where(
                cls.problem_id == problem_id,
                cls.choice == ProblemState.ACTING.value,
                ~cls.undone,
            )
            .order_by(cls.id.desc())
        )

    @classmethod
    def named(cls, decision_id: int) -> Self | None:
        return db.session.get(cls, decision_id)


class Escalation(Base):
    """A team's meeting asks everybody's to look at a problem."""

    __tablename__ = "escalation"

    id: Mapped[int] = mapped_column(primary_key=True)
    problem_id: Mapped[int] = mapped_column(ForeignKey("problem.id"), index=True)
    screening_id: Mapped[int] = mapped_column(ForeignKey("screening.id"), index=True)
    """The team's meeting that asked."""
    reason: Mapped[str] = mapped_column(default="")
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
    taken_up_at: Mapped[datetime | None]
    """When everybody's meeting decided on it."""
    withdrawn_at: Mapped[datetime | None]

    problem: Mapped[Problem] = relationship()
    by: Mapped[User] = relationship()
