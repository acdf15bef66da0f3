"""Where the live wall and its lists put their routes; what stands above every dashboard page."""

from dataclasses import dataclass

from flask import Blueprint

from triage.dashboards.sections import here, sections

pages = Blueprint("dashboards", __name__, url_prefix="/dashboard")

ROWS = 50


@dataclass(frozen=True)
class Page:
    """One page of a long list."""

    number: int
    more: bool


@pages.context_processor
def frame() -> dict[str, object]:
    """The tabs, also for the blueprints that hang below this one."""
    return {"dashboard_sections": sections, "dashboard_section": here}
