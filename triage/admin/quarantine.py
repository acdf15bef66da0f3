"""What could not be fully read: kept as it came, shown to people, read again, or seen to."""

import time

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models import quarantine
from models.base import now
from models.event import record
from models.intake import Channel, Intake
from models.policy import Verb
from models.quarantine import Kind
from models.user import User
from triage.accounts import demand
from triage.intake.again import read_again

pages = Blueprint("quarantine", __name__)

BATCH = 20
ONE_TURN = 2.0
"""Seconds after which a batch that is read again lets the page show how far it has come."""


@pages.get("/quarantine")
def index() -> ResponseReturnValue:
    user = demand(Verb.READ_QUARANTINE)
    kind = kind_of(request.args.get("kind"))
    return render_template(
        "admin/quarantine.html",
        page=quarantine.page(user, kind, max(1, request.args.get("page", 1, type=int))),
        kind=kind,
        counts=quarantine.counts(user),
        undo=request.args.get("undo", type=int),
    )


@pages.get("/quarantine/<int:intake_id>/raw")
def raw(intake_id: int) -> ResponseReturnValue:
    """The bytes as they came: always a download, never shown by a browser."""
    user = demand(Verb.READ_QUARANTINE)
    intake = intake_of(user, intake_id)
    record("intake.raw_downloaded", by=user, intake=intake.id)
    ending = "eml" if intake.channel == Channel.EMAIL else "json"
    return Response(
        intake.raw,
        mimetype="application/octet-stream",
        headers={
            "Content-Disposition": f"attachment; filename=intake-{intake.id}.{ending}",
            "Content-Security-Policy": "sandbox; default-src 'none'",
        },
    )


@pages.post("/quarantine/<int:intake_id>/reading")
def read(intake_id: int) -> ResponseReturnValue:
    user = demand(Verb.READ_QUARANTINE)
    intake = intake_of(user, intake_id)
    if read_again(intake, current_app.extensions["settings"], by=user):
        flash(_("It is fully read now."))
    else:
        flash(
            _("It still cannot be read in full. Nothing is lost: download it to look inside."),
            "warning",
        )
    return back()


@pages.post("/quarantine/reading")
def read_all() -> ResponseReturnValue:
    """All that waits, a batch at a time: each answer says how far it has come and asks for the
    next one by itself."""
    user = demand(Verb.READ_QUARANTINE)
    at, done, better = (request.form.get(name, 0, type=int) for name in ("at", "done", "better"))
    total = request.form.get("total", 0, type=int) or quarantine.counts(user)[Kind.UNREAD]
    deadline = time.monotonic() + ONE_TURN
    batch = quarantine.after(user, at, BATCH)
    for intake in batch:
        better += read_again(intake, current_app.extensions["settings"], by=user)
        at, done = intake.id, done + 1
        if time.monotonic() > deadline:
            break
    progress = {"at": at, "done": done, "better": better, "total": max(total, done)}
    if request.headers.get("HX-Request"):
        finished = not batch
        return render_template("admin/_quarantine.html", finished=finished, **progress)
    flash(_("%(done)s of %(total)s read again; %(better)s are fully read now.", **progress))
    return back()


@pages.post("/quarantine/<int:intake_id>/settlement")
def settle(intake_id: int) -> ResponseReturnValue:
    user = demand(Verb.READ_QUARANTINE)
    intake = intake_of(user, intake_id)
    quarantine.see_to(intake, by=user, at=now())
    return back(undo=intake.id)


@pages.post("/quarantine/<int:intake_id>/settlement/withdrawal")
def put_back(intake_id: int) -> ResponseReturnValue:
    """It was not seen to after all."""
    user = demand(Verb.READ_QUARANTINE)
    intake = intake_of(user, intake_id)
    if not quarantine.waits(intake):
        quarantine.put_back(intake, by=user, at=now())
    flash(_("Back on the list."))
    return back()


def intake_of(user: User, intake_id: int) -> Intake:
    return quarantine.one(user, intake_id) or abort(404)


def kind_of(word: str | None) -> Kind:
    return Kind(word) if word in list(Kind) else Kind.UNREAD


def back(undo: int | None = None) -> ResponseReturnValue:
    """To the list as the person saw it."""
    kind = kind_of(request.args.get("kind"))
    number = request.args.get("page", 1, type=int)
    return redirect(url_for(".index", kind=kind.value, page=number, undo=undo), 303)
