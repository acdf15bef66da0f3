"""The roster of a week: half hours by day, typed by hand, copied, or read from a file."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from classifiers.erlang import Line
from models import forecast, forecast_handling, roster
from models.base import db, now
from models.calendar import BRUSSELS, business_day, holiday, start_of
from models.intake import Channel
from models.policy import Verb, may
from models.roster import WEEK, wish
from models.shift import RosterFile, Shift
from models.team import Team
from models.user import User
from triage import spreadsheet
from triage.accounts import demand
from triage.dashboards import roster_file
from triage.dashboards.call_takers import taking_calls
from triage.dashboards.roster_file import NoRoster, Reading
from triage.dashboards.roster_words import fault_words, file_words

pages = Blueprint("roster", __name__, url_prefix="/roster")

CHANNELS = [channel.value for channel in Channel]
WEEKDAYS = tuple("0123456")
FIRST, LAST = time(8), time(18)
"""The hours that a page shows in any case."""
FARTHEST = timedelta(days=730)


@dataclass(frozen=True)
class Cell:
    """One half hour of one day."""

    heads: float
    needed: int | None = None

    @property
    def short(self) -> bool:
        return self.needed is not None and self.heads < self.needed


@pages.get("")
def index() -> ResponseReturnValue:
    return week(demand(Verb.SEE_FIGURES))


@pages.post("/shifts")
def add() -> ResponseReturnValue:
    """The same hours on each of the chosen days, for one person or so many heads."""
    by, at = demand(Verb.LEAD), now()
    monday = monday_asked()
    team = Team.named(request.form.get("team", 0, type=int))
    person = User.named(request.form.get("user", 0, type=int))
    days = [int(one) for one in request.form.getlist("day") if one in WEEKDAYS]
    channel = request.form.get("channel", "")
    if team is None or channel not in ("", *CHANNELS):
        return week(by, _("Choose a team."), 422)
    if not days:
        return week(by, _("Choose at least one day."), 422)
    try:
        wishes = [
            wish(
                team,
                channel,
                monday + timedelta(days=day),
                roster_file.time_of(request.form.get("starts", "")),
                roster_file.time_of(request.form.get("ends", "")),
                person,
                roster_file.heads_of(request.form.get("heads", ""), person),
            )
            for day in days
        ]
    except ValueError as fault:
        return week(by, fault_words(str(fault)), 422)
    deed = roster.add(wishes, by=by, at=at)
    if not deed:
        return week(by, _("All of it is in the roster already, or the person is elsewhere."), 422)
    return back(monday, deed)


@pages.post("/removal")
def remove() -> ResponseReturnValue:
    by = demand(Verb.LEAD)
    ids = [int(one) for one in request.form.getlist("shift") if one.isdecimal()]
    return back(monday_asked(), roster.remove(ids, by=by, at=now()))


@pages.post("/copies")
def copy() -> ResponseReturnValue:
    """The week before, once more."""
    by, monday = demand(Verb.LEAD), monday_asked()
    return filled(monday, roster.copy_week(monday - WEEK, monday, by=by, at=now()))


@pages.post("/usual")
def keep_usual() -> ResponseReturnValue:
    by, monday = demand(Verb.LEAD), monday_asked()
    kept = roster.keep_usual(monday, by=by, at=now())
    flash(ngettext("The usual week has %(num)s shift.", "The usual week has %(num)s shifts.", kept))
    return back(monday)


@pages.post("/usual/copies")
def fill_usual() -> ResponseReturnValue:
    by, monday = demand(Verb.LEAD), monday_asked()
    return filled(monday, roster.fill_usual(monday, by=by, at=now()))


@pages.post("/deeds/<roster_deed>/undo")
def undo(roster_deed: str) -> ResponseReturnValue:
    by = demand(Verb.LEAD)
    if not roster.undo(roster_deed, by=by, at=now()):
        abort(404)
    flash(_("The roster is as it was."))
    return back(monday_asked())


# --- from a file ----------------------------------------------------------------------------


@pages.post("/file")
def preview() -> ResponseReturnValue:
    """What a file would change, before anything is written."""
    by = demand(Verb.LEAD)
    given = request.files.get("file")
    content = given.stream.read(roster_file.MOST_BYTES + 1) if given else b""
    try:
        text = roster_file.decoded(content)
        found = roster_file.read(text)
    except NoRoster as reason:
        return week(by, file_words(str(reason)), 422)
    name = (given.filename or "")[:120] if given else ""
    return render_template(
        "dashboards/roster_file.html",
        found=found,
        text=text,
        name=name,
        before=RosterFile.read_before(digest(text)),
        fault_words=fault_words,
        day_of=business_day,
    )


@pages.post("/file/shifts")
def take_over() -> ResponseReturnValue:
    """The good lines of a file that was looked at; what clashes by now is left out."""
    by, at = demand(Verb.LEAD), now()
    text, found = reading(by)
    if not found.wishes:
        return week(by, _("No line of it can be put in."), 422)
    file = RosterFile(
        name=request.form.get("name", "")[:120],
        digest=digest(text),
        rows=len(found.wishes),
        by_id=by.id,
        at=at,
    )
    db.session.add(file)
    db.session.flush()
    deed = roster.add(found.wishes, by=by, at=at, file=file)
    if not deed:  # somebody else was faster: nothing came of this file
        db.session.delete(file)
        return week(by, _("No line of it can be put in."), 422)
    return back(monday_of(business_day(min(one.starts_at for one in found.wishes))), deed)


@pages.post("/file/faults")
def faults() -> ResponseReturnValue:
    """The lines that cannot be put in, each with its reason, to be mended and read again."""
    by = demand(Verb.LEAD)
    _text, found = reading(by)
    lines = [spreadsheet.line([*found.header, _("Reason")])]
    lines += [
        spreadsheet.line([*line.cells, str(fault_words(line.fault))]) for line in found.faulty
    ]
    response = Response("\ufeff" + "".join(lines), mimetype="text/csv")
    response.headers["Content-Disposition"] = "attachment; filename=roster-faults.csv"
    return response


def reading(by: User) -> tuple[str, Reading]:
    text = request.form.get("text", "")
    try:
        return text, roster_file.read(text)
    except NoRoster:
        abort(422)


def digest(text: str) -> str:
    return hashlib.sha256("\n".join(text.split()).encode("utf-8", "replace")).hexdigest()


# --- the page -------------------------------------------------------------------------------


def week(user: User, mistake: str = "", code: int = 200) -> ResponseReturnValue:
    at = now()
    monday = monday_asked()
    team = Team.named(request.values.get("of", 0, type=int))
    channel = request.values.get("by", "")
    shifts = [
        one
        for one in Shift.between(start_of(monday), start_of(monday + WEEK))
        if (team is None or one.team_id == team.id) and (not channel or one.channel == channel)
    ]
    deed = request.args.get("undo", "")
    page = render_template(
        "dashboards/roster.html",
        mistake=mistake,
        monday=monday,
        today=business_day(at),
        days=shown_days(monday, shifts),
        rows=(rows := rows_of(monday, team, channel, at)),
        has_need=any(cell.needed is not None for _, cells in rows for cell in cells.values()),
        shifts=shifts,
        teams=db.session.scalars(Team.in_order()).all(),
        people=[one for one in db.session.scalars(User.everybody()) if may(one, Verb.WORK)],
        channels=CHANNELS,
        chosen_team=team,
        chosen_channel=channel,
        typed=request.form,
        leads=may(user, Verb.LEAD),
        usual=roster.has_usual(),
        files=RosterFile.latest(),
        undo=deed if deed and roster.offered(deed, user, at) else "",
        holiday=holiday,
        week=WEEK,
        day_of=business_day,
    )
    return page, code


def rows_of(
    monday: date, team: Team | None, channel: str, at: datetime
) -> list[tuple[time, dict[date, Cell]]]:
    """By half hour of the clock, the heads of each day: who is absent is no head.

    Who takes whatever comes takes a share of the calls, and calls alone have a need to compare
    with.
    """
    heads: dict[tuple[time, date], float] = {}
    last = monday + WEEK - timedelta(days=1)
    rows = Shift.capacity(monday, last)
    if channel == Channel.PHONE:
        expected = {one.value: forecast.expected(monday, last, one) for one in Channel}
        minutes = {name: one.minutes for name, one in forecast_handling.handling(at).items()}
        rows = list(taking_calls(rows, expected, minutes))
    for row in rows:
        fits = channel in ("", Channel.PHONE) or row.channel == channel
        if (team is None or row.team_id == team.id) and fits:
            slot = (clock_of(row.starts_at), business_day(row.starts_at))
            heads[slot] = heads.get(slot, 0) + row.heads
    needed = need(monday, at) if channel == Channel.PHONE and team is None else {}
    used = {moment for moment, _day in heads}
    moments = [time(minute // 60, minute % 60) for minute in range(0, 24 * 60, 30)]
    days = [monday + timedelta(days=step) for step in range(7)]
    return [
        (
            moment,
            {day: Cell(heads.get((moment, day), 0), needed.get((moment, day))) for day in days},
        )
        for moment in moments
        if FIRST <= moment < LAST or moment in used
    ]


def need(monday: date, at: datetime) -> dict[tuple[time, date], int]:
    """How many people the expected calls of the days to come need; empty without a forecast."""
    first, last = max(monday, business_day(at)), monday + WEEK - timedelta(days=1)
    if first > last:
        return {}
    seconds = forecast_handling.handling(at)[Channel.PHONE].minutes * 60
    return {
        (clock_of(row.starts_at), business_day(row.starts_at)): Line(
            2 * row.expected, seconds
        ).agents_for()
        for row in forecast.expected_half_hours(first, last, Channel.PHONE)
    }


def shown_days(monday: date, shifts: Sequence[Shift]) -> list[date]:
    """Monday to Friday, and a weekend on which somebody works."""
    used = {business_day(one.starts_at) for one in shifts}
    days = [monday + timedelta(days=step) for step in range(7)]
    return [day for day in days if day.weekday() < 5 or day in used]


def filled(monday: date, deed: str) -> ResponseReturnValue:
    if not deed:
        flash(_("There was nothing to put in."), "warning")
    return back(monday, deed)


def back(monday: date, deed: str = "") -> ResponseReturnValue:
    asked: dict[str, Any] = {"week": monday.isoformat()}
    for name in ("of", "by"):
        if request.values.get(name):
            asked[name] = request.values[name]
    if deed:
        asked["undo"] = deed
    return redirect(url_for("dashboards.roster.index", **asked), 303)


def monday_asked() -> date:
    today = business_day(now())
    try:
        day = date.fromisoformat(request.values.get("week", ""))
    except ValueError:
        day = today
    return monday_of(day if abs(day - today) <= FARTHEST else today)


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def clock_of(at: datetime) -> time:
    local = at.astimezone(BRUSSELS)
    return time(local.hour, local.minute)
