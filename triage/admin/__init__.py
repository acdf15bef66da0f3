"""People, teams, topics, doors and health: what an administrator looks after.

What could not be read is the one page here that managers and supervisors see too.
"""

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from models.policy import Verb, may
from triage.accounts import demand
from triage.admin import (
    doors,
    endings,
    mailboxes,
    people,
    promises,
    quarantine,
    signatures,
    structure,
    wellbeing,
)

pages = Blueprint("admin", __name__, url_prefix="/admin")
for section in (
    people,
    structure,
    promises,
    endings,
    mailboxes,
    doors,
    signatures,
    quarantine,
    wellbeing,
):
    pages.register_blueprint(section.pages)


@pages.get("/")
def index() -> ResponseReturnValue:
    user = demand(Verb.READ_QUARANTINE)
    start = "admin.wellbeing.health" if may(user, Verb.ADMINISTER) else "admin.quarantine.index"
    return redirect(url_for(start))
