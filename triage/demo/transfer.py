"""One list that the supervisor has taken along, so that the page of exports shows something."""

from datetime import datetime

from flask import current_app

from models.base import db, transaction
from models.user import User
from triage import exporting
from triage.exporting import writing


def furnish(at: datetime) -> None:
    """Ingrid's open tickets as a spreadsheet, written already."""
    ingrid = db.session.scalar(User.by_login("ingrid"))
    if ingrid is None:
        return
    with transaction():
        exporting.ask("tickets", {"view": "all"}, "xlsx", by=ingrid, at=at)
    writing.write_waiting("demo", current_app.extensions["settings"])
