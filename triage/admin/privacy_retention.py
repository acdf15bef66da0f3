"""Retention: how long each class is kept, what would go tonight, and switching it on for real."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models import retention
from models.base import db, now
from models.policy import Verb
from models.retention import CLASSES, DataClass, RetentionRule, RetentionRun
from triage.accounts import demand
from triage.admin import privacy_words as words

pages = Blueprint("retention", __name__, url_prefix="/privacy/retention")

RUNS = 10


@pages.get("/")
def index() -> ResponseReturnValue:
    demand(Verb.ADMINISTER)
    return the_page()


@pages.post("/<data_class>")
def set_(data_class: str) -> ResponseReturnValue:
    """Days, and on or off. What goes at night does not come back, so switching on is typed."""
    user = demand(Verb.ADMINISTER)
    if data_class not in list(DataClass):
        abort(404)
    chosen = DataClass(data_class)
    days, active = request.form.get("days", 0, type=int), request.form.get("active") == "1"
    row = RetentionRule.everything().get(data_class)
    shorter = row is None or not row.active or days < row.days
    if active and shorter and request.form.get("typed", "").strip() != chosen.value:
        return the_page(str(words.NOT_NOW["typed"]), data_class), 422
    try:
        RetentionRule.set(chosen, days, active, request.form.get("note", ""), by=user, at=now())
    except ValueError:
        return the_page(_("Give a number of days from 1 to 36,500."), data_class), 422
    flash(_("Saved."))
    return redirect(url_for(".index"), 303)


@pages.post("/trial")
def try_() -> ResponseReturnValue:
    """What would go now; nothing goes."""
    retention.try_all(by=demand(Verb.ADMINISTER), at=now())
    return redirect(url_for(".index"), 303)


def the_page(mistake: str = "", wrong: str = "") -> str:
    runs = list(db.session.scalars(RetentionRun.newest_first().limit(RUNS)))
    return render_template(
        "admin/privacy_retention.html",
        classes=CLASSES,
        rules=RetentionRule.everything(),
        runs=runs,
        trial=next((run for run in runs if run.tried), None),
        words=words,
        mistake=mistake,
        wrong=wrong,
    )
