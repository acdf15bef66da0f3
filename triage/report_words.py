"""An answer of the figures in the reader's words: what it says, of whom, of which days."""

from collections.abc import Mapping
from datetime import date

from babel.dates import format_interval
from flask import url_for
from flask_babel import format_date, format_decimal, format_percent, get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy

from models.calendar import holiday
from models.history_marks import Mark
from models.kpi import KPIS, Point, Unit, Value
from models.saved_report_times import Every, ReportSchedule
from models.team import Team
from triage.chart_heat import HeatMap
from triage.display import label, language_name, reader_language, title, topic_name
from triage.kpi_words import WHY_NOT, name_of, written
from triage.report_asked import Asked, Beside, By, Days, Period
from triage.report_view import View

STEADY = 0.02
"""A smaller change is none; of a share, a quarter as many points as percent."""
LONGEST_MARK = 80
_MONDAY = date(2026, 1, 5)


def message(view: View) -> str:
    """What the chart says, in one line."""
    name, value = subject(view), view.total.value
    if value is None:
        why = WHY_NOT.get(view.total.why_not) if view.total.why_not else None
        return f"{name}{_(':')} {why or _('not measurable yet')}"
    now = written(view.kpi.unit, value)
    by = moved_by(view)
    if view.held is None:
        return f"{name}{_(':')} {now}"
    if by is None:
        return str(_("%(name)s: unchanged at %(now)s", name=name, now=now))
    if view.held[0] < view.held[1]:
        return str(_("%(name)s: down by %(by)s to %(now)s", name=name, by=by, now=now))
    return str(_("%(name)s: up by %(by)s to %(now)s", name=name, by=by, now=now))


def moved_by(view: View) -> str | None:
    """How far a figure is from what it is held against; None where that is next to nothing."""
    if view.held is None:
        return None
    if view.kpi.unit is Unit.SHARE:
        points = abs(view.held[0] - view.held[1]) * 100
        if points < STEADY * 25:
            return None
        return str(_("%(points)s points", points=format_decimal(round(points, 1))))
    if not view.held[1]:
        return written(view.kpi.unit, view.held[0]) if view.held[0] else None
    change = abs(view.held[0] / view.held[1] - 1)
    return None if change < STEADY else str(format_percent(change, "#,##0\u00a0%"))


def subject(view: View) -> str:
    return subject_of(view.asked)


def subject_of(asked: Asked) -> str:
    """The figure, and the part of the house that it is asked of."""
    cut = asked.cut
    names = [
        str(label("channel", cut.channel)) if cut.channel is not None else "",
        key_name("topic", cut.topic_id) if cut.topic_id is not None else "",
        key_name("team", str(cut.team_id)) if cut.team_id is not None else "",
        key_name("language", cut.language) if cut.language is not None else "",
    ]
    return ", ".join([str(name_of(asked.kpi)), *filter(None, names)])


def note(view: View) -> str:
    """The days, and what they are held against."""
    days = days_words(view.days)
    if view.days_beside is None:
        return days
    then = days_words(view.days_beside, year=view.asked.beside is Beside.YEAR)
    if view.held is None:
        return str(_("%(days)s; too little is known of %(then)s to compare", days=days, then=then))
    value = written(view.kpi.unit, view.held[1])
    return str(_("%(days)s, held against %(then)s (%(value)s)", days=days, then=then, value=value))


def heat_message(found: HeatMap) -> str:
    cell = found.busiest
    if cell is None:
        return str(_("When clients contact us"))
    return str(
        _(
            "Most contacts come on %(day)s from %(time)s: %(value)s in half an hour",
            day=format_date(_MONDAY.replace(day=5 + cell.weekday), "EEEE"),
            time=f"{cell.half_hour // 2:02}:{cell.half_hour % 2 * 30:02}",
            value=cell.shown,
        )
    )


def weekday_name(number: int) -> str:
    return str(format_date(_MONDAY.replace(day=5 + number), "EEE"))


def total_words(view: View, total: Value) -> str:
    if total.value is not None:
        return written(view.kpi.unit, total.value)
    return str(WHY_NOT.get(total.why_not, "")) if total.why_not else ""


def value_words(view: View, point: Point) -> str:
    """A value, or why there is none."""
    if point.value is not None:
        return written(view.kpi.unit, point.value)
    return str(WHY_NOT.get(point.why_not, "")) if point.why_not else ""


