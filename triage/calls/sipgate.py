"""The format of sipgate.io: forms, answered in XML that asks for the events to come."""

from dataclasses import replace

from flask import Response, current_app, url_for
from markupsafe import escape

from models.call import CallState
from triage.calls.report import DIRECTIONS, Report

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def read(body: dict[str, object], way: str) -> Report:
    """A report; where it does not say its direction, the address does."""
    if body.get("direction") not in DIRECTIONS:
        body = body | {"direction": way}
    told = Report.read(body)
    return replace(told, body=body)


def reply(token: str, told: Report | None, *, refused: bool) -> Response:
    """Without these two addresses, nothing more would be told of the call."""
    if refused:
        return xml('<Response><Reject reason="busy"/></Response>')
    if told is None or told.state is not CallState.RINGING:
        return xml("<Response/>")
    base = current_app.extensions["settings"].base_url
    way = "exchange.sipgate_in" if told.direction == "in" else "exchange.sipgate_out"
    address = escape(f"{base}{url_for(way, token=token)}")
    return xml(f'<Response onAnswer="{address}" onHangup="{address}"/>')


def xml(content: str) -> Response:
    return Response(f"{HEAD}{content}", mimetype="application/xml")
