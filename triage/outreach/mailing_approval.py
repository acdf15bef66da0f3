"""Letting a mailing go: read once more as it will leave; above a size by a second person."""

from dataclasses import dataclass

from flask import redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from models.action import Action
from models.base import now
from models.mailing import Mailing, MailingState, NotNow, Outdated, Tally
from models.policy import Verb, may
from models.user import User
from triage.accounts import demand
from triage.display import full, label, number
from triage.outreach import mailing_letters, mailing_what, mailing_who
from triage.outreach.mailing_count import coming, conflicts, lasting
from triage.outreach.mailing_page import (
    Trouble,
    changing,
    expected,
    mailing_or_404,
    mailing_page,
    pages,
    second_reader_above,
    step_address,
    trouble,
)


@dataclass(frozen=True)
class Deed:
    """What the reader can do with it now: ask, approve, start, or nothing."""

    name: str
    head: str
    text: str
    button: str = ""
    returns: bool = False
    """Whether it may be sent back."""


@pages.get("/mailings/<int:mailing_id>/approval")
def approval(mailing_id: int) -> ResponseReturnValue:
    user = demand(Verb.WORK)
    return approval_page(user, mailing_or_404(mailing_id))


def approval_page(user: User, mailing: Mailing, wrong: Trouble | None = None) -> str:
    tally = mailing.tally()
    stopping = mailing_what.stopping(mailing) if mailing.state == MailingState.COUNTED else []
    return mailing_page(
        "mailing_approval.html",
        mailing,
        "approval",
        tally=tally,
        trouble=wrong,
        audience=mailing_who.chosen(mailing, user),
        asked_by=User.named(mailing.asked_by_id),
        begins=begins(mailing),
        lasts=lasting(mailing, tally),
        wave=coming(mailing, tally),
        conflicts=conflicts(mailing),
        action=Action.named(mailing.action_id) if mailing.action_id else None,
        ending_word=label("disposition", mailing.close_as) if mailing.close_as else "",
        stopping=stopping,
        deed=deed_for(user, mailing, tally, bool(stopping)),
        preview=mailing_letters.preview_of(mailing, user),
        own_addresses=mailing_letters.own_addresses(user),
    )


def begins(mailing: Mailing) -> str:
    if mailing.start_at is not None and mailing.started_at is None and mailing.start_at > now():
        return str(_("Not before %(when)s.", when=full(mailing.start_at)))
    return _("As soon as it is let go.") if mailing.started_at is None else ""


def deed_for(user: User, mailing: Mailing, tally: Tally, stopped: bool) -> Deed:
    above, leads = second_reader_above(), may(user, Verb.LEAD)
    many = ngettext("%(num)s recipient", "%(num)s recipients", tally.ready)
    if mailing.state in (MailingState.DRAFT, MailingState.COUNTING):
        return Deed("", _("Not counted yet"), _("Count first who gets it."))
    if mailing.state == MailingState.ASKED:
        return deed_of_reader(user, mailing, many)
    if mailing.state != MailingState.COUNTED:
        return Deed("", _("It has been let go"), _("What becomes of it stands under Results."))
    if not leads or stopped or not tally.ready:
        head = _("It cannot leave yet")
        if stopped:
            return Deed("", head, _("Something has to be mended first: see above."))
        if not tally.ready:
            return Deed("", head, _("Nobody would get it."))
        return Deed("", head, _("Who leads the screening lets it go."))
    if mailing.approved_at is None and tally.ready > above:
        text = _(
            "%(many)s: from %(above)s on a second person reads it first. Whoever wrote, changed "
            "or asked for it cannot be that person.",
            many=many,
            above=number(above + 1),
        )
        return Deed("ask", _("A second person reads it first"), text)
    text = _("Nothing leaves for ten seconds: until then you can take it back.")
    button = ngettext("Let it go to %(num)s", "Let it go to %(num)s", tally.ready)
    return Deed("start", _("Ready to leave"), text, button)


def deed_of_reader(user: User, mailing: Mailing, many: str) -> Deed:
    leads = may(user, Verb.LEAD)
    if leads and mailing.may_be_approved_by(user):
        text = _("%(many)s get exactly what stands below. Your name goes with it.", many=many)
        return Deed("approve", _("Your word is asked for"), text, returns=True)
    text = _("Somebody else who leads reads it. You see here when it is done.")
    return Deed("", _("Waits for a second person"), text, returns=leads)


# --- deeds ----------------------------------------------------------------------------------


@pages.post("/mailings/<int:mailing_id>/request")
def ask(mailing_id: int) -> ResponseReturnValue:
    by, mailing = changing(mailing_id)
    try:
        as_seen(mailing)
        if mailing_what.stopping(mailing):
            return approval_page(by, mailing), 422
        mailing.ask(by=by, at=now())
    except (NotNow, Outdated) as error:
        return approval_page(by, mailing, trouble(error)), 409
    return redirect(step_address(mailing, "approval"), 303)


@pages.post("/mailings/<int:mailing_id>/approval")
def approve(mailing_id: int) -> ResponseReturnValue:
    by, mailing = changing(mailing_id)
    try:
        as_seen(mailing)
        mailing.approve(by=by, at=now())
    except (NotNow, Outdated) as error:
        return approval_page(by, mailing, trouble(error)), 409
    return redirect(step_address(mailing, "approval"), 303)


@pages.post("/mailings/<int:mailing_id>/approval/refusal")
def send_back(mailing_id: int) -> ResponseReturnValue:
    by, mailing = changing(mailing_id)
    why = request.form.get("why", "").strip()
    if not why:
        return approval_page(by, mailing, trouble("why")), 422
    try:
        as_seen(mailing)
        mailing.send_back(by=by, at=now(), why=why)
    except (NotNow, Outdated) as error:
        return approval_page(by, mailing, trouble(error)), 409
    return redirect(step_address(mailing, "approval"), 303)


@pages.post("/mailings/<int:mailing_id>/start")
def start(mailing_id: int) -> ResponseReturnValue:
    by, mailing = changing(mailing_id)
    try:
        as_seen(mailing)
        if mailing_what.stopping(mailing):
            return approval_page(by, mailing), 422
        mailing.start(by=by, at=now(), above=second_reader_above())
    except (NotNow, Outdated) as error:
        return approval_page(by, mailing, trouble(error)), 409
    return redirect(step_address(mailing, "results"), 303)


def as_seen(mailing: Mailing) -> None:
    """What is let go is what was on the screen; raises `Outdated` otherwise."""
    if expected() not in (None, mailing.version):
        raise Outdated(mailing)
