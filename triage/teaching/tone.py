"""What the house reads of harm and dissatisfaction, how good that is, and the switch for both."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from classifiers import tone
from models import urgency
from models.base import now
from models.policy import Verb
from triage.accounts import demand

pages = Blueprint("tone", __name__)


@pages.get("/tone")
def index() -> ResponseReturnValue:
    demand(Verb.TEND_CLASSIFIER)
    until = urgency.remembered_until()
    return render_template(
        "teaching/tone.html",
        heard=urgency.listened_to(),
        undo_until=until if until and now() < until else None,
        just_off="off" in request.args,
        scores=[
            ("urgency", tone.figures("urgency"), tone.URGENT_FROM),
            ("dissatisfaction", tone.figures("dissatisfaction"), tone.UNHAPPY_FROM),
        ],
        urgency_reasons=tone.URGENCY_REASONS,
        dissatisfied_reasons=tone.DISSATISFIED_REASONS,
    )


@pages.post("/tone")
def switch() -> ResponseReturnValue:
    """On or off for everybody; off forgets what was kept when nobody has undone it."""
    user = demand(Verb.TEND_CLASSIFIER)
    on = request.values.get("on") == "1"
    urgency.listen(on, by=user)
    if not on:
        return redirect(url_for(".index", off=""))
    flash(_("Switched on."))
    return redirect(url_for(".index"))
