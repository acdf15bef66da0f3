"""Who is away when: marked by oneself or by who leads, seen by everybody who works."""

from datetime import date, timedelta

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models import releasing
from models.absence import Absence
from models.base import db, now
from models.calendar import business_day, holiday
from models.policy import Verb, marks_absent, may
from models.user import User
from triage.accounts import demand
from triage.desk.tickets import pages

SHOWN = timedelta(days=27)
LONGEST = timedelta(days=730)
SLIP = timedelta(minutes=2)
"""For so long an absence can be taken back as if it had not been marked."""


@pages.get("/absences")
def absences() -> ResponseReturnValue:
    """Four weeks from the Monday of the week that was asked for."""
    user = demand(Verb.WORK)
    today = business_day(now())
    first = monday_of(day_in(request.args.get("from", "")) or today)
    standing = Absence.standing(first, first + SHOWN)
    colleagues = [one for one in db.session.scalars(User.everybody()) if may(one, Verb.WORK)]
    return render_template(
        "desk/absences.html",
        first=first,
        today=today,
        days=[first + timedelta(days=step) for step in range(SHOWN.days + 1)],
        holiday=holiday,
        rows=[(one, [row for row in standing if row.user_id == one.id]) for one in colleagues],
        markable=[one for one in colleagues if marks_absent(user, one)],
        marks_absent=marks_absent,
        me=user,
        earlier=first - timedelta(days=28),
        later=first + timedelta(days=28),
        fresh=fresh(user),
    )


@pages.post("/absences")
def mark_absence() -> ResponseReturnValue:
    """Mark somebody as absent: from the first day on, what waits for that person is the team's."""
    by = demand(Verb.WORK)
    person = User.named(request.form.get("user", by.id, type=int)) or abort(400)
    if not marks_absent(by, person) or not may(person, Verb.WORK):
        abort(403)
    first = day_in(request.form.get("first", ""))
    given = request.form.get("last", "")
    last = day_in(given)
    if first is None or (given and last is None):
        return refused()
    try:
        absence = releasing.mark(person, first, last, request.form.get("note", ""), by=by, at=now())
    except ValueError:
        return refused()
    return redirect(url_for("desk.absences", fresh=absence.id), 303)


@pages.post("/absences/<int:absence_id>/end")
def end_absence(absence_id: int) -> ResponseReturnValue:
    """Back again; what others have taken stays theirs."""
    by, absence = standing_one(absence_id)
    releasing.end(absence, by=by, at=now())
    flash(_("%(name)s is back.", name=absence.user.name))
    return redirect(url_for("desk.absences"), 303)


@pages.post("/absences/<int:absence_id>/withdrawal")
def withdraw_absence(absence_id: int) -> ResponseReturnValue:
    """It was a slip: tickets that nobody has taken come back."""
    by, absence = standing_one(absence_id)
    if now() - absence.at > SLIP:
        abort(409)
    releasing.take_back(absence, by=by, at=now())
    return redirect(url_for("desk.absences"), 303)


def standing_one(absence_id: int) -> tuple[User, Absence]:
    by = demand(Verb.WORK)
    absence = Absence.named(absence_id) or abort(404)
    if not marks_absent(by, absence.user):
        abort(403)
    if absence.ended_at is not None:
        abort(409)
    return by, absence


def fresh(user: User) -> Absence | None:
    """The absence that this person has just marked, to be taken back."""
    found = Absence.named(request.args.get("fresh", 0, type=int))
    recent = found is not None and now() - found.at < SLIP
    mine = found is not None and found.by_id == user.id and found.ended_at is None
    return found if recent and mine else None


def refused() -> ResponseReturnValue:
    flash(_("Give a first day, and a last day that is not before it and not over."), "warning")
    return redirect(url_for("desk.absences"), 303)


def day_in(value: str) -> date | None:
    """A day that is near enough to be meant."""
    try:
        found = date.fromisoformat(value)
    except ValueError:
        return None
    return found if abs(found - business_day(now())) <= LONGEST else None


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())
