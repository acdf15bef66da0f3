"""Call-backs: whom we owe a call; the next one with one key, and the card from which it is made."""

from datetime import datetime, timedelta
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models import calendar, policy, sensitive
from models.base import db, now
from models.calendar import bounds, business_day
from models.callback import AttemptResult, Callback, CallbackReason, Outcome
from models.callback_figures import figures
from models.callback_list import (
    VIEWS,
    CallbackFilter,
    callback_counts,
    callback_seen,
    contacts_readable_by,
    reminder_for,
)
from models.callback_states import AFTER_A_TALK, CONTENTMENT, WHY_CANCELLED
from models.callback_work import retry_at, take_next, undoable
from models.contact import Contact
from models.policy import Verb, may
from models.service_level import business_minutes
from models.team import Team
from models.ticket import Ticket
from models.topic import LANGUAGES
from models.user import User
from triage.accounts import demand
from triage.answers import sayable
from triage.call_list import wanted_callbacks
from triage.calls.callback_words import deed_in_words, moment, moments_to_choose, reasons_of
from triage.calls.pages import pages
from triage.calls.round_script import HELPED_WORDS, script_for
from triage.display import REMINDED, lasting

RESULTS = tuple(result for result in AttemptResult if result is not AttemptResult.REACHED)
LAST_CONTACTS = 4
COUNTED = timedelta(days=30)
DEEPEST = 10_000
"""Pages; nobody goes so far."""


@pages.get("/callbacks")
def callbacks() -> ResponseReturnValue:
    """Whom we owe a call, the most pressing first."""
    user, at = demand(Verb.WORK), now()
    wanted = wanted_callbacks(request.args)
    page = wanted.page(user, at, page_asked())
    return render_template(
        "calls/callbacks.html",
        wanted=wanted,
        page=page,
        counts_of_views=callback_counts(user, at),
        views=VIEWS,
        reasons=list(CallbackReason),
        why={one.id: reasons_of(one) for one in page.callbacks},
        covered=covered(user, page.callbacks),
        query=query_of(wanted),
        **how_it_goes(user, at),
        **just_done(user),
    )


@pages.post("/callbacks/next")
def next_callback() -> ResponseReturnValue:
    """The most pressing one is mine, and its card opens."""
    user = demand(Verb.WORK)
    taken = take_next(user, now())
    if taken is None:
        flash(_("No call-back waits for you at this moment."))
        return redirect(url_for("calls.callbacks"))
    return redirect(url_for("calls.callback", callback_id=taken.id))


@pages.get("/callbacks/due")
def callbacks_due() -> ResponseReturnValue:
    """What its owner should call now, as a quiet line on every page."""
    return render_template(
        "calls/_callbacks_due.html", reminder=reminder_for(demand(Verb.WORK), now(), REMINDED)
    )


@pages.get("/callbacks/<int:callback_id>")
def callback(callback_id: int) -> ResponseReturnValue:
    """The card: who, why, what they said, what to say; and one key for how it went."""
    user = demand(Verb.WORK)
    return card(user, the_callback(user, callback_id))


def card(user: User, shown: Callback, **more: Any) -> str:
    at = now()
    hidden = shown.id in covered(user, [shown])
    tickets = tickets_of(user, shown)
    return render_template(
        "calls/callback.html",
        callback=shown,
        hidden=hidden,
        why=reasons_of(shown),
        talking=more.pop("talking", "talk" in request.args),
        said=None if hidden else said_in(user, shown),
        last_contacts=[] if hidden else last_contacts(user, shown),
        open_tickets=tickets,
        covered_tickets=covered_tickets(user, tickets),
        measures=what_to_say(shown),
        results=[(result, moment(retry_at(shown, result, at))) for result in RESULTS],
        last_try=shown.tries + 1 >= shown.most_attempts,
        late_minutes=business_minutes(shown.due_at, at, shown.team_id),
        outcomes=CONTENTMENT if asks_whether_content(shown) else AFTER_A_TALK,
        script=script_for(shown),
        helped_words=HELPED_WORDS if shown.round_id and shown.client_id else {},
        why_cancelled=(Outcome.DISMISSED,) if shown.state == "proposed" else WHY_CANCELLED,
        moments=moments_to_choose(shown, at),
        colleagues=[one for one in db.session.scalars(User.everybody()) if may(one, Verb.WORK)],
        teams=db.session.scalars(Team.in_order()).all(),
        **just_done(user),
        **more,
    )


