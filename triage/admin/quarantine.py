"""What could not be fully read: kept as it came, shown to people, read again, or seen to."""

from flask import Blueprint, Response, abort, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models import quarantine
from models.base import now
from models.event import record
from models.intake import Channel, Intake, State
from models.policy import Verb
from models.user import User
from triage.accounts import demand
from triage.intake.again import read_again

pages = Blueprint("quarantine", __name__)

SHOWN = 200


@pages.get("/quarantine")
def index() -> ResponseReturnValue:
    user = demand(Verb.READ_QUARANTINE)
    rows = quarantine.not_read(user, SHOWN + 1)
    return render_template(
        "admin/quarantine.html", rows=rows[:SHOWN], more=len(rows) > SHOWN, shown=SHOWN
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
        flash(_("It still cannot be read in full. Nothing is lost: download it to look inside."))
    return redirect(url_for(".index"), 303)


@pages.post("/quarantine/<int:intake_id>/settlement")
def settle(intake_id: int) -> ResponseReturnValue:
    """A person has seen to it: it leaves the list, and stays with its ticket."""
    user = demand(Verb.READ_QUARANTINE)
    intake = intake_of(user, intake_id)
    intake.settle(State.READ, now(), intake.last_error)
    record("intake.settled", by=user, intake=intake.id)
    flash(_("Taken off the list. It stays with its ticket."))
    return redirect(url_for(".index"), 303)


def intake_of(user: User, intake_id: int) -> Intake:
    return quarantine.one(user, intake_id) or abort(404)
