"""Owners without an account: the letter with their link, and whose link a token is.

The link shows one action and nothing of any client. It is worthless once the action has another
link, is dropped, or has had its verdict for a month.
"""

from datetime import datetime, timedelta

from flask_babel import force_locale

from models.action import Action, ActionState, Outsider
from models.base import db, now, transaction
from models.house_mail import write_to_house
from models.keys import ring
from models.topic import LANGUAGES
from triage import mail_texts
from triage.config import Settings
from triage.display import label, title, weekday

TIME_TO_UNDO = timedelta(minutes=1)
"""A decision that is taken back at once has written to nobody."""
AFTERWARDS = timedelta(days=30)
"""So long the result can still be looked at."""


def write_waiting(settings: Settings) -> int:
    """Write to all who must do something and have not been told; returns to how many."""
    at = now()
    with transaction():
        waiting = [
            action
            for action in db.session.scalars(Action.uninvited().with_for_update(skip_locked=True))
            if action.decided_at <= at - TIME_TO_UNDO
        ]
        for action in waiting:
            action.fresh_link(by=None, at=at)
            write(action, settings, at)
    return len(waiting)


def write(action: Action, settings: Settings, at: datetime) -> None:
    """The letter with the link that works now; asked for again, it is written again."""
    owner = action.outsider
    assert owner is not None and action.linked
    language = language_of(owner, settings)
    with force_locale(language):
        words = mail_texts.written(
            "owner",
            language,
            owner=owner.name,
            day=weekday(action.due_on),
            what=action.what,
            problem=title(action.problem),
            kind=label("action_kind", action.kind),
            url=f"{settings.base_url}/owner/{token_of(action)}",
            house=settings.triage_name,
        )
    write_to_house(
        owner.email,
        words.subject,
        words.text,
        cause=f"owner {action.id} {at.isoformat()}",
        language=language,
        domain=settings.mail_domain,
        at=at,
    )


def language_of(owner: Outsider, settings: Settings) -> str:
    return owner.language if owner.language in LANGUAGES else settings.default_language


def token_of(action: Action) -> str:
    return f"{action.id}-{ring().sign('owner', action.id, action.link_key)}"


def action_of_token(token: str, at: datetime) -> Action | None:
    """The action whose link this is; None for a forged, revoked or outlived one."""
    number, _, signature = token.partition("-")
    if not number.isascii() or not number.isdigit() or len(number) > 9:
        return None
    action = Action.named(int(number))
    if action is None or not action.linked or action.state == ActionState.CANCELLED:
        return None
    if not ring().vouches(signature, "owner", action.id, action.link_key):
        return None
    if action.verdict_at is not None and action.verdict_at < at - AFTERWARDS:
        return None
    return action
