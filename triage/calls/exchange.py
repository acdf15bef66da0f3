"""What a telephone exchange reports (the generic format of Zammad, JSON or form).

Reports come twice, late and in any order. Each is kept as it came, then applied; an exchange that
we know always hears 200, or it would stop reporting.
"""

import json
import logging
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Flask, jsonify, request
from flask.typing import ResponseReturnValue
from flask_wtf import CSRFProtect
from sqlalchemy.exc import SQLAlchemyError

from models.base import db, now
from models.call import Call, CallEvent, CallState, Exchange
from models.user import User
from triage.intake.phone import e164

pages = Blueprint("exchange", __name__)
log = logging.getLogger("triage.exchange")

LARGEST = 64 * 1024
DIRECTIONS = ("in", "out")
EVENTS = {state.value: state for state in CallState}


def exempt(app: Flask) -> None:
    """An exchange carries no CSRF token: the secret in its address vouches for it."""
    protection: CSRFProtect = app.extensions["csrf"]
    protection.exempt(report)


class Unreadable(Exception):
    """A body of which nothing can be made; its words are for whoever set up the exchange."""


@pages.post("/api/v1/cti/<token>")
def report(token: str) -> ResponseReturnValue:
    exchange = Exchange.with_token(token)
    if exchange is None:
        return jsonify(error="Invalid token, please contact your admin!"), 401
    try:
        told = Report.read(said())
    except Unreadable as reason:
        return jsonify(error=str(reason)), 422
    at = now()
    CallEvent.keep(exchange, told.call_id, told.event, told.body, at)
    state = EVENTS.get(told.event)
    if state is None:
        return jsonify({})
    try:
        with db.session.begin_nested():
            Call.take_event(exchange, state, told.call_id, at=at, facts=told.facts(state))
    except SQLAlchemyError:  # the raw event stays, and the exchange must not hear of our trouble
        log.exception("event of call %r kept but not applied", told.call_id)
    return jsonify({})


def said() -> dict[str, Any]:
    """The body as one flat mapping; lists only under the names that may repeat."""
    request.max_content_length = LARGEST
    if request.mimetype in ("application/x-www-form-urlencoded", "multipart/form-data"):
        fields = request.form.to_dict(flat=False)
        return {
            name.removesuffix("[]"): values if name.endswith("[]") else values[-1]
            for name, values in fields.items()
        }
    try:
        body = json.loads(request.get_data())
    except (ValueError, RecursionError):
        raise Unreadable("The body is neither JSON nor a form.") from None
    if not isinstance(body, dict):
        raise Unreadable("The body must be one JSON object.")
    return body


@dataclass(frozen=True)
class Report:
    """One event of one call, as it was sent."""

    event: str
    call_id: str
    direction: str
    body: dict[str, Any]

    @classmethod
    def read(cls, body: dict[str, Any]) -> "Report":
        event = _text(body.get("event"))
        call_id = _text(body.get("callId")) or _text(body.get("call_id"))
        direction = _text(body.get("direction"))
        if not event:
            raise Unreadable("Which event? The field “event” is missing.")
        if not call_id:
            raise Unreadable("Which call? The field “callId” is missing.")
        if direction not in DIRECTIONS:
            raise Unreadable("Invalid direction!")
        return cls(event[:40], call_id[:200], direction, body)

    def facts(self, state: CallState) -> dict[str, Any]:
        """What the event says of its call. Blank is unknown: a later event may still say it."""
        caller, called = _text(self.body.get("from")), _text(self.body.get("to"))
        client_number = caller if self.direction == "in" else called
        return {
            "direction": self.direction,
            "caller": caller,
            "called": called,
            "caller_e164": e164(client_number[:40]),
            "queue": _text(self.body.get("queue")),
            "cause": _text(self.body.get("cause")),
            **self._people(state),
        }

    def _people(self, state: CallState) -> dict[str, int]:
        rung = _texts(self.body.get("user")) or _texts(self.body.get("caller"))
        picked_up = _texts(self.body.get("answeringNumber"))
        if state is CallState.ANSWERED:
            picked_up += rung
        if picked_up:
            return _found("answered_by_id", picked_up)
        # Of several who are rung, nobody owns the call until one of them answers.
        return _found("user_id", rung) if len(rung) == 1 else {}


def _found(role: str, names: list[str]) -> dict[str, int]:
    person = User.on_the_phone(names)
    return {role: person.id} if person else {}


def _text(value: Any) -> str:
    return str(value).strip()[:200] if isinstance(value, str | int) else ""


def _texts(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [text for text in map(_text, values[:20]) if text]
