"""A form as a client would meet it, before it is saved: in a frame that runs and sends nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app, render_template, request
from flask_babel import force_locale

from models.base import now
from models.calendar import business_day
from models.mailbox import Mailbox
from models.topic import LANGUAGES
from models.web_form import WebForm, WebFormVersion
from triage import typography
from triage.config import Settings
from triage.display import reader_language
from triage.forms.asked import ALL, Asked
from triage.forms.fields import Step
from triage.forms.screens import blank

WIDTHS = ("phone", "desktop")


@dataclass(frozen=True)
class Preview:
    """One screen of the form, and how it is looked at."""

    page: str
    language: str
    width: str
    step: str
    steps: Sequence[str]


def previewed(
    form: WebForm,
    names: Mapping[str, str],
    introductions: Mapping[str, str],
    fields: Sequence[Mapping[str, Any]],
) -> Preview:
    """The words that were typed, asked as they would be today; nothing is kept."""
    language = chosen("preview-in", LANGUAGES, reader_language())
    draft = WebFormVersion(
        form=form, names=dict(names), introductions=dict(introductions), fields=list(fields)
    )
    asked = Asked(draft, language, business_day(now()))
    steps = [ALL, *(step.value for step in asked.steps if step is not Step.CHECK)]
    step = chosen("preview-step", steps, steps[1])
    settings: Settings = current_app.extensions["settings"]
    mailbox = Mailbox.first()
    with force_locale(language):
        page = render_template(
            "public/form.html",
            **blank(asked, step),
            previewed=True,
            house=settings.triage_name,
            our_address=mailbox.address if mailbox else "",
            this_page_in=lambda code: "#main",
        )
    page = typography.page(page)
    return Preview(page, language, chosen("preview-width", WIDTHS, WIDTHS[0]), step, steps)


def chosen(name: str, offered: Sequence[str], otherwise: str) -> str:
    wanted = request.form.get(name, "")
    return wanted if wanted in offered else otherwise
