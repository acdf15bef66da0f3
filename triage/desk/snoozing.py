"""Laying a ticket aside until some time, and taking it up again."""

from datetime import datetime, timedelta

from flask import flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models import ticket_clock
from models.base import now
from models.calendar import MEETING, business_day, start_of, working_day_after
from triage.desk.tickets import pages
from triage.desk.work import again, opened


@pages.post("/tickets/<int:number>/snooze")
def snooze(number: int) -> ResponseReturnValue:
    """Out of the lists until then: one of the presets, or a moment of one's own."""
    user, ticket = opened(number)
    wanted = request.form.get("until") or request.form.get("at", "")
    until = moment(wanted, now())
    if until is None or ticket.closed:
        flash(_("Choose a time that is still to come."), "warning")
        return again(ticket)
    ticket_clock.snooze(ticket, until, by=user, at=now())
    return again(ticket)


@pages.post("/tickets/<int:number>/snooze/end")
def unsnooze(number: int) -> ResponseReturnValue:
    user, ticket = opened(number)
    ticket_clock.unsnooze(ticket, by=user, at=now())
    return again(ticket)


def moment(wanted: str, at: datetime) -> datetime | None:
    """A preset, or a date with an hour by the clock in Brussels; None for nothing to come."""
    today = business_day(at)
    if wanted == "tomorrow":
        return start_of(today + timedelta(days=1), MEETING)
    if wanted == "monday":
        return start_of(today + timedelta(days=7 - today.weekday()), MEETING)
    if wanted == "three_days":
        return start_of(working_day_after(today, 3), MEETING)
    try:
        typed = datetime.fromisoformat(wanted)
    except ValueError:
        return None
    if not at.year <= typed.year <= at.year + 5:
        return None
    until = start_of(typed.date(), typed.time())
    return until if until > at else None
