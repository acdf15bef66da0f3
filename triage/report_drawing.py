"""An answer of the figures in the reader's words: its message, its charts, its table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import format_date
from flask_babel import gettext as _

from models.history_marks import Mark
from models.kpi import Point, Unit
from triage.chart_heat import HeatMap, heat
from triage.chart_lines import Happened, Line, LineChart, Spot, lines, multiples
from triage.kpi_words import name_of, written
from triage.report_asked import Beside, said_of, spelled
from triage.report_view import View
from triage.report_words import (
    heat_message,
    mark_words,
    message,
    note,
    part_name,
    period_short,
    period_words,
    rounded,
    total_words,
    value_words,
    weekday_name,
)


@dataclass(frozen=True)
class Drawn:
    """A view as page and print show it; links lead nowhere where it is read in a mail."""

    message: str
    note: str
    main: LineChart
    parts: Sequence[tuple[str, str, LineChart]]
    heat: HeatMap | None
    heat_message: str
    weekdays: Sequence[str]


def drawn(view: View, *, links: bool = True) -> Drawn:
    unit = view.kpi.unit
    whole = unit is Unit.COUNT

    def shown(value: float) -> str:
        return written(unit, value)

    split = [
        Line(part_name(view, part.key), spots(view, part.points, links=links, key=part.key))
        for part in view.parts
    ]
    parts = [
        (line.name, total_words(view, part.total), chart)
        for line, part, chart in zip(
            split, view.parts, multiples(split, shown, whole=whole), strict=True
        )
    ]
    found = heat(view.heat.means, rounded, days=view.heat.days) if view.heat else None
    return Drawn(
        message=message(view),
        note=note(view),
        main=lines(
            _lines(view, links=links),
            shown,
            whole=whole,
            happened=[happened(view, mark, links=links) for mark in view.marks],
        ),
        parts=parts,
        heat=found,
        heat_message=heat_message(found) if found else "",
        weekdays=[weekday_name(number) for number in range(7)],
    )


def _lines(view: View, *, links: bool) -> list[Line]:
    now = spots(view, view.points, links=links)
    if not view.before:
        return [Line(str(name_of(view.kpi.code)), now)]
    word = _("a year before") if view.asked.beside is Beside.YEAR else _("before")
    before = spots(view, view.before, links=False)
    return [Line(_("these days"), now), Line(word, before, "before")]


def spots(
    view: View, points: Sequence[Point], *, links: bool, key: str | None = None
) -> list[Spot]:
    """One for each point; `key` says which line of the split it is."""
    return [
        Spot(
            label=period_words(view.asked.by, point.first, point.last),
            short=period_short(view.asked.by, point.first),
            value=point.value,
            shown=value_words(view, point),
            url=behind(view, point, key) if links and point.value else None,
        )
        for point in points
    ]


def behind(view: View, point: Point, key: str | None = None) -> str:
    """Where a point opens down to what it counts."""
    asked: dict[str, Any] = {
        "figure": view.kpi.code,
        "first": point.first.isoformat(),
        "last": point.last.isoformat(),
        **said_of(view.asked.cut),
    }
    if key is not None and view.asked.split is not None:
        asked[view.asked.split] = spelled(key)
    return url_for("dashboards.listed", **asked)


def happened(view: View, mark: Mark, *, links: bool) -> Happened:
    """A mark on its day; within a week or a month, where in it the day lies."""
    place = 0.0
    for index, point in enumerate(view.points):
        if point.first <= mark.day <= point.last:
            length = (point.last - point.first).days + 1
            place = index - 0.5 + ((mark.day - point.first).days + 0.5) / length
            break
    words, kind, url = mark_words(mark, links=links)
    return Happened(place, words, kind, url, str(format_date(mark.day, "d MMM")))
