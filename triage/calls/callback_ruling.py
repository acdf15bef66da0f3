"""The house's rules for call-backs, as managers set them."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.callback_rules import LEAST, MOST, SHIPPED, change_rules, rules
from models.policy import Verb
from triage.accounts import demand
from triage.calls.pages import pages


@pages.get("/callbacks/rules")
def callback_rules() -> ResponseReturnValue:
    demand(Verb.LEAD)
    return render_template(
        "calls/callback_rules.html", rules=rules(), shipped=SHIPPED, least=LEAST, most=MOST
    )


@pages.post("/callbacks/rules")
def change_callback_rules() -> ResponseReturnValue:
    user = demand(Verb.LEAD)
    wanted = {
        name: int(value)
        for name, value in request.form.items()
        if name in SHIPPED and value.isascii() and value.isdigit() and len(value) < 7
    }
    change_rules(wanted, by=user)
    flash(_("The rules are kept. They hold for what is asked from now on."))
    return redirect(url_for("calls.callback_rules"))
