"""What the pages of the notices share."""

from flask import Blueprint, abort, url_for

from models.notice import Notice
from models.notice_text import DISCREET
from models.policy import Verb
from models.user import User
from triage.accounts import demand
from triage.notice_labels import KINDS

pages = Blueprint("notices", __name__)

TEXT_KINDS = (*(kind.value for kind in KINDS), DISCREET)


def notice_of(user: User, notice_id: int) -> Notice:
    """The notice, held; 404 for what this person may not know of."""
    seen = Notice.seen_one(user, notice_id)
    return (Notice.held(notice_id) if seen else None) or abort(404)


def lead() -> User:
    return demand(Verb.LEAD)


def address(endpoint: str, **values: object) -> str:
    given = {name: value for name, value in values.items() if value not in (None, "")}
    return url_for(f"outreach.notices.{endpoint}", _external=False, **given)  # type: ignore[arg-type]
