"""What is done to a call-back: each view holds it, calls one verb, and goes on to the list."""

from datetime import datetime, time, timedelta
from typing import Any

from flask import abort, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models import calendar, call_round_helped, callback_work
from models.base import db, now
from models.call_round import CallRound
from models.call_round_helped import HelpedAnswer
from models.callback import AttemptResult, Callback, CallbackReason, CallbackState, Outcome
from models.callback_list import callback_held, callback_seen
from models.callback_states import AFTER_A_TALK, CONTENTMENT, WHY_CANCELLED
from models.contact import Contact
from models.event import record
from models.intake import Adapter, Channel
from models.policy import Verb, may
from models.team import Team
from models.ticket import Disposition, Ticket
from models.user import User
from triage import routing
from triage.accounts import demand
from triage.calls.callback_words import moments
from triage.calls.callbacks import card
from triage.calls.pages import pages
from triage.intake import reading, receive_typed

LONGEST = 20_000
SAME_MOMENT = timedelta(seconds=30)
"""What closes a ticket so soon after a conversation was the conversation."""


@pages.post("/callbacks/<int:callback_id>/owner")
def take_callback(callback_id: int) -> ResponseReturnValue:
    """I make this call."""
    user, callback = held(callback_id)
    if callback.state == CallbackState.TAKEN and callback.owner_id not in (None, user.id):
        return lost(callback)
    callback_work.take(callback, by=user, at=now())
    return redirect(url_for("calls.callback", callback_id=callback.id))


@pages.post("/callbacks/<int:callback_id>/release")
def put_back_callback(callback_id: int) -> ResponseReturnValue:
    user, callback = held(callback_id)
    callback_work.put_back(callback, by=user, at=now())
    return onward(callback)


@pages.post("/callbacks/<int:callback_id>/attempts")
def try_callback(callback_id: int) -> ResponseReturnValue:
    """One key: nobody was spoken to, and why; when to try again follows from it."""
    user, callback = held(callback_id)
    result = request.form.get("result", "")
    if result not in list(AttemptResult) or result == AttemptResult.REACHED:
        abort(400)
    note = routing.masked(" ".join(request.form.get("note", "").split())[:1_000])
    callback_work.tried(callback, AttemptResult(result), by=user, at=now(), note=note)
    return onward(callback)


@pages.post("/callbacks/<int:callback_id>/conversation")
def keep_conversation(callback_id: int) -> ResponseReturnValue:
    """They have spoken: what came of it, and what was said as a contact like any other call's.

    With `card` the words are written on the card of a call instead.
    """
    user, callback = held(callback_id)
    outcome = request.form.get("outcome", "")
    words = request.form.get("note", "").replace("\r\n", "\n").strip()[:LONGEST]
    told = routing.masked(" ".join(request.form.get("told", "").split())[:1_000])
    if outcome not in (*AFTER_A_TALK, *CONTENTMENT) or not (words or "card" in request.form):
        return card(user, callback, talking=True, missing=True, typed=words, chosen=outcome), 422
    note = routing.masked(words[:500])
    attempt = callback_work.reached(callback, Outcome(outcome), by=user, at=now(), note=note)
    if words:
        once = f"callback-{callback.id}-attempt-{attempt.id}"
        attempt.contact_id = kept(callback, once, Outcome(outcome), words, told, user)
    keep_whether_it_helped(callback, user)
    Callback.reached(
        client_id=callback.client_id, e164=callback.e164, by=user, at=now(), how="call_back"
    )
    if "card" in request.form and not words:
        return redirect(url_for("calls.new", **for_the_card(callback)))
    return onward(callback)


@pages.post("/callbacks/<int:callback_id>/pause")
def snooze_callback(callback_id: int) -> ResponseReturnValue:
    """Not now: at one of the proposed moments, or on a chosen day and hour."""
    user, callback = held(callback_id)
    until = chosen_moment(callback) or abort(400)
    callback_work.snooze(callback, until, by=user, at=now())
    return onward(callback)


@pages.post("/callbacks/<int:callback_id>/handover")
def hand_callback(callback_id: int) -> ResponseReturnValue:
    """A colleague or another team makes the call, if they may see what it is about."""
    user, callback = held(callback_id)
    kind, _separator, number = request.form.get("to", "").partition(":")
    named = int(number) if number.isascii() and number.isdigit() else None
    to = User.named(named) if kind == "user" else None
    team = Team.named(named) if kind == "team" and named is not None else None
    if (to is None and team is None) or (to is not None and not may(to, Verb.WORK)):
        abort(400)
    callback_work.hand(callback, to=to, team=team, by=user, at=now())
    db.session.flush()
    if to is not None and callback_seen(to, callback.id) is None:
        callback_work.undo(callback, by=user, at=now())
        flash(_("%(name)s may not see this matter.", name=to.name), "warning")
        return redirect(url_for("calls.callback", callback_id=callback.id))
    return onward(callback)


@pages.post("/callbacks/<int:callback_id>/cancellation")
def cancel_callback(callback_id: int) -> ResponseReturnValue:
    """Nobody calls; of what was only proposed, nobody is asked again for that matter."""
    user, callback = held(callback_id)
    why = request.form.get("why", "")
    if why not in (*WHY_CANCELLED, Outcome.DISMISSED):
        abort(400)
    note = routing.masked(" ".join(request.form.get("note", "").split())[:500])
    callback_work.cancel(callback, Outcome(why), by=user, at=now(), note=note)
    return onward(callback)


