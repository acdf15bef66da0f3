"""Answers as a report shows them, one below the other: on the page, on paper, in a mail."""

from collections.abc import Sequence
from dataclasses import dataclass

from triage.kpi_words import DEFINITIONS, name_of
from triage.report_drawing import Drawn, drawn
from triage.report_table import Table, table_of
from triage.report_view import View


@dataclass(frozen=True)
class Sheet:
    """One view with its heading, its picture and its numbers."""

    heading: str
    view: View
    drawn: Drawn
    table: Table
    name: str
    definition: str


def sheets_of(views: Sequence[tuple[str, View]], *, links: bool = True) -> list[Sheet]:
    """`views` with their headings; without `links` nothing opens, as in a mail."""
    return [
        Sheet(
            heading,
            view,
            drawn(view, links=links),
            table_of(view, links=links),
            str(name_of(view.kpi.code)),
            str(DEFINITIONS.get(view.kpi.code, "")),
        )
        for heading, view in views
    ]
