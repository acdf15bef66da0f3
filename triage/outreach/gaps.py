"""The gap report: what clients ask that no page answers; one key to write it or set it aside."""

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy

from models import calendar
from models.base import db_safe, now
from models.event import record
from models.info_gap import InfoGap
from models.info_page import InfoPage
from models.policy import Verb, may
from models.problem import Problem
from models.topic import LANGUAGES
from triage.accounts import demand
from triage.display import (
    intent_name,
    label,
    language_name,
    reader_language,
    title,
    topic_name,
)
from triage.outreach.gap_report import Gap, Report, Why, report
from triage.spreadsheet import line

pages = Blueprint("gaps", __name__)

PERIODS = (7, 28, 90)
USUAL_PERIOD = 28
USUAL_DAYS = timedelta(days=USUAL_PERIOD)
AGAIN = timedelta(days=90)
"""What is set aside comes back after this, unless somebody says otherwise."""
WHY_WORDS = {
    Why.NOTHING: lazy("no page"),
    Why.WRITING: lazy("being written"),
    Why.ENDED: lazy("page ended"),
    Why.LANGUAGE: lazy("language missing"),
    Why.STILL_ASKED: lazy("still asked"),
}


@pages.context_processor
def words() -> dict[str, Any]:
    return {
        "why_words": WHY_WORDS,
        "writing_address": writing_address,
        "page_address": page_address,
        "new_page_address": new_page_address,
        "periods": PERIODS,
    }


@pages.get("/gaps")
def index() -> ResponseReturnValue:
    user = demand(Verb.WORK)
    return shown(may(user, Verb.LEAD))


@pages.get("/gaps.csv")
def download() -> ResponseReturnValue:
    """All gaps as a table that no spreadsheet takes for formulas."""
    user = demand(Verb.WORK)
    days = period()
    found = report(user, days, now(), reader_language(), everything=True)
    record("info_gap.exported", by=user, days=days)
    answer = Response("\ufeff" + as_csv(found), content_type="text/csv; charset=utf-8")
    name = f"gaps-{found.first}-{found.last}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@pages.post("/gaps/aside")
def set_aside() -> ResponseReturnValue:
    """Not for the dossier, for a reason; it comes back by itself on a day."""
    by, form = demand(Verb.LEAD), request.form
    try:
        until = date.fromisoformat(form["until"]) if form.get("until") else None
        made = InfoGap.set_aside(
            form.get("kind", ""),
            db_safe(form.get("ref", "")),
            db_safe(form.get("why", "")),
            until,
            by=by,
            at=now(),
        )
    except ValueError:
        trouble = _("Say why it is not for the dossier; a day is written as 2026-06-30.")
        return shown(True, trouble), 422
    return redirect(url_for("outreach.gaps.index", days=period(), undo=made.id), 303)


@pages.post("/gaps/<int:gap_id>/return")
def bring_back(gap_id: int) -> ResponseReturnValue:
    by = demand(Verb.LEAD)
    found = InfoGap.named(gap_id) or abort(404)
    found.bring_back(by=by, at=now())
    return redirect(url_for("outreach.gaps.index", days=period()), 303)


def shown(leads: bool, trouble: str = "") -> str:
    user, at = demand(Verb.WORK), now()
    days = period()
    undone = InfoGap.named(request.args.get("undo", 0, type=int)) if leads else None
    everything = request.args.get("all") == "1"
    found = report(user, days, at, reader_language(), everything=everything)
    return render_template(
        "outreach/gaps.html",
        report=found,
        aside_names=aside_names(found),
        days=days,
        leads=leads,
        until=calendar.business_day(at) + AGAIN,
        mistake=trouble,
        typed=request.form if trouble else {},
        undo=undone if undone is not None and undone.withdrawn_at is None else None,
    )


def period() -> int:
    asked = request.values.get("days", USUAL_PERIOD, type=int)
    return asked if asked in PERIODS else USUAL_PERIOD


def writing_address(gap: Gap) -> str:
    """Where its page is written: the one that there is, else a new one that knows of it."""
    if gap.page is not None:
        return page_address(gap.page)
    return new_page_address(
        topic=gap.topic_id,
        subtopic=gap.subtopic_id,
        problem=gap.problem.number if gap.problem else None,
        title=gap.name[:120],
    )


def page_address(page: InfoPage) -> str:
    return f"/outreach/dossier/{page.slug}"


def new_page_address(**known: Any) -> str:
    given = {name: value for name, value in known.items() if value}
    return f"/outreach/dossier/new?{urlencode(given)}"


def aside_names(report: Report) -> dict[int, str]:
    """What was set aside, in words."""
    found = {}
    problems = Problem.several(int(one.ref) for one in report.aside if one.kind == "problem")
    for one in report.aside:
        parts = one.ref.split("|")
        if one.kind == "problem" and int(one.ref) in problems:
            found[one.id] = title(problems[int(one.ref)])
        elif one.kind == "matter":
            names = [*map(topic_name, parts[:2]), intent_name(parts[-1])]
            found[one.id] = " · ".join(name for name in names if name)
        else:
            found[one.id] = f"“{parts[-1]}”"
    return found


# --- as a table -----------------------------------------------------------------------------


def as_csv(found: Report) -> str:
    head = line(
        [
            _("What is asked"),
            _("Why"),
            _("Contacts"),
            _("A page could spare"),
            _("Clients"),
            _("Second half less first"),
            _("Failure demand"),
            *(language_name(code) for code in LANGUAGES),
            _("Channels"),
            _("Page"),
            _("Nearest page"),
        ]
    )
    return head + "".join(line(cells(gap)) for gap in found.gaps)


def cells(gap: Gap) -> list[Any]:
    asked = gap.asked
    spoken = [asked.languages.get(code, 0) for code in LANGUAGES]
    came = [f"{label('channel', name)} {count}" for name, count in asked.channels.items()]
    return [
        gap.name,
        WHY_WORDS[gap.why],
        asked.contacts,
        asked.spared,
        asked.clients,
        gap.trend,
        asked.failures,
        *(["" for _code in LANGUAGES] if gap.hushed else spoken),
        "" if gap.hushed else ", ".join(came),
        gap.page_name,
        gap.near_name,
    ]
