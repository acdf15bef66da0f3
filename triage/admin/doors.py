"""Doors through which contacts come: mailboxes, and exchanges with their secret address."""

from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.base import db
from models.call import CallEvent, Exchange
from models.event import record
from models.mailbox import Mailbox
from models.policy import Verb
from triage.accounts import demand

pages = Blueprint("doors", __name__)


@pages.get("/mailboxes")
def mailboxes() -> ResponseReturnValue:
    demand(Verb.ADMINISTER)
    return mailbox_page()


@pages.post("/mailboxes")
def add_mailbox() -> ResponseReturnValue:
    by = demand(Verb.ADMINISTER)
    name = request.form.get("name", "").strip()[:60]
    address = request.form.get("address", "").strip().lower()[:200]
    local, _at, host = address.rpartition("@")
    if not name or not local or "." not in host or "+" in local or " " in address:
        return mailbox_page(_("Give a name and a whole address, without “+”."), 422)
    standing = db.session.scalars(Mailbox.everything()).all()
    if any(box.name == name or box.address == address for box in standing):
        return mailbox_page(_("This name or address is taken."), 422)
    db.session.add(Mailbox(name=name, address=address))
    record("mailbox.added", by=by, mailbox=address)
    flash(_("Saved."))
    return redirect(url_for(".mailboxes"), 303)


@pages.post("/mailboxes/<int:mailbox_id>/closure")
def close_mailbox(mailbox_id: int) -> ResponseReturnValue:
    by = demand(Verb.ADMINISTER)
    box = Mailbox.named(mailbox_id) or abort(404)
    if [one.id for one in db.session.scalars(Mailbox.in_order())] == [box.id]:
        return mailbox_page(_("The last mailbox stays open: receipts leave from it."), 422)
    box.active = False
    record("mailbox.closed", by=by, mailbox=box.address)
    flash(_("Mail to %(address)s is refused from now on.", address=box.address))
    return redirect(url_for(".mailboxes"), 303)


@pages.post("/mailboxes/<int:mailbox_id>/opening")
def open_mailbox(mailbox_id: int) -> ResponseReturnValue:
    by = demand(Verb.ADMINISTER)
    box = Mailbox.named(mailbox_id) or abort(404)
    box.active = True
    record("mailbox.opened", by=by, mailbox=box.address)
    flash(_("Saved."))
    return redirect(url_for(".mailboxes"), 303)


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


def mailbox_page(mistake: str = "", code: int = 200) -> ResponseReturnValue:
    boxes = db.session.scalars(Mailbox.everything()).all()
    return render_template("admin/mailboxes.html", boxes=boxes, mistake=mistake), code


def exchange_page(mistake: str = "", code: int = 200, **shown: Any) -> ResponseReturnValue:
    found = db.session.scalars(Exchange.in_order()).all()
    heard = {one.id: CallEvent.last_of(one) for one in found}
    page = render_template(
        "admin/exchanges.html", exchanges=found, heard=heard, mistake=mistake, **shown
    )
    return page, code
