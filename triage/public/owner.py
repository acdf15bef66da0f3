"""The page of an owner without an account: one action, how far it is, and what it brought.

Nothing of any client stands here. Whoever holds the link may speak for the owner; every use is an
event of the problem.
"""

import secrets
from datetime import datetime, timedelta

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models import calendar
from models.action import Action
from models.base import now
from models.effect import effect_of
from models.idempotency import IdempotencyKey
from triage.effect_words import effect_words
from triage.owners import action_of_token, language_of
from triage.public.asking import genuine, spoken_in

pages = Blueprint("owner", __name__)

WINDOW = timedelta(minutes=10)
PER_LINK = 30
"""Words about one action within the window."""
LONGEST_AGO = timedelta(days=90)


class Unheard(ValueError):
    """What was said cannot be taken; the message says why to the person who said it."""


@pages.get("/owner/<token>")
def show(token: str) -> ResponseReturnValue:
    return page_of(action_of_token(token, now()), token)


@pages.post("/owner/<token>")
def say(token: str) -> ResponseReturnValue:
    """Done, live since, blocked because, or not done after all."""
    at = now()
    action = action_of_token(token, at)
    if action is None:
        return page_of(None, token)
    if not genuine():
        late = _("This page was open for too long. Press the button once more.")
        return page_of(action, token, late, 400)
    scope = f"owner:{action.id}"
    if IdempotencyKey.since(scope, at - WINDOW)[0] >= PER_LINK:
        return page_of(
            action,
            token,
            _("Those were too many tries in a short time. Please wait ten minutes."),
            429,
        )
    IdempotencyKey.remember(scope, secrets.token_urlsafe(12), "", action.id)
    try:
        hear(action, request.form.get("say", ""), at)
    except Unheard as trouble:
        return page_of(action, token, str(trouble), 422)
    return redirect(url_for(".show", token=token, lang=request.args.get("lang")), 303)


def hear(action: Action, said: str, at: datetime) -> None:
    """Raises `Unheard` with words; what is already so is no trouble."""
    if said in ("done", "live") and action.to_do:
        since = moment(request.form.get("since", ""), at) if said == "live" else at
        action.finish(by=None, at=at, effective_at=since)
    elif said == "blocked" and action.to_do:
        try:
            action.block(request.form.get("why", ""), by=None, at=at)
        except ValueError:
            raise Unheard(_("Say in a few words what blocks it.")) from None
    elif said == "free" and action.blocked_at is not None:
        action.unblock(by=None, at=at)
    elif said == "undone" and action.waits_for_verdict:
        action.resume(by=None, at=at)


def moment(typed: str, at: datetime) -> datetime:
    """A past moment in Brussels time."""
    try:
        since = datetime.fromisoformat(typed).replace(tzinfo=calendar.BRUSSELS)
    except ValueError:
        raise Unheard(_("Since when is it live? Give the day and the time.")) from None
    if since > at:
        raise Unheard(_("This moment has not come yet. Come back once it is live."))
    if since < at - LONGEST_AGO:
        raise Unheard(_("This is too long ago. Check the year."))
    return since


def page_of(
    action: Action | None, token: str, trouble: str = "", code: int = 200
) -> ResponseReturnValue:
    """The action in its owner's language, unless the reader has chosen another."""
    if action is None or action.outsider is None:
        return render_template("public/owner_missing.html"), 404
    at = now()
    with spoken_in(language_of(action.outsider, current_app.extensions["settings"])):
        page = render_template(
            "public/owner.html",
            action=action,
            token=token,
            trouble=trouble,
            overdue=action.overdue(calendar.business_day(at)),
            effect=effect_of(action, at),
            effect_words=effect_words,
            latest=at.astimezone(calendar.BRUSSELS).strftime("%Y-%m-%dT%H:%M"),
        )
    return page, code, {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}