def asks_whether_content(shown: Callback) -> bool:
    """Whoever was let down is asked; a matter of others is settled or not."""
    return shown.reason == CallbackReason.DISSATISFIED or shown.round_id is not None


# --- what a page needs ----------------------------------------------------------------------


def the_callback(user: User, callback_id: int) -> Callback:
    found = callback_seen(user, callback_id)
    if found is None:
        abort(404)
    return found


def page_asked() -> int:
    return max(1, min(request.args.get("page", 1, type=int), DEEPEST))


def query_of(wanted: CallbackFilter) -> dict[str, Any]:
    query = {
        "view": wanted.view,
        "language": list(wanted.languages),
        "reason": wanted.reason,
    }
    return {name: value for name, value in query.items() if value}


def how_it_goes(user: User, at: datetime) -> dict[str, Any]:
    found = figures(user, at - COUNTED, at)
    median = found.median_minutes
    words = lasting(timedelta(minutes=median)) if median is not None else ""
    return {"figures": found, "median_words": words}


def covered(user: User, shown: list[Callback]) -> set[int]:
    """Those of which `user` may know that they are owed, but not read what was said."""
    today, _end = bounds(business_day(now()))
    return {
        one.id
        for one in shown
        if one.ticket is not None and not policy.sees_words(user, one.ticket, today)
    }


def covered_tickets(user: User, tickets: list[Ticket]) -> set[int]:
    today, _end = bounds(business_day(now()))
    return {ticket.id for ticket in tickets if not policy.sees_words(user, ticket, today)}


def just_done(user: User) -> dict[str, Any]:
    """My last deed, as long as it can be undone."""
    done = callback_seen(user, request.args.get("done", 0, type=int))
    if done is None or not undoable(done, user, now()):
        return {"done": None, "done_words": ""}
    return {"done": done, "done_words": deed_in_words(done)}


def tickets_of(user: User, shown: Callback) -> list[Ticket]:
    """The client's open matters, that of the call-back first."""
    its_own = Ticket.seen_of(user, [shown.ticket_id])
    found = list(its_own.values())
    if shown.client_id is not None:
        others = db.session.scalars(Ticket.open_of(user, shown.client_id).limit(6))
        found += [ticket for ticket in others if ticket.id not in its_own]
    return found


def said_in(user: User, shown: Callback) -> Contact | None:
    """The contact in which it was asked for, which by now may stand in another ticket."""
    contact = Contact.named(shown.contact_id or 0)
    if contact is None or (contact.health and not sensitive.sees_contact(user, contact, now())):
        return None
    seen = contact.ticket_id is None or contact.ticket_id in Ticket.seen_of(
        user, [contact.ticket_id]
    )
    return contact if seen else None


def last_contacts(user: User, shown: Callback) -> list[Contact]:
    if shown.client_id is None:
        return []
    today, _end = bounds(business_day(now()))
    seen = contacts_readable_by(user, shown.client_id, today)
    return list(db.session.scalars(seen.limit(LAST_CONTACTS)))


def what_to_say(shown: Callback) -> Any:
    """The approved answers of the matter, in the language of who is called."""
    ticket = shown.ticket
    language = shown.language if shown.language in LANGUAGES else "fr"
    return sayable(
        shown.topic_id,
        ticket.subtopic_id if ticket is not None else None,
        ticket.intent_id if ticket is not None else None,
        language,
        calendar.business_day(now()),
    )
