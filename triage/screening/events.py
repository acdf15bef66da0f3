"""What people note of the world outside: a mailing that goes out, a payment run, a new rule."""

from datetime import date

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models import calendar
from models.base import db, now
from models.external_event import EventKind, ExternalEvent
from models.policy import Verb, may
from models.topic import Topic
from triage.accounts import demand
from triage.screening.occasions import from_catalog
from triage.screening.pages import pages

SHOWN = 100
AHEAD = 45
"""Days of the calendar that are shown."""


@pages.get("/events")
def events() -> ResponseReturnValue:
    user = demand(Verb.SEE_BOARD)
    return listed(may(user, Verb.LEAD))


@pages.post("/events")
def add_event() -> ResponseReturnValue:
    user, form = demand(Verb.LEAD), request.form
    topic = Topic.everything().get(form.get("topic", ""))
    try:
        first_on = date.fromisoformat(form.get("first_on", ""))
        last_on = date.fromisoformat(form.get("last_on") or form.get("first_on", ""))
        factor = float(form["factor"].replace(",", ".")) if form.get("factor") else None
        ExternalEvent.add(
            EventKind(form.get("kind", "")),
            form.get("text", ""),
            first_on,
            last_on,
            by=user,
            topic=topic,
            factor=factor,
        )
    except ValueError:
        trouble = _("Say what it is, and from when until when; a factor lies between 0.1 and 50.")
        return listed(True, trouble), 400
    flash(_("Noted. What is expected of these days follows within a minute."))
    return redirect(url_for("screening.events"), 303)


@pages.post("/events/<int:external_event>/withdrawal")
def withdraw_event(external_event: int) -> ResponseReturnValue:
    user, found = demand(Verb.LEAD), event_or_404(external_event)
    found.withdraw(by=user, at=now())
    return redirect(url_for("screening.events", undo=found.id), 303)


@pages.post("/events/<int:external_event>/return")
def put_back_event(external_event: int) -> ResponseReturnValue:
    user, found = demand(Verb.LEAD), event_or_404(external_event)
    found.put_back(by=user)
    return redirect(url_for("screening.events"), 303)


def listed(leads: bool, trouble: str = "") -> str:
    today = calendar.business_day(now())
    undo = ExternalEvent.named(request.args.get("undo", 0, int))
    return render_template(
        "screening/events.html",
        events=db.session.scalars(ExternalEvent.everything().limit(SHOWN)).all(),
        ahead=from_catalog(today, calendar.working_day_after(today, AHEAD)),
        kinds=list(EventKind),
        topics=db.session.scalars(Topic.first_level()).all(),
        today=today,
        leads=leads,
        trouble=trouble,
        typed=request.form if trouble else {},
        undo=undo if undo is not None and undo.withdrawn_at else None,
    )


def event_or_404(event_id: int) -> ExternalEvent:
    found = ExternalEvent.named(event_id)
    if found is None:
        abort(404)
    return found