def rounded(value: float) -> str:
    """A mean of counts: whole where it is large."""
    return str(format_decimal(round(value) if value >= 10 else round(value, 1)))


def part_name(view: View, key: str) -> str:
    return key_name(view.asked.split or "", key)


def key_name(dimension: str, key: str | None) -> str:
    """What a part of the house is called."""
    if dimension == "channel":
        return str(label("channel", key)) if key else str(_("no channel"))
    if dimension == "topic":
        return topic_name(key) or str(_("no topic yet"))
    if dimension == "language":
        return language_name(key) or str(_("not known"))
    team = Team.named(int(key)) if key and key.isdecimal() else None
    return team.name(reader_language()) if team is not None else str(_("no team yet"))


def mark_words(mark: Mark, *, links: bool) -> tuple[str, str, str | None]:
    """(what happened, of what kind, where it stands)."""
    if mark.problem is not None:
        url = url_for("screening.problem", number=mark.problem.number) if links else None
        found = title(mark.problem)[:LONGEST_MARK]
        return str(_("New problem: %(title)s", title=found)), "problem", url
    if mark.action is not None:
        url = url_for("screening.actions.show", action=mark.action.id) if links else None
        what = " ".join((mark.action.what or title(mark.action.problem)).split())[:LONGEST_MARK]
        return f"{label('action_kind', mark.action.kind)}{_(':')} {what}", "action", url
    assert mark.event is not None
    text = " ".join(mark.event.text.split())[:LONGEST_MARK]
    if mark.mailing_id is not None:
        url = url_for("outreach.mailings.show", mailing_id=mark.mailing_id) if links else None
        return str(_("Mailing: %(name)s", name=text)), "mailing", url
    return text, "event", url_for("screening.events") if links else None


# --- questions and times --------------------------------------------------------------------

PERIODS = {
    Period.WEEK: lazy("7 days"),
    Period.FOUR_WEEKS: lazy("4 weeks"),
    Period.QUARTER: lazy("a quarter"),
    Period.YEAR: lazy("a year"),
}
BYS = {By.DAY: lazy("by day"), By.WEEK: lazy("by week"), By.MONTH: lazy("by month")}
SPLITS = {
    "channel": lazy("in parts by channel"),
    "topic": lazy("in parts by topic"),
    "team": lazy("in parts by team"),
    "language": lazy("in parts by language"),
}


def asked_words(view: Mapping[str, str]) -> str:
    """One view of a report in words, without its answer."""
    asked = Asked.read(view, KPIS)
    days = str(PERIODS.get(asked.period, ""))
    if asked.first is not None and asked.last is not None:
        days = days_words(Days(asked.first, asked.last), year=True)
    split = str(SPLITS[asked.split]) if asked.split else ""
    return " · ".join(filter(None, (subject_of(asked), days, str(BYS[asked.by]), split)))


def plan_words(plan: ReportSchedule) -> str:
    """When a report leaves."""
    clock = f"{plan.leaves_at:%H:%M}"
    if plan.every == Every.WORKING_DAY:
        return str(_("every working day at %(time)s", time=clock))
    if plan.every == Every.WEEK:
        day = format_date(_MONDAY.replace(day=5 + plan.weekday), "EEEE")
        return str(_("every %(weekday)s at %(time)s", weekday=day, time=clock))
    return str(_("on day %(day)s of each month at %(time)s", day=plan.month_day, time=clock))


# --- days ----------------------------------------------------------------------------------


def period_words(by: By, first: date, last: date) -> str:
    """One place of the axis, whole."""
    if by is By.DAY:
        day = str(format_date(first, "EEE d MMM y"))
        return f"{day} ({_('holiday')})" if holiday(first) else day
    if by is By.MONTH and (last.month, last.year) == (first.month, first.year):
        return str(format_date(first, "LLLL y"))
    return days_words(Days(first, last), year=True)


def period_short(by: By, first: date) -> str:
    return str(format_date(first, "LLL yy" if by is By.MONTH else "d/M"))


def days_words(days: Days, *, year: bool = False) -> str:
    skeleton = "yMMMd" if year or days.first.year != days.last.year else "MMMd"
    return str(format_interval(days.first, days.last, skeleton, locale=get_locale()))
