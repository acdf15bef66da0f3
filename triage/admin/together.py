"""Several people into a team at once, and who of each team is there in the coming weeks."""

from datetime import timedelta

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models import calendar, people_list
from models.absence import Absence
from models.base import db, now
from models.policy import Verb
from models.team import Team
from models.topic import LANGUAGES
from models.user import User
from triage.accounts import demand

pages = Blueprint("together", __name__)

DAYS = 28


@pages.post("/people/together")
def join() -> ResponseReturnValue:
    """Bring the ticked people into a team; whoever is in it already stays as he or she is."""
    by = demand(Verb.ADMINISTER)
    team = Team.named(request.form.get("team", type=int)) or abort(400)
    ticked = {int(one) for one in request.form.getlist("user") if one.isdecimal()}
    people = [one for one in db.session.scalars(User.everybody()) if one.id in ticked]
    languages = [code for code in LANGUAGES if code in request.form.getlist("writes")]
    change = people_list.join_together(people, team, languages, by=by, at=now())
    if change is None:
        flash(_("Nobody was ticked who is not in this team already."), "warning")
        return redirect(url_for("admin.people.index"), 303)
    return redirect(url_for("admin.people.index", joined=change.id), 303)


@pages.post("/people/together/<int:change_id>/undo")
def part(change_id: int) -> ResponseReturnValue:
    by = demand(Verb.ADMINISTER)
    change = people_list.joined_by(by, change_id)
    if change is not None:
        people_list.part_again(change, by=by, at=now())
        flash(_("Undone."))
    return redirect(url_for("admin.people.index"), 303)


@pages.get("/absences")
def absences() -> ResponseReturnValue:
    """Four weeks from this Monday: who is away, and how many of each team are left."""
    demand(Verb.ADMINISTER)
    today = calendar.business_day(now())
    first = today - timedelta(days=today.weekday())
    return render_template(
        "admin/absences.html",
        days=[first + timedelta(days=step) for step in range(DAYS)],
        today=today,
        works=calendar.working_day,
        teams=db.session.scalars(Team.in_order()).all(),
        cover=people_list.cover(first, DAYS),
        standing=Absence.standing(today, first + timedelta(days=DAYS - 1)),
    )
