"""What people taught the grouping, act by act.

Each keeps a list of all that it changed, so that it can be undone as a whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Self

from sqlalchemy import ForeignKey, Select, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.action import Action
from models.base import Base, SafeJSON, db
from models.decision import Escalation
from models.event import record
from models.likeness import Likeness
from models.problem import Constraint, Occurrence, Problem, ProblemState
from models.saying import last_change
from models.saying import undo as undo_sentence
from models.user import User


class Teaching(StrEnum):
    """What was said."""

    JOINED = "joined"
    TAKEN_OUT = "taken_out"
    MOVED = "moved"
    SPLIT = "split"
    SAME = "same"
    DIFFERENT = "different"
    BEGUN = "begun"


@dataclass
class Changes:
    """The rows that an act made, and those that it ended."""

    opened: list[int] = field(default_factory=list)
    closed: list[int] = field(default_factory=list)
    added: list[int] = field(default_factory=list)
    lifted: list[int] = field(default_factory=list)
    likeness: int | None = None
    actions: list[int] = field(default_factory=list)
    """Those that went on with the problem that lives on, and likewise:"""
    escalations: list[int] = field(default_factory=list)
    absorbed: list[int] = field(default_factory=list)
    """the problems that had gone up in the lost one before;"""
    sentence: int | None = None
    """the event with which its sentence came;"""
    stood: dict[str, list[Any]] = field(default_factory=dict)
    """how far the one that lives on was decided, before and after."""
    seen: dict[str, list[str]] = field(default_factory=dict)
    """By problem: first and last seen before, then after."""
    new: list[Constraint] = field(default_factory=list)
    """Those of `added` before they have an id."""

    def as_json(self) -> dict[str, Any]:
        db.session.flush()
        return {
            "opened": self.opened,
            "closed": self.closed,
            "added": [one.id for one in self.new],
            "lifted": self.lifted,
            "likeness": self.likeness,
            "actions": self.actions,
            "escalations": self.escalations,
            "absorbed": self.absorbed,
            "sentence": self.sentence,
            "stood": self.stood,
            "seen": self.seen,
        }


class Taught(Base):
    """One act, until it is undone."""

    __tablename__ = "taught"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    problem_id: Mapped[int] = mapped_column(ForeignKey("problem.id"), index=True)
    """Where the contacts are, or were, before; of two that are the same: the one that lives on."""
    other_id: Mapped[int | None] = mapped_column(ForeignKey("problem.id"), index=True)
    """Where they went; of two that are the same: the one that went up in the other."""
    contacts: Mapped[int] = mapped_column(default=0)
    changed: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    problem: Mapped[Problem] = relationship(foreign_keys=[problem_id])
    other: Mapped[Problem | None] = relationship(foreign_keys=[other_id])
    by: Mapped[User] = relationship(foreign_keys=[by_id])

    @classmethod
    def named(cls, taught_id: int) -> Self | None:
        return db.session.get(cls, taught_id)

    @classmethod
    def standing(cls, problem_id: int) -> dict[int, Self]:
        """What was taught of a problem and not undone."""
        rows = db.session.scalars(
            select(cls).where(
                or_(cls.problem_id == problem_id, cls.other_id == problem_id),
                cls.undone_at.is_(None),
            )
        )
        return {row.id: row for row in rows}

    @classmethod
    def absorbed_by(cls, problem_id: int) -> Select[Self]:
        """Which problems were found to be this one, the last first."""
        return (
            select(cls)
            .where(
                cls.problem_id == problem_id,
                cls.kind == Teaching.SAME.value,
                cls.undone_at.is_(None),
            )
            .order_by(cls.id.desc())
        )

    @classmethod
    def reshaped(cls, problem_ids: Sequence[int]) -> set[int]:
        """Those whose past looks different now from how it was counted then."""
        rows = db.session.execute(
            select(cls.problem_id, cls.other_id).where(
                or_(cls.problem_id.in_(problem_ids), cls.other_id.in_(problem_ids)),
                cls.kind != Teaching.DIFFERENT.value,
            )
        ).all()
        return {one for row in rows for one in row if one is not None} & set(problem_ids)

    @property
    def undoable(self) -> bool:
        """Not once, and not behind the back of a later word on the same problems."""
        if self.undone_at is not None or self.problem.merged_into_id is not None:
            return False
        if self.kind == Teaching.SAME:
            return self.other is not None and self.other.merged_into_id == self.problem_id
        return self.other is None or self.other.merged_into_id is None

    def undo(self, *, by: User, at: datetime) -> None:
        """Contacts return to where they were, unless somebody has moved them since.

        Raises ValueError when it was undone already or a later word stands on it.
        """
        if not self.undoable:
            raise ValueError("a later word stands")
        changes = Changes(**self.changed)
        if self.kind == Teaching.SAME and self.other is not None:
            self.other.merged_into_id = None
            _part(self.other, self.problem, changes, by=by, at=at)
        _return(changes, at)
        _narrow(changes)
        if self.kind == Teaching.SPLIT and self.other is not None:
            _dissolve(self.other, self.problem, at)
        if self.kind == Teaching.BEGUN:
            _forget(self.problem, at)
        for constraint in Constraint.several(changes.added):
            constraint.undone_at = constraint.undone_at or at
        for constraint in Constraint.several(changes.lifted):
            constraint.undone_at = None
        likeness = Likeness.named(changes.likeness)
        if likeness is not None:
            likeness.answer = likeness.by_id = likeness.answered_at = None
        self.undone_at, self.undone_by_id = at, by.id
        for problem in filter(None, (self.problem, self.other)):
            record(
                "problem.taught_undone",
                by=by,
                at=at,
                problem_id=problem.id,
                teaching=self.kind,
                taught=self.id,
            )
        db.session.flush()


def _return(changes: Changes, at: datetime) -> None:
    """End what was opened and still stands; open again what it had replaced."""
    opened = {one.contact_id: one for one in Occurrence.several(changes.opened)}
    closed = {one.contact_id: one for one in Occurrence.several(changes.closed)}
    for occurrence in opened.values():
        if occurrence.until is None:
            occurrence.until = at
        else:  # somebody has moved it since
            closed.pop(occurrence.contact_id, None)
    db.session.flush()
    elsewhere = Occurrence.of_contacts(list(closed))
    for before in closed.values():
        if before.contact_id in elsewhere:
            continue
        home = Problem.named(before.problem_id)
        if home is not None and home.merged_into_id is not None:
            _place_again(before, home.merged_into_id, at)
        else:  # the same row, so that an earlier act on it can still be undone
            before.until = None
    db.session.flush()


def _part(lost: Problem, kept: Problem, changes: Changes, *, by: User, at: datetime) -> None:
    """Give back what had come with `lost`, as far as nobody has changed it since."""
    for action in Action.several(changes.actions):
        action.problem = lost
    for asked in Escalation.several(changes.escalations):
        asked.problem = lost
    for before in Problem.several(changes.absorbed).values():
        if before.merged_into_id == kept.id:
            before.merged_into_id = lost.id
    if changes.stood and stand(kept) == changes.stood["after"]:
        kept.state, kept.owner_id, due = changes.stood["before"]
        kept.due_on = date.fromisoformat(due) if due else None
    last = last_change(kept)
    if changes.sentence is not None and last is not None and last.id == changes.sentence:
        undo_sentence(kept, last.id, by=by, at=at)


def stand(problem: Problem) -> list[Any]:
    """What was decided on it, by whom it is done and until when."""
    due = problem.due_on
    return [problem.state, problem.owner_id, due.isoformat() if due else None]


def _narrow(changes: Changes) -> None:
    """A problem was first and last seen as before, where nothing has come since."""
    for problem in Problem.several(map(int, changes.seen)).values():
        first, last, first_then, last_then = map(
            datetime.fromisoformat, changes.seen[str(problem.id)]
        )
        if problem.first_seen_at == first_then:
            problem.first_seen_at = first
        if problem.last_seen_at == last_then:
            problem.last_seen_at = last


def _place_again(before: Occurrence, problem_id: int, at: datetime) -> None:
    db.session.add(
        Occurrence(
            problem_id=problem_id,
            contact_id=before.contact_id,
            score=before.score,
            reason=before.reason,
            by_id=before.by_id,
            since=at,
        )
    )


def _forget(problem: Problem, at: datetime) -> None:
    """What was begun by a slip is nothing any more; what it drew stands alone again."""
    for occurrence in db.session.scalars(problem.occurrences()):
        occurrence.until = at
    problem.state = ProblemState.NOT_A_PROBLEM.value
    problem.centre = problem.centre_before = None


def _dissolve(part: Problem, source: Problem, at: datetime) -> None:
    """What was split off is nothing by itself any more; what it drew goes where it came from."""
    drawn = db.session.scalars(part.occurrences()).all()
    for occurrence in drawn:
        occurrence.until = at
    db.session.flush()
    for occurrence in drawn:
        _place_again(occurrence, source.id, at)
    part.state = ProblemState.NOT_A_PROBLEM.value
    part.centre = part.centre_before = None
