"""What a fresh installation still prepares behind its open pages, and how far it has come."""

from datetime import datetime, timedelta
from typing import Any

from flask import Flask, has_request_context
from flask_babel import gettext as _
from sqlalchemy.exc import SQLAlchemyError

from models.base import db, now, transaction
from models.settings import Setting

KEY = "preparing"
STALE = timedelta(minutes=2)
"""A preparation that has said nothing for so long was killed; it goes on at the next start."""

LEARNING = "learning"
DEMO = "demo"


def init_app(app: Flask) -> None:
    # Letters are rendered too, outside of any request: they show no banner and have no reader.
    app.context_processor(lambda: {"preparing": standing() if has_request_context() else None})


def tell(what: str, done: int, total: int) -> None:
    """Write down how far `what` has come, for every page to show."""
    with transaction():
        Setting.write(KEY, {"what": what, "done": done, "total": total, "at": now().isoformat()})


def finished() -> None:
    with transaction():
        Setting.write(KEY, {})


def standing() -> dict[str, Any] | None:
    """What the banner shows; None when everything is ready."""
    try:
        told = Setting.read(KEY)
    except SQLAlchemyError:
        db.session.rollback()
        return None
    if not told or now() - datetime.fromisoformat(told["at"]) > STALE:
        return None
    words = {
        LEARNING: _("The classifier is learning from its starter texts; contacts wait for it."),
        DEMO: _("The demo is being loaded: ten days of a crisis pass by."),
    }
    return {"what": words[told["what"]], "done": told["done"], "total": told["total"]}
