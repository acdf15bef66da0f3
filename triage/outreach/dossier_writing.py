"""Writing a page of the dossier: four languages beside each other, with what readers would see.

Nothing here is seen by readers until it is published. Who saves over something newer is shown it.
"""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models import info_page_action, info_page_change
from models.base import db, now
from models.calendar import business_day
from models.info_page import InfoPage, InfoPageVersion
from models.info_page_change import Outdated, was_published
from models.measure import Measure, MeasureVersion
from models.policy import Verb
from models.topic import LANGUAGES, Topic
from models.unusable import Unusable
from models.user import User
from models.web_form import WebForm, WebFormVersion
from triage import dossier
from triage.accounts import demand
from triage.comparing import pieces
from triage.directives import NAMES
from triage.display import full, reader_language
from triage.outreach.dossier_form import (
    LONGEST,
    TEXTS,
    as_typed,
    beginning,
    place_typed,
    placed,
    problem_asked,
    typed,
)
from triage.outreach.dossier_page import (
    directive_trouble,
    name_of,
    page_or_404,
    part_words,
    trouble_words,
)

pages = Blueprint("writing", __name__)


@pages.get("/dossier/new")
def new() -> ResponseReturnValue:
    """From nothing, from a measure, from a problem, or from what clients ask."""
    demand(Verb.LEAD)
    texts, place = beginning(request.args, business_day(now()))
    return form_page(None, texts, place)


@pages.post("/dossier")
def begin() -> ResponseReturnValue:
    by, at = demand(Verb.LEAD), now()
    form, place = request.form, place_typed(request.form)
    try:
        said = typed(form)
        wrong = wrong_directives(said["bodies"], place["measure_id"])
        if wrong:
            return again(None, wrong)
        made = info_page_change.begin(
            said, slug=form.get("slug", "").strip().lower(), **without_turn(place), by=by, at=at
        )
    except Unusable as trouble:
        return again(None, [trouble_words(trouble.reason)])
    made.page.position = place["position"]
    problem = problem_asked(form)
    if problem is not None:
        actions = [one for one in info_page_action.offered(problem.id) if one.to_do]
        action = actions[0] if len(actions) == 1 else None
        info_page_action.link(made.page, problem.id, action, by=by, at=at)
    return saved(made.page)


@pages.get("/dossier/<slug>/edit")
def edit(slug: str) -> ResponseReturnValue:
    demand(Verb.LEAD)
    page = page_or_404(slug)
    newest = newest_of(page)
    base = InfoPageVersion.being_written(page) or InfoPageVersion.current(page) or newest
    texts = info_page_change.content(base)
    if base.published_at is not None:
        texts = texts | {"changes": {}}
    return form_page(page, texts, placed(page), seen=newest)


@pages.post("/dossier/<slug>")
def save(slug: str) -> ResponseReturnValue:
    by = demand(Verb.LEAD)
    page = page_or_404(slug)
    seen = request.form.get("number", 0, type=int), request.form.get("version", 0, type=int)
    place = place_typed(request.form)
    try:
        said = typed(request.form)
        wrong = wrong_directives(said["bodies"], place["measure_id"])
        if wrong:
            return again(page, wrong)
        info_page_change.save(page, said, seen=seen, by=by, at=now())
        move(page, place, by)
    except Outdated as outdated:
        theirs = differing(outdated.newest, as_typed(request.form))
        return form_page(
            page, as_typed(request.form), typed_place(page), seen=outdated.newest, theirs=theirs
        ), 409
    except Unusable as trouble:
        return again(page, [trouble_words(trouble.reason)])
    return saved(page)


@pages.post("/dossier/preview")
def preview() -> ResponseReturnValue:
    """As readers would see it, in each language; nothing is kept."""
    demand(Verb.LEAD)
    shown = previewed()
    if "HX-Request" in request.headers:
        return render_template("outreach/_dossier_preview.html", **shown)
    page = InfoPage.at(request.form.get("page", ""))
    seen = newest_of(page) if page else None
    return form_page(page, as_typed(request.form), typed_place(page), seen=seen, preview=shown)


# --- what the form says ---------------------------------------------------------------------


def previewed() -> dict[str, Any]:
    form, day = request.form, business_day(now())
    texts = as_typed(form)
    measure = Measure.coded(form.get("measure", ""))
    page = InfoPage(slug="preview", measure_id=measure.id if measure else None)
    draft = InfoPageVersion(page=page, number=0, created_at=now(), **only_texts(texts))
    shown = {
        code: dossier.shown_in(draft, code, day)
        for code in LANGUAGES
        if texts["titles"][code].strip() or texts["bodies"][code].strip()
    }
    return {"shown": shown, "wrong": wrong_directives(texts["bodies"], page.measure_id)}


