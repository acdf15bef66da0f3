"""The doors of the telephone: exchanges, each with a secret address."""

from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.base import db
from models.call import CallEvent, Exchange
from models.event import record
from models.policy import Verb
from triage.accounts import demand

pages = Blueprint("doors", __name__)


@pages.get("/exchanges")
def exchanges() -> ResponseReturnValue:
    demand(Verb.ADMINISTER)
    return exchange_page()


@pages.post("/exchanges")
def connect() -> ResponseReturnValue:
    by = demand(Verb.ADMINISTER)
    name = request.form.get("name", "").strip()[:60]
    if not name:
        return exchange_page(_("Give a name."), 422)
    if name in {one.name for one in db.session.scalars(Exchange.in_order())}:
        return exchange_page(_("This name is taken."), 422)
    made, token = Exchange.connect(name)
    record("exchange.connected", by=by, exchange=made.name)
    base = current_app.extensions["settings"].base_url
    return exchange_page(
        fresh=made, address=f"{base}{url_for('exchange.report', token=token)}", code=200
    )


@pages.post("/exchanges/<int:exchange_id>/disconnection")
def disconnect(exchange_id: int) -> ResponseReturnValue:
    by = demand(Verb.ADMINISTER)
    exchange = Exchange.named(exchange_id) or abort(404)
    exchange.active = False
    record("exchange.disconnected", by=by, exchange=exchange.name)
    flash(_("%(name)s is disconnected: its address no longer works.", name=exchange.name))
    return redirect(url_for(".exchanges"), 303)


def exchange_page(mistake: str = "", code: int = 200, **shown: Any) -> ResponseReturnValue:
    found = db.session.scalars(Exchange.in_order()).all()
    heard = {one.id: CallEvent.last_of(one) for one in found}
    page = render_template(
        "admin/exchanges.html", exchanges=found, heard=heard, mistake=mistake, **shown
    )
    return page, code
