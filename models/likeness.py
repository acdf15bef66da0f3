"""Pairs of problems that may be one: proposed by the engine, answered by people, kept for good."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Self

from sqlalchemy import ForeignKey, Select, UniqueConstraint, delete, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, aliased, contains_eager, mapped_column, relationship

from models.base import Base, SafeJSON, db
from models.problem import Problem, ProblemState
from models.user import User


class Likeness(Base):
    """Two problems that look alike; the one with the smaller number comes first."""

    __tablename__ = "likeness"
    __table_args__ = (UniqueConstraint("first_id", "second_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    first_id: Mapped[int] = mapped_column(ForeignKey("problem.id"))
    second_id: Mapped[int] = mapped_column(ForeignKey("problem.id"), index=True)
    score: Mapped[float]
    evidence: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    proposed_at: Mapped[datetime]
    answer: Mapped[str | None]
    """same, different; empty: nobody has answered yet"""
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    answered_at: Mapped[datetime | None]

    first: Mapped[Problem] = relationship(foreign_keys=[first_id])
    second: Mapped[Problem] = relationship(foreign_keys=[second_id])
    by: Mapped[User | None] = relationship()

    @classmethod
    def named(cls, likeness_id: int | None) -> Self | None:
        return db.session.get(cls, likeness_id) if likeness_id else None

    @classmethod
    def propose(
        cls,
        first: Problem,
        second: Problem,
        score: float,
        evidence: Mapping[str, Any],
        at: datetime,
    ) -> None:
        """The engine's word that two problems may be one; what people have answered stays so.

        Proposed again, score and evidence are those of the last time; the first time is kept.
        """
        smaller, larger = sorted((first, second), key=lambda problem: problem.number)
        statement = insert(cls).values(
            first_id=smaller.id,
            second_id=larger.id,
            score=score,
            evidence=dict(evidence),
            proposed_at=at,
        )
        db.session.execute(
            statement.on_conflict_do_update(
                index_elements=["first_id", "second_id"],
                set_={"score": score, "evidence": dict(evidence)},
                where=cls.answer.is_(None),
            )
        )

    @classmethod
    def withdraw(cls, still_alike: Collection[tuple[int, int]]) -> None:
        """Forget what was proposed of other pairs than these, where nobody has answered."""
        proposed = db.session.execute(
            select(cls.id, cls.first_id, cls.second_id).where(cls.answer.is_(None))
        ).all()
        pairs = {frozenset(pair) for pair in still_alike}
        stale = [one for one, *pair in proposed if frozenset(pair) not in pairs]
        if stale:
            db.session.execute(delete(cls).where(cls.id.in_(stale), cls.answer.is_(None)))

    @classmethod
    def standing(cls) -> Select[Self]:
        """What nobody has answered and can still be answered, the likeliest first."""
        first, second = aliased(Problem), aliased(Problem)
        return (
            select(cls)
            .join(first, cls.first.of_type(first))
            .join(second, cls.second.of_type(second))
            .options(
                contains_eager(cls.first.of_type(first)),
                contains_eager(cls.second.of_type(second)),
            )
            .where(
                cls.answer.is_(None),
                *(
                    condition
                    for problem in (first, second)
                    for condition in (
                        problem.merged_into_id.is_(None),
                        problem.state != ProblemState.NOT_A_PROBLEM.value,
                    )
                ),
            )
            .order_by(cls.score.desc(), cls.id)
        )

    @classmethod
    def of_problem(cls, problem_id: int) -> Select[Self]:
        """What stands about one problem."""
        return cls.standing().where(or_(cls.first_id == problem_id, cls.second_id == problem_id))

    @classmethod
    def of_pair(cls, one: Problem, other: Problem) -> Self | None:
        first, second = sorted((one, other), key=lambda problem: problem.number)
        return db.session.scalar(
            select(cls).where(cls.first_id == first.id, cls.second_id == second.id)
        )

    def beside(self, problem: Problem) -> Problem:
        """The other one of the two."""
        return self.second if self.first_id == problem.id else self.first