def only_texts(texts: dict[str, Any]) -> dict[str, Any]:
    return {part: texts[part] for part in TEXTS}


def wrong_directives(bodies: dict[str, Any], measure_id: int | None) -> list[str]:
    own = "own" if measure_id else None
    return directive_trouble(dossier.mistakes(bodies, own))


def move(page: InfoPage, place: dict[str, Any], by: User) -> None:
    slug = page.slug if was_published(page) else request.form.get("slug", "").strip().lower()
    info_page_change.place(page, slug=slug or page.slug, **place, by=by, at=now())


def without_turn(place: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in place.items() if name != "position"}


def typed_place(page: InfoPage | None) -> dict[str, Any]:
    names = ("slug", "topic", "measure", "position", "problem")
    given = {name: request.form.get(name, "") for name in names}
    return given | {"slug": given["slug"] or (page.slug if page else "")}


def differing(theirs: InfoPageVersion, mine: dict[str, Any]) -> list[tuple[str, str, Any]]:
    """(part, language, both in one) where what was saved meanwhile is not what was typed."""
    saved_meanwhile = info_page_change.content(theirs)
    return [
        (part, code, pieces(str(saved_meanwhile[part].get(code) or ""), mine[part][code]))
        for part in TEXTS
        for code in LANGUAGES
        if str(saved_meanwhile[part].get(code) or "") != mine[part][code].replace("\r\n", "\n")
    ]


# --- what is shown --------------------------------------------------------------------------


def saved(page: InfoPage) -> ResponseReturnValue:
    draft = InfoPageVersion.being_written(page)
    if draft is not None and draft.publish_at is not None:
        flash(_("Saved. Readers see it as it is now on %(when)s.", when=full(draft.publish_at)))
    else:
        flash(_("Saved as a draft. Readers do not see it yet."))
    looks = request.form.get("then") == "look"
    there = "outreach.dossier.show" if looks else "outreach.dossier.writing.edit"
    return redirect(url_for(there, slug=page.slug), 303)


def again(page: InfoPage | None, wrong: list[str]) -> ResponseReturnValue:
    """The form with what was typed, and what keeps it from being saved."""
    seen = newest_of(page) if page else None
    return form_page(page, as_typed(request.form), typed_place(page), seen=seen, wrong=wrong), 422


def newest_of(page: InfoPage) -> InfoPageVersion:
    return db.session.scalars(InfoPageVersion.of_page(page).limit(1)).one()


def form_page(
    page: InfoPage | None,
    texts: dict[str, Any],
    place: dict[str, Any],
    *,
    seen: InfoPageVersion | None = None,
    theirs: list[tuple[str, str, Any]] | None = None,
    wrong: list[str] | None = None,
    preview: dict[str, Any] | None = None,
) -> str:
    asked = (request.form.get("number"), request.form.get("version"))
    kept = asked if wrong or preview else None
    return render_template(
        "outreach/dossier_form.html",
        page=page,
        texts=texts,
        place=place,
        seen=(kept if kept and all(kept) else (seen.number, seen.version)) if seen else None,
        saved_by=seen.author if seen else None,
        name=name_of(seen, reader_language()) if seen else "",
        fixed=page is not None and was_published(page),
        theirs=theirs,
        wrong=wrong or [],
        preview=preview,
        longest=LONGEST,
        part_words=part_words(),
        directives=NAMES,
        topics=Topic.tree(),
        measures=measures_offered(),
        links=links_offered(),
    )


def measures_offered() -> dict[str, str]:
    """Names by code; what holds today before what has ended or is still to come."""
    holding = {one.id for one in db.session.scalars(MeasureVersion.holding_on(business_day(now())))}
    versions = sorted(
        db.session.scalars(MeasureVersion.uncorrected()), key=lambda one: one.id not in holding
    )
    named: dict[str, str] = {}
    for one in versions:
        named.setdefault(one.measure.code, one.name(reader_language()))
    return named


def links_offered() -> list[tuple[str, str]]:
    """(name, address) of our own pages and forms that a text may lead to."""
    language = reader_language()
    shown = db.session.scalars(InfoPageVersion.shown())
    forms = db.session.scalars(WebForm.offered())
    newest = WebFormVersion.newest()
    return [
        *((name_of(one, language), f"/info/{one.page.slug}") for one in shown),
        *(
            (newest[form.id].name(language), f"/contact/{form.code}")
            for form in forms
            if form.id in newest
        ),
        (_("Write to us"), "/contact"),
    ]
