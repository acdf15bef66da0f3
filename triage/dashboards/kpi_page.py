"""What one figure says: in words, as a formula, what is left out, since when, and how it went."""

from datetime import timedelta
from typing import Any

from flask import abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date

from models import calendar, kpi
from models.base import now
from models.daily_figure import DailyFigure
from models.kpi import KPIS, Cut, Kpi
from models.policy import Verb
from models.user import User
from triage import chart_lines
from triage.accounts import demand
from triage.chart_lines import Line, LineChart, Spot
from triage.dashboards.kpi_formulas import FORMULAS, LEFT_OUT, SOURCES
from triage.dashboards.pages import pages
from triage.dashboards.wall_figures import Wall
from triage.kpi_words import DEFINITIONS, NAMES, WHY_NOT, written
from triage.report_asked import cut_of, said_of

WEEKS = timedelta(days=27)


@pages.get("/figure/<code>")
def figure(code: str) -> ResponseReturnValue:
    user, at = demand(Verb.SEE_FIGURES), now()
    asked = KPIS.get(code) or abort(404)
    cut = cut_of(request.args)
    return render_template(
        "dashboards/kpi.html",
        figure=asked,
        shown=Wall(user, calendar.business_day(at), at, cut).shown(code),
        name=NAMES[code],
        definition=DEFINITIONS.get(code, ""),
        formula=FORMULAS[code],
        left_out=LEFT_OUT.get(code, ""),
        source=SOURCES[asked.item],
        since=DailyFigure.begun(),
        at=at,
        chart=line_of(asked, cut, user),
        history=url_for("dashboards.history.index", **dict[str, Any](kpi=code, **said_of(cut))),
    )


def line_of(figure: Kpi, cut: Cut, user: User) -> LineChart:
    """The last four weeks, day by day; a day of which nothing is known is a gap."""
    at = now()
    asked: dict[str, Any] = {"figure": figure.code, **said_of(cut)}
    last = kpi.known_days(figure, calendar.business_day(at), at)
    points = kpi.series(figure.code, last - WEEKS, last, cut=cut, user=user, at=at)
    spots = [
        Spot(
            format_date(point.first, "EEEE d MMMM"),
            format_date(point.first, "d/M"),
            point.value,
            written(figure.unit, point.value)
            or (str(WHY_NOT[point.why_not]) if point.why_not else ""),
            url_for(
                "dashboards.listed",
                first=point.first.isoformat(),
                last=point.last.isoformat(),
                **asked,
            )
            if point.value is not None
            else None,
        )
        for point in points
    ]
    return chart_lines.lines(
        [Line(str(NAMES[figure.code]), spots)],
        lambda value: written(figure.unit, value),
        whole=figure.unit is kpi.Unit.COUNT,
    )
