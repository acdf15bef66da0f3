"""Texts in the dock: what can be picked, which version was used, and what is still to be filled."""

from typing import Any

from flask import request
from flask_babel import gettext as _

from models.measure import MeasureVersion
from models.reply_template import ReplyTemplateVersion, TemplateKind
from models.ticket import Ticket
from models.user import User
from triage import placeholders
from triage.desk.tickets import pages
from triage.filling import Filled, offered


class NotFilled(Exception):
    """Something in braces is left in a text; it says what."""


def to_be_filled(text: str) -> None:
    """Raises `NotFilled` while a text cannot leave yet."""
    left = placeholders.unfilled(text)
    if left:
        raise NotFilled(_("Fill this in first, or take it out: %(fields)s", fields=" ".join(left)))


def versions_used() -> tuple[int | None, int | None]:
    """Which version of a template and which of an approved answer stand in the text, by the form.

    Anybody may write any number there: one that does not exist is left out.
    """
    template = ReplyTemplateVersion.named(request.form.get("template_version", 0, type=int))
    answer = MeasureVersion.named(request.form.get("answer_version", 0, type=int))
    return template.id if template else None, answer.id if answer else None


@pages.context_processor
def what_can_be_inserted() -> dict[str, Any]:
    return {"templates_for": templates_for, "redirects_for": redirects_for}


def templates_for(ticket: Ticket, user: User, language: str) -> list[Filled]:
    return offered(ticket, user, language, TemplateKind.REPLY)


def redirects_for(ticket: Ticket, user: User, language: str) -> list[Filled]:
    return offered(ticket, user, language, TemplateKind.REDIRECT)
