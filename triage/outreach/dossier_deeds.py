"""The deeds on a page of the dossier: publish, schedule, archive, restore; and taking them back."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models import info_page_action, info_page_archive, info_page_change
from models.action import Action
from models.base import now
from models.calendar import BRUSSELS
from models.info_page import OPEN, InfoPage, InfoPageVersion
from models.policy import Verb
from models.problem import Problem
from models.unusable import Unusable
from models.user import User
from triage import dossier
from triage.accounts import demand
from triage.display import full, language_name
from triage.outreach.dossier_page import (
    directive_trouble,
    page_or_404,
    trouble_words,
    version_or_404,
)

pages = Blueprint("deeds", __name__)

Deed = Callable[[InfoPage, User, datetime], str]
"""Does it and says for what an undo is offered; raises Unusable."""


@pages.post("/dossier/<slug>/publication")
def publish(slug: str) -> ResponseReturnValue:
    """Now, or at the moment that was given; a missing language must be meant."""
    demand(Verb.LEAD)
    page = page_or_404(slug)
    version = InfoPageVersion.being_written(page)
    if version is None:
        return back(page, trouble="state")
    if dossier.mistakes(version.bodies, dossier.measure_code(page)):
        return back(page, trouble="directive")
    if version.languages and version.missing and request.form.get("without") != "1":
        return back(page, trouble="languages")

    seen = request.form.get("seen", 0, type=int)

    def now_or_later(page: InfoPage, by: User, at: datetime) -> str:
        if request.form.get("when") == "later":
            info_page_change.schedule(version, moment_asked(), by=by, at=at, seen=seen)
            return "schedule"
        info_page_change.publish(version, by=by, at=at, seen=seen)
        return "publication"

    return done(page, now_or_later)


@pages.post("/dossier/<slug>/publication/undo")
def take_back(slug: str) -> ResponseReturnValue:
    def deed(page: InfoPage, by: User, at: datetime) -> str:
        shown = InfoPageVersion.current(page)
        if shown is None:
            raise Unusable("state")
        info_page_change.take_back(shown, by=by, at=at)
        return ""

    return done(page_or_404(slug), deed)


@pages.post("/dossier/<slug>/schedule/undo")
def unschedule(slug: str) -> ResponseReturnValue:
    def deed(page: InfoPage, by: User, at: datetime) -> str:
        info_page_change.unschedule(waiting(page), by=by, at=at)
        return ""

    return done(page_or_404(slug), deed)


@pages.post("/dossier/<slug>/archive")
def archive(slug: str) -> ResponseReturnValue:
    def deed(page: InfoPage, by: User, at: datetime) -> str:
        info_page_archive.archive(page, by=by, at=at)
        return "archive"

    return done(page_or_404(slug), deed)


@pages.post("/dossier/<slug>/archive/undo")
def bring_back(slug: str) -> ResponseReturnValue:
    def deed(page: InfoPage, by: User, at: datetime) -> str:
        info_page_archive.bring_back(page, by=by, at=at)
        return ""

    return done(page_or_404(slug), deed)


@pages.post("/dossier/<slug>/draft/removal")
def throw_away(slug: str) -> ResponseReturnValue:
    def deed(page: InfoPage, by: User, at: datetime) -> str:
        info_page_change.throw_away(waiting(page), by=by, at=at)
        return "removal"

    return done(page_or_404(slug), deed)


@pages.post("/dossier/<slug>/versions/<int:version_number>/restoration")
def restore(slug: str, version_number: int) -> ResponseReturnValue:
    """What an earlier version said, as a draft; readers see it once it is published."""
    by = demand(Verb.LEAD)
    page = page_or_404(slug)
    old = version_or_404(page, version_number)
    made = info_page_change.restore(old, by=by, at=now())
    words = {"number": made.number, "old": old.number}
    flash(_("Draft %(number)s says what version %(old)s said.", **words))
    return redirect(url_for("outreach.dossier.show", slug=slug), 303)


@pages.post("/dossier/<slug>/problems")
def link(slug: str) -> ResponseReturnValue:
    """The page answers a problem, and may be an action that was decided about it."""

    def deed(page: InfoPage, by: User, at: datetime) -> str:
        problem = Problem.numbered(request.form.get("problem", 0, type=int))
        if problem is None:
            raise Unusable("number")
        chosen = request.form.get("action", 0, type=int)
        offered = {one.id: one for one in info_page_action.offered(problem.id)}
        action: Action | None = offered.get(chosen)
        info_page_action.link(page, problem.id, action, by=by, at=at)
        return ""

    return done(page_or_404(slug), deed)


@pages.post("/dossier/<slug>/problems/<int:problem>/removal")
def unlink(slug: str, problem: int) -> ResponseReturnValue:
    found = Problem.numbered(problem) or abort(404)

    def deed(page: InfoPage, by: User, at: datetime) -> str:
        info_page_action.unlink(page, found.id, by=by, at=at)
        return ""

    return done(page_or_404(slug), deed)


def done(page: InfoPage, deed: Deed) -> ResponseReturnValue:
    """Do it, then show the page with what takes it back, or with what is in the way."""
    by = demand(Verb.LEAD)
    try:
        return back(page, undo=deed(page, by, now()))
    except Unusable as trouble:
        return back(page, trouble=trouble.reason)


def back(page: InfoPage, **told: str) -> ResponseReturnValue:
    said = {name: word for name, word in told.items() if word}
    return redirect(url_for("outreach.dossier.show", _external=False, slug=page.slug, **said), 303)


def waiting(page: InfoPage) -> InfoPageVersion:
    version = InfoPageVersion.being_written(page)
    if version is None or version.state not in OPEN:
        raise Unusable("state")
    return version


def moment_asked() -> datetime:
    try:
        typed = datetime.fromisoformat(request.form.get("publish_at", ""))
    except ValueError:
        raise Unusable("moment") from None
    return typed.replace(tzinfo=BRUSSELS)


# --- what is said of it ---------------------------------------------------------------------


def undo(page: InfoPage, shown: InfoPageVersion | None, at: datetime) -> tuple[str, str] | None:
    """(what was just done, the address that takes it back)."""
    done_now = request.args.get("undo", "")
    draft = InfoPageVersion.being_written(page)
    if done_now == "publication" and shown and info_page_change.regrettable(shown, at):
        return _("Published. Readers see it now."), there("take_back", page)
    if done_now == "schedule" and draft is not None and draft.publish_at is not None:
        words = _("It appears on %(when)s.", when=full(draft.publish_at))
        return words, there("unschedule", page)
    if done_now == "archive" and page.archived_at is not None:
        return _("Archived. Readers see it no more."), there("bring_back", page)
    if done_now == "removal" and draft is None:
        last = InfoPageVersion.last_thrown_away(page)
        if last is not None:
            words = _("Draft thrown away.")
            return words, there("restore", page, version_number=last.number)
    return None


def trouble_told() -> str:
    """What was in the way of the last deed, in words."""
    reason = request.args.get("trouble", "")
    if not reason:
        return ""
    page = InfoPage.at(str((request.view_args or {}).get("slug", "")))
    version = InfoPageVersion.being_written(page) if page is not None else None
    if reason == "languages" and version is not None:
        names = ", ".join(language_name(code) for code in version.missing)
        return str(
            _(
                "It is missing in: %(languages)s. Tick “publish without” to go on.",
                languages=names,
            )
        )
    if reason == "directive" and page is not None and version is not None:
        found = dossier.mistakes(version.bodies, dossier.measure_code(page))
        return " ".join(directive_trouble(found))
    return trouble_words(reason)


def there(endpoint: str, page: InfoPage, **more: Any) -> str:
    return url_for(f"outreach.dossier.deeds.{endpoint}", slug=page.slug, **more)
