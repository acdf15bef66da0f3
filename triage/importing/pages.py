"""Where an administrator brings a file along: described, tried, taken in, taken back."""

import os
from collections.abc import Iterator
from contextlib import suppress
from typing import IO, Any

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    redirect,
    render_template,
    request,
    stream_with_context,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from models.base import abandon, db, db_safe, now
from models.data_import import DataImport, ImportState
from models.data_import_row import DataImportRow
from models.filestore import Lost
from models.policy import Verb
from triage import spreadsheet
from triage.accounts import demand
from triage.importing import KINDS, TABLES, doubts, words
from triage.importing.reading import records
from triage.importing.record import Record
from triage.importing.table import NoTable, Settings, detected, encoding_of

pages = Blueprint("imports", __name__, url_prefix="/imports")

SHOWN = 50
SHOWN_FAULTS = 100
LONGEST_SOURCE = 40


@pages.context_processor
def in_words() -> dict[str, Any]:
    return {
        "kind_words": words.KIND_WORDS,
        "state_words": words.STATE_WORDS,
        "column_words": words.COLUMN_WORDS,
        "reason_words": words.REASON_WORDS,
        "outcome_words": words.OUTCOME_WORDS,
        "error_words": words.ERROR_WORDS,
        "doubt_words": words.DOUBT_WORDS,
    }


@pages.get("/")
def index() -> ResponseReturnValue:
    demand(Verb.ADMINISTER)
    return the_index()


def the_index(trouble: str = "") -> ResponseReturnValue:
    page = render_template(
        "transfer/imports.html",
        imports=list(db.session.scalars(DataImport.latest().limit(SHOWN))),
        kinds=KINDS,
        hints=words.KIND_HINTS,
        most=current_app.extensions["settings"].import_bytes,
        mistake=trouble,
    )
    return page, 422 if trouble else 200


@pages.get("/examples/<import_kind>.csv")
def example(import_kind: str) -> ResponseReturnValue:
    """A file that would be taken in."""
    demand(Verb.ADMINISTER)
    written = words.EXAMPLES.get(import_kind) or abort(404)
    return _csv(f"{import_kind}-example.csv", iter(["\ufeff", written]))


@pages.post("/")
def take() -> ResponseReturnValue:
    by = demand(Verb.ADMINISTER)
    most = current_app.extensions["settings"].import_bytes
    request.max_content_length = most + 100_000
    kind, given = request.form.get("kind", ""), request.files.get("file")
    if kind not in KINDS:
        return the_index(_("Choose what the file is."))
    if given is None or not given.stream.read(1_000).strip():
        return the_index(_("Choose a file that is not empty."))
    if given.stream.seek(0, os.SEEK_END) > most:
        return the_index(_("The file is larger than may be brought along."))
    encoding = encoding_of(rewound(given)) if kind in TABLES else ""
    name = db_safe(given.filename or "")
    made = DataImport.take(kind, name, rewound(given), by=by, at=now(), encoding=encoding)
    if kind in TABLES:
        try:
            detected(made.opened(), encoding)
        except NoTable as trouble:
            abandon()  # what was kept of it is swept away
            return the_index(str(words.ERROR_WORDS[str(trouble)]))
    return redirect(url_for("admin.imports.show", import_id=made.id), 303)


def rewound(given: FileStorage) -> IO[bytes]:
    given.stream.seek(0)
    return given.stream


@pages.get("/<int:import_id>")
def show(import_id: int) -> ResponseReturnValue:
    """What it says, how far it is, or what became of it."""
    demand(Verb.ADMINISTER)
    return the_page(brought_or_404(import_id))


def the_page(brought: DataImport, trouble: str = "") -> ResponseReturnValue:
    columns = brought.kind in TABLES
    describing = brought.state in (ImportState.CHOSEN, ImportState.TRIED, ImportState.FAILED)
    seen: tuple[Settings, list[str], list[list[str]]] | None = None
    lost = False
    if describing and columns:
        try:
            seen = detected(brought.opened(), encoding_of_file(brought))
        except (Lost, NoTable):
            lost = True
    asked = brought.asked or {}
    faults = DataImportRow.faults(brought.id).limit(SHOWN_FAULTS)
    reasons = DataImportRow.reasons(brought.id)
    doubted = doubts.of(brought)
    page = render_template(
        "transfer/import.html",
        brought=brought,
        describing=describing and not lost,
        lost=lost,
        guessed=asked.get("columns") or (dict(seen[0].columns) if seen else {}),
        settings=seen[0] if seen else None,
        separator=asked.get("separator") or (seen[0].separator if seen else ";"),
        heading=seen[1] if seen else [],
        first=seen[2] if seen else [],
        meanings=words.OF_KIND.get(brought.kind, ()),
        source=asked.get("source") or {"zammad": "Zammad", "mbox": "Mail"}.get(brought.kind, ""),
        before=brought.same_before(),
        reasons=reasons,
        duplicates=sum(count for _outcome, reason, count in reasons if reason in words.DUPLICATES),
        doubts=doubted,
        known_names=doubts.known_names(doubted),
        faults=list(db.session.scalars(faults)),
        mistake=trouble,
    )
    return page, 422 if trouble else 200


