"""The desk as it is worked on: each view loads the ticket, calls one verb and goes back to it."""

from collections.abc import Sequence
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import NotFound

from models import urgency
from models.base import db, now
from models.calendar import business_day
from models.draft import Draft, DraftKind
from models.ending import Ending
from models.event import Event
from models.flag import Flag
from models.policy import Verb, may
from models.ticket import Stale, Ticket
from models.topic import Intent
from models.user import User
from triage import errors, labels, routing
from triage.accounts import demand
from triage.desk.differing import (
    DECIDED,
    Difference,
    Theirs,
    differences,
    left_as_it_stands,
    meanwhile,
    seen_of,
)
from triage.desk.listing import query_of, wanted_tickets
from triage.desk.tickets import pages, the_ticket

LONGEST = 50_000


@pages.post("/tickets/<int:number>/topic")
def choose(number: int) -> ResponseReturnValue:
    """A person's word on what this is about."""
    user, ticket = opened(number)
    topic, subtopic = labels.topic_in(request.form.get("topic", "")) or abort(400)
    intent = request.form.get("intent") or None
    if intent is not None and intent not in {known.id for known in Intent.everything()}:
        abort(400)
    routing.correct(ticket, topic, subtopic, intent, by=user, at=now())
    return again(ticket)


@pages.post("/tickets/<int:number>/topic/withdrawal")
def unchoose(number: int) -> ResponseReturnValue:
    """The topic that I have just chosen was a slip: as if I had not said it."""
    user = demand(Verb.WORK)
    ticket = the_ticket(user, number)
    if not labels.take_back_choice(ticket, by=user, at=now()):
        flash(_("It is too late to undo this."), "warning")
    return again(ticket)


@pages.post("/tickets/<int:number>/notes")
def note(number: int) -> ResponseReturnValue:
    user = demand(Verb.WORK)
    ticket = the_ticket(user, number)
    ticket.note(routing.masked(written("text")), by=user, at=now())
    Draft.sent(user, ticket.id, DraftKind.NOTE, now())
    return again(ticket)


@pages.post("/tickets/<int:number>/assignment")
def assign(number: int) -> ResponseReturnValue:
    """To me, to a colleague, or back to the team."""
    user, ticket = opened(number)
    to = request.form.get("to", "")
    colleague = User.named(int(to)) if to.isdecimal() and len(to) < 10 else None
    if to and (colleague is None or not may(colleague, Verb.WORK)):
        abort(400)
    ticket.assign(colleague, by=user)
    return again(ticket)


@pages.post("/tickets/<int:number>/flag")
def flag(number: int) -> ResponseReturnValue:
    """Say, in one line, or no longer say, that this keeps happening."""
    user = demand(Verb.WORK)
    ticket = the_ticket(user, number)
    if request.form.get("on") == "1":
        Flag.raise_on(ticket, routing.masked(request.form.get("line", "")), by=user, at=now())
    else:
        Flag.take_down(ticket, by=user, at=now())
    return again(ticket)


@pages.post("/tickets/<int:number>/urgency")
def decide_urgency(number: int) -> ResponseReturnValue:
    """Say that waiting does harm, or that it does not: the machine's word gives way."""
    user, ticket = opened(number)
    urgency.decide(ticket, request.form.get("on") == "1", by=user)
    return again(ticket)


@pages.post("/tickets/<int:number>/closure")
def close(number: int) -> ResponseReturnValue:
    user, ticket = opened(number)
    ticket.close(disposition_in(request.form.get("disposition", "")), by=user, at=now())
    return again(ticket)


@pages.post("/tickets/<int:number>/reopening")
def reopen(number: int) -> ResponseReturnValue:
    user, ticket = opened(number)
    ticket.reopen(by=user)
    return again(ticket)


@pages.post("/tickets/<int:number>/client/numbers/<int:number_id>/confirmation")
def confirm_number(number: int, number_id: int) -> ResponseReturnValue:
    """A number that the client mentioned is really theirs."""
    user = demand(Verb.WORK)
    ticket = the_ticket(user, number)
    if ticket.client is None or not ticket.client.confirm_number(number_id, by=user, at=now()):
        abort(404)
    return again(ticket)


# --- what came with the form ----------------------------------------------------------------


def opened(number: int) -> tuple[User, Ticket]:
    """The person and the ticket as that person saw it; raises `Stale` when it has changed since."""
    user = demand(Verb.WORK)
    ticket = the_ticket(user, number)
    if ticket.number != number:
        raise Stale(number)
    ticket.expect(request.form.get("version", type=int))
    if left_as_it_stands(ticket):
        raise Theirs(number)
    return user, ticket


def written(name: str) -> str:
    text = request.form.get(name, "").replace("\r\n", "\n").strip()
    if not text or len(text) > LONGEST:
        abort(400)
    return text


def disposition_in(value: str) -> str:
    if Ending.choosable(value, business_day(now())) is None:
        abort(400)
    return value


# --- the way back ---------------------------------------------------------------------------


def again(ticket: Ticket) -> ResponseReturnValue:
    """Back to the ticket, or to the list when it has left the reader's sight."""
    db.session.flush()
    if Ticket.numbered(demand(Verb.WORK), ticket.number) is None:
        flash(_("#%(number)s is with another team now.", number=ticket.number))
        return redirect(url_for("desk.index", **query()))
    return redirect(here(ticket))


def here(ticket: Ticket, **more: Any) -> str:
    return url_for("desk.ticket", number=ticket.number, **query(), **more)


def query() -> dict[str, Any]:
    """The filter of the list beside which the ticket stood."""
    return query_of(wanted_tickets(request.args))


def not_now(ticket: Ticket, why: str, differ: Sequence[Difference] = ()) -> ResponseReturnValue:
    """409 that keeps what was typed, says why nothing happened, and offers to do it again."""
    typed = [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name not in ("csrf_token", "version", "seen", DECIDED)
    ]
    typed += [("version", str(ticket.version)), ("seen", seen_of(ticket))]
    page = render_template(
        "desk/conflict.html",
        ticket=ticket,
        why=why,
        typed=typed,
        files=[file.filename for file in request.files.getlist("files") if file.filename],
        action=request.full_path,
        differences=differ,
        since=meanwhile(ticket),
        newest=db.session.scalars(Event.of_ticket(ticket.id)).all()[-5:],
    )
    return page, 409


@pages.errorhandler(Stale)
@pages.errorhandler(StaleDataError)
def changed_meanwhile(error: Exception) -> ResponseReturnValue:
    db.session.rollback()
    number = int((request.view_args or {}).get("number", 0))
    if not number:  # not about one ticket
        return errors.changed_meanwhile(error)
    try:
        ticket = the_ticket(demand(Verb.WORK), number)
    except NotFound:
        why = _("#%(number)s is with another team now.", number=number)
        return render_template("desk/gone.html", why=why, text=request.form.get("text", "")), 409
    why = _("Somebody else has changed this ticket meanwhile.")
    if ticket.number != number:
        why = _("This ticket is part of #%(number)s by now.", number=ticket.number)
    return not_now(ticket, why, differences(ticket))


@pages.errorhandler(Theirs)
def left_alone(_error: Theirs) -> ResponseReturnValue:
    """Nothing of mine was kept: the ticket stays as it stands."""
    return again(the_ticket(demand(Verb.WORK), int((request.view_args or {})["number"])))
