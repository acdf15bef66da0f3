"""When a mailing leaves: its beginning, its hours, its pace, and the action whose effect counts."""

from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from flask import redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.action import Action, ActionKind
from models.base import db, now
from models.calendar import BRUSSELS, business_day
from models.mailing import Mailing, NotNow, Outdated
from models.policy import Verb
from models.problem import Problem, ProblemState
from models.screening import Screening
from models.user import User
from triage.accounts import demand
from triage.outreach.mailing_count import lasting
from triage.outreach.mailing_page import (
    Trouble,
    changing,
    expected,
    mailing_or_404,
    mailing_page,
    pages,
    step_address,
    trouble,
)

MOST_PER_MINUTE = 600


@dataclass(frozen=True)
class Typed:
    """What stands in the fields, as they are written in a form."""

    start_at: str = ""
    window_from: str = ""
    window_to: str = ""
    per_minute: str = "60"
    working_days: bool = True

    @classmethod
    def of(cls, mailing: Mailing) -> "Typed":
        start = mailing.start_at
        return cls(
            start_at=f"{start.astimezone(BRUSSELS):%Y-%m-%dT%H:%M}" if start else "",
            window_from=f"{mailing.window_from:%H:%M}" if mailing.window_from else "",
            window_to=f"{mailing.window_to:%H:%M}" if mailing.window_to else "",
            per_minute=str(mailing.per_minute),
            working_days=bool(mailing.working_days),
        )

    @classmethod
    def read(cls) -> "Typed":
        form = request.form
        return cls(
            start_at=form.get("start_at", "")[:30] if form.get("begin") == "at" else "",
            window_from=form.get("window_from", "")[:10],
            window_to=form.get("window_to", "")[:10],
            per_minute=form.get("per_minute", "")[:10],
            working_days=form.get("working_days") == "1",
        )

    def columns(self) -> dict[str, Any]:
        """Raises ValueError for what is no time or no pace."""
        pace = int(self.per_minute)
        opens, closes = _time(self.window_from), _time(self.window_to)
        if not 1 <= pace <= MOST_PER_MINUTE:
            raise ValueError("pace")
        if (opens or time(0)) >= (closes or time.max):
            raise ValueError("window")
        start = datetime.fromisoformat(self.start_at) if self.start_at else None
        if start is not None and not 2020 <= start.year <= 2100:
            raise ValueError("start")
        return {
            "start_at": start.replace(tzinfo=BRUSSELS) if start else None,
            "window_from": opens,
            "window_to": closes,
            "per_minute": pace,
            "working_days": self.working_days,
        }


def _time(written: str) -> time | None:
    return time.fromisoformat(written) if written else None


@pages.get("/mailings/<int:mailing_id>/when")
def when(mailing_id: int) -> ResponseReturnValue:
    demand(Verb.WORK)
    mailing = mailing_or_404(mailing_id)
    return when_page(mailing, Typed.of(mailing))


def when_page(mailing: Mailing, typed: Typed, wrong: Trouble | None = None) -> str:
    tally = mailing.tally()
    return mailing_page(
        "mailing_when.html",
        mailing,
        "when",
        tally=tally,
        typed=typed,
        trouble=wrong,
        lasts=lasting(mailing, tally),
        most_per_minute=MOST_PER_MINUTE,
        actions=actions_of(mailing),
    )


def actions_of(mailing: Mailing) -> list[Action]:
    """Those of its problem that are still to be done, and its own."""
    if mailing.problem_id is None:
        return []
    found = db.session.scalars(Action.of_problem(mailing.problem_id))
    return [one for one in found if one.to_do or one.id == mailing.action_id]


@pages.post("/mailings/<int:mailing_id>/when")
def set_when(mailing_id: int) -> ResponseReturnValue:
    by, mailing = changing(mailing_id)
    typed = Typed.read()
    try:
        columns = typed.columns()
    except ValueError:
        wrong = Trouble(
            _("A time or the number of mails a minute cannot be read."),
            _("What was set before is kept."),
            _("The hours end later than they begin; between 1 and 600 mails leave a minute."),
        )
        return when_page(mailing, typed, wrong), 422
    try:
        mailing.change(by=by, at=now(), expected=expected(), **columns)
        link(mailing, request.form.get("action", ""), by)
    except (NotNow, Outdated) as error:
        return when_page(mailing, typed, trouble(error)), 409
    then = "approval" if request.form.get("then") == "go" else "when"
    return redirect(step_address(mailing, then), 303)


def link(mailing: Mailing, asked: str, by: User) -> None:
    """To the action whose effect is measured; `new` decides one for the problem today."""
    if mailing.problem_id is None:
        return
    action_id: int | None = None
    if asked == "new":
        action_id = decide(mailing, by).id
    elif asked.isascii() and asked.isdigit():
        action_id = next((one.id for one in actions_of(mailing) if one.id == int(asked)), None)
    if action_id != mailing.action_id:
        mailing.change(by=by, at=now(), action_id=action_id)


def decide(mailing: Mailing, by: User) -> Action:
    """The mailing as an action of its problem: whoever writes it owns it, due today."""
    at, problem = now(), Problem.named(mailing.problem_id)
    assert problem is not None
    day = business_day(at)
    Screening.on(day).decide(
        problem,
        ProblemState.ACTING,
        by=by,
        at=at,
        owner=problem.owner or by,
        due_on=day,
        kind=ActionKind.MAILING,
        what=mailing.name[:500],
    )
    made = [one for one in actions_of(mailing) if one.kind == ActionKind.MAILING]
    return made[-1]
