"""What was decided to do: its page, its list, how far it is, and whether it helped.

Whoever leads may change any action; its owner may say how far it is.
"""

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, abort, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models import calendar
from models.action import LONGEST_WHAT, Action, ActionKind, ActionState, Outsider
from models.base import db, now
from models.call_round_told import heard_of
from models.effect import Verdict, effects_of
from models.effect_parts import parts_of
from models.event import Event
from models.policy import Verb, may
from models.problem import Problem
from models.user import User
from triage import effect_words, owners, routing
from triage.accounts import back, demand
from triage.screening.acting import due_asked, owner_asked, owner_key
from triage.screening.board import Deed
from triage.screening.pages import pages as screening

pages = Blueprint("actions", __name__)

LONGEST_LIST = 100
"""Verdicts, and dropped actions, that the list shows."""


@screening.context_processor
def words() -> dict[str, object]:
    """What the partials of an effect say, on every page of the screening."""
    return {
        "action_words": effect_words.action_words,
        "part_words": effect_words.part_words,
        "signed": effect_words.signed,
    }


# --- the list -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Listed:
    """Actions of one kind of waiting."""

    name: str
    deeds: list[Deed]


@pages.get("/actions")
def index() -> ResponseReturnValue:
    user, at = demand(Verb.SEE_BOARD), now()
    owner, kind = request.args.get("owner", ""), request.args.get("kind", "")
    found = everything()
    chosen = [
        action for action in found if owner in ("", owner_key(action)) and kind in ("", action.kind)
    ]
    return render_template(
        "screening/actions.html",
        lists=listed(chosen, at),
        owners=sorted({(owner_key(action), action.who) for action in found}, key=lambda o: o[1]),
        owner=owner,
        kind=kind,
        total=len(found),
        leads=may(user, Verb.LEAD),
    )


def everything() -> list[Action]:
    """What is open, then what has its verdict or was dropped, the latest of them."""
    return [
        *db.session.scalars(Action.open()),
        *db.session.scalars(Action.unsettled()),
        *db.session.scalars(Action.settled().limit(LONGEST_LIST)),
        *db.session.scalars(Action.cancelled().limit(LONGEST_LIST)),
    ]


def listed(actions: list[Action], at: datetime) -> list[Listed]:
    """In the order in which somebody must look at them."""
    today = calendar.business_day(at)
    effects = effects_of(actions, at)
    lists: dict[str, list[Deed]] = {
        name: [] for name in ("overdue", "blocked", "to_do", "live", "settled", "dropped")
    }
    for action in actions:
        deed = Deed(action, effects.get(action.id), overdue=action.overdue(today))
        lists[place_of(deed)].append(deed)
    return [Listed(name, deeds) for name, deeds in lists.items()]


def place_of(deed: Deed) -> str:
    state = deed.action.state
    if state == ActionState.CANCELLED:
        return "dropped"
    if state == ActionState.LIVE:
        return "live"
    if state == ActionState.BLOCKED:
        return "blocked"
    if state == ActionState.PLANNED:
        return "overdue" if deed.overdue else "to_do"
    return "settled"


# --- one action -----------------------------------------------------------------------------


@pages.get("/actions/<int:action>")
def show(action: int) -> ResponseReturnValue:
    user = demand(Verb.SEE_BOARD)
    return page_of(user, action_or_404(action))


def page_of(user: User, found: Action, trouble: str = "", code: int = 200) -> ResponseReturnValue:
    at = now()
    effect = effects_of([found], at).get(found.id)
    page = render_template(
        "screening/action.html",
        deed=Deed(found, effect, overdue=found.overdue(calendar.business_day(at))),
        action=found,
        parts=parts_of(found, at),
        heard=heard_of([found.problem_id])[found.problem_id],
        history=history_of(found),
        people=db.session.scalars(User.everybody()).all(),
        outsiders=Action.outsiders(),
        live_since=typed(found.effective_at),
        leads=may(user, Verb.LEAD),
        trouble=trouble,
    )
    return page, code


def history_of(action: Action) -> list[Event]:
    """What happened to this action, the latest first; also before its problem was joined."""
    joined = [one.id for one in Problem.gone_up_in(action.problem_id)]
    events = db.session.scalars(Event.of_problem(action.problem_id, *joined)).all()
    return [event for event in events if event.facts.get("action") == action.id][::-1]


