"""Is it alive, is it ready, what does it count; and browsers' complaints about our own policy."""

import logging
from typing import Any

from flask import Blueprint, Flask, Response, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from flask_wtf import CSRFProtect
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from sqlalchemy.exc import SQLAlchemyError

from models import call_log, outbox, schema, sending
from models.automatic_mail import blocked_total
from models.base import abandon, db, now
from models.callback_figures import open_by_reason
from models.figures import contacts_total, open_tickets
from models.mailbox import MailAccount
from models.refusal import Reason
from triage import files, routing
from triage.bell import bell
from triage.clock import LONGEST_SILENCE, heartbeats
from triage.config import Settings

pages = Blueprint("health", __name__)
log = logging.getLogger("triage.csp")

SENDING_FAULTS = {
    Reason.NOT_REACHED: "the mail server cannot be reached: mails wait, nothing is lost",
    Reason.NOT_ADMITTED: "the mail server refuses our password: mails wait, nothing is lost",
    Reason.REFUSED: "several of our mails were refused within the hour, as unwanted or by a rule",
}


def exempt(app: Flask) -> None:
    """Machines carry no CSRF token."""
    protection: CSRFProtect = app.extensions["csrf"]
    for view in (csp_report,):
        protection.exempt(view)


@pages.get("/healthz")
def alive() -> ResponseReturnValue:
    return "ok\n", 200, {"Content-Type": "text/plain; charset=utf-8"}


@pages.get("/readyz")
def ready() -> ResponseReturnValue:
    """503 only without the database or its newest schema; other faults are named."""
    settings: Settings = current_app.extensions["settings"]
    faults: dict[str, Any] = {}
    try:
        if not schema.at_head(settings.database_url or ""):
            return jsonify(ready=False, faults={"database": "migrations are missing"}), 503
        oldest = outbox.oldest_waiting_seconds()
        if oldest > 60:
            faults["outbox"] = f"oldest promise waits for {oldest:.0f} s"
        for name, age in heartbeats(now()).items():
            if age is None or age > LONGEST_SILENCE[name]:
                faults[name] = "no sign of life for a minute"
        for account in db.session.scalars(MailAccount.failing()):
            faults[f"mailbox {account.mailbox.name}"] = account.last_error
        if fault := fault_of_sending():
            faults["sending"] = fault
    except SQLAlchemyError:
        abandon()
        return jsonify(ready=False, faults={"database": "not reachable"}), 503
    if not bell().answers():
        faults["redis"] = "not reachable: processing is delayed, nothing is lost"
    if damage := files.faults():
        faults["files"] = "; ".join(damage)
    if fault := routing.trouble():
        faults["model"] = fault
    return jsonify(ready=True, faults=faults)


def fault_of_sending() -> str | None:
    """Why our mails do not leave, or are not taken, beyond the trouble of a single one."""
    if trouble := sending.server_trouble():
        return SENDING_FAULTS[trouble]
    refused = sending.refused_within_the_hour(now())
    return SENDING_FAULTS[Reason.REFUSED] if refused >= sending.SEVERAL else None


@pages.get("/metrics")
def metrics() -> ResponseReturnValue:
    registry = CollectorRegistry()
    contacts = Gauge(
        "triage_contacts_total",
        "Contacts read",
        ["channel", "topic", "language"],
        registry=registry,
    )
    for channel, topic, language, count in contacts_total():
        contacts.labels(channel, topic, language).set(count)
    tickets = Gauge("triage_tickets_open", "Open tickets", ["team", "state"], registry=registry)
    for team, state, count in open_tickets():
        tickets.labels(team, state).set(count)
    waits = Gauge("triage_outbox_open", "Open promises", ["kind"], registry=registry)
    for kind, count in outbox.waiting().items():
        waits.labels(kind).set(count)
    blocked = Gauge(
        "triage_mail_loops_blocked_total",
        "Automatic mails that were withheld, and mails of ours that came back",
        ["reason"],
        registry=registry,
    )
    for reason, count in blocked_total().items():
        blocked.labels(reason).set(count)
    calls = Gauge(
        "triage_calls_total", "Calls that ended", ["direction", "result"], registry=registry
    )
    for (direction, result), count in call_log.by_result().items():
        calls.labels(direction, result).set(count)
    owed = Gauge("triage_callbacks_open", "Call-backs owed now", ["reason"], registry=registry)
    for reason, count in open_by_reason().items():
        owed.labels(reason).set(count)
    Gauge("triage_outbox_oldest_seconds", "Oldest claimable promise", registry=registry).set(
        outbox.oldest_waiting_seconds()
    )
    return Response(generate_latest(registry), mimetype="text/plain; version=0.0.4")


@pages.post("/csp-report")
def csp_report() -> ResponseReturnValue:
    log.warning("policy violation reported: %r", request.get_data(as_text=True)[:500])
    return "", 204
