"""The days of one problem, for its chart."""

from dataclasses import dataclass
from datetime import date, timedelta

from models import calendar
from models.action import Action
from models.base import db
from models.cases import clients_by_day
from models.problem import Problem
from models.problem_day import ProblemDay
from models.taught import Taught


@dataclass(frozen=True)
class DayOfProblem:
    """One day of a problem's chart."""

    day: date
    clients: int
    contacts: int
    low: float | None
    high: float | None
    effective: bool
    """An action of ours became effective on this day."""


def days_of(problem: Problem, day: date, count: int) -> list[DayOfProblem]:
    """The last working days of a problem, and every other day on which somebody wrote."""
    rows = {row.day: row for row in db.session.scalars(ProblemDay.of_problem(problem.id))}
    actions = db.session.scalars(Action.of_problem(problem.id))
    turned = {calendar.business_day(a.effective_at) for a in actions if a.effective_at}
    first = max(
        calendar.working_day_before(calendar.business_day(problem.first_seen_at)),
        day - timedelta(days=count),
    )
    now_seen = clients_by_day([problem.id], first, day)[problem.id] if reshaped(problem) else {}
    found = []
    for one in (first + timedelta(days=step) for step in range((day - first).days + 1)):
        row = rows.get(one)
        if (row is not None and row.contacts) or calendar.working_day(one):
            found.append(
                DayOfProblem(
                    one,
                    clients=max(now_seen.get(one, 0), row.clients if row and not now_seen else 0),
                    contacts=row.contacts if row else 0,
                    low=row.low if row else None,
                    high=row.high if row else None,
                    effective=one in turned,
                )
            )
    return found


def reshaped(problem: Problem) -> bool:
    """Whether people have moved cases in or out: then its past is told by where they are now."""
    return bool(Taught.reshaped([problem.id]))
