"""Legal holds: what must not go for now. Laid and lifted with a reason, and written down."""

from datetime import date

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.base import db, now
from models.calendar import business_day
from models.client import Client
from models.legal_hold import LegalHold
from models.policy import Verb
from models.ticket import Ticket
from models.user import User
from triage.accounts import demand
from triage.admin.privacy import name_of

pages = Blueprint("holds", __name__, url_prefix="/privacy/holds")


@pages.get("/")
def index() -> ResponseReturnValue:
    return the_list(demand(Verb.ERASE))


@pages.post("/")
def lay() -> ResponseReturnValue:
    """For a client or for one ticket, by number; until a day, or until somebody lifts it."""
    user, form = demand(Verb.ERASE), request.form
    found = Client.named(form.get("client", 0, type=int))
    ticket = LegalHold.ticket_called(form.get("ticket", 0, type=int))
    reason = form.get("reason", "").strip()
    try:
        until = date.fromisoformat(form["until"]) if form.get("until") else None
    except ValueError:
        return the_list(user, _("This is no day.")), 422
    if until is not None and until < business_day(now()):
        return the_list(user, _("Give a day that is not over.")), 422
    if (found is None) == (ticket is None):
        return the_list(user, _("Give the number of a client or of a ticket.")), 422
    if len(reason) < 5:
        return the_list(user, _("Say why.")), 422
    client_id = found.target.id if found else None
    ticket_id = ticket.id if ticket else None
    LegalHold.lay(client_id, ticket_id, reason, until, by=user, at=now())
    flash(_("Nothing of it will be erased."))
    return redirect(url_for(".index"), 303)


@pages.post("/<int:hold_id>/lifting")
def lift(hold_id: int) -> ResponseReturnValue:
    user, hold = demand(Verb.ERASE), LegalHold.named(hold_id) or abort(404)
    hold.lift(by=user, at=now())
    return redirect(url_for(".index", undo=hold.id), 303)


@pages.post("/<int:hold_id>/standing")
def lay_again(hold_id: int) -> ResponseReturnValue:
    user, hold = demand(Verb.ERASE), LegalHold.named(hold_id) or abort(404)
    hold.lay_again(by=user, at=now())
    return redirect(url_for(".index"), 303)


def the_list(user: User, mistake: str = "") -> str:
    rows = list(db.session.scalars(LegalHold.in_order().limit(200)))
    clients = {row.id: name_of(Client.named(row.client_id), user) for row in rows}
    tickets = {row.id: Ticket.named(row.ticket_id) for row in rows}
    undo = LegalHold.named(request.args.get("undo", 0, type=int))
    return render_template(
        "admin/privacy_holds.html",
        holds=rows,
        clients=clients,
        tickets=tickets,
        today=business_day(now()),
        undo=undo if undo is not None and undo.lifted_at else None,
        mistake=mistake,
    )
