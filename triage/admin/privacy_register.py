"""The register of processing activities: what was shipped, with the house's own words over it."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from models import retention
from models.base import now
from models.policy import Verb
from models.processing import PARTS, ProcessingActivity
from models.retention import DataClass
from models.topic import LANGUAGES
from triage.accounts import demand
from triage.admin import privacy_words as words
from triage.display import reader_language

pages = Blueprint("register", __name__, url_prefix="/privacy/register")

SHIPPED = Path(__file__).resolve().parent.parent / "catalog" / "processing.json"
HEADINGS = {
    "purpose": lazy_gettext("Purpose"),
    "basis": lazy_gettext("Legal basis"),
    "people": lazy_gettext("People"),
    "data": lazy_gettext("Data"),
    "recipients": lazy_gettext("Recipients"),
    "security": lazy_gettext("Protection"),
}


@pages.get("/")
def index() -> ResponseReturnValue:
    demand(Verb.ERASE)
    return the_page()


@pages.post("/<activity>")
def say(activity: str) -> ResponseReturnValue:
    """The house's words for one activity, in one language."""
    user, language = demand(Verb.ADMINISTER), request.form.get("language", "")
    if activity not in {one["code"] for one in shipped()}:
        abort(404)
    if language not in LANGUAGES:
        abort(400)
    ProcessingActivity.say(
        activity, language, {part: request.form.get(part, "") for part in PARTS}, by=user, at=now()
    )
    flash(_("Saved."))
    return redirect(url_for(".index", language=language), 303)


@cache
def shipped() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(SHIPPED.read_text("utf-8"))
    return found


def the_page() -> str:
    asked = request.args.get("language", "")
    language = asked if asked in LANGUAGES else reader_language()
    own = ProcessingActivity.everything()
    return render_template(
        "admin/privacy_register.html",
        activities=[spoken(one, own.get(one["code"]), language) for one in shipped()],
        headings=HEADINGS,
        language=language,
        languages=LANGUAGES,
        words=words,
    )


def spoken(one: dict[str, Any], own: ProcessingActivity | None, language: str) -> dict[str, Any]:
    """One activity as it is said in a language, and for how long its data are kept."""
    said = own.said.get(language, {}) if own is not None else {}
    rule = one.get("rule", "")
    return {
        "code": one["code"],
        "said": {part: said.get(part) or one[part][language] for part in PARTS},
        "rule": rule,
        "days": retention.days_of(DataClass(rule)) if rule else None,
        "own": own,
    }
