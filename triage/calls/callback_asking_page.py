"""Asking for call-backs: about a ticket, and for all whom a problem has hit."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy
from flask_babel import ngettext

from models import calendar, callback_bulk
from models.base import db, now
from models.calendar import business_day
from models.callback import Callback, CallbackReason
from models.callback_bulk import NotCalled, hit_by
from models.callback_rules import rules
from models.policy import Verb
from models.problem import Problem
from models.ticket import Ticket
from triage import routing
from triage.accounts import demand
from triage.callback_asking import ask
from triage.calls.pages import pages
from triage.intake.phone import e164

ASKED_FOR = (
    CallbackReason.REQUESTED,
    CallbackReason.PROMISED,
    CallbackReason.DISSATISFIED,
    CallbackReason.DOCUMENT_MISSING,
    CallbackReason.BANK_ACCOUNT,
)
"""What an agent may ask for; the others come by themselves."""
WHY_WORDS = {
    NotCalled.NO_NUMBER: lazy("no telephone number"),
    NotCalled.OPEN_ALREADY: lazy("is owed a call already"),
    NotCalled.CALLED_ALREADY: lazy("was called about it"),
    NotCalled.COMPLAINT: lazy("has a complaint in work"),
    NotCalled.LANGUAGE: lazy("speaks another language"),
    NotCalled.TOO_MANY: lazy("more than the rules allow at once"),
}
ROWS = 200
LONGEST = 500


@pages.post("/callbacks/tickets/<int:number>")
def owe_callback(number: int) -> ResponseReturnValue:
    """The client of this ticket is owed a call: why, by when, in which hours."""
    user = demand(Verb.WORK)
    ticket = Ticket.numbered(user, number)
    if ticket is None:
        abort(404)
    reason = request.form.get("reason", CallbackReason.REQUESTED)
    if reason not in ASKED_FOR:
        abort(400)
    typed = " ".join(request.form.get("number", "").split())[:60]
    asked = Callback.ask(
        ticket=ticket,
        number=e164(typed) or typed,
        reason=CallbackReason(reason),
        by=user,
        at=now(),
        window=window_in_form(),
        note=routing.masked(" ".join(request.form.get("note", "").split())[:LONGEST]),
    )
    if not asked.number:
        flash(
            _("No number is known: it stands in the list, and somebody must find one."), "warning"
        )
    return redirect(url_for("calls.callback", callback_id=asked.id))


@pages.get("/callbacks/problems/<int:problem_number>")
def callbacks_for_problem(problem_number: int) -> ResponseReturnValue:
    """Who would be called and who not, before anything is asked for."""
    demand(Verb.LEAD)
    problem = problem_of(problem_number)
    # Whom health or privacy is about is neither named nor counted.
    found = [
        hit for hit in hit_by(problem, rules()["most_in_bulk"]) if hit.why is not NotCalled.PRIVATE
    ]
    return render_template(
        "calls/callbacks_problem.html",
        problem=problem,
        hits=found[:ROWS],
        called=sum(hit.why is None for hit in found),
        left_out=left_out(hit.why for hit in found),
        total=len(found),
        why_words=WHY_WORDS,
        last=callback_bulk.last_of(problem),
    )


@pages.post("/callbacks/problems/<int:problem_number>")
def call_for_problem(problem_number: int) -> ResponseReturnValue:
    """Owe them all a call; those who were shown as left out are left out."""
    user = demand(Verb.LEAD)
    problem = problem_of(problem_number)
    found = hit_by(problem, rules()["most_in_bulk"])
    note = routing.masked(" ".join(request.form.get("note", "").split())[:LONGEST])
    change = callback_bulk.begin(problem, found, note, by=user, at=now())
    ask(change, now())
    return redirect(url_for("calls.callbacks_for_problem", problem_number=problem_number))


@pages.post("/callbacks/problems/<int:problem_number>/withdrawal")
def uncall_for_problem(problem_number: int) -> ResponseReturnValue:
    """Nobody of them needs to be called after all; what somebody has begun goes on."""
    user = demand(Verb.LEAD)
    problem = problem_of(problem_number)
    last = callback_bulk.last_of(problem)
    change = callback_bulk.held(last.id) if last is not None else None
    if change is None or change.undone_at is not None:
        flash(_("There is nothing to take back."), "warning")
    else:
        taken_back, stay = callback_bulk.undo(change, by=user, at=now())
        db.session.flush()
        words = ngettext(
            "%(num)s call-back is called off again.",
            "%(num)s call-backs are called off again.",
            taken_back,
        )
        more = ngettext("%(num)s was begun.", "%(num)s were begun.", stay) if stay else ""
        flash(f"{words} {more}".strip())
    return redirect(url_for("calls.callbacks_for_problem", problem_number=problem_number))


# --- what came with the form ----------------------------------------------------------------


def problem_of(number: int) -> Problem:
    found = Problem.numbered(number)
    if found is None:
        abort(404)
    return found


def left_out(whys: Iterable[NotCalled | None]) -> dict[NotCalled, int]:
    """How many are left out, by reason; None is of who is called."""
    reasons = [why for why in whys if why is not None]
    return {why: reasons.count(why) for why in NotCalled if why in reasons}


def window_in_form() -> tuple[datetime, datetime] | None:
    """The day and the hours that suit the client; without hours the whole working day."""
    try:
        day = datetime.fromisoformat(request.form.get("day", "")).date()
    except ValueError:
        return None
    day = max(day, business_day(now()))
    begins = hour_in(request.form.get("from", ""), time(8, 30))
    ends = hour_in(request.form.get("to", ""), time(17))
    start, end = calendar.start_of(day, begins), calendar.start_of(day, ends)
    return (start, end) if end > start else (start, start + timedelta(hours=1))


def hour_in(written: str, usual: time) -> time:
    try:
        return time.fromisoformat(written).replace(tzinfo=None)
    except ValueError:
        return usual
