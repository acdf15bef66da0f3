"""The supervisor's side: today's numbers, what comes, who is here, how it went, reports.

Each part is a blueprint of its own, registered here by one line.
"""

from triage.dashboards import (
    ahead,
    exports,
    history,
    kpi_list,
    kpi_page,
    people,
    report_times,
    reports,
    roster,
    wall,
    wall_screen,
    wall_stream,
)
from triage.dashboards.pages import pages

__all__ = [
    "exports",
    "kpi_list",
    "kpi_page",
    "pages",
    "report_times",
    "wall",
    "wall_screen",
    "wall_stream",
]

pages.register_blueprint(ahead.pages)
pages.register_blueprint(history.pages)
pages.register_blueprint(people.pages)
pages.register_blueprint(roster.pages)
pages.register_blueprint(reports.pages)
