"""The fields of an action in a form: who does it, until when."""

from collections.abc import Mapping
from datetime import date

from flask_babel import gettext as _

from models.action import Action, Outsider
from models.base import db
from models.topic import LANGUAGES
from models.user import User
from triage.display import reader_language
from triage.screening.meeting_owner import owner_named

OUTSIDE = "outside"
"""What the list of people offers for somebody without an account."""


def owner_asked(form: Mapping[str, str]) -> User | Outsider | None:
    """The owner chosen; None where nobody was, ValueError with words where nobody can be meant."""
    chosen = form.get("owner", "")
    if chosen == OUTSIDE or (not chosen and form.get("owner_email")):
        language = form.get("owner_language", "")
        return owner_named(
            form.get("owner_name", ""),
            form.get("owner_email", ""),
            language if language in LANGUAGES else reader_language(),
            list(db.session.scalars(User.everybody())),
            Action.outsiders(),
        )
    if not chosen:
        return None
    owner = User.named(int(chosen)) if chosen.isascii() and chosen.isdigit() else None
    if owner is None or not owner.active:
        raise ValueError(_("This person is not here any more. Choose somebody else."))
    return owner


def due_asked(form: Mapping[str, str]) -> date | None:
    if not form.get("due_on"):
        return None
    try:
        return date.fromisoformat(form["due_on"])
    except ValueError:
        raise ValueError(_("Give a date until when it must be done.")) from None


def owner_key(action: Action) -> str:
    """An owner in an address: of the house by number, outside by address."""
    return str(action.owner_id) if action.owner_id is not None else action.owner_email
