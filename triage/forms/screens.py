"""One screen of a form before anybody has typed: for clients, and for who writes the form."""

from typing import Any

from flask import current_app

from triage.config import Settings
from triage.forms.asked import Asked
from triage.forms.reading import Checked


def blank(asked: Asked, step: str) -> dict[str, Any]:
    """What `public/form.html` shows of it."""
    settings: Settings = current_app.extensions["settings"]
    return {
        "asked": asked,
        "step": step,
        "typed": None,
        "fields": asked.shown(step),
        "answers": {},
        "checked": Checked(),
        "hidden": {},
        "marks": [],
        "shown_documents": asked.documents,
        "trouble": "",
        "key": "",
        "begun": "",
        "most_files": settings.form_files,
        "most_megabytes": settings.form_bytes // (1024 * 1024),
    }
