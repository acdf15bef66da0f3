"""A file of events from the back office: looked through first, let go, taken back for a minute."""

from collections.abc import Iterator

from flask import Response, abort, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.base import now
from models.notice_batch import TIME_TO_UNDO, NoticeBatch
from models.policy import Verb, may
from triage import notice_file
from triage.accounts import demand
from triage.notice_file import LARGEST, MOST_LINES, NoTable
from triage.notice_labels import KINDS, STATES
from triage.outreach.notice_page import address, lead, pages

SHOWN_FAULTS = 50
SHOWN_EVENTS = 10


@pages.get("/notices/files/new")
def new_file() -> ResponseReturnValue:
    lead()
    return form()


@pages.post("/notices/files")
def take_file() -> ResponseReturnValue:
    """Keep it and show what it says; nothing is told yet."""
    by, at = lead(), now()
    given = request.files.get("file")
    content = given.read(LARGEST + 1) if given is not None else b""
    if given is None or not content.strip():
        return form(_("Choose a file with at least one line."))
    try:
        shown = notice_file.preview(content, at)
    except NoTable as trouble:
        return form(what_is_wrong(str(trouble)))
    batch = NoticeBatch.take(
        given.filename or "", content, len(shown.table.lines), shown.faults, by=by, at=at
    )
    return redirect(address("file", batch_id=batch.id), 303)


def form(trouble: str = "") -> ResponseReturnValue:
    page = render_template(
        "outreach/notice_new.html",
        trouble=trouble,
        columns=notice_file.COLUMNS,
        kinds=KINDS,
        most=MOST_LINES,
    )
    return page, 422 if trouble else 200


def what_is_wrong(word: str) -> str:
    words: dict[str, str] = {
        "empty": _("There is nothing below the header."),
        "large": _("The file is larger than 5 MB."),
        "long": _("The file has more lines than can be taken at once."),
    }
    return words.get(word) or str(
        _("The first line must name the columns: at least the kind, and whose file it is.")
    )


@pages.get("/notices/files/<int:batch_id>")
def file(batch_id: int) -> ResponseReturnValue:
    user, at = demand(Verb.WORK), now()
    batch = NoticeBatch.named(batch_id) or abort(404)
    leads = may(user, Verb.LEAD)
    shown = before = None
    if leads and batch.started_at is None and batch.content:
        shown = notice_file.preview(batch.content, at)
        before = NoticeBatch.same_as(batch.content)
    return render_template(
        "outreach/notice_file.html",
        batch=batch,
        shown=shown,
        before=before,
        counts=batch.counts(user),
        faults=batch.faults[:SHOWN_FAULTS],
        shown_events=SHOWN_EVENTS,
        kinds=KINDS,
        states=STATES,
        leads=leads,
        undoable=batch.started_at is not None
        and batch.withdrawn_at is None
        and at < batch.started_at + TIME_TO_UNDO,
        seconds=int(TIME_TO_UNDO.total_seconds()),
    )


@pages.post("/notices/files/<int:batch_id>/start")
def start_file(batch_id: int) -> ResponseReturnValue:
    by = lead()
    batch = NoticeBatch.held(batch_id) or abort(404)
    if not batch.content:
        abort(409)
    batch.start(by=by, at=now())
    return redirect(address("file", batch_id=batch.id), 303)


@pages.post("/notices/files/<int:batch_id>/withdrawal")
def withdraw_file(batch_id: int) -> ResponseReturnValue:
    """Take back what has not left; what has left has left."""
    by = lead()
    batch = NoticeBatch.held(batch_id) or abort(404)
    if batch.started_at is None or batch.withdrawn_at is not None:
        abort(409)
    batch.withdraw(by=by, at=now())
    return redirect(address("file", batch_id=batch.id), 303)


@pages.get("/notices/files/<int:batch_id>/faults.csv")
def faults(batch_id: int) -> ResponseReturnValue:
    """The lines that could not be read, as they came: for who may send them."""
    lead()
    batch = NoticeBatch.named(batch_id) or abort(404)
    if not batch.faults:
        abort(404)

    def lines() -> Iterator[str]:
        yield "\ufeff"
        yield from notice_file.faults_to_mend(batch)

    answer = Response("".join(lines()), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="notices-{batch.id}-faults.csv"'
    return answer
