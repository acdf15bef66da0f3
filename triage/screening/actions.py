"""What was decided to do: done, dropped, taken up again, and whether contacts fell."""

from datetime import datetime

from flask import Blueprint, abort, redirect, request
from flask.typing import ResponseReturnValue

from models import calendar
from models.action import Action
from models.base import db, now
from models.effect import Verdict, effect_of
from models.policy import Verb
from models.problem import Problem
from triage.accounts import back, demand

pages = Blueprint("actions", __name__)


@pages.post("/actions/<int:action>/completion")
def finish(action: int) -> ResponseReturnValue:
    user, found, at = demand(Verb.LEAD), action_or_404(action), now()
    if not found.to_do:
        abort(409)
    found.effective_at = moment_asked("effective_at", at)
    found.finish(by=user, at=at)
    return redirect(back())


@pages.post("/actions/<int:action>/completion/withdrawal")
def resume(action: int) -> ResponseReturnValue:
    user, found = demand(Verb.LEAD), action_or_404(action)
    if found.to_do:
        abort(409)
    found.resume(by=user, at=now())
    return redirect(back())


@pages.post("/actions/<int:action>/cancellation")
def cancel(action: int) -> ResponseReturnValue:
    user, found = demand(Verb.LEAD), action_or_404(action)
    if not found.to_do:
        abort(409)
    found.cancel(by=user, at=now())
    return redirect(back())


def moment_asked(name: str, at: datetime) -> datetime:
    """A past moment typed in Brussels time, else the present one."""
    if not request.form.get(name):
        return at
    try:
        typed = datetime.fromisoformat(request.form[name])
    except ValueError:
        abort(400)
    return min(at, typed.replace(tzinfo=calendar.BRUSSELS))


def action_or_404(action: int) -> Action:
    found = Action.named(action)
    if found is None:
        abort(404)
    return found


def fell(problem: Problem, at: datetime) -> bool:
    """Whether contacts have measurably fallen after one of the problem's actions."""
    actions = db.session.scalars(Action.of_problem(problem.id)).all()
    effects = [effect_of(action, at) for action in actions]
    return any(effect is not None and effect.verdict == Verdict.FELL for effect in effects)
