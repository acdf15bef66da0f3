"""Numbers whose calls are refused: who decided it, why, and until when."""

from datetime import date, datetime, timedelta

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.base import db, db_safe, now
from models.blocked_number import BlockedNumber
from models.calendar import bounds, business_day
from models.policy import Verb
from triage.accounts import demand
from triage.calls.log import pages
from triage.intake.phone import e164

__all__ = ["pages"]

SIZE = 200
UNDO = timedelta(seconds=30)


@pages.get("/blocked")
def blocked() -> ResponseReturnValue:
    demand(Verb.LEAD)
    return blocked_page()


@pages.post("/blocked")
def block() -> ResponseReturnValue:
    """Refuse the calls of a number, in any spelling."""
    by = demand(Verb.LEAD)
    number, reason = e164(request.form.get("number", "")[:60]), reason_given()
    if number is None:
        return blocked_page(_("This is no whole telephone number."), 422)
    if not reason:
        return blocked_page(_("Say why: somebody will ask."), 422)
    end = end_of(request.form.get("until", ""))
    if end is not None and end <= now():
        return blocked_page(_("This day is past."), 422)
    BlockedNumber.block(number, reason, until=end, by=by, at=now())
    flash(_("Calls from this number are refused from now on."))
    return redirect(url_for(".blocked"), 303)


@pages.post("/blocked/<int:blocked_id>/lifting")
def lift(blocked_id: int) -> ResponseReturnValue:
    by = demand(Verb.LEAD)
    found = BlockedNumber.named(blocked_id) or abort(404)
    found.lift(by=by, at=now())
    return redirect(url_for(".blocked", lifted=found.id), 303)


@pages.post("/blocked/<int:blocked_id>/return")
def block_again(blocked_id: int) -> ResponseReturnValue:
    """Undo the lifting."""
    by = demand(Verb.LEAD)
    found = BlockedNumber.named(blocked_id) or abort(404)
    found.put_back(by=by)
    return redirect(url_for(".blocked"), 303)


def blocked_page(mistake: str = "", code: int = 200) -> ResponseReturnValue:
    at = now()
    rows = db.session.scalars(BlockedNumber.newest_first().limit(SIZE)).all()
    lifted = BlockedNumber.named(request.args.get("lifted", 0, type=int))
    fresh = lifted is not None and lifted.lifted_at is not None and at - lifted.lifted_at < UNDO
    page = render_template(
        "calls/blocked.html",
        standing=[one for one in rows if one.stands(at)],
        past=[one for one in rows if not one.stands(at)],
        lifted=lifted if fresh else None,
        mistake=mistake,
        form=request.form,
        today=business_day(at),
    )
    return page, code


def reason_given() -> str:
    return " ".join(db_safe(request.form.get("reason", "")).split())[:300]


def end_of(written: str) -> datetime | None:
    """The end of that day; no day, no end."""
    try:
        day = date.fromisoformat(written)
    except ValueError:
        return None
    return bounds(day)[1] if day.year < 2200 else None
