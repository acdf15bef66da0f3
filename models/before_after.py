"""The days before and after an action on which its effect is measured, and what they drew.

Whole working days only: the day on which the action became effective and the present day are left
out, and so are days on which other actions on the same problem would be mistaken for this one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select

from models import calendar
from models.action import Action
from models.base import db
from models.kpi_sums import contacts as contacts_on
from models.problem import Problem
from models.problem_day import ProblemDay

DAYS_BEFORE = 10
"""How many working days before the action are looked at, at most."""
DAYS_AFTER = 10
"""And afterwards: what happens later has other causes too."""
FEWEST_ALONE = 3
"""Working days between two actions up to which they are looked at as one."""


@dataclass(frozen=True)
class DayOfContacts:
    """What one problem, and all others together, drew in one day; a total of 0 is not known."""

    own: int
    others: int
    total: int = 0
    clients: int = 0
    others_clients: int = 0
    total_clients: int = 0


@dataclass(frozen=True)
class Window:
    """From `first` until `turned`, and after `live` until `last`, these days left out."""

    first: date
    turned: date
    live: date
    last: date
    together: int = 0
    """Other actions that went live with this one."""
    closed: bool = False
    """Whether a later action ended it: no more days will come."""


Days = dict[date, DayOfContacts]


def windows(actions: Sequence[Action], at: datetime) -> list[tuple[Action, Window, Days]]:
    """Each effective action with the days to look at, and what those drew."""
    live = [
        (action, calendar.business_day(action.effective_at))
        for action in actions
        if action.effective_at is not None
    ]
    if not live:
        return []
    today = calendar.business_day(at)
    first = min(calendar.working_day_before(turned, 2 * DAYS_BEFORE) for _, turned in live)
    days = days_of([action.problem_id for action, _ in live], first, today)
    beside = turns([action.problem_id for action, _ in live])
    return [
        (
            action,
            window_of(turned, beside[action.problem_id], today),
            since_it_began(action.problem, days[action.problem_id]),
        )
        for action, turned in live
    ]


def since_it_began(problem: Problem, days: Days) -> Days:
    """Without the days before the problem's first contact: they are no level to fall from."""
    seen = [day for day, drew in days.items() if drew.own]
    began = min([calendar.business_day(problem.first_seen_at), *seen])
    return {day: drew for day, drew in days.items() if day >= began}


def window_of(turned: date, beside: list[date], today: date) -> Window:
    """From the action before this one to the one after it; those too close by count with it."""
    start = end = turned
    first, last = None, today
    for day in sorted((day for day in beside if day < turned), reverse=True):
        if _worked(day, start) > FEWEST_ALONE:
            first = calendar.working_day_after(day)
            break
        start = day
    for day in sorted(day for day in beside if turned < day < today):
        if _worked(end, day) > FEWEST_ALONE:
            last = day
            break
        end = day
    farthest = calendar.working_day_before(start, DAYS_BEFORE)
    together = sum(1 for day in beside if start <= day <= end) - 1
    return Window(
        max(farthest, first or farthest), start, end, last, max(0, together), last < today
    )


def _worked(first: date, last: date) -> int:
    """Working days from one day to another, at most a few."""
    days = 0
    while first < last and days <= FEWEST_ALONE:
        first, days = calendar.working_day_after(first), days + 1
    return days


def sides(window: Window, days: Days) -> tuple[list[DayOfContacts], list[DayOfContacts]]:
    """(before, after), each at most as many days as are looked at."""
    before, after = dates_of(window, days)
    return [days[day] for day in before], [days[day] for day in after]


def dates_of(window: Window, days: Days) -> tuple[list[date], list[date]]:
    worked = [day for day in days if calendar.working_day(day)]
    before = [day for day in worked if window.first <= day < window.turned]
    after = [day for day in worked if window.live < day < window.last]
    return before[-DAYS_BEFORE:], after[:DAYS_AFTER]


def turns(problem_ids: list[int]) -> dict[int, list[date]]:
    """The days on which actions on these problems became effective."""
    found: dict[int, list[date]] = {problem_id: [] for problem_id in problem_ids}
    live = select(Action).where(
        Action.problem_id.in_(problem_ids),
        Action.effective_at.is_not(None),
        Action.cancelled_at.is_(None),
    )
    for action in db.session.scalars(live):
        if action.effective_at is not None:
            found[action.problem_id].append(calendar.business_day(action.effective_at))
    return found


def days_of(problem_ids: list[int], first: date, last: date) -> dict[int, Days]:
    """What each problem drew, with what was merged into it, on every day that has a board."""
    contacts = func.coalesce(func.sum(ProblemDay.contacts), 0)
    clients = func.coalesce(func.sum(ProblemDay.clients), 0)
    everything = (
        select(
            ProblemDay.day,
            contacts,
            clients,
            func.max(ProblemDay.total),
            func.max(ProblemDay.total_clients),
        )
        .where(ProblemDay.day >= first, ProblemDay.day <= last)
        .group_by(ProblemDay.day)
        .order_by(ProblemDay.day)
    )
    stood = func.coalesce(Problem.merged_into_id, Problem.id)
    drawn = (
        select(stood, ProblemDay.day, contacts, clients)
        .join(Problem, Problem.id == ProblemDay.problem_id)
        .where(ProblemDay.day >= first, ProblemDay.day <= last, stood.in_(problem_ids))
        .group_by(stood, ProblemDay.day)
    )
    own = {(row[0], row[1]): (int(row[2]), int(row[3])) for row in db.session.execute(drawn)}
    boards = db.session.execute(everything).all()
    counted = contacts_on([row[0] for row in boards])
    found: dict[int, Days] = {problem_id: {} for problem_id in problem_ids}
    for problem_id, days in found.items():
        for day, all_contacts, all_clients, total, total_clients in boards:
            mine, my_clients = own.get((problem_id, day), (0, 0))
            days[day] = DayOfContacts(
                mine,
                int(all_contacts) - mine,
                total or counted.get(day, 0),
                my_clients,
                int(all_clients) - my_clients,
                total_clients,
            )
    return found