@pages.post("/actions/<int:action>")
def change(action: int) -> ResponseReturnValue:
    user, found, form, at = demand(Verb.LEAD), action_or_404(action), request.form, now()
    try:
        found.change(
            by=user,
            at=at,
            owner=owner_asked(form) or owner_of(found),
            due_on=due_asked(form) or found.due_on,
            kind=ActionKind(form.get("kind") or found.kind),
            what=form.get("what", found.what)[:LONGEST_WHAT],
            effective_at=moment_asked("effective_at", found.effective_at or at),
        )
    except ValueError as trouble:
        return page_of(user, found, str(trouble), 422)
    return redirect(url_for(".show", action=found.id))


def owner_of(action: Action) -> User | Outsider:
    owner = action.owner or action.outsider
    assert owner is not None
    return owner


@pages.post("/actions/<int:action>/completion")
def finish(action: int) -> ResponseReturnValue:
    user, found, at = teller(action), action_or_404(action), now()
    if not found.to_do:
        abort(409)
    found.finish(by=user, at=at, effective_at=moment_asked("effective_at", at))
    return redirect(back())


@pages.post("/actions/<int:action>/completion/withdrawal")
def resume(action: int) -> ResponseReturnValue:
    """Not done, or not dropped, after all."""
    user, found = teller(action), action_or_404(action)
    if found.to_do:
        abort(409)
    found.resume(by=user, at=now())
    return redirect(back())


@pages.post("/actions/<int:action>/blockage")
def block(action: int) -> ResponseReturnValue:
    user, found = teller(action), action_or_404(action)
    if not found.to_do:
        abort(409)
    try:
        found.block(routing.masked(request.form.get("why", "")), by=user, at=now())
    except ValueError:
        return page_of(user, found, _("Say in a few words what blocks it."), 422)
    return redirect(back())


@pages.post("/actions/<int:action>/blockage/withdrawal")
def unblock(action: int) -> ResponseReturnValue:
    user, found = teller(action), action_or_404(action)
    if found.blocked_at is not None:
        found.unblock(by=user, at=now())
    return redirect(back())


@pages.post("/actions/<int:action>/cancellation")
def cancel(action: int) -> ResponseReturnValue:
    user, found = demand(Verb.LEAD), action_or_404(action)
    if not found.to_do:
        abort(409)
    found.cancel(by=user, at=now())
    return redirect(back())


@pages.post("/actions/<int:action>/link")
def send_link(action: int) -> ResponseReturnValue:
    """A new link by mail; the one before leads nowhere any more."""
    user, found, at = demand(Verb.LEAD), action_or_404(action), now()
    if found.outsider is None or found.state == ActionState.CANCELLED:
        abort(409)
    found.fresh_link(by=user, at=at)
    owners.write(found, current_app.extensions["settings"], at)
    return redirect(back())


@pages.post("/actions/<int:action>/link/withdrawal")
def revoke_link(action: int) -> ResponseReturnValue:
    user, found = demand(Verb.LEAD), action_or_404(action)
    if found.outsider is None:
        abort(409)
    found.revoke_link(by=user, at=now())
    return redirect(back())


def teller(action: int) -> User:
    """Somebody who leads, or the action's own owner."""
    user, found = demand(Verb.SEE_BOARD), action_or_404(action)
    return user if found.owner_id == user.id else demand(Verb.LEAD)


def moment_asked(name: str, otherwise: datetime) -> datetime:
    """A moment typed in Brussels time, never a future one; without one, the other."""
    if not request.form.get(name):
        return otherwise
    try:
        typed = datetime.fromisoformat(request.form[name])
    except ValueError:
        abort(400)
    return min(now(), typed.replace(tzinfo=calendar.BRUSSELS))


def typed(at: datetime | None) -> str:
    """A moment as a browser's field has it."""
    return at.astimezone(calendar.BRUSSELS).strftime("%Y-%m-%dT%H:%M") if at else ""


def action_or_404(action: int) -> Action:
    found = Action.named(action)
    if found is None:
        abort(404)
    return found


def fell(problem: Problem, at: datetime) -> bool:
    """Whether contacts have measurably fallen after one of the problem's actions."""
    actions = db.session.scalars(Action.of_problem(problem.id)).all()
    return any(effect.verdict == Verdict.FELL for effect in effects_of(actions, at).values())
