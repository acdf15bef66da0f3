"""Work on tickets: my team's list and the ticket page."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from models.policy import Verb
from triage.accounts import demand, me

pages = Blueprint("desk", __name__, url_prefix="/desk")


@pages.get("/")
def index() -> ResponseReturnValue:
    demand(Verb.WORK)
    return render_template("desk/index.html")


@pages.get("/waiting")
def waiting() -> ResponseReturnValue:
    """The counts beside the places and views, for the page that asks every twenty seconds."""
    me()
    return render_template("desk/_waiting.html")


@pages.get("/outgoing")
def outgoing() -> ResponseReturnValue:
    demand(Verb.WORK)
    return render_template("desk/index.html")
