"""Whether contacts fell after an action: before against after, next to all other problems.

Whole days only: the day on which the action became effective and the present day are left out.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from math import exp, log, sqrt

from sqlalchemy import func, or_, select

from models import calendar
from models.action import Action
from models.base import db
from models.problem import Problem
from models.problem_day import ProblemDay

DAYS_BEFORE = 10
"""How many working days before the action are looked at, at most."""
FEWEST_DAYS = 2
"""Fewer whole working days afterwards say nothing yet."""
FEWEST_CONTACTS = 5
"""Fewer contacts before the action cannot show a fall."""
FEWEST_OTHERS = 10
"""Fewer contacts of other problems, before or after, are no measure of the general trend."""
CONFIDENCE = 1.96


class Verdict(StrEnum):
    """What may honestly be said."""

    TOO_EARLY = "too_early"
    TOO_FEW = "too_few"
    FELL = "fell"
    ROSE = "rose"
    UNCLEAR = "unclear"


@dataclass(frozen=True)
class Effect:
    """Contacts per day before and after; `change` is -0.78 for a fall by 78 %.

    `others` is how all other problems changed meanwhile, None where they are too few to compare
    with; `change`, `low` and `high` are then not corrected for them.
    """

    verdict: Verdict
    before: float | None = None
    after: float | None = None
    change: float | None = None
    low: float | None = None
    high: float | None = None
    others: float | None = None
    days_left: int = 0
    """Whole working days to wait for, where it is too early."""


@dataclass(frozen=True)
class DayOfContacts:
    """What one problem, and all others together, drew in one day."""

    own: int
    others: int


def effect_of(action: Action, at: datetime) -> Effect | None:
    """What the action did until `at`; None while it is not effective."""
    if action.effective_at is None:
        return None
    turned, today = calendar.business_day(action.effective_at), calendar.business_day(at)
    days = contacts_per_day(
        action.problem_id, calendar.working_day_before(turned, DAYS_BEFORE), today
    )
    worked = {day: seen for day, seen in days.items() if calendar.working_day(day)}
    return measure(
        [seen for day, seen in worked.items() if day < turned],
        [seen for day, seen in worked.items() if turned < day < today],
    )


def contacts_per_day(problem_id: int, first: date, last: date) -> dict[date, DayOfContacts]:
    """Every day in between that has a board; what was merged into the problem counts as its own."""
    own = or_(Problem.id == problem_id, Problem.merged_into_id == problem_id)
    rows = db.session.execute(
        select(
            ProblemDay.day,
            func.coalesce(func.sum(ProblemDay.contacts).filter(own), 0),
            func.coalesce(func.sum(ProblemDay.contacts).filter(~own), 0),
        )
        .join(Problem, Problem.id == ProblemDay.problem_id)
        .where(ProblemDay.day >= first, ProblemDay.day <= last)
        .group_by(ProblemDay.day)
        .order_by(ProblemDay.day)
    )
    return {day: DayOfContacts(int(mine), int(others)) for day, mine, others in rows}


def measure(before: list[DayOfContacts], after: list[DayOfContacts]) -> Effect:
    """The ratio of two ratios with its 95 % interval.

    The variance is that of Poisson counts, widened by as much as the days before differed from
    one another more than chance alone would make them.
    """
    if len(after) < FEWEST_DAYS:
        return Effect(Verdict.TOO_EARLY, days_left=FEWEST_DAYS - len(after))
    own_before, own_after = _sum_own(before), _sum_own(after)
    if own_before < FEWEST_CONTACTS:
        return Effect(
            Verdict.TOO_FEW,
            before=own_before / len(before) if before else None,
            after=own_after / len(after),
        )
    others_before, others_after = _sum_others(before), _sum_others(after)
    compared = min(others_before, others_after) >= FEWEST_OTHERS
    # Half a contact more on each side keeps a fall to nothing finite.
    ratio = log((own_after + 0.5) / len(after)) - log((own_before + 0.5) / len(before))
    variance = 1 / (own_after + 0.5) + 1 / (own_before + 0.5)
    general = log((others_after or 1) / len(after)) - log((others_before or 1) / len(before))
    if compared:
        ratio -= general
        variance += 1 / others_after + 1 / others_before
    half = CONFIDENCE * sqrt(variance * _spread(before))
    low, high = exp(ratio - half) - 1, exp(ratio + half) - 1
    return Effect(
        Verdict.FELL if high < 0 else Verdict.ROSE if low > 0 else Verdict.UNCLEAR,
        before=own_before / len(before),
        after=own_after / len(after),
        change=exp(ratio) - 1,
        low=low,
        high=high,
        others=exp(general) - 1 if compared else None,
    )


def _sum_own(days: list[DayOfContacts]) -> int:
    return sum(day.own for day in days)


def _sum_others(days: list[DayOfContacts]) -> int:
    return sum(day.others for day in days)


def _spread(days: list[DayOfContacts]) -> float:
    """How much more the days differ than by chance; at least 1."""
    if len(days) < 3:
        return 1.0
    mean = _sum_own(days) / len(days)
    return max(1.0, sum((day.own - mean) ** 2 for day in days) / mean / (len(days) - 1))
