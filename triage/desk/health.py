"""Health data on a ticket: a look for a reason, and a person's word whether it is any."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models import sensitive
from models.base import now
from models.policy import Verb
from triage.accounts import demand
from triage.desk.files import contact_of
from triage.desk.tickets import pages, the_ticket
from triage.discretion import demand_words


@pages.post("/tickets/<int:number>/health-look")
def look_at_health(number: int) -> ResponseReturnValue:
    """Open what tells of health until midnight; who looked, and why, is kept."""
    user = demand(Verb.WORK)
    ticket = the_ticket(user, number)
    try:
        sensitive.look(ticket, request.form.get("reason", ""), by=user, at=now())
    except ValueError:
        flash(_("Say why you need to read it."))
    return redirect(url_for("desk.ticket", number=number, view="all"), 303)


@pages.post("/tickets/<int:number>/contacts/<int:contact_id>/health")
def mark_health(number: int, contact_id: int) -> ResponseReturnValue:
    """Whether this contact tells of somebody's health, as a person who has read it says."""
    user = demand(Verb.WORK)
    ticket = the_ticket(user, number)
    demand_words(user, ticket)
    contact = contact_of(ticket, contact_id)
    on = request.form.get("on") == "1"
    sensitive.mark(contact, on, by=user, at=now())
    flash(_("Marked as health data.") if on else _("No longer marked as health data."))
    return redirect(url_for("desk.ticket", number=number, view="all"), 303)
