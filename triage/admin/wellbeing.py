"""Is everything well: the facts of /readyz in words."""

from typing import Any

from flask import Blueprint, current_app, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _

from models import outbox
from models.base import db, now
from models.mailbox import MailAccount
from models.model_version import ModelVersion
from models.policy import Verb
from models.refusal import Reason
from models.settings import Setting
from triage import health, routing, signs
from triage.accounts import demand
from triage.admin.trial_words import fault_words
from triage.clock import heartbeats
from triage.health import SENDING_FAULTS

pages = Blueprint("wellbeing", __name__)

PARTS = {
    "database": _("Database"),
    "redis": _("Redis"),
    "outbox": _("Promises"),
    "relay": _("Relay and clock"),
    "mail": _("Mail listener"),
    "worker": _("Worker"),
    "sending": _("Outgoing mail"),
    "files": _("Files"),
    "model": _("Classifier"),
    "outgoing": _("What leaves the house"),
}
FAULTS = {
    "no sign of life for a minute": _("no sign of life for a minute"),
    "not reachable: processing is delayed, nothing is lost": _(
        "not reachable: processing is delayed, nothing is lost"
    ),
    routing.NO_MODEL: _("no model: contacts wait for people to route them"),
    routing.UNUSABLE: _("the model cannot be used: contacts wait for people to route them"),
    routing.OLDER: _("the model in use cannot be read any more: the one that is loaded goes on"),
    SENDING_FAULTS[Reason.NOT_REACHED]: _(
        "the mail server cannot be reached: mails wait, nothing is lost"
    ),
    SENDING_FAULTS[Reason.NOT_ADMITTED]: _(
        "the mail server refuses our password: mails wait, nothing is lost"
    ),
    SENDING_FAULTS[Reason.REFUSED]: _(
        "several of our mails were refused within the hour, as unwanted or by a rule"
    ),
}
"""What /readyz says most often, in the reader's language."""
HELPS = {
    "database": _("Start PostgreSQL, or see why it refuses; then bring the schema up to date."),
    "redis": _("Start Valkey or Redis; nothing was lost, work goes on slowly meanwhile."),
    "outbox": _("See which kind waits below, and whether a worker runs; start another one."),
    "relay": _("Start it; exactly one keeps the clock."),
    "mail": _("Start it; senders keep their mail and try again meanwhile."),
    "worker": _("Start one; what was claimed is free again after half a minute."),
    "sending": _("See the mail server and SMTP_URL; mails wait and leave by themselves."),
    "outgoing": _("Look at what would leave, then let it."),
    "files": _("Give the folder back its rights, or restore it from the last backup."),
    "model": _("Train one, or go back to the version before."),
}
"""What helps, by part."""
COMMANDS = {
    "database": "triage migrate",
    "outbox": "triage worker",
    "relay": "triage relay",
    "mail": "triage mail",
    "worker": "triage worker",
}
PROMISES = {
    "read": _("to read"),
    "send": _("to send"),
    "classify": _("to classify"),
    "group": _("to group"),
    "notice": _("notices to tell"),
    "mailing": _("mailings"),
    "bulk": _("changes of several"),
    "split": _("clients to split"),
    "call_back": _("call-backs to propose"),
    "webhook": _("webhooks"),
    "report": _("reports"),
    "export": _("exports"),
    "erase": _("erasures"),
    "audit": _("audit log"),
}


@pages.get("/health", endpoint="health")
def show() -> ResponseReturnValue:
    demand(Verb.ADMINISTER)
    engine = routing.engine()
    return render_template(
        "admin/health.html",
        parts=PARTS,
        faults=faults(),
        fault_words=FAULTS,
        helps=HELPS,
        commands=COMMANDS,
        signs=signs.signs(current_app.extensions["settings"], now()),
        lights=signs.LIGHTS,
        reachable=current_app.view_functions,
        accounts=db.session.scalars(MailAccount.active_ones()).all(),
        account_words=fault_words,
        promises=PROMISES,
        waiting=outbox.waiting(),
        oldest=outbox.oldest_waiting_seconds(),
        ages=outbox.oldest_by_kind(),
        heartbeats=heartbeats(now()),
        version=ModelVersion.of(engine.version) if engine else None,
        answers=engine is not None,
        settings=current_app.extensions["settings"],
        is_demo=bool(Setting.read("demo")),
    )


@pages.get("/classifier")
def classifier() -> ResponseReturnValue:
    """Where it stood before it had pages of its own."""
    demand(Verb.ADMINISTER)
    return redirect(url_for("teaching.versions.index"))


def faults() -> dict[str, Any]:
    """What /readyz would say, by part."""
    told = current_app.make_response(health.ready()).get_json()
    found: dict[str, Any] = told["faults"]
    return found
