"""What I take along: a small table at once, a large one from its own page when it is written."""

import io
import json
from typing import Any
from urllib.parse import urlencode

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as lazy

from models import data_export
from models.base import db, db_safe, now
from models.data_export import DataExport
from models.user import User
from triage import export_files, exporting
from triage.accounts import me
from triage.exporting import Form, Kind, NotThere, Told, kind_of
from triage.exporting.forms import ENDINGS, TYPES, write
from triage.exporting.table import as_asked
from triage.exporting.writing import file_name

pages = Blueprint("exports", __name__, url_prefix="/exports")

AT_ONCE = 5_000
"""So many rows are written while the person waits."""
LONGEST_ASKED = 8_000
SHOWN = 100
FORM_WORDS = {
    Form.CSV: lazy("CSV, parted by semicolons"),
    Form.CSV_COMMA: lazy("CSV, parted by commas"),
    Form.XLSX: lazy("Excel (XLSX)"),
    Form.ZIP: lazy("ZIP"),
}
STATE_WORDS = {
    "waiting": lazy("waits for its turn"),
    "writing": lazy("being written"),
    "ready": lazy("ready"),
    "failed": lazy("failed"),
    "cancelled": lazy("called off"),
    "gone": lazy("deleted"),
}
ERROR_WORDS = {
    "no_room": lazy("The disk has too little room for it. Tell your administrator."),
    "not_there": lazy("What it was taken from is no longer open to you."),
    "trouble": lazy("It could not be written. Ask for it again."),
}


@pages.context_processor
def words() -> dict[str, Any]:
    return {
        "form_words": {str(form): word for form, word in FORM_WORDS.items()},
        "state_words": STATE_WORDS,
        "error_words": ERROR_WORDS,
        "kind_word": kind_word,
    }


def kind_word(name: str) -> str:
    """What a list is called; also one that this person may no longer take along."""
    kind = exporting.known(name)
    return str(kind.word) if kind is not None else name


@pages.get("/")
def index() -> ResponseReturnValue:
    user = me()
    return render_template(
        "transfer/exports.html",
        exports=list(db.session.scalars(DataExport.mine(user).limit(SHOWN))),
        days=current_app.extensions["settings"].export_days,
    )


@pages.get("/new")
def new() -> ResponseReturnValue:
    """How many rows that is, and in which form they are wanted."""
    user = me()
    if "list" not in request.args:
        return redirect(url_for("exports.index"))
    kind, asked = wanted(user, request.args.get("list", ""), request.args.get("asked", "{}"))
    count = counted(kind, asked, user)
    return render_template(
        "transfer/new.html",
        kind=kind,
        asked=json.dumps(asked),
        count=count,
        at_once=AT_ONCE,
        forms=[Form.XLSX, Form.CSV, Form.CSV_COMMA],
        back=address_of(kind, asked),
    )


@pages.post("/")
def ask() -> ResponseReturnValue:
    """The file itself where it is small, else the page on which it will be."""
    user, at = me(), now()
    if "list" not in request.form:
        abort(400)
    kind, asked = wanted(user, request.form.get("list", ""), request.form.get("asked", "{}"))
    form = request.form.get("form", "")
    if form not in list(Form) or form == Form.ZIP:
        abort(400)
    if counted(kind, asked, user) > AT_ONCE:
        made = exporting.ask(kind.name, asked, form, by=user, at=at)
        return redirect(url_for("exports.show", export_id=made.id), 303)
    file = io.BytesIO()
    headings, rows = exporting.rows(kind.name, asked, user, user.language)
    count = write(Form(form), file, headings, rows, Told(lambda rows: None))
    data_export.taken(user, kind.name, asked, form, count, at)
    ending = ENDINGS[Form(form)]
    answer = Response(file.getvalue(), content_type=TYPES[ending])
    name = file_name(kind.name, Form(form), at)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@pages.get("/<int:export_id>")
def show(export_id: int) -> ResponseReturnValue:
    """How far it is; then where it can be fetched."""
    export = mine_or_404(export_id)
    kind = exporting.known(export.kind)
    settings = current_app.extensions["settings"]
    return render_template(
        "transfer/export.html",
        export=export,
        here=export_files.path_of(export, settings) is not None,
        back=address_of(kind, export.asked),
    )


@pages.post("/<int:export_id>/cancellation")
def cancel(export_id: int) -> ResponseReturnValue:
    mine_or_404(export_id)
    export = DataExport.held(export_id) or abort(404)
    export.cancel(by=me(), at=now())
    return redirect(url_for("exports.show", export_id=export_id), 303)


@pages.post("/<int:export_id>/again")
def again(export_id: int) -> ResponseReturnValue:
    """The same list as it is now."""
    user, export = me(), mine_or_404(export_id)
    try:
        made = exporting.ask(export.kind, export.asked, export.form, by=user, at=now())
    except NotThere:
        abort(404)
    return redirect(url_for("exports.show", export_id=made.id), 303)


@pages.get("/<int:export_id>/file")
def file(export_id: int) -> ResponseReturnValue:
    export = mine_or_404(export_id)
    path = export_files.path_of(export, current_app.extensions["settings"])
    if path is None or export.state != "ready":
        abort(404)
    export.fetched(by=me(), at=now())
    ending = ENDINGS[Form(export.form)]
    return send_file(
        path, mimetype=TYPES[ending], as_attachment=True, download_name=export.file_name
    )


@pages.post("/<int:export_id>/deletion")
def delete(export_id: int) -> ResponseReturnValue:
    """The file goes at once; that it was there stays in the list."""
    mine_or_404(export_id)
    export = DataExport.held(export_id) or abort(404)
    if export.file_place:
        export_files.drop(export.drop(by=me(), at=now()), current_app.extensions["settings"])
    return redirect(url_for("exports.index"), 303)


def address_of(kind: Kind | None, asked: dict[str, Any]) -> str:
    """The page that the list was taken from, as it was then."""
    if kind is None or not kind.home:
        return ""
    return f"{url_for(kind.home)}?{urlencode(asked, doseq=True)}"


@pages.app_template_filter("asked_along")
def asked_along(query: dict[str, Any]) -> str:
    """The filter of a list in one word of an address."""
    return json.dumps(query, ensure_ascii=False, default=str)


def mine_or_404(export_id: int) -> DataExport:
    return DataExport.of(me(), export_id) or abort(404)


def wanted(user: User, name: str, written: str) -> tuple[Kind, dict[str, Any]]:
    """The list and its filter; 404 for what this person may not take along."""
    try:
        kind = kind_of(name, user)
    except NotThere:
        abort(404)
    if kind.chosen is None:  # no table: its own page asks for it
        abort(404)
    return kind, asked_in(written)


def asked_in(written: str) -> dict[str, Any]:
    """A filter as the page has given it: names with a text or several."""
    if len(written) > LONGEST_ASKED:
        abort(400)
    try:
        found = json.loads(db_safe(written))
    except ValueError:
        abort(400)
    if not isinstance(found, dict):
        abort(400)
    plain = as_asked({name: value for name, value in found.items() if name != "page" and value})
    return {name: many if len(many) > 1 else many[0] for name, many in plain.lists()}


def counted(kind: Kind, asked: dict[str, Any], user: User) -> int:
    try:
        return exporting.count(kind.name, asked, user)
    except NotThere:
        abort(404)
