"""What readers of the dossier say is missing: read, made a task on the page, done; each undone."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy
from flask_babel import ngettext

from models import info_feedback
from models.base import db, now
from models.calendar import business_day, start_of
from models.info_feedback import MOST, Box
from models.info_page import InfoPage, InfoPageVersion
from models.info_page_reading import read_since
from models.policy import Verb, may
from triage.accounts import demand
from triage.display import reader_language
from triage.dossier import title
from triage.outreach.gaps import USUAL_DAYS

pages = Blueprint("feedback", __name__)

BOX_WORDS = {
    Box.UNREAD: lazy("unread"),
    Box.TO_DO: lazy("to do"),
    Box.READ: lazy("read"),
}
Deed = Callable[..., list[int]]
DEEDS: dict[str, tuple[Deed, str]] = {
    "read": (info_feedback.mark_read, "unread"),
    "unread": (info_feedback.mark_unread, "read"),
    "task": (info_feedback.make_task, "untask"),
    "untask": (info_feedback.drop_task, "task"),
    "done": (info_feedback.settle, "reopen"),
    "reopen": (info_feedback.reopen, "done"),
}
"""Each with the deed that takes it back."""


@pages.get("/feedback")
def index() -> ResponseReturnValue:
    user = demand(Verb.WORK)
    box, page = box_asked(), page_asked()
    number = max(1, request.args.get("page", 1, type=int))
    found = info_feedback.said_in(box, page.id if page else None, number)
    spoken_of = info_feedback.pages_spoken_of()
    names = names_of(spoken_of)
    since = start_of(business_day(now()) - USUAL_DAYS)
    return render_template(
        "outreach/feedback.html",
        box=box,
        boxes=BOX_WORDS,
        counted=info_feedback.counted(page.id if page else None),
        chosen=page,
        number=number,
        more=len(found) > MOST,
        groups=by_page(found[:MOST]),
        spoken_of=sorted(spoken_of, key=lambda one: names[one.id]),
        names=names,
        read=read_since([one.id for one in spoken_of], business_day(since), since),
        leads=may(user, Verb.LEAD),
        undo=undo(),
    )


@pages.post("/feedback/<deed>")
def do(deed: str) -> ResponseReturnValue:
    """What was chosen is read, a task, done; or no longer."""
    by = demand(Verb.LEAD)
    if deed not in DEEDS:
        abort(404)
    changed = DEEDS[deed][0](ids_asked(), by=by, at=now())
    page = page_asked()
    undone = "undone" in request.args
    return redirect(
        url_for(
            "outreach.feedback.index",
            box=box_asked(),
            about=page.slug if page else None,
            did=deed if changed and not undone else None,
            ids=",".join(map(str, changed)) if changed and not undone else None,
        ),
        303,
    )


def undo() -> tuple[str, str] | None:
    """(what was just done, the address that takes it back)."""
    deed, ids = request.args.get("did", ""), ids_asked()
    if deed not in DEEDS or not ids:
        return None
    words = {
        "read": ngettext("%(num)s read.", "%(num)s read.", len(ids)),
        "unread": _("Unread again."),
        "task": ngettext("%(num)s task more.", "%(num)s tasks more.", len(ids)),
        "untask": _("No task any more."),
        "done": _("Done."),
        "reopen": _("To do again."),
    }
    page = page_asked()
    address = url_for(
        "outreach.feedback.do",
        deed=DEEDS[deed][1],
        ids=",".join(map(str, ids)),
        box=box_asked(),
        about=page.slug if page else None,
        undone=1,
    )
    return str(words[deed]), address


def ids_asked() -> list[int]:
    """Those that were ticked, or named in the address; at most a page of them."""
    written = [*request.form.getlist("id"), *request.args.get("ids", "").split(",")]
    return [int(one) for one in written if one.isascii() and one.isdigit() and len(one) < 10][:MOST]


def box_asked() -> Box:
    asked = request.values.get("box", "")
    return Box(asked) if asked in list(Box) else Box.UNREAD


def page_asked() -> InfoPage | None:
    slug = request.values.get("about", "")
    return InfoPage.at(slug) if slug else None


def by_page(found: Any) -> list[tuple[InfoPage, list[Any]]]:
    groups: dict[int, tuple[InfoPage, list[Any]]] = {}
    for one in found:
        groups.setdefault(one.page.id, (one.page, []))[1].append(one.feedback)
    return list(groups.values())


def names_of(spoken_of: list[InfoPage]) -> dict[int, str]:
    """What each page is called: as readers see it, else as it was written last."""
    newest: dict[int, InfoPageVersion] = {}
    for one in db.session.scalars(InfoPageVersion.of_pages([page.id for page in spoken_of])):
        newest.setdefault(one.page_id, one)
    names = {}
    for page in spoken_of:
        version = InfoPageVersion.current(page) or newest.get(page.id)
        names[page.id] = (title(version, reader_language()) if version else "") or page.slug
    return names
