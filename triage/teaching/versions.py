"""How good the classifier is, and the life of its versions: trained, compared, promoted, kept."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from models import figures
from models.base import now
from models.calendar import business_day
from models.policy import Verb
from triage import routing
from triage.accounts import demand

pages = Blueprint("versions", __name__)


@pages.get("/")
def index() -> ResponseReturnValue:
    demand(Verb.TEND_CLASSIFIER)
    engine, at = routing.engine(), now()
    return render_template(
        "teaching/index.html",
        version=engine.version if engine else None,
        measured=engine.measured if engine else {},
        today=figures.today(business_day(at), at),
    )
