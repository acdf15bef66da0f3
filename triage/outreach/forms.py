"""The web forms: which are open, what each asks, its versions; managers write, close and restore.

An edit counts from the moment it is saved. It can be the action that the screening decided.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models import form_fix
from models.action import Action
from models.base import db, db_safe, now
from models.calendar import business_day
from models.policy import Verb, may
from models.topic import LANGUAGES
from models.web_form import FormSubmission, Outdated, WebForm, WebFormVersion
from triage.accounts import demand
from triage.display import reader_language
from triage.forms.changing import Difference, differences, problems_of
from triage.forms.documents import measure_of, wanted
from triage.forms.fields import fields_of
from triage.forms.periods import periods
from triage.outreach.form_preview import Preview, previewed

pages = Blueprint("forms", __name__)

LATELY = timedelta(days=7)
LONGEST = 2_000


@pages.get("/forms")
def index() -> ResponseReturnValue:
    user = demand(Verb.WORK)
    newest = WebFormVersion.newest()
    return render_template(
        "outreach/forms.html",
        forms=[(form, newest[form.id]) for form in db.session.scalars(WebForm.in_order())],
        counts=FormSubmission.counts(now() - LATELY),
        leads=may(user, Verb.LEAD),
        undo=undo(),
    )


@pages.get("/forms/<form_code>")
def show(form_code: str) -> ResponseReturnValue:
    """What it asks today, as a client meets it, and all that it asked before."""
    user = demand(Verb.WORK)
    form = the_form(form_code)
    versions = list(db.session.scalars(WebFormVersion.of_form(form.id)))
    number = request.args.get("version", type=int)
    version = next((one for one in versions if one.number == number), versions[0])
    language = request.args.get("in", reader_language())
    language = language if language in LANGUAGES else reader_language()
    day = business_day(now())
    measure = measure_of(form, language, day)
    return render_template(
        "outreach/form.html",
        form=form,
        version=version,
        newest=versions[0],
        history=history(versions),
        language=language,
        fields=fields_of(
            version, language, periods(measure.version if measure else None, language, day)
        ),
        documents=wanted(version, measure.version if measure else None),
        measure=measure,
        leads=may(user, Verb.LEAD),
        undo=undo(),
    )


@dataclass(frozen=True)
class Written:
    """One version in the history, and what it changed of the one before."""

    version: WebFormVersion
    changed: list[Difference]


def history(versions: list[WebFormVersion]) -> list[Written]:
    """The newest first."""
    pairs = zip(versions, [*versions[1:], None], strict=True)
    return [Written(one, differences(before, one) if before else []) for one, before in pairs]


# --- written anew ---------------------------------------------------------------------------


@pages.get("/forms/<form_code>/edit")
def edit(form_code: str) -> ResponseReturnValue:
    demand(Verb.LEAD)
    version = WebFormVersion.current(the_form(form_code))
    return edit_page(version, version.names, version.introductions, version.fields)


@pages.post("/forms/<form_code>/preview")
def preview(form_code: str) -> ResponseReturnValue:
    """As a client would see what was typed, in one language and at one width; nothing is kept."""
    demand(Verb.LEAD)
    form = the_form(form_code)
    seen = WebFormVersion.numbered(form.id, request.form.get("seen", 0, type=int))
    based_on = seen or WebFormVersion.current(form)
    names, introductions = texts("name"), texts("introduction", 1_000)
    fields = typed_fields(based_on.fields)
    with db.session.no_autoflush:
        shown = previewed(form, names, introductions, fields)
    trouble = problems_of(names, fields)
    lacking = words_of(trouble) if trouble else ""
    if "HX-Request" in request.headers:
        return render_template("outreach/_form_preview.html", preview=shown, lacking=lacking)
    return edit_page(based_on, names, introductions, fields, lacking=lacking, preview=shown)


@pages.post("/forms/<form_code>/versions")
def revise(form_code: str) -> ResponseReturnValue:
    """The next version; who saves over something newer is told, and nothing is lost."""
    by, at = demand(Verb.LEAD), now()
    form = the_form(form_code)
    seen = WebFormVersion.numbered(form.id, request.form.get("seen", 0, type=int))
    based_on = seen or WebFormVersion.current(form)
    names, introductions = texts("name"), texts("introduction", 1_000)
    fields = typed_fields(based_on.fields)
    if trouble := problems_of(names, fields):
        return edit_page(based_on, names, introductions, fields, words_of(trouble)), 422
    action = chosen_action()
    try:
        made = based_on.revise(
            names,
            introductions,
            fields,
            change=request.form.get("change", ""),
            by=by,
            at=at,
            action_id=action.id if action else None,
        )
    except Outdated:
        newest = WebFormVersion.current(form)
        words = _(
            "Somebody saved version %(number)s meanwhile. Look at it, then save again.",
            number=newest.number,
        )
        return edit_page(newest, names, introductions, fields, words), 409
    if action is not None:
        action.finish(by=by, at=at, effective_at=at)
    flash(_("Version %(number)s is asked from now on.", number=made.number))
    return redirect(there(form), 303)


@pages.post("/forms/<form_code>/versions/<int:version>/restoration")
def restore(form_code: str, version: int) -> ResponseReturnValue:
    """What it asked then is asked again, as a new version."""
    by, at = demand(Verb.LEAD), now()
    form = the_form(form_code)
    earlier = WebFormVersion.numbered(form.id, version) or abort(404)
    made = WebFormVersion.current(form).revise(
        earlier.names,
        earlier.introductions,
        earlier.fields,
        change=_("As in version %(number)s", number=earlier.number),
        by=by,
        at=at,
    )
    flash(_("Version %(number)s is asked from now on.", number=made.number))
    return redirect(there(form), 303)


@pages.post("/forms/<form_code>/closing")
def close(form_code: str) -> ResponseReturnValue:
    by = demand(Verb.LEAD)
    form = the_form(form_code)
    form.close(by=by, at=now())
    return redirect(url_for("outreach.forms.index", undo="closed", form=form.code), 303)


@pages.post("/forms/<form_code>/opening")
def open_again(form_code: str) -> ResponseReturnValue:
    by = demand(Verb.LEAD)
    form = the_form(form_code)
    form.open_again(by=by, at=now())
    return redirect(url_for("outreach.forms.index", undo="opened", form=form.code), 303)


def undo() -> tuple[str, str] | None:
    """(words, address) of what was done just now and can be taken back."""
    done, form = request.args.get("undo"), WebForm.coded(request.args.get("form", ""))
    if form is None or not may(demand(Verb.WORK), Verb.LEAD):
        return None
    if done == "closed" and form.closed_at is not None:
        words, endpoint = _("The form is closed."), "outreach.forms.open_again"
    elif done == "opened" and form.closed_at is None:
        words, endpoint = _("The form is open."), "outreach.forms.close"
    else:
        return None
    return words, url_for(endpoint, form_code=form.code)


# --- what was typed -------------------------------------------------------------------------


def texts(name: str, longest: int = LONGEST) -> dict[str, str]:
    written = {
        code: db_safe(request.form.get(f"{name}-{code}", "").replace("\r\n", "\n")).strip()[
            :longest
        ]
        for code in LANGUAGES
    }
    return {code: text for code, text in written.items() if text}


def typed_fields(before: list[Any]) -> list[dict[str, Any]]:
    """The same fields with their new words, in their new order; their kinds stay as they are."""
    found = []
    for place, rule in enumerate(before):
        name = rule["name"]
        made = dict(rule) | {
            "labels": texts(f"label:{name}"),
            "required": request.form.get(f"required:{name}") == "1",
        }
        hints = texts(f"hint:{name}")
        made.pop("hints", None)
        made |= {"hints": hints} if hints else {}
        if rule.get("options"):
            made["options"] = [
                dict(option) | {"labels": texts(f"option:{name}:{option['value']}")}
                for option in rule["options"]
                if not request.form.get(f"drop:{name}:{option['value']}")
            ]
        order = request.form.get(f"place:{name}", place + 1, type=int)
        moved = order != place + 1
        found.append((order, not moved, place, made))
    return [made for *_place, made in sorted(found, key=lambda one: one[:3])]


def chosen_action() -> Action | None:
    number = request.form.get("action", 0, type=int)
    return next((one for one in form_fix.open_fixes() if one.id == number), None)


def words_of(trouble: str) -> str:
    words = {
        "name": _("Give the form a name in each of the four languages."),
        "label": _("Give each question its words in each of the four languages."),
        "options": _("A question needs at least two things to choose from, with words."),
    }
    return str(words[trouble])


def edit_page(
    version: WebFormVersion,
    names: Mapping[str, str],
    introductions: Mapping[str, str],
    fields: list[Any],
    trouble: str = "",
    *,
    lacking: str = "",
    preview: Preview | None = None,
) -> str:
    return render_template(
        "outreach/form_edit.html",
        form=version.form,
        version=version,
        names=names,
        introductions=introductions,
        fields=fields,
        fixes=form_fix.open_fixes(),
        change=request.form.get("change", ""),
        chosen=request.values.get("action", 0, type=int),
        mistake=trouble,
        lacking=lacking,
        preview=preview,
    )


def the_form(code: str) -> WebForm:
    return WebForm.coded(code) or abort(404)


def there(form: WebForm) -> str:
    return url_for("outreach.forms.show", form_code=form.code)
