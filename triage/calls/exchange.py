"""Where telephone exchanges report: Zammad's generic format, sipgate.io and Placetel.

Reports come twice, late and in any order. Each is kept as it came, then applied; an exchange that
we know always hears 200, or it would stop reporting.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Flask, Response, after_this_request, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from flask_wtf import CSRFProtect
from sqlalchemy.exc import SQLAlchemyError

from models.base import db, now, transaction
from models.blocked_number import BlockedNumber
from models.call import BLOCKED, Call, CallState
from models.exchange import FORGED, UNREADABLE, CallEvent, Exchange
from triage.calls import placetel, sipgate
from triage.calls.consequences import follow
from triage.calls.report import Report, Unreadable, form, raw_body, said

pages = Blueprint("exchange", __name__)
log = logging.getLogger("triage.exchange")

MINUTE = timedelta(minutes=1)
RETRY = "20"
"""Seconds after which an exchange that sends too much may try again."""
KEPT_OF_UNREADABLE = 2_000


def exempt(app: Flask) -> None:
    """An exchange carries no CSRF token: the secret in its address vouches for it."""
    protection: CSRFProtect = app.extensions["csrf"]
    for door in (report, sipgate_in, sipgate_out, placetel_event):
        protection.exempt(door)


@pages.post("/api/v1/cti/<token>")
def report(token: str) -> ResponseReturnValue:
    return take(token, lambda: Report.read(said()), _generic_reply)


@pages.post("/api/v1/sipgate/<token>/in")
def sipgate_in(token: str) -> ResponseReturnValue:
    return _from_sipgate(token, "in")


@pages.post("/api/v1/sipgate/<token>/out")
def sipgate_out(token: str) -> ResponseReturnValue:
    return _from_sipgate(token, "out")


@pages.post("/api/v1/placetel/<token>")
def placetel_event(token: str) -> ResponseReturnValue:
    return take(
        token, lambda: placetel.read(form()), lambda _, refused: placetel.reply(refused=refused)
    )


def _from_sipgate(token: str, way: str) -> ResponseReturnValue:
    return take(
        token,
        lambda: sipgate.read(said(), way),
        lambda told, refused: sipgate.reply(token, told, refused=refused),
    )


def _generic_reply(told: Report, refused: bool) -> Response:
    return jsonify({"action": "reject", "reason": "busy"} if refused else {})


# --- what all formats share -----------------------------------------------------------------


def take(
    token: str, read: Callable[[], Report], reply: Callable[[Report, bool], Response]
) -> ResponseReturnValue:
    """Keep and apply one report, and answer it in the words of its format."""
    exchange = Exchange.with_token(token)
    if exchange is None:
        return jsonify(error="Invalid token, please contact your admin!"), 401
    at = now()
    if too_many(exchange, at):
        return jsonify(error="Too many events."), 429, {"Retry-After": RETRY}
    try:
        # Before anything reads the form: afterwards the bytes that were signed are gone.
        signed = exchange.vouches(raw_body(), request.headers.get(placetel.SIGNATURE, ""))
        if signed is False:
            return refuse(exchange, FORGED, "The signature is wrong.", 401, at)
        told = read()
    except Unreadable as reason:
        return refuse(exchange, UNREADABLE, str(reason), 422, at)
    CallEvent.keep(exchange, told.call_id, told.event, told.body, at, signed)
    return reply(told, apply(exchange, told, at))


def apply(exchange: Exchange, told: Report, at: datetime) -> bool:
    """Bring the call to what was told, with all that follows; True when it is to be refused."""
    if told.state is None:
        return False
    try:
        with db.session.begin_nested():
            facts = told.facts()
            refused = blocked(told, facts, at)
            state = CallState.ENDED if refused else told.state
            heard = Call.hear(exchange, state, told.call_id, at=at, facts=facts)
    except Exception:  # the raw event stays, and the exchange must not hear of our trouble
        log.exception("event of call %r kept but not applied", told.call_id)
        return False
    follow(heard, at)
    return refused


def blocked(told: Report, facts: dict[str, Any], at: datetime) -> bool:
    """Whether a call that begins comes from a number that we refuse; it is logged as such."""
    if told.direction != "in" or told.state is not CallState.RINGING:
        return False
    if BlockedNumber.of(facts["caller_e164"], at) is None:
        return False
    facts["cause"] = BLOCKED
    return True


def refuse(
    exchange: Exchange, why: str, words: str, code: int, at: datetime
) -> ResponseReturnValue:
    """Nothing is applied; what came is kept for whoever sets the exchange up."""
    exchange_id = exchange.id
    body = {"error": words}
    if why == UNREADABLE:
        body["raw"] = beginning()

    @after_this_request
    def keep(response: Response) -> Response:
        """The request's own transaction is undone by its answer: this is one of its own."""
        with transaction():
            known = Exchange.named(exchange_id)
            if known is not None:
                CallEvent.keep(known, "", why, body, at, False if why == FORGED else None)
        return response

    return jsonify(error=words), code


def beginning() -> str:
    """The first signs of a body, whatever they are; nothing of one that is too large."""
    try:
        return raw_body()[:KEPT_OF_UNREADABLE].decode("utf-8", "replace")
    except Unreadable:
        return ""


def too_many(exchange: Exchange, at: datetime) -> bool:
    """Whether it has sent more within a minute than any day of calls would."""
    limit: int = current_app.extensions["settings"].call_event_limit
    try:
        with db.session.begin_nested():
            return CallEvent.since(exchange, at - MINUTE) >= limit
    except SQLAlchemyError:  # counting is no reason to lose a call
        log.exception("events of an exchange cannot be counted")
        return False
