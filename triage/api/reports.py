"""Figures and tables by REST: the same numbers as the dashboard's, the same lists as the pages'."""

from datetime import date, timedelta
from typing import Any, cast

from apiflask import APIBlueprint, FileSchema, Schema, fields
from flask import current_app, send_file, url_for
from marshmallow import RAISE, validate

from models import kpi
from models.api_token import Scope
from models.base import now
from models.calendar import business_day
from models.data_export import DataExport
from models.intake import Channel
from models.kpi import KPIS, Cut, Kpi, Period, Split
from models.topic import LANGUAGES
from triage import export_files, exporting
from triage.api.asking import BYTES, asks, once, refuse, refused_fields, the_user
from triage.api.door import Problem
from triage.api.seen import Shown
from triage.api.shapes import ID, day, moment, several, whole, words, yes
from triage.config import Settings
from triage.exporting import Form, NotThere

pages = APIBlueprint("reports", __name__, tag="Reports")

LONGEST = 1_100
"""Days of one question."""
USUAL = timedelta(days=27)
FILE = FileSchema(type="string", format="binary")


class FigureShape(Schema):
    """A figure of the house."""

    code = words()
    href = words()
    unit = words("count, share (0 to 1), hours (of working time), minutes or days (working days)")
    better = words("The direction in which it should move: up, down or none.")
    cuts = several(fields.String())
    cohort_days = whole("So many days must pass before a day of it is known.")


class FiguresShape(Schema):
    """All figures."""

    items = several(FigureShape)


class PointShape(Schema):
    """One figure of some days."""

    first_day = day()
    last_day = day()
    key = words("Which line of the split; empty without one.")
    value = fields.Float(
        required=True,
        allow_none=True,
        metadata={"description": "Null is not zero: `why` says why it is not known."},
    )
    part = fields.Float(required=True)
    whole = fields.Float(required=True)
    why = words(none=True)


class SeriesShape(FigureShape):
    """A figure over time."""

    points = several(PointShape)


class SeriesQuery(Schema):
    """Which days, and of which part of the house."""

    since = fields.Date(metadata={"description": "The first day; without it four weeks ago."})
    until = fields.Date(metadata={"description": "The last day; without it today."})
    by = fields.String(load_default="day", validate=validate.OneOf(["day", "week", "month"]))
    split = fields.String(validate=validate.OneOf(["channel", "topic", "team", "language"]))
    channel = fields.String(validate=validate.OneOf(list(Channel)))
    topic = fields.String(validate=validate.Length(1, 80))
    team = fields.Integer(validate=ID)
    language = fields.String(validate=validate.OneOf(LANGUAGES))


@pages.get("/figures")
@asks(Scope.REPORTS_READ)
@pages.output(FiguresShape)
@pages.doc(operation_id="listFigures")
def figures() -> Any:
    """List the figures that can be read"""
    return {"items": [figure_shown(one) for one in KPIS.values()]}


@pages.get("/figures/<code>")
@asks(Scope.REPORTS_READ, refuses=(404,))
@pages.input(SeriesQuery, location="query", unknown=RAISE)
@pages.output(SeriesShape)
@pages.doc(operation_id="readFigure")
def figure(code: str, query_data: dict[str, Any]) -> Any:
    """Read a figure over time

    No figure is one of a person: a team is the smallest part. Few of a restricted topic are not
    told to other teams.
    """
    known = KPIS.get(code)
    if known is None:
        raise Problem(404, "There is no such figure.")
    first, last = days_in(query_data)
    cut = Cut(
        query_data.get("channel"),
        query_data.get("topic"),
        query_data.get("team"),
        query_data.get("language"),
    )
    points = kpi.series(
        code,
        first,
        last,
        cast(Period, query_data["by"]),
        cast(Split | None, query_data.get("split")),
        cut,
        the_user(),
    )
    shown = [
        {
            "first_day": one.first,
            "last_day": one.last,
            "key": str(one.key),
            "value": one.value,
            "part": one.part,
            "whole": one.whole,
            "why": one.why_not.value if one.why_not else None,
        }
        for one in points
    ]
    return figure_shown(known) | {"points": shown}


