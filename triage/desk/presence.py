"""Where I am: chosen in the frame, read by colleagues where they assign."""

from datetime import datetime, time

from flask import abort, redirect, request
from flask.typing import ResponseReturnValue

from models import presence
from models.base import now
from models.calendar import business_day, start_of
from models.policy import Verb
from models.user import Presence
from triage.accounts import back, demand
from triage.desk.tickets import pages

CHOSEN = (Presence.AVAILABLE, Presence.ON_CALL, Presence.AWAY)
"""Wrapping up is said by the end of a call only."""


@pages.post("/presence")
def be_there() -> ResponseReturnValue:
    """Available, on a call, or away until some hour with a word on where."""
    user = demand(Verb.WORK)
    wanted = request.form.get("presence", "")
    if wanted not in list(CHOSEN):
        abort(400)
    away = wanted == Presence.AWAY
    presence.choose(
        user,
        Presence(wanted),
        now(),
        note=request.form.get("note", "") if away else "",
        until=today_at(request.form.get("until", ""), now()) if away else None,
    )
    return redirect(back(), 303)


def today_at(clock: str, at: datetime) -> datetime | None:
    """That hour of today in Brussels; None for none, and for one that is over."""
    try:
        hour = time.fromisoformat(clock)
    except ValueError:
        return None
    until = start_of(business_day(at), hour.replace(tzinfo=None))
    return until if until > at else None
