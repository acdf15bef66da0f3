"""Macros on a ticket: what each would do here, doing it by one key, and undoing it by one."""

from typing import Any

from flask import abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.base import db, now
from models.macro import UNDO, Macro, MacroRun
from models.policy import Verb
from models.ticket import Ticket
from models.user import User
from triage import macros
from triage.accounts import demand
from triage.desk.listing import query_of, wanted_tickets
from triage.desk.tickets import pages, the_ticket
from triage.desk.work import again, here, not_now, opened


@pages.get("/tickets/<int:number>/macros")
def offered_macros(number: int) -> ResponseReturnValue:
    """The macros for this ticket, each with what it would do; part of the page."""
    user = demand(Verb.WORK)
    ticket = the_ticket(user, number)
    known = db.session.scalars(Macro.for_ticket(ticket)).all()
    planned = [(macro, macros.plan(macro, ticket, user, now())) for macro in known]
    query = query_of(wanted_tickets(request.args))
    return render_template("desk/_macros.html", ticket=ticket, planned=planned, query=query)


@pages.post("/tickets/<int:number>/macros/<int:macro_id>")
def run_macro(number: int, macro_id: int) -> ResponseReturnValue:
    """All steps or none."""
    user, ticket = opened(number)
    macro = Macro.named(macro_id)
    fits = macro is not None and macro in db.session.scalars(Macro.for_ticket(ticket)).all()
    if macro is None or not fits:
        abort(404)
    try:
        macros.run(macro, ticket, by=user, at=now())
    except macros.CannotRun as why:
        return not_now(ticket, str(why))
    return again(ticket)


@pages.post("/tickets/<int:number>/macro-runs/<int:run_id>/withdrawal")
def undo_macro(number: int, run_id: int) -> ResponseReturnValue:
    """Everything that it did is taken back, its answer too while it has not left."""
    user = demand(Verb.WORK)
    ticket = the_ticket(user, number)
    run = MacroRun.named(run_id)
    if run is None or run.ticket_id != ticket.id or run.by_id != user.id:
        abort(404)
    if not macros.undo(run, ticket, by=user, at=now()):
        flash(_("It is too late to undo this."), "warning")
    return redirect(here(ticket))


@pages.context_processor
def what_a_macro_has_done() -> dict[str, Any]:
    return {"just_run": just_run}


def just_run(ticket: Ticket, user: User) -> MacroRun | None:
    """What I have just done here with a macro, while it can be undone."""
    run = MacroRun.fresh(ticket, user, now() - UNDO)
    return run if run is not None and run.undoable(ticket, user, now()) else None
