"""The numbers of an answer as a table: what the page shows is what the file holds."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from models.kpi import Point
from triage.kpi_words import bare, name_of, unit_words
from triage.report_asked import Beside
from triage.report_drawing import behind
from triage.report_view import View
from triage.report_words import part_name, period_words, value_words
from triage.spreadsheet import line

BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True)
class Cell:
    """A value as people read it and as a spreadsheet wants it; unknown, `shown` says why."""

    shown: str
    bare: str
    known: bool
    url: str | None = None


@dataclass(frozen=True)
class Row:
    label: str
    first: str
    last: str
    cells: Sequence[Cell]


@dataclass(frozen=True)
class Table:
    """Periods down, the figure, what it is held against and its parts across."""

    heads: Sequence[str]
    rows: Sequence[Row]


def table_of(view: View, *, links: bool = True) -> Table:
    heads = [str(name_of(view.kpi.code))]
    columns: list[list[Cell]] = [_column(view, view.points, links=links)]
    if view.before:
        heads.append(_("a year before") if view.asked.beside is Beside.YEAR else _("before"))
        columns.append(_column(view, view.before, links=False))
    for part in view.parts:
        heads.append(part_name(view, part.key))
        columns.append(_column(view, part.points, links=links, key=part.key))
    rows = [
        Row(
            period_words(view.asked.by, point.first, point.last),
            point.first.isoformat(),
            point.last.isoformat(),
            [column[index] for column in columns if index < len(column)],
        )
        for index, point in enumerate(view.points)
    ]
    return Table(heads, rows)


def as_csv(view: View, *, heading: str = "") -> str:
    """Its lines, the oldest period first; without what makes a file of it."""
    return "".join(_lines(view, heading))


def file_of(views: Sequence[tuple[str, View]]) -> str:
    """Several answers in one file, an empty line between them."""
    parts = [as_csv(view, heading=heading if len(views) > 1 else "") for heading, view in views]
    return BYTE_ORDER_MARK + line([]).join(parts)


def _lines(view: View, heading: str) -> Iterator[str]:
    table = table_of(view, links=False)
    unit = unit_words(view.kpi.unit)
    if heading:
        yield line([heading])
    yield line(
        [
            _("First day"),
            _("Last day"),
            *(f"{head} ({unit})" if unit else head for head in table.heads),
        ]
    )
    for row in table.rows:
        yield line([row.first, row.last, *(cell.bare for cell in row.cells)])


def _column(
    view: View, points: Sequence[Point], *, links: bool, key: str | None = None
) -> list[Cell]:
    return [
        Cell(
            value_words(view, point),
            bare(view.kpi.unit, point.value),
            point.value is not None,
            behind(view, point, key) if links and point.value else None,
        )
        for point in points
    ]
