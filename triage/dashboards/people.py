"""Who is here now, what that covers, and moving people for today in one deed."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from models import here, moving
from models.base import db, now
from models.calendar import BRUSSELS, business_day, start_of
from models.here import Here
from models.intake import Channel
from models.person_move import PersonMove
from models.policy import Verb, may, moves
from models.service_level import OpeningHours
from models.team import Team
from models.topic import LANGUAGES
from models.user import User
from triage.accounts import demand

pages = Blueprint("people", __name__)

pages.add_app_template_global(lambda: here.now_here(demand(Verb.SEE_FIGURES), now()), "who_is_here")

CHANNELS = [Channel.PHONE.value, Channel.EMAIL.value, Channel.FORM.value, Channel.POST.value]
LATEST = time(23, 59)
USUAL_CLOSE = time(17)


@pages.get("/people")
def index() -> ResponseReturnValue:
    user, at = demand(Verb.SEE_FIGURES), now()
    if request.headers.get("HX-Target") == "covered":
        return render_template("dashboards/_people_covered.html", **shown(user, at))
    return people(user, at)


@pages.get("/people/list")
def listed() -> ResponseReturnValue:
    """The people alone, read anew now and then."""
    user, at = demand(Verb.SEE_FIGURES), now()
    return render_template("dashboards/_people_list.html", **shown(user, at))


@pages.post("/people/moves")
def move() -> ResponseReturnValue:
    """These people help out another team, until a time of today."""
    by, at = demand(Verb.LEAD), now()
    team = Team.named(request.form.get("team", 0, type=int))
    chosen = [User.named(int(one)) for one in request.form.getlist("number") if one.isdecimal()]
    users = [one for one in chosen if one is not None]
    until = time_of_today(request.form.get("until", ""), at)
    if team is None:
        return people(by, at, _("Choose a team."), 422)
    if not users:
        return people(by, at, _("Choose whom."), 422)
    if until is None or not at < until:
        return people(by, at, _("Give a time later today."), 422)
    if until > at + moving.LONGEST:
        hours = moving.LONGEST // timedelta(hours=1)
        return people(by, at, _("Somebody moves for at most %(hours)s hours.", hours=hours), 422)
    if barred := [one.name for one in users if not moves(by, one, team)]:
        names = ", ".join(barred)
        return people(by, at, _("You may not move to this team: %(names)s.", names=names), 403)
    deed = moving.move(
        users,
        team,
        until,
        by=by,
        at=at,
        channels=[one for one in request.form.getlist("channel") if one in CHANNELS],
        languages=[one for one in request.form.getlist("language") if one in LANGUAGES],
        note=request.form.get("note", ""),
    )
    return redirect(url_for(".index", undo=deed), 303)


@pages.post("/people/moves/<moved_deed>/undo")
def undo_move(moved_deed: str) -> ResponseReturnValue:
    """All who went along in one deed are back."""
    by = demand(Verb.LEAD)
    if not db.session.scalars(PersonMove.of_deed(moved_deed)).all():
        abort(404)
    count = moving.take_back(moved_deed, by=by, at=now())
    flash(ngettext("%(num)s person is back.", "%(num)s people are back.", count))
    return redirect(url_for(".index"), 303)


@pages.post("/people/moves/<int:move_id>/end")
def bring_back(move_id: int) -> ResponseReturnValue:
    by, at = demand(Verb.LEAD), now()
    standing = db.session.get(PersonMove, move_id) or abort(404)
    moving.bring_back(standing, by=by, at=at)
    flash(_("%(name)s is back.", name=standing.user.name))
    return redirect(url_for(".index"), 303)


def people(user: User, at: datetime, mistake: str = "", code: int = 200) -> ResponseReturnValue:
    page = render_template(
        "dashboards/people.html",
        mistake=mistake,
        teams=db.session.scalars(Team.in_order()).all(),
        channels=CHANNELS,
        until=request.form.get("until") or closing(at),
        undo=undo_offered(user, at),
        typed=request.form,
        **shown(user, at),
    )
    return page, code


def shown(user: User, at: datetime) -> dict[str, object]:
    found = here.now_here(user, at)
    return {
        "found": found,
        "groups": by_team(found),
        "leads": may(user, Verb.LEAD),
        "chosen": set(request.form.getlist("number")),
    }


def by_team(found: Here) -> Sequence[tuple[Team | None, Sequence[here.Somebody]]]:
    """Everybody once, under the team where he or she counts now; who is here comes first."""
    teams = {place.team_id: place.team for one in found.people for place in one.places}
    order = sorted(teams.values(), key=lambda team: (team.position, team.id))
    return [
        (team, sorted(inside, key=lambda one: (not one.here, one.user.name)))
        for team in [*order, None]
        if (inside := [one for one in found.people if one.team_id == (team.id if team else None)])
    ]


def closing(at: datetime) -> str:
    """When the house closes today; when that is over, an hour from now."""
    hours = OpeningHours.week_of(None).get(business_day(at).weekday())
    closes = hours[1] if hours else USUAL_CLOSE
    local = at.astimezone(BRUSSELS)
    if local.time() < closes:
        return f"{closes:%H:%M}"
    return f"{min(local.hour + 1, 23):02}:{local.minute if local.hour < 23 else 59:02}"


def time_of_today(given: str, at: datetime) -> datetime | None:
    try:
        moment = time.fromisoformat(given)
    except ValueError:
        return None
    return start_of(business_day(at), moment.replace(tzinfo=None))


def undo_offered(user: User, at: datetime) -> PersonMove | None:
    """The deed that this person has just done, to be taken back."""
    rows = db.session.scalars(PersonMove.of_deed(request.args.get("undo", ""))).all()
    mine = [one for one in rows if one.by_id == user.id and one.stands(at)]
    return mine[0] if mine and at - mine[0].at < moving.SLIP else None
