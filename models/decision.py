"""The decisions of a meeting, which together are its minutes, and what a team asks everybody's."""

from datetime import date, datetime
from typing import Self

from sqlalchemy import ForeignKey, Select, func, select, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, db
from models.event import record
from models.problem import Problem, ProblemState
from models.user import User

LONGEST_REASON = 300


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
    undone_at: Mapped[datetime | None]
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    reason: Mapped[str] = mapped_column(default="")
    """Why, where somebody said so: what is ignored needs one."""

    problem: Mapped[Problem] = relationship()
    by: Mapped[User] = relationship(foreign_keys=[by_id])
    owner: Mapped[User | None] = relationship(foreign_keys=[owner_id])
    undone_by: Mapped[User | None] = relationship(foreign_keys=[undone_by_id])

    @classmethod
    def of(cls, screening_id: int) -> Select[Self]:
        return select(cls).where(cls.screening_id == screening_id, ~cls.undone).order_by(cls.id)

    @classmethod
    def ever_of(cls, screening_id: int) -> Select[Self]:
        """Those taken back included: what was changed after the close is told as a correction."""
        return select(cls).where(cls.screening_id == screening_id).order_by(cls.id)

    @classmethod
    def counts(cls, screening_ids: list[int]) -> dict[int, int]:
        """How many decisions of each meeting stand."""
        rows = db.session.execute(
            select(cls.screening_id, func.count().label("decisions"))
            .where(cls.screening_id.in_(screening_ids), ~cls.undone)
            .group_by(cls.screening_id)
        )
        return {row.screening_id: row.decisions for row in rows}

    @classmethod
    def last_in(cls, screening_id: int) -> Self | None:
        """The decision that `undo` takes back."""
        standing = cls.of(screening_id).order_by(None).order_by(cls.id.desc())
        return db.session.scalar(standing.limit(1))

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

    def explain(self, reason: str, *, by: User, at: datetime) -> None:
        """Say afterwards why; an empty reason takes it back."""
        reason = " ".join(reason.split())[:LONGEST_REASON]
        if reason != self.reason:
            self.reason = reason
            record("problem.reason_given", by=by, at=at, problem_id=self.problem_id, why=reason)

    @property
    def problem_ids(self) -> list[int]:
        """The problem, and the one in which it went up since: there its actions are."""
        return [one for one in (self.problem_id, self.problem.merged_into_id) if one is not None]

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

    @classmethod
    def ask(
        cls, problem: Problem, screening_id: int, reason: str, *, by: User, at: datetime
    ) -> Self:
        """Send a card upward; asked twice by the same meeting, the later reason holds."""
        if not reason.strip():
            raise ValueError("everybody's meeting must know why")
        made = cls.asked_in(screening_id).get(problem.id)
        if made is None:
            made = cls(problem_id=problem.id, screening_id=screening_id, by_id=by.id, at=at)
            db.session.add(made)
        made.reason = reason.strip()[:300]
        record("problem.escalated", by=by, at=at, problem_id=problem.id, reason=made.reason)
        db.session.flush()
        return made

    @classmethod
    def asked_in(cls, screening_id: int) -> dict[int, Self]:
        """What one team's meeting has sent upward, by problem."""
        rows = db.session.scalars(
            select(cls)
            .where(cls.screening_id == screening_id, cls.withdrawn_at.is_(None))
            .order_by(cls.id)
        )
        return {row.problem_id: row for row in rows}

    @classmethod
    def waiting(cls) -> dict[int, Self]:
        """What everybody's meeting has still to decide on, by problem; the first asked is first."""
        rows = db.session.scalars(
            select(cls)
            .join(Problem)
            .where(
                cls.taken_up_at.is_(None),
                cls.withdrawn_at.is_(None),
                Problem.merged_into_id.is_(None),
                Problem.state != ProblemState.NOT_A_PROBLEM.value,
            )
            .order_by(cls.id.desc())
        )
        found = {row.problem_id: row for row in rows}
        return dict(reversed(found.items()))

    @classmethod
    def several(cls, ids: list[int]) -> list[Self]:
        return list(db.session.scalars(select(cls).where(cls.id.in_(ids)).order_by(cls.id)))

    @classmethod
    def of_problem(cls, problem_id: int) -> list[Self]:
        """All that was ever asked about it."""
        asked = select(cls).where(cls.problem_id == problem_id).order_by(cls.id)
        return list(db.session.scalars(asked))

    @classmethod
    def named(cls, escalation_id: int) -> Self | None:
        return db.session.get(cls, escalation_id)

    def withdraw(self, *, by: User, at: datetime) -> None:
        self.withdrawn_at = at
        record("problem.escalation_withdrawn", by=by, at=at, problem_id=self.problem_id)

    @classmethod
    def take_up(cls, problem_id: int, at: datetime) -> None:
        """Everybody's meeting has decided on it."""
        db.session.execute(
            update(cls)
            .where(
                cls.problem_id == problem_id,
                cls.taken_up_at.is_(None),
                cls.withdrawn_at.is_(None),
            )
            .values(taken_up_at=at)
        )

    @classmethod
    def ask_again(cls, problem_id: int, at: datetime) -> None:
        """The decision of that moment is taken back: it waits once more."""
        db.session.execute(
            update(cls)
            .where(cls.problem_id == problem_id, cls.taken_up_at == at)
            .values(taken_up_at=None)
        )
