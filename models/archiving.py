"""Problems that nobody writes about any more leave the board until they rise again."""

from datetime import datetime

from sqlalchemy import Select, select

from models.action import Action
from models.event import record
from models.problem import Problem, ProblemState

IDLE = (ProblemState.NEW, ProblemState.WATCHING, ProblemState.IGNORED)
"""Nobody acts on them, and nothing was reached that could be lost again."""


def forgotten(since: datetime) -> Select[Problem]:
    """Those on which nobody acts and about which nobody has written since then."""
    acted_on = select(Action.id).where(Action.problem_id == Problem.id, Action.done_at.is_(None))
    return Problem.alive().where(
        Problem.state.in_([state.value for state in IDLE]),
        Problem.owner_id.is_(None),
        Problem.last_seen_at < since,
        ~acted_on.correlate(Problem).exists(),
    )


def archive(problem: Problem, *, at: datetime) -> None:
    record(
        "problem.archived",
        at=at,
        problem_id=problem.id,
        before=problem.state,
        last_seen=problem.last_seen_at.isoformat(),
    )
    problem.state = ProblemState.ARCHIVED.value
