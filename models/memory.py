"""What the machine keeps of each problem: its name, its centre, from when to when it was seen.

Read once for a run and written back in one statement for what has changed. People's own words on
the same row are neither waited for nor overwritten.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Self

from sqlalchemy import bindparam, func, select, update

from models.base import Base, db
from models.problem import Constraint, Problem

NAMED = ("thing", "symptom", "stage", "topic_id")
_KEPT = ("terms", "centre", "centre_before", "centred_on", "engine", *NAMED)


@dataclass
class Memory:
    """One problem, as the machine sees it."""

    id: int
    number: int
    state: str
    founded_on: date
    merged_into_id: int | None
    touched: bool
    """Whether people have decided, named or taught anything of it."""
    first_seen_at: datetime
    last_seen_at: datetime
    thing: str | None = None
    symptom: str | None = None
    stage: str | None = None
    topic_id: str | None = None
    terms: dict[str, Any] = field(default_factory=dict)
    centre: bytes | None = None
    centre_before: bytes | None = None
    centred_on: date | None = None
    engine: str = ""
    as_read: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def everything(cls) -> dict[int, Self]:
        """Also of what was merged away: the engine must know what it had been."""
        taught = set(db.session.scalars(select(Constraint.problem_id).distinct()))
        problems = db.session.scalars(Problem.everything())
        return {problem.id: cls.of(problem, taught) for problem in problems}

    @classmethod
    def of(cls, problem: Problem, taught: set[int] | None = None) -> Self:
        made = cls(
            id=problem.id,
            number=problem.number,
            state=problem.state,
            founded_on=problem.founded_on,
            merged_into_id=problem.merged_into_id,
            touched=problem.judged or problem.id in (taught or ()),
            first_seen_at=problem.first_seen_at,
            last_seen_at=problem.last_seen_at,
            **{name: getattr(problem, name) for name in _KEPT},
        )
        made.as_read = made._values()
        return made

    def centre_at_start_of(self, day: date) -> bytes | None:
        """What was known of it before `day`; None for a problem that the day itself has founded.

        What people have touched is kept as it is: it will not be founded anew.
        """
        if self.centred_on is not None and self.centred_on < day:
            return self.centre
        return self.centre_before or (self.centre if self.touched else None)

    def older_centre(self, day: date) -> bool:
        """Whether what was known at the start of `day` knows nothing of the day itself."""
        return self.centred_on == day and self.centre_before is not None

    def remember(self, centre: bytes, engine: str, day: date) -> None:
        if self.centred_on is not None and self.centred_on < day:
            self.centre_before = self.centre
        if self.centre != centre or self.centred_on != day:
            self.centre, self.engine, self.centred_on = centre, engine, day

    def seen(self, moments: Iterable[datetime]) -> None:
        """Its cases were said then."""
        for moment in moments:
            self.first_seen_at = min(self.first_seen_at, moment)
            self.last_seen_at = max(self.last_seen_at, moment)

    @property
    def renamed(self) -> dict[str, list[str | None]]:
        """What the machine calls otherwise now: before, after."""
        return {
            name: [self.as_read[name], getattr(self, name)]
            for name in NAMED
            if self.as_read[name] != getattr(self, name)
        }

    @property
    def changed(self) -> bool:
        return self._values() != self.as_read

    def _values(self) -> dict[str, Any]:
        kept = (*_KEPT, "first_seen_at", "last_seen_at")
        return {name: getattr(self, name) for name in kept}

    @classmethod
    def write(cls, memories: Iterable[Self]) -> None:
        """Keep what has changed, without ever colliding with what people decide meanwhile."""
        changed = sorted((one for one in memories if one.changed), key=lambda one: one.id)
        if not changed:
            return
        db.session.flush()
        table = Base.metadata.tables["problem"]
        columns = table.c
        statement = (
            update(table)
            .where(columns.id == bindparam("of"))
            .values(
                {name: bindparam(f"new_{name}", type_=columns[name].type) for name in _KEPT}
                | {
                    "first_seen_at": func.least(columns.first_seen_at, bindparam("first")),
                    "last_seen_at": func.greatest(columns.last_seen_at, bindparam("last")),
                }
            )
        )
        rows = [
            {"of": one.id, "first": one.first_seen_at, "last": one.last_seen_at}
            | {f"new_{name}": getattr(one, name) for name in _KEPT}
            for one in changed
        ]
        db.session.connection().execute(statement, rows)
        written = {one.id for one in changed}
        for one in changed:
            one.as_read = one._values()
        for held in db.session():
            if isinstance(held, Problem) and held.id in written:
                db.session.expire(held)
