"""When the house is closed: public holidays by themselves, and days of its own."""

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models import calendar
from models.base import db, now
from models.closing_day import ClosingDay
from models.policy import Verb
from models.topic import LANGUAGES
from triage.accounts import demand
from triage.admin.naming import names_typed
from triage.display import reader_language

pages = Blueprint("calendar", __name__)

YEAR = timedelta(days=366)
FARTHEST = timedelta(days=3 * 366)


@pages.get("/calendar")
def index() -> ResponseReturnValue:
    demand(Verb.ADMINISTER)
    return page()


@pages.post("/calendar")
def keep() -> ResponseReturnValue:
    """The house is closed, or open, on this day; said again it is changed."""
    by = demand(Verb.ADMINISTER)
    day, names = day_in(request.values.get("day", "")), names_typed() or names_given()
    if day is None:
        return page(_("Give a day from today on, within three years."), 422)
    if names is None:
        return page(_("Give the name in all four languages."), 422)
    ClosingDay.keep(day, request.values.get("closed") == "1", names, by=by, at=now())
    flash(_("Saved. Promises and deadlines count with it from now on."))
    return redirect(url_for(".index"), 303)


@pages.post("/calendar/<closing_day>/removal")
def drop(closing_day: str) -> ResponseReturnValue:
    by = demand(Verb.ADMINISTER)
    found = day_in(closing_day)
    row = (db.session.get(ClosingDay, found) if found else None) or abort(404)
    again: dict[str, Any] = {f"name-{code}": row.name(code) for code in LANGUAGES}
    closed = "1" if row.closed else "0"
    row.drop(by=by)
    return redirect(url_for(".index", day=closing_day, closed=closed, gone=1, **again), 303)


def page(mistake: str = "", code: int = 200) -> ResponseReturnValue:
    today = calendar.business_day(now())
    language = reader_language()
    public = {
        day: name
        for year in (today.year, today.year + 1)
        for day, name in calendar.public_holidays(year, language).items()
        if today <= day <= today + YEAR
    }
    own = {row.day: row for row in ClosingDay.from_day(today)}
    shown = render_template(
        "admin/calendar.html",
        days=[(day, public.get(day), own.get(day)) for day in sorted({*public, *own})],
        today=today,
        gone={name: value for name, value in request.args.items() if name != "gone"}
        if request.args.get("gone")
        else None,
        mistake=mistake,
    )
    return shown, code


def names_given() -> dict[str, str] | None:
    """The names as an address carries them, where a removal is taken back."""
    names = {code: request.args.get(f"name-{code}", "")[:120] for code in LANGUAGES}
    return names if all(names.values()) else None


def day_in(written: str) -> date | None:
    try:
        day = date.fromisoformat(written)
    except ValueError:
        return None
    today = calendar.business_day(now())
    return day if today <= day <= today + FARTHEST else None
