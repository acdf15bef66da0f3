"""Other programs that are told of events: whom, of what, how it goes, and a trial."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy

from models import webhook_deeds
from models.base import db, now
from models.policy import Verb
from models.webhook import LONGEST_ADDRESS, LONGEST_NAME, PublicEvent, Webhook
from models.webhook_delivery import DeliveryState, WebhookDelivery, WebhookTry
from triage import webhooks, webhooks_address
from triage.accounts import demand
from triage.webhook_labels import REFUSED, error_words, off_words, try_words
from triage.webhooks_address import Refused

pages = Blueprint("webhooks", __name__)

ROWS = 50
COUNTED = timedelta(days=7)

EVENTS: dict[PublicEvent, LazyString] = {
    PublicEvent.TICKET_CREATED: lazy("a ticket was opened"),
    PublicEvent.TICKET_UPDATED: lazy("its topic, team, client, urgency or sleep has changed"),
    PublicEvent.TICKET_ASSIGNED: lazy("somebody has it now, or nobody"),
    PublicEvent.TICKET_CLOSED: lazy("it was closed"),
    PublicEvent.TICKET_MERGED: lazy("it became part of another one"),
    PublicEvent.TICKET_UNMERGED: lazy("it is one of its own again"),
    PublicEvent.MESSAGE_CREATED: lazy("a client has written or called, or a mail of ours has left"),
    PublicEvent.CALL_MISSED: lazy("nobody has answered a call"),
    PublicEvent.CALLBACK_DUE: lazy("the time of a call-back has come"),
    PublicEvent.PROBLEM_OPENED: lazy("a problem was found"),
    PublicEvent.PROBLEM_ESCALATED: lazy("it was escalated"),
    PublicEvent.PROBLEM_ACTION_SHIPPED: lazy("something was done about it"),
    PublicEvent.PROBLEM_VERIFIED: lazy("it is measured whether that has helped"),
}
STATES: dict[str, LazyString] = {
    DeliveryState.WAITING.value: lazy("waits"),
    DeliveryState.DELIVERED.value: lazy("delivered"),
    DeliveryState.DEAD.value: lazy("not delivered"),
}


@pages.context_processor
def words() -> dict[str, object]:
    return {
        "states": STATES,
        "error_words": error_words,
        "off_words": off_words,
        "event_words": EVENTS,
    }


@pages.get("/webhooks")
def index() -> ResponseReturnValue:
    demand(Verb.ADMINISTER)
    return listed()


@pages.post("/webhooks")
def add() -> ResponseReturnValue:
    """A new address; its secret is shown this once."""
    by = demand(Verb.ADMINISTER)
    said = typed()
    if mistake := mistake_in(said):
        return listed(mistake, 422)
    made, secret = webhook_deeds.add(**said, by=by, at=now())
    return one(made, secret=secret)


@pages.get("/webhooks/<int:webhook_id>")
def show(webhook_id: int) -> ResponseReturnValue:
    demand(Verb.ADMINISTER)
    return one(found(webhook_id))


@pages.post("/webhooks/<int:webhook_id>")
def change(webhook_id: int) -> ResponseReturnValue:
    by, webhook = demand(Verb.ADMINISTER), found(webhook_id)
    said = typed()
    if mistake := mistake_in(said):
        return one(webhook, mistake, 422)
    webhook_deeds.change(webhook, **said, by=by, at=now())
    flash(_("Kept."))
    return to(webhook)


@pages.post("/webhooks/<int:webhook_id>/trial")
def test(webhook_id: int) -> ResponseReturnValue:
    by, webhook = demand(Verb.ADMINISTER), found(webhook_id)
    webhook_deeds.test(webhook, by=by, at=now())
    flash(_("A trial is on its way: see what comes of it below."))
    return to(webhook)


@pages.post("/webhooks/<int:webhook_id>/secret")
def renew_secret(webhook_id: int) -> ResponseReturnValue:
    by, webhook = demand(Verb.ADMINISTER), found(webhook_id)
    return one(webhook, secret=webhook_deeds.renew_secret(webhook, by=by, at=now()))


@pages.post("/webhooks/<int:webhook_id>/off")
def switch_off(webhook_id: int) -> ResponseReturnValue:
    by, webhook = demand(Verb.ADMINISTER), found(webhook_id)
    webhook_deeds.switch_off(webhook, by=by, at=now())
    return to(webhook, undo="off")


@pages.post("/webhooks/<int:webhook_id>/on")
def switch_on(webhook_id: int) -> ResponseReturnValue:
    by, webhook = demand(Verb.ADMINISTER), found(webhook_id)
    webhook_deeds.switch_on(webhook, by=by, at=now())
    return to(webhook)


@pages.post("/webhooks/<int:webhook_id>/archive")
def archive(webhook_id: int) -> ResponseReturnValue:
    by, webhook = demand(Verb.ADMINISTER), found(webhook_id)
    webhook_deeds.archive(webhook, by=by, at=now())
    return redirect(url_for(".index", undo=webhook.id), 303)


@pages.post("/webhooks/<int:webhook_id>/archive/undo")
def restore(webhook_id: int) -> ResponseReturnValue:
    by = demand(Verb.ADMINISTER)
    webhook = Webhook.named(webhook_id) or abort(404)
    webhook_deeds.restore(webhook, by=by, at=now())
    return to(webhook)


@pages.post("/webhooks/<int:webhook_id>/dead")
def send_dead_again(webhook_id: int) -> ResponseReturnValue:
    """All of the last week that found nobody."""
    by, webhook, at = demand(Verb.ADMINISTER), found(webhook_id), now()
    count = webhook_deeds.send_dead_again(webhook, at - COUNTED, by=by, at=at)
    flash(ngettext("%(num)s is sent again.", "%(num)s are sent again.", count))
    return to(webhook)


@pages.post("/webhooks/deliveries/<int:delivery_id>/again")
def send_again(delivery_id: int) -> ResponseReturnValue:
    by = demand(Verb.ADMINISTER)
    delivery = WebhookDelivery.named(delivery_id) or abort(404)
    if webhook_deeds.send_again(delivery, by=by, at=now()):
        flash(_("It is sent again."))
    else:
        flash(_("It still waits, or its address is switched off."), "warning")
    return to(delivery.webhook)


# --- the parts ------------------------------------------------------------------------------


def listed(mistake: str = "", code: int = 200) -> ResponseReturnValue:
    undo = Webhook.named(request.args.get("undo", 0, type=int))
    page = render_template(
        "admin/webhooks.html",
        webhooks=db.session.scalars(Webhook.standing()).all(),
        counts=WebhookDelivery.counts(now() - COUNTED),
        undo=undo if undo is not None and undo.archived_at else None,
        typed=request.form,
        mistake=mistake,
    )
    return page, code


def one(
    webhook: Webhook, mistake: str = "", code: int = 200, *, secret: str = ""
) -> ResponseReturnValue:
    state = request.args.get("state", "")
    log = WebhookDelivery.log_of(webhook.id, state if state in STATES else "")
    number = max(1, request.args.get("page", 1, type=int))
    rows = db.session.scalars(log.offset((number - 1) * ROWS).limit(ROWS + 1)).all()
    page = render_template(
        "admin/webhook.html",
        webhook=webhook,
        secret=secret,
        last=try_words(WebhookTry.last_failed(webhook.id)) if webhook.disabled_why else "",
        mistake=mistake,
        log=rows[:ROWS],
        more=len(rows) > ROWS,
        number=number,
        state=state,
        counts=WebhookDelivery.counts(now() - COUNTED).get(webhook.id, {}),
        typed=request.form if mistake else None,
        undo=request.args.get("undo", ""),
        at=now(),
    )
    return page, code


def typed() -> dict[str, Any]:
    return {
        "name": request.form.get("name", "").strip()[:LONGEST_NAME],
        "url": request.form.get("url", "").strip()[: LONGEST_ADDRESS + 1],
        "events": [event for event in PublicEvent if event in request.form.getlist("event")],
        "with_text": request.form.get("with_text") == "1",
    }


def mistake_in(said: dict[str, Any]) -> str:
    if not said["name"]:
        return str(_("Give a name."))
    if not said["events"]:
        return str(_("Choose what it is told of."))
    try:
        webhooks_address.read(said["url"], webhooks.allowed(current_app.extensions["settings"]))
    except Refused as reason:
        return str(REFUSED.get(str(reason), REFUSED["shape"]))
    return ""


def found(webhook_id: int) -> Webhook:
    webhook = Webhook.named(webhook_id)
    if webhook is None or webhook.archived_at is not None:
        abort(404)
    return webhook


def to(webhook: Webhook, **asked: str) -> ResponseReturnValue:
    return redirect(url_for(".show", webhook_id=webhook.id, **asked), 303)  # type: ignore[arg-type]
