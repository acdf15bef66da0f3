"""What we promise by team and topic, and when we work: promises run in opening hours only."""

from datetime import time

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models import promise_trial
from models.base import db, now
from models.business_time import USUAL_WEEK
from models.policy import Verb
from models.service_level import OpeningHours, ServiceLevel
from models.team import Team
from models.topic import Topic
from triage.accounts import demand

pages = Blueprint("promises", __name__)


@pages.get("/promises")
def index() -> ResponseReturnValue:
    demand(Verb.ADMINISTER)
    return page()


@pages.post("/promises")
def give() -> ResponseReturnValue:
    """Promise an answer within so many working hours; the same team and topic again changes it."""
    by = demand(Verb.ADMINISTER)
    team = Team.named(request.form.get("team", type=int))
    topic = Topic.named(request.form.get("topic") or None)
    answer, warn = minutes("answer"), minutes("warn")
    if answer is None or warn is None:
        return page(_("Give hours and minutes as 4:30, or hours alone."), 422)
    try:
        ServiceLevel.give(
            team.id if team else None, topic.id if topic else None, answer, warn, by=by
        )
    except ValueError:
        return page(_("The warning comes before the end, and the end within sixty days."), 422)
    flash(_("Saved. It counts for what comes in from now on."))
    return redirect(url_for(".index"), 303)


@pages.post("/promises/trial")
def try_() -> ResponseReturnValue:
    """How many open tickets it would find late; nothing is promised by that."""
    demand(Verb.ADMINISTER)
    team = Team.named(request.form.get("team", type=int))
    topic = Topic.named(request.form.get("topic") or None)
    answer = minutes("answer")
    if answer is None:
        return page(_("Give hours and minutes as 4:30, or hours alone."), 422)
    trial = promise_trial.tried(
        team.id if team else None, topic.id if topic else None, answer, now()
    )
    return page(trial=trial)


@pages.post("/promises/<int:level_id>/withdrawal")
def withdraw(level_id: int) -> ResponseReturnValue:
    by = demand(Verb.ADMINISTER)
    level = ServiceLevel.named(level_id) or abort(404)
    team_id, topic_id = level.team_id, level.topic_id
    answer, warn = level.answer_minutes, level.warn_minutes
    level.withdraw(by=by)
    again = url_for(
        ".index", team=team_id, topic=topic_id, answer=as_hours(answer), warn=as_hours(warn), gone=1
    )
    return redirect(again, 303)


@pages.post("/promises/hours")
def set_hours() -> ResponseReturnValue:
    """The week of a team, or everybody's; a team without hours follows everybody's."""
    by = demand(Verb.ADMINISTER)
    team = Team.named(request.form.get("team", type=int))
    try:
        OpeningHours.keep(team.id if team else None, week_typed(), by=by)
    except ValueError:
        return page(_("A day closes after it has opened: type both hours, or none."), 422)
    flash(_("Saved. It counts for what comes in from now on."))
    return redirect(url_for(".index"), 303)


def page(
    mistake: str = "", code: int = 200, trial: promise_trial.Trial | None = None
) -> ResponseReturnValue:
    teams = list(db.session.scalars(Team.in_order()))
    shown = render_template(
        "admin/promises.html",
        levels=db.session.scalars(ServiceLevel.in_order()).all(),
        teams=teams,
        topics=db.session.scalars(Topic.first_level()).all(),
        weeks=[(None, OpeningHours.own_week(None) or USUAL_WEEK)]
        + [(team, OpeningHours.own_week(team.id)) for team in teams],
        team_names={team.id: team for team in teams},
        as_hours=as_hours,
        trial=trial,
        mistake=mistake,
    )
    return shown, code


def minutes(name: str) -> int | None:
    """`4:30`, `4` or `0:15` as minutes."""
    hours, _colon, rest = request.form.get(name, "").strip().partition(":")
    if not (
        hours.isdecimal() and len(hours) < 5 and (not rest or (rest.isdecimal() and len(rest) == 2))
    ):
        return None
    return int(hours) * 60 + int(rest or 0)


def as_hours(count: int) -> str:
    return f"{count // 60}:{count % 60:02d}"


def week_typed() -> dict[int, tuple[time, time]]:
    """The typed hours by weekday; raises ValueError for half a day."""
    week = {}
    for weekday in range(7):
        opens, closes = (request.form.get(f"{side}-{weekday}", "") for side in ("opens", "closes"))
        if opens or closes:
            week[weekday] = (hour_in(opens), hour_in(closes))
    return week


def hour_in(written: str) -> time:
    return time.fromisoformat(written).replace(tzinfo=None, microsecond=0)
