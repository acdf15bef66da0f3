"""Reports that people keep: the list of them, one with all its views, on paper and as a file."""

from datetime import datetime

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.base import now
from models.kpi import KPIS
from models.policy import Verb, may
from models.saved_report import MOST_VIEWS, Outdated, SavedReport
from models.saved_report_times import ReportSchedule
from models.user import User
from triage.accounts import demand
from triage.dashboards.history import csv_answer, reports_of
from triage.report_asked import Asked
from triage.report_sheets import sheets_of
from triage.report_table import file_of
from triage.report_view import View, view_of
from triage.report_words import asked_words, plan_words, subject

pages = Blueprint("reports", __name__, url_prefix="/reports")


@pages.context_processor
def words() -> dict[str, object]:
    return {"asked_words": asked_words, "plan_words": plan_words}


@pages.get("")
def index() -> ResponseReturnValue:
    """My reports and those of everybody."""
    user = demand(Verb.SEE_FIGURES)
    reports = reports_of(user)
    return render_template(
        "dashboards/reports.html",
        reports=reports,
        plans=ReportSchedule.standing([one.id for one in reports]),
        archived=request.args.get("archived", type=int),
    )


@pages.post("")
def keep() -> ResponseReturnValue:
    """Keep the present view: as a report of its own, or as one more of a report."""
    user, at, form = demand(Verb.SEE_FIGURES), now(), request.form
    asked = Asked.read(form, KPIS)
    view = {**asked.query(), "heading": form.get("heading", "")}
    found = form.get("report", type=int)
    try:
        if found is not None:
            report = changing(user, found)
            views = [*report.views, view]
            report.change(report.name, views, by=user, at=at, seen=report.version)
        else:
            report = SavedReport.keep(form.get("name", ""), [view], by=user, at=at)
    except Outdated:
        flash(_("Somebody has just changed this report: once more, please."), "warning")
        return redirect(url_for("dashboards.history.index", **asked.query()), 303)
    except ValueError:
        flash(_("Give a name; a report has at most %(most)s views.", most=MOST_VIEWS), "warning")
        return redirect(url_for("dashboards.history.index", **asked.query()), 303)
    flash(_("Kept in “%(name)s”.", name=report.name))
    return redirect(url_for("dashboards.reports.show", report_id=report.id), 303)


@pages.get("/<int:report_id>")
def show(report_id: int) -> ResponseReturnValue:
    user, at = demand(Verb.SEE_FIGURES), now()
    report = report_or_404(user, report_id)
    return render_template(
        "dashboards/report.html",
        report=report,
        sheets=sheets_of(views_of(report, user, at)),
        plan=ReportSchedule.of(report.id),
        changes=report.changed_by(user),
        at=at,
    )


@pages.get("/<int:report_id>/print")
def on_paper(report_id: int) -> ResponseReturnValue:
    user, at = demand(Verb.SEE_FIGURES), now()
    report = report_or_404(user, report_id)
    return render_template(
        "dashboards/report_print.html",
        name=report.name,
        sheets=sheets_of(views_of(report, user, at)),
        at=at,
        back=url_for("dashboards.reports.show", report_id=report.id),
    )


@pages.get("/<int:report_id>/table.csv")
def table_file(report_id: int) -> ResponseReturnValue:
    user = demand(Verb.SEE_FIGURES)
    report = report_or_404(user, report_id)
    views = views_of(report, user, now())
    return csv_answer(
        file_of([(heading or subject(view), view) for heading, view in views]),
        f"report-{report.id}",
    )


# --- changed --------------------------------------------------------------------------------


@pages.get("/<int:report_id>/edit")
def edit(report_id: int) -> ResponseReturnValue:
    user = demand(Verb.SEE_FIGURES)
    return editor(changing(user, report_id), user)


@pages.post("/<int:report_id>/edit")
def change(report_id: int) -> ResponseReturnValue:
    """Another name, other headings, another order; a view without a place is left out."""
    user, form = demand(Verb.SEE_FIGURES), request.form
    report = changing(user, report_id)
    try:
        report.change(
            form.get("name", ""),
            ordered(report),
            by=user,
            at=now(),
            seen=form.get("version", 0, int),
            shared="shared" in form if may(user, Verb.LEAD) else None,
        )
    except Outdated:
        return editor(report, user, outdated=True), 409
    except ValueError:
        mistake = _("A report has a name and at least one view.")
        return editor(report, user, mistake=mistake), 400
    flash(_("Saved."))
    return redirect(url_for("dashboards.reports.show", report_id=report.id), 303)


def editor(report: SavedReport, user: User, *, outdated: bool = False, mistake: str = "") -> str:
    return render_template(
        "dashboards/report_edit.html",
        report=report,
        outdated=outdated,
        mistake=mistake,
        typed=request.form,
        leads=may(user, Verb.LEAD),
    )


def ordered(report: SavedReport) -> list[dict[str, str]]:
    """The views with the headings and in the order that were typed."""
    kept = []
    for number, view in enumerate(report.views):
        place = request.form.get(f"place-{number}", number + 1, int)
        if place > 0:
            heading = request.form.get(f"heading-{number}", view.get("heading", ""))
            kept.append((place, number, {**view, "heading": heading}))
    return [view for _place, _number, view in sorted(kept, key=lambda one: one[:2])]


@pages.post("/<int:report_id>/copies")
def copy(report_id: int) -> ResponseReturnValue:
    user = demand(Verb.SEE_FIGURES)
    report = report_or_404(user, report_id)
    try:
        made = report.copied(_("%(name)s (copy)", name=report.name), by=user, at=now())
    except ValueError:
        flash(_("You keep as many reports as there may be: archive one first."), "warning")
        return redirect(url_for("dashboards.reports.index"), 303)
    return redirect(url_for("dashboards.reports.edit", report_id=made.id), 303)


@pages.post("/<int:report_id>/archive")
def archive(report_id: int) -> ResponseReturnValue:
    user = demand(Verb.SEE_FIGURES)
    report = changing(user, report_id)
    report.archive(by=user, at=now())
    return redirect(url_for("dashboards.reports.index", archived=report.id), 303)


@pages.post("/<int:report_id>/return")
def bring_back(report_id: int) -> ResponseReturnValue:
    """It was archived by a slip."""
    user = demand(Verb.SEE_FIGURES)
    if SavedReport.restore(report_id, by=user, at=now()) is None:
        abort(404)
    return redirect(url_for("dashboards.reports.index"), 303)


# --- found ----------------------------------------------------------------------------------


def views_of(report: SavedReport, user: User, at: datetime) -> list[tuple[str, View]]:
    """The answers to a report's questions, for this reader, with their headings."""
    return [
        (view.get("heading", ""), view_of(Asked.read(view, KPIS), user, at))
        for view in report.views
    ]


def report_or_404(user: User, report_id: int) -> SavedReport:
    report = SavedReport.for_user(user, report_id)
    if report is None:
        abort(404)
    return report


def changing(user: User, report_id: int) -> SavedReport:
    """A report that this person may change; 404 for one unseen, 403 for one only read."""
    report = report_or_404(user, report_id)
    if not report.changed_by(user):
        abort(403)
    return report