@pages.post("/callbacks/<int:callback_id>/acceptance")
def accept_callback(callback_id: int) -> ResponseReturnValue:
    """What was proposed is work; `mine` makes it my own at once."""
    user, callback = held(callback_id)
    if callback.state != CallbackState.PROPOSED:
        return lost(callback)
    note = routing.masked(" ".join(request.form.get("note", "").split())[:500])
    to = user if "mine" in request.form else None
    callback_work.accept(
        callback, by=user, at=now(), due_at=chosen_moment(callback), to=to, note=note
    )
    if to is not None:
        return redirect(url_for("calls.callback", callback_id=callback.id))
    return onward(callback)


@pages.post("/callbacks/<int:callback_id>/deed/withdrawal")
def undo_callback(callback_id: int) -> ResponseReturnValue:
    """As if I had not done what I did last."""
    user = demand(Verb.WORK)
    callback = callback_held(user, callback_id) or abort(404)
    said = callback_work.conversation_of(callback)
    if not callback_work.undo(callback, by=user, at=now()):
        flash(_("It is too late to undo this."), "warning")
        return redirect(url_for("calls.callback", callback_id=callback.id))
    reopen_what_it_closed(said, user)
    if callback.round_id is not None:
        call_round_helped.taken_back(callback, by=user, at=now())
    return redirect(url_for("calls.callback", callback_id=callback.id))


def reopen_what_it_closed(contact_id: int | None, user: User) -> None:
    """The ticket that this very conversation has ended, unless more was said or done since."""
    said = db.session.get(Contact, contact_id) if contact_id else None
    ticket = Ticket.named(said.ticket_id) if said is not None else None
    if said is None or ticket is None or ticket.disposition != Disposition.ANSWERED:
        return
    since = ticket.closed_at - said.received_at if ticket.closed_at else None
    if since is not None and since < SAME_MOMENT and ticket.last_contact_at <= said.received_at:
        ticket.reopen(by=user)


# --- what came with the form ----------------------------------------------------------------


def held(callback_id: int) -> tuple[User, Callback]:
    """The person and the call-back, which is still owed and nobody else's meanwhile."""
    user = demand(Verb.WORK)
    callback = callback_held(user, callback_id)
    if callback is None:
        abort(404)
    if callback.closed:
        flash(_("This call-back is over already."), "warning")
        abort(redirect(url_for("calls.callback", callback_id=callback.id)))
    return user, callback


def chosen_moment(callback: Callback) -> datetime | None:
    """One of those that were proposed, else the day and hour that were typed."""
    chosen = request.form.get("until", "")
    proposed = moments(callback, now()).get(chosen)
    if proposed is not None:
        return proposed
    try:
        typed = datetime.fromisoformat(chosen)
    except ValueError:
        return None
    at = calendar.start_of(typed.date(), time(typed.hour, typed.minute))
    return at if at > now() else None


# --- kept and gone on -----------------------------------------------------------------------


def kept(
    callback: Callback, once: str, outcome: Outcome, words: str, told: str, user: User
) -> int | None:
    """The conversation as a contact of the ticket; None when a worker must file it."""
    settled = outcome is Outcome.SETTLED
    facts = {"outcome": Disposition.ANSWERED.value if settled else "", "told": told}
    intake_id, _new = receive_typed(
        Channel.PHONE,
        {
            "number": callback.number,
            "language": callback.language,
            "text": words,
            "client_id": callback.client_id,
            "ticket_id": callback.ticket_id,
            "taken_by": user.id,
            "topic": None if callback.ticket_id else callback.topic_id,
            "fields": {name: value for name, value in facts.items() if value},
        },
        adapter=Adapter.DESK,
        once=once,
    )
    contact = reading.read_now(intake_id, current_app.extensions["settings"])
    if contact is None:
        return None
    callback.client_id = callback.client_id or contact.client_id
    callback.ticket_id = callback.ticket_id or contact.ticket_id
    note_what_was_told(contact, told, user)
    return contact.id


def keep_whether_it_helped(callback: Callback, user: User) -> None:
    """What the client of a round says on the phone of what was changed, if it was asked."""
    said = request.form.get("helped", "")
    asked = CallRound.named(callback.round_id)
    if said not in list(HelpedAnswer) or asked is None or callback.client is None:
        return
    call_round_helped.say(
        asked, callback.client, HelpedAnswer(said), at=now(), by=user, callback=callback
    )


def note_what_was_told(contact: Contact, told: str, user: User) -> None:
    """Also where the matter stays open: what we have said on the phone stands on the ticket."""
    ticket = Ticket.named(contact.ticket_id)
    if ticket is None or not told or ticket.told == told:
        return
    ticket.told = told
    record("ticket.told", by=user, ticket_id=ticket.id, contact_id=contact.id)


def for_the_card(callback: Callback) -> dict[str, Any]:
    """What the card of a call begins with."""
    facts = {
        "number": callback.number,
        "client": callback.client_id,
        "ticket": callback.ticket.number if callback.ticket else None,
        "callback": callback.id,
    }
    return {name: value for name, value in facts.items() if value}


def lost(callback: Callback) -> ResponseReturnValue:
    flash(_("Somebody else was faster."), "warning")
    return redirect(url_for("calls.callback", callback_id=callback.id))


def onward(callback: Callback) -> ResponseReturnValue:
    """To the list, where the deed can be undone and the next one taken."""
    mine = callback.reason == CallbackReason.PROMISED
    return redirect(
        url_for("calls.callbacks", view="mine" if mine else None, done=callback.id, _anchor="main")
    )
