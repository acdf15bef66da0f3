"""Dispositions: which there are, what they mean, in which order, until when."""

from datetime import date

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.base import db, now
from models.calendar import business_day
from models.ending import LONGEST_NAME, MOST, Asks, Effect, Ending, Unusable
from models.policy import Verb
from models.topic import LANGUAGES
from triage.accounts import demand

pages = Blueprint("endings", __name__, url_prefix="/endings")


@pages.get("/")
def index() -> ResponseReturnValue:
    demand(Verb.ADMINISTER)
    return the_list()


@pages.post("/")
def add() -> ResponseReturnValue:
    by = demand(Verb.ADMINISTER)
    form = request.form
    effect, asks = form.get("effect", ""), form.get("asks", "")
    if effect not in list(Effect) or asks not in list(Asks):
        abort(400)
    code = form.get("code", "").strip().lower()
    try:
        Ending.add(code, names_typed(), Effect(effect), Asks(asks), by=by, day=today())
    except Unusable as why:
        return the_list(words_for(why), 422)
    return saved()


@pages.post("/<code>/names")
def rename(code: str) -> ResponseReturnValue:
    by, ending = demand(Verb.ADMINISTER), Ending.named(code) or abort(404)
    try:
        ending.rename(names_typed(), by=by)
    except Unusable as why:
        return the_list(words_for(why), 422)
    return saved()


@pages.post("/<code>/place")
def move(code: str) -> ResponseReturnValue:
    by, ending = demand(Verb.ADMINISTER), Ending.named(code) or abort(404)
    places = request.form.get("places", 0, type=int)
    ending.move(max(-MOST, min(places, MOST)), by=by)
    return saved()


@pages.post("/<code>/end")
def date_(code: str) -> ResponseReturnValue:
    """The last day of its use; an empty one takes the end back."""
    by, ending = demand(Verb.ADMINISTER), Ending.named(code) or abort(404)
    written = request.form.get("valid_to", "").strip()
    try:
        day = date.fromisoformat(written) if written else None
        ending.end_on(day, by=by, today=today())
    except ValueError:
        return the_list(_("This is no day."), 422)
    except Unusable as why:
        return the_list(words_for(why), 422)
    return saved()


def the_list(mistake: str = "", code: int = 200) -> ResponseReturnValue:
    everything = list(db.session.scalars(Ending.in_order()))
    page = render_template(
        "admin/endings.html",
        endings=everything,
        in_use=[ending for ending in everything if ending.in_use_on(today())],
        most=MOST,
        longest=LONGEST_NAME,
        mistake=mistake,
    )
    return page, code


def saved() -> ResponseReturnValue:
    flash(_("Saved."))
    return redirect(url_for(".index"), 303)


def names_typed() -> dict[str, str]:
    return {code: " ".join(request.form.get(f"name-{code}", "").split()) for code in LANGUAGES}


def words_for(why: Unusable) -> str:
    words: dict[str, str] = {
        "code": _("A short name has small letters, digits and _, and is new."),
        "names": _(
            "Give a name of at most %(most)s characters in all four languages.", most=LONGEST_NAME
        ),
        "most": _("At most %(most)s can be chosen from: end another one first.", most=MOST),
    }
    return words[str(why)]


def today() -> date:
    return business_day(now())
