"""What the house tells its clients: measures and their approved answers."""

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from models.policy import Verb
from triage.accounts import demand
from triage.outreach import measures, questions, writing

pages = Blueprint("outreach", __name__, url_prefix="/outreach")
for section in (measures, writing, questions):
    pages.register_blueprint(section.pages)


@pages.get("/")
def index() -> ResponseReturnValue:
    demand(Verb.WORK)
    return redirect(url_for("outreach.measures.index"))
