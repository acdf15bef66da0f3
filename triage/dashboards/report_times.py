"""When a report leaves by mail and to whom of us; what has left, and what could not."""

from datetime import time

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.base import db, now
from models.policy import Verb, may
from models.saved_report import SavedReport
from models.saved_report_times import LAST_DAY, Every, ReportSchedule, ReportSending
from models.user import User
from triage.accounts import demand
from triage.asked_once import colleagues
from triage.dashboards.reports import changing, pages, report_or_404
from triage.report_words import weekday_name

SHOWN = 30


@pages.get("/<int:report_id>/times")
def times(report_id: int) -> ResponseReturnValue:
    user = demand(Verb.SEE_FIGURES)
    return planning(changing(user, report_id), user)


@pages.post("/<int:report_id>/times")
def plan(report_id: int) -> ResponseReturnValue:
    user, form = demand(Verb.SEE_FIGURES), request.form
    report = changing(user, report_id)
    try:
        ReportSchedule.plan(
            report,
            Every(form.get("every", "")),
            time.fromisoformat(form.get("leaves_at", "")),
            form.getlist("to", type=int),
            by=user,
            at=now(),
            weekday=form.get("weekday", 0, int),
            month_day=form.get("month_day", 1, int),
            with_table="with_table" in form,
        )
    except ValueError:
        mistake = _("Say when it leaves, and choose at least one colleague who works here.")
        return planning(report, user, mistake), 400
    flash(_("Planned."))
    return redirect(url_for("dashboards.reports.times", report_id=report.id), 303)


@pages.post("/<int:report_id>/times/pause")
def pause(report_id: int) -> ResponseReturnValue:
    user, report, schedule = standing(report_id)
    if schedule is not None:
        schedule.pause(by=user, at=now())
    return redirect(url_for("dashboards.reports.times", report_id=report.id), 303)


@pages.post("/<int:report_id>/times/going-on")
def go_on(report_id: int) -> ResponseReturnValue:
    user, report, schedule = standing(report_id)
    if schedule is not None:
        schedule.go_on(by=user, at=now())
    return redirect(url_for("dashboards.reports.times", report_id=report.id), 303)


@pages.post("/<int:report_id>/times/end")
def end(report_id: int) -> ResponseReturnValue:
    user, report, schedule = standing(report_id)
    if schedule is not None:
        schedule.end(by=user, at=now())
        flash(_("It leaves by mail no more."))
    return redirect(url_for("dashboards.reports.times", report_id=report.id), 303)


@pages.post("/<int:report_id>/sendings")
def send_now(report_id: int) -> ResponseReturnValue:
    """To oneself, at once: as colleagues will get it, with what one may see oneself."""
    user = demand(Verb.SEE_FIGURES)
    report = report_or_404(user, report_id)
    ReportSending.want(report, by=user, at=now())
    flash(_("It is on its way to you."))
    there = "times" if report.changed_by(user) else "show"
    return redirect(url_for(f"dashboards.reports.{there}", report_id=report.id), 303)


def standing(report_id: int) -> tuple[User, SavedReport, ReportSchedule | None]:
    user = demand(Verb.SEE_FIGURES)
    report = changing(user, report_id)
    return user, report, ReportSchedule.of(report.id)


def planning(report: SavedReport, user: User, mistake: str = "") -> str:
    offered = colleagues() if may(user, Verb.LEAD) else [user]
    return render_template(
        "dashboards/report_times.html",
        report=report,
        plan=ReportSchedule.of(report.id),
        mistake=mistake,
        people=[one for one in offered if may(one, Verb.SEE_FIGURES)],
        everies=list(Every),
        weekdays=[(number, weekday_name(number)) for number in range(7)],
        last_day=LAST_DAY,
        sendings=db.session.scalars(ReportSending.of(report.id).limit(SHOWN)).all(),
    )
