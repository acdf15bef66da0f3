"""Calls that ring or were missed, and what I have written down today."""

from datetime import timedelta
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models.base import db, now
from models.calendar import bounds, business_day
from models.call import Call
from models.call_draft import CallDraft
from models.call_log import open_to
from models.callback_list import CallbackFilter, owed_numbers
from models.client import Client
from models.contact import Contact
from models.policy import Verb
from models.user import User
from triage.accounts import demand
from triage.calls.pages import pages as pages
from triage.calls.wrapping import unfinished

RINGS = timedelta(hours=2)
"""An exchange may forget to say that a call has ended."""
MOST = 50


@pages.get("/")
def index() -> ResponseReturnValue:
    user = demand(Verb.WORK)
    today, _ = bounds(business_day(now()))
    mine = db.session.scalars(Contact.taken_by(user, today).limit(20)).all()
    thrown = CallDraft.by_once(user, request.args.get("thrown", ""))
    return render_template(
        "calls/index.html",
        mine=mine,
        unfinished=unfinished(user),
        thrown=thrown if thrown is not None and thrown.ended_at is not None else None,
        **calls_now(user),
    )


@pages.get("/live")
def live() -> ResponseReturnValue:
    """What rings and what was missed, as a part of the page that asks every few seconds."""
    user = demand(Verb.WORK)
    return render_template("calls/_live.html", unfinished=unfinished(user), **calls_now(user))


@pages.post("/<int:call_id>/settlement")
def settle(call_id: int) -> ResponseReturnValue:
    """Nobody needs to call back any more."""
    user = demand(Verb.WORK)
    call = open_to(user, call_id) or abort(404)
    call.settle(by=user)
    return redirect(url_for("calls.index"))


def calls_now(user: User) -> dict[str, Any]:
    ringing = list(db.session.scalars(Call.ringing(now() - RINGS)).unique())
    missed = list(db.session.scalars(Call.missed_open().limit(MOST)).unique())
    owed = owed_numbers(call.caller_e164 for call in missed)
    missed = [call for call in missed if call.caller_e164 not in owed]
    numbers = {call.caller_e164 for call in ringing + missed if call.caller_e164}
    return {
        "ringing": sorted(ringing, key=lambda call: call.user_id != user.id),
        "missed": missed,
        "owed": CallbackFilter("team").page(user, now(), size=8).callbacks,
        "callers": Client.by_numbers(list(numbers)),
    }
