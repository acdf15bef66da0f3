"""Nothing leaves, or everything may: after a restored backup, or when somebody pulled the brake."""

from datetime import datetime

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models import aside, holding, outbox
from models.aside import MAIL, Standing
from models.base import now
from models.outbox import Job
from models.policy import Verb
from triage.accounts import demand

pages = Blueprint("outgoing", __name__)


@pages.get("/outgoing")
def index() -> ResponseReturnValue:
    demand(Verb.ADMINISTER)
    return page()


@pages.post("/outgoing/hold")
def hold() -> ResponseReturnValue:
    """Pull the brake; what is to leave waits, and nothing is lost."""
    by = demand(Verb.ADMINISTER)
    reason = request.form.get("reason", "").strip()
    if not reason:
        return page(_("Say why, for those who find it held.")), 422
    if holding.held() is None:
        holding.hold(holding.Cause.ASKED, now(), reason=reason, by=by)
    flash(_("Nothing leaves any more. What is written waits."))
    return redirect(url_for(".index"), 303)


@pages.post("/outgoing/release")
def release() -> ResponseReturnValue:
    """After a restored backup only with a word on each kind of which something may have left."""
    by = demand(Verb.ADMINISTER)
    held, at = holding.held(), now()
    if held is not None and held.cause is holding.Cause.RESTORED:
        choices = {one.kind: request.form.get(one.kind) for one in aside.standing(held.since)}
        undecided = [one.kind for one in undecided_of(held.since) if not choices[one.kind]]
        if undecided:
            return page(_("Say of each kind whether it leaves.")), 422
        wanted = {kind: choice == ALL for kind, choice in choices.items()}
        aside.decide(wanted, held.since, at, by=by)
    if held is not None:
        holding.release(at, by=by)
    flash(_("Everything leaves again."))
    return redirect(url_for(".index"), 303)


@pages.post("/outgoing/aside/<kind>")
def let_go(kind: str) -> ResponseReturnValue:
    """What was set aside after a restore leaves after all."""
    by = demand(Verb.ADMINISTER)
    if kind not in aside.KINDS:
        abort(404)
    many = aside.let_go(kind, now(), by=by)
    flash(_("%(many)s leave.", many=many) if many else _("Nothing of this waits any more."))
    return redirect(url_for(".index"), 303)


ALL, NEW = "all", "new"
"""What is chosen of a kind: everything leaves, or only what is new."""


def undecided_of(since: datetime) -> list[Standing]:
    """The kinds of which something may have left already."""
    return [one for one in aside.standing(since) if one.doubtful]


def page(mistake: str = "") -> str:
    held = holding.held()
    restored = held is not None and held.cause is holding.Cause.RESTORED
    since = held.since if held is not None else now()
    return render_template(
        "admin/outgoing.html",
        held=held,
        standing=aside.standing(since),
        restored=restored,
        mailings=outbox.waiting().get(Job.MAILING.value, 0),
        aside={} if restored else aside.still_aside(),
        names=kind_names(),
        mistake=mistake,
    )


def kind_names() -> dict[str, str]:
    return {
        f"{MAIL}reply": _("Answers"),
        f"{MAIL}acknowledgement": _("Receipts"),
        f"{MAIL}notice": _("Mails about a file"),
        f"{MAIL}house": _("Mails to the house"),
        "notice": _("Notices not written yet"),
        "report": _("Reports"),
        "webhook": _("Webhooks"),
    }
