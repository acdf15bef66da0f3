"""What the house reads of harm and dissatisfaction, how good that is, and the switch for both."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from classifiers import tone
from models import urgency
from models.policy import Verb
from triage.accounts import demand

pages = Blueprint("tone", __name__)


@pages.get("/tone")
def index() -> ResponseReturnValue:
    demand(Verb.TEND_CLASSIFIER)
    return render_template(
        "teaching/tone.html",
        heard=urgency.listened_to(),
        scores=[
            ("urgency", tone.figures("urgency"), tone.URGENT_FROM),
            ("dissatisfaction", tone.figures("dissatisfaction"), tone.UNHAPPY_FROM),
        ],
        urgency_reasons=tone.URGENCY_REASONS,
        dissatisfied_reasons=tone.DISSATISFIED_REASONS,
    )


@pages.post("/tone")
def switch() -> ResponseReturnValue:
    """On or off for everybody; off forgets what was kept."""
    user = demand(Verb.TEND_CLASSIFIER)
    urgency.listen(request.form.get("on") == "1", by=user)
    flash(_("Saved."))
    return redirect(url_for("teaching.tone.index"))