def days_in(query: dict[str, Any]) -> tuple[date, date]:
    last: date = query.get("until") or business_day(now())
    first: date = query.get("since") or max(last, date.min + USUAL) - USUAL
    if not 0 <= (last - first).days < LONGEST or not 1990 <= first.year <= last.year <= 2200:
        words = f"From a first day to a last one, at most {LONGEST} days, from 1990 on."
        raise refused_fields([{"parameter": "since", "detail": words}])
    return first, last


def figure_shown(known: Kpi) -> Shown:
    return {
        "code": known.code,
        "href": url_for("api.reports.figure", code=known.code),
        "unit": known.unit.value,
        "better": known.better.value,
        "cuts": list(known.cuts),
        "cohort_days": known.cohort_days,
    }


# --- tables ---------------------------------------------------------------------------------


class ExportShape(Schema):
    """A table that a worker writes."""

    id = whole()
    href = words()
    list = words()
    form = words()
    state = words("waiting, writing, ready, failed, cancelled or gone")
    rows_expected = whole()
    rows_done = whole()
    asked_at = moment(none=False)
    expires_at = moment()
    file = words("Where it can be fetched, once it is ready.", none=True)
    finished = yes()


class ExportGiven(Schema):
    """Which list, with the same filter as its page has in its address."""

    list = fields.String(required=True, validate=validate.Length(1, 60))
    asked = fields.Dict(
        keys=fields.String(validate=validate.Length(1, 60)),
        values=fields.String(validate=validate.Length(max=300)),
        load_default=dict,
        validate=validate.Length(max=40),
    )
    form = fields.String(
        load_default=Form.CSV.value,
        validate=validate.OneOf([one.value for one in Form if one is not Form.ZIP]),
    )


@pages.post("/exports")
@asks(Scope.EXPORTS, refuses=(404, 409, 413, 415))
@once
@pages.input(ExportGiven)
@pages.output(ExportShape, status_code=202)
@pages.doc(operation_id="askForExport")
def ask(json_data: dict[str, Any]) -> Any:
    """Ask for a table

    A worker writes it, without a limit of rows. What your person may not see is not in it.
    """
    try:
        made = exporting.ask(
            json_data["list"], json_data["asked"], json_data["form"], by=the_user(), at=now()
        )
    except (NotThere, ValueError):
        raise refuse("/list", "There is no such list, or it cannot be asked in this way.") from None
    shown = export_shown(made)
    return shown, 202, {"Location": shown["href"]}


@pages.get("/exports/<int:export_id>")
@asks(Scope.EXPORTS, refuses=(404,))
@pages.output(ExportShape)
@pages.doc(operation_id="readExport")
def export(export_id: int) -> Any:
    """Ask how far a table is"""
    return export_shown(the_export(export_id))


@pages.get("/exports/<int:export_id>/file")
@asks(Scope.EXPORTS, answers=BYTES, refuses=(404, 409))
@pages.output(FILE, content_type=BYTES)
@pages.doc(operation_id="fetchExport")
def fetch(export_id: int) -> Any:
    """Fetch a table"""
    found = the_export(export_id)
    if found.unfinished:
        raise Problem(409, "It is still being written.")
    settings: Settings = current_app.extensions["settings"]
    path = export_files.path_of(found, settings)
    if path is None:
        raise Problem(404, "There is no such file any more.")
    found.fetched(by=the_user(), at=now())
    return send_file(path, mimetype=BYTES, as_attachment=True, download_name=found.file_name)


def the_export(export_id: int) -> DataExport:
    """One's own, and a table: all that is kept of one person goes to a person's hand alone."""
    found = DataExport.of(the_user(), export_id)
    if found is None or found.form == Form.ZIP:
        raise Problem(404, "There is no such export.")
    return found


def export_shown(made: DataExport) -> Shown:
    same = ("id", "form", "state", "rows_expected", "rows_done", "asked_at", "expires_at")
    there = url_for("api.reports.fetch", export_id=made.id)
    return {
        **{name: getattr(made, name) for name in same},
        "href": url_for("api.reports.export", export_id=made.id),
        "list": made.kind,
        "file": there if made.state == "ready" else None,
        "finished": not made.unfinished,
    }
