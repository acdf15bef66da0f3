"""What is coming: contacts, hours of work, when all is worked off, and what if."""

from datetime import date, datetime, timedelta

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models import calendar, forecast, forecast_handling
from models.base import now, transaction
from models.forecast import ForecastRun
from models.forecast_handling import LEAST, LONGEST
from models.intake import Channel
from models.policy import Verb, may, sees_small_counts
from models.topic import Topic
from models.user import User
from triage.accounts import demand
from triage.dashboards import ahead_charts, ahead_judging, ahead_words, coming
from triage.dashboards.ahead_asked import WhatIf
from triage.dashboards.ahead_calls import desks
from triage.dashboards.ahead_charts import BEFORE, What
from triage.dashboards.ahead_plan import DAYS, plan, standing

pages = Blueprint("ahead", __name__, url_prefix="/ahead")

CHANNELS = [channel.value for channel in Channel]
PLAN = "plan"
"""The part of the page that a supposition changes."""


@pages.get("")
def index() -> ResponseReturnValue:
    user, at = demand(Verb.SEE_FIGURES), now()
    supposed = WhatIf.read(request.args)
    if request.headers.get("HX-Target") == PLAN:
        return render_template("dashboards/_ahead_plan.html", live=True, **planned(supposed, at))
    what = asked_for(user)
    today = calendar.business_day(at)
    tomorrow = calendar.working_day_after(today)
    rows = ahead_charts.day_rows(what, today, notes_of(today), open_days(today))
    fine = [
        (day, found)
        for day in (today, tomorrow)
        if not what.topic and (found := ahead_charts.half_hour_rows(what, day, at))
    ]
    return render_template(
        "dashboards/ahead.html",
        run=ForecastRun.latest(),
        what=what,
        channels=CHANNELS,
        topics=topics_offered(user),
        rows=rows,
        chart=ahead_charts.drawn(rows),
        fine=[(day, found, ahead_charts.drawn(found)) for day, found in fine],
        ahead=coming.ahead(user, at),
        day=today,
        leads=may(user, Verb.LEAD),
        undo=undo_offered(),
        bounds=(LEAST, LONGEST),
        live=False,
        **planned(supposed, at),
    )


def planned(supposed: WhatIf, at: datetime) -> dict[str, object]:
    """The days of work as they stand, and as they would be."""
    known = standing(at)
    before = plan(known, WhatIf())
    after = before if supposed.quiet else plan(known, supposed)
    today = known.today
    tomorrow = calendar.working_day_after(today)
    days = [day for day in (today, tomorrow) if day in known.open_days]
    return {
        "supposed": supposed,
        "said": ahead_words.supposed_words(supposed),
        "before": before,
        "after": after,
        "known": known,
        "work": ahead_charts.work(after),
        "calls": [(day, found) for day in days if (found := desks(known, supposed, day))],
        "say": ahead_words,
    }


@pages.post("/handling/<channel>")
def say_handling(channel: str) -> ResponseReturnValue:
    """How long a contact takes; said again it is changed, or put back."""
    user = demand(Verb.LEAD)
    if channel not in CHANNELS:
        abort(404)
    minutes = request.values.get("minutes", type=float)
    known = forecast_handling.handling(now())[channel]
    try:
        if minutes is None:
            raise ValueError("no number")
        with transaction():
            forecast_handling.say(Channel(channel), minutes, by=user)
    except ValueError:
        flash(_("A contact takes between half a minute and four hours."), "warning")
        return redirect(url_for("dashboards.ahead.index") + "#handling", 303)
    before = None if request.args.get("minutes") else f"{channel}:{known.minutes:g}"
    return redirect(url_for("dashboards.ahead.index", undo=before) + "#handling", 303)


def undo_offered() -> str | None:
    """The address that puts back what was said before."""
    channel, _colon, minutes = request.args.get("undo", "").partition(":")
    if channel not in CHANNELS:
        return None
    return url_for("dashboards.ahead.say_handling", channel=channel, minutes=minutes)


# --- what is looked at ----------------------------------------------------------------------


def asked_for(user: User) -> What:
    channel, topic_id = request.args.get("channel", ""), request.args.get("topic", "")
    if topic_id:
        known = {topic.id: topic for topic in topics_offered(user)}
        if topic_id not in known:
            abort(404)
        return What(topic=known[topic_id])
    if channel and channel not in CHANNELS:
        abort(404)
    return What(channel)


def topics_offered(user: User) -> list[Topic]:
    """Those of which a forecast is made, without what this person may not count."""
    found = [Topic.named(topic_id) for topic_id in forecast.topics_foreseen()]
    return [one for one in found if one is not None and sees_small_counts(user, one)]


def notes_of(today: date) -> dict[date, str]:
    """What is known of the days to come, in words."""
    days = [today + timedelta(days=step) for step in range(DAYS)]
    return ahead_judging.notes_on(days)


def open_days(today: date) -> set[date]:
    first, last = today - timedelta(days=BEFORE), today + timedelta(days=DAYS)
    days = [first + timedelta(days=step) for step in range((last - first).days + 1)]
    return {day for day in days if calendar.working_day(day)}


# --- judged ---------------------------------------------------------------------------------


@pages.get("/backtest")
def backtest() -> ResponseReturnValue:
    demand(Verb.SEE_FIGURES)
    at = now()
    ahead = request.args.get("ahead", 1, int)
    if ahead not in ahead_judging.AHEAD:
        abort(404)
    found = ahead_judging.verdicts(at, ahead)
    asked = request.args.get("channel", "")
    shown = next((one for one in found if one.channel == asked), found[0] if found else None)
    rows = ahead_judging.rows_of(shown) if shown else []
    return render_template(
        "dashboards/ahead_backtest.html",
        verdicts=found,
        shown=shown,
        ahead=ahead,
        choices=ahead_judging.AHEAD,
        rows=rows,
        chart=ahead_charts.drawn(rows, notes=False) if rows else None,
        afterwards=ahead_judging.said_afterwards(shown) if shown else 0,
        notes=ahead_judging.notes_on([one.day for one in shown.days]) if shown else {},
    )
