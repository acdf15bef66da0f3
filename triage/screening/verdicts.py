"""After the day was counted: verdicts are kept, and what was solved and is back is said to be.

A verdict is looked for once a day, in the early morning, when the day before is complete.
"""

from datetime import date, datetime, time

from models import calendar
from models.action import Action
from models.base import db
from models.effect import settled_of
from models.event import record
from models.level import Level
from models.problem import ProblemState, Trend
from models.problem_day import ProblemDay
from models.settings import Setting

JUDGED_AT = time(4)
"""In Brussels: by then the night has counted the day before once more."""


def after_count(at: datetime) -> None:
    """What follows from a count of the day of `at`; safe to repeat."""
    today = calendar.business_day(at)
    due = at >= calendar.start_of(today, JUDGED_AT)
    if due and Setting.read("judged_day") != today.isoformat():
        judge_actions(at)
        Setting.write("judged_day", today.isoformat())
    watch_solved(at)


def judge_actions(at: datetime) -> int:
    """Keep the verdict of every action about which enough is known; returns how many."""
    kept = settled_of(list(db.session.scalars(Action.unsettled())), at)
    for action, effect, after in kept:
        figures = {"effect": effect.figures(), "level": Level.of_days(after).figures()}
        action.settle(effect.verdict.value, figures, at)
    return len(kept)


def watch_solved(at: datetime) -> None:
    """Put a solved problem that is back on the board as new; its card says so all day."""
    today = calendar.business_day(at)
    for action in Action.that_solved():
        row = counted(action, today)
        if row is not None and row.trend == Trend.REGRESSED:
            reopen(action, row.lately.clients, at)
    for action in db.session.scalars(Action.undone_on(today)):
        row = counted(action, today)
        if row is not None:
            row.trend = Trend.REGRESSED.value


def counted(action: Action, day: date) -> ProblemDay | None:
    """The problem's figures of the day, as the count has just written them past the session."""
    row = ProblemDay.on(action.problem_id, day)
    if row is not None:
        db.session.refresh(row)
    return row


def reopen(action: Action, clients: int, at: datetime) -> None:
    """The problem is back: it stands on the board as new, under its owner of before."""
    level = level_after(action)
    action.verdict_figures = {
        **action.verdict_figures,
        "regressed_on": calendar.business_day(at).isoformat(),
    }
    action.problem.state = ProblemState.NEW.value
    record(
        "problem.regressed",
        at=at,
        problem_id=action.problem_id,
        action=action.id,
        clients=clients,
        level=round(level.a_day, 1),
    )


def levels_after() -> dict[int, Level]:
    """The level of each solved problem after the action that solved it, from which it may rise."""
    return {action.problem_id: level_after(action) for action in Action.that_solved()}


def level_after(action: Action) -> Level:
    return Level.kept(action.verdict_figures["level"])
