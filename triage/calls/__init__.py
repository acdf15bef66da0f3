"""The telephone: live calls, the call form, the note that becomes a contact."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from models.policy import Verb
from triage.accounts import demand

pages = Blueprint("calls", __name__, url_prefix="/calls")


@pages.get("/")
def index() -> ResponseReturnValue:
    demand(Verb.WORK)
    return render_template("calls/index.html")
