"""What the house tells its clients: measures, dossier, mailings, notices, call-back rounds."""

from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue

from triage.outreach import (
    dossier,
    feedback,
    forms,
    gaps,
    mailings,
    measures,
    notices,
    overview,
    questions,
    uses,
    writing,
)
from triage.outreach.sections import SECTIONS

__all__ = ["pages"]

pages = Blueprint("outreach", __name__, url_prefix="/outreach")
for section in (
    measures,
    writing,
    questions,
    forms,
    dossier,
    gaps,
    feedback,
    uses,
    mailings,
    notices,
):
    pages.register_blueprint(section.pages)


@pages.context_processor
def frame() -> dict[str, Any]:
    """What stands above each of these pages."""
    return {"sections": SECTIONS}


@pages.app_context_processor
def places() -> dict[str, Any]:
    """The sections, for the list of commands of every page."""
    return {"outreach_places": SECTIONS}


@pages.get("/")
def index() -> ResponseReturnValue:
    return overview.show()
