"""Is it alive, is it ready, what does it count; and browsers' complaints about our own policy."""

import hmac
import logging
from ipaddress import ip_address
from typing import Any

from flask import Blueprint, Flask, Response, abort, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from flask_wtf import CSRFProtect
from sqlalchemy.exc import SQLAlchemyError

from models import holding, outbox, schema, sending
from models.base import abandon, db, now
from models.mailbox import MailAccount
from models.refusal import Reason
from triage import files, measuring, routing
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
        if stopped := holding.held():
            faults["outgoing"] = f"held since {stopped.since:%Y-%m-%d %H:%M} UTC ({stopped.cause})"
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
    """For the monitoring: who brings METRICS_TOKEN; without one, in production, this machine."""
    settings: Settings = current_app.extensions["settings"]
    if settings.metrics_token:
        brought = request.headers.get("Authorization", "")
        if not hmac.compare_digest(brought.encode(), f"Bearer {settings.metrics_token}".encode()):
            abort(403)
    elif settings.in_production and not from_this_machine(request.remote_addr or ""):
        abort(403)
    return Response(measuring.exposition(), mimetype="text/plain; version=0.0.4")


def from_this_machine(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


@pages.post("/csp-report")
def csp_report() -> ResponseReturnValue:
    log.warning("policy violation reported: %r", request.get_data(as_text=True)[:500])
    return "", 204