@pages.post("/<int:import_id>/trial")
def try_out(import_id: int) -> ResponseReturnValue:
    """Say what its columns mean; a worker then looks at every row."""
    by = demand(Verb.ADMINISTER)
    brought = held_or_404(import_id)
    if brought.state not in (ImportState.CHOSEN, ImportState.TRIED, ImportState.FAILED):
        abort(409)
    source = " ".join(db_safe(request.form.get("source", "")).split())[:LONGEST_SOURCE]
    if not source:
        return the_page(brought, _("Say which program the file comes from."))
    asked: dict[str, Any] = {"source": source}
    if brought.kind in TABLES:
        asked |= _columns_asked(brought)
        if trouble := _missing(brought.kind, asked["columns"]):
            return the_page(brought, trouble)
    brought.try_out(asked, by=by, at=now())
    return redirect(url_for("admin.imports.show", import_id=import_id), 303)


def _columns_asked(brought: DataImport) -> dict[str, Any]:
    columns = {
        meaning: int(position)
        for meaning in words.OF_KIND[brought.kind]
        if (position := request.form.get(f"column_{meaning}", "")).isdecimal() and len(position) < 4
    }
    separator = {"comma": ",", "tab": "\t"}.get(request.form.get("separator", ""), ";")
    return {
        "columns": columns,
        "separator": separator,
        "encoding": encoding_of_file(brought),
    }


def encoding_of_file(brought: DataImport) -> str:
    """As it was found out when the file came; only all of it can tell."""
    return str(brought.asked.get("encoding") or encoding_of(brought.opened()))


def _missing(kind: str, columns: dict[str, int]) -> str:
    if kind == "clients" and not {"name", "last_name", "first_name"} & columns.keys():
        return str(_("Say which column holds the name."))
    if kind == "tickets" and not {"external_id", "opened_at"} <= columns.keys():
        return str(_("Say which columns hold the number and the day on which it was opened."))
    return ""


@pages.post("/<int:import_id>/run")
def run(import_id: int) -> ResponseReturnValue:
    by = demand(Verb.ADMINISTER)
    brought = held_or_404(import_id)
    if brought.state != ImportState.TRIED or not brought.created + brought.updated:
        abort(409)
    brought.run(by=by, at=now())
    return redirect(url_for("admin.imports.show", import_id=import_id), 303)


@pages.post("/<int:import_id>/omission")
def drop(import_id: int) -> ResponseReturnValue:
    """Nobody wants it: also while it is being tried or taken in, and then nothing of it stays."""
    by = demand(Verb.ADMINISTER)
    brought = held_or_404(import_id)
    if brought.state in (ImportState.DONE, ImportState.UNDOING, ImportState.UNDONE):
        abort(409)
    brought.drop(by=by, at=now())
    return redirect(url_for("admin.imports.index"), 303)


@pages.post("/<int:import_id>/undoing")
def undo(import_id: int) -> ResponseReturnValue:
    by = demand(Verb.ADMINISTER)
    brought = held_or_404(import_id)
    if brought.state != ImportState.DONE:
        abort(409)
    brought.undo(by=by, at=now())
    return redirect(url_for("admin.imports.show", import_id=import_id), 303)


@pages.get("/<int:import_id>/faults.csv")
def faults(import_id: int) -> ResponseReturnValue:
    """The rows that stay out, as they came, each with its line and the reason."""
    demand(Verb.ADMINISTER)
    brought = brought_or_404(import_id)
    wrong = list(db.session.scalars(DataImportRow.faults(import_id)))
    if not wrong:
        abort(404)
    heading = [_("Line"), _("Reason")]
    lines: Iterator[list[Any]] = ([row.line, row.reason, row.external_id] for row in wrong)
    if brought.kind in TABLES:
        with suppress(Lost):
            opened = brought.opener()
            heading += detected(opened(), encoding_of_file(brought))[1]
            found = records(brought.kind, opened, brought.asked, now(), lambda address: False)
            lines = _as_they_came(found, {row.line: row.reason for row in wrong})
    return _csv(f"import-{import_id}-faults.csv", _faulty(heading, lines))


def _as_they_came(found: Iterator[Record], wrong: dict[int, str]) -> Iterator[list[Any]]:
    return ([one.line, wrong[one.line], *one.written] for one in found if one.line in wrong)


def _faulty(heading: list[str], lines: Iterator[list[Any]]) -> Iterator[str]:
    yield "\ufeff" + spreadsheet.line(heading)
    for line, reason, *cells in lines:
        yield spreadsheet.line([line, str(words.REASON_WORDS.get(reason, reason)), *cells])


def _csv(name: str, content: Iterator[str]) -> Response:
    """Sent row by row: a file may have many."""
    answer = Response(stream_with_context(content), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def brought_or_404(import_id: int) -> DataImport:
    return DataImport.named(import_id) or abort(404)


def held_or_404(import_id: int) -> DataImport:
    return DataImport.held(import_id) or abort(404)
