"""The format of Placetel: forms, signed over their raw bytes when a secret was agreed."""

from typing import Any

from flask import Response

from models.call import BLOCKED, VOICEMAIL, CallState
from triage.calls.report import Report, Unreadable, call_id_in, direction_in, texts, words
from triage.calls.sipgate import xml

SIGNATURE = "X-PLACETEL-SIGNATURE"
EVENTS = {
    "IncomingCall": (CallState.RINGING, "in"),
    "OutgoingCall": (CallState.RINGING, "out"),
    "CallAccepted": (CallState.ANSWERED, "in"),
    "HungUp": (CallState.ENDED, None),
}
CAUSES = {
    "accepted": "normalClearing",
    "missed": "cancel",
    "canceled": "cancel",
    "voicemail": VOICEMAIL,
    "blocked": BLOCKED,
    "busy": "busy",
    "unavailable": "noAnswer",
    "congestion": "congestion",
}
LONGEST = 24 * 60 * 60


def read(body: dict[str, Any]) -> Report:
    """A report; raises `Unreadable`."""
    event, call_id = words(body.get("event")), call_id_in(body)
    if not event:
        raise Unreadable("Which event? The field “event” is missing.")
    if not call_id:
        raise Unreadable("Which call? The field “call_id” is missing.")
    state, way = EVENTS.get(event, (None, None))
    kind = words(body.get("type")).lower()
    peer = texts(body.get("peer"))
    answered = state is CallState.ANSWERED
    return Report(
        event=event[:40],
        call_id=call_id,
        direction=way or direction_in(body) or "in",
        body=body,
        state=state,
        rung=[] if answered else peer,
        picked_up=peer if answered else [],
        cause=CAUSES.get(kind, kind) if state is CallState.ENDED else "",
        voicemail=kind == VOICEMAIL,
        talked_for=seconds(body.get("duration")) if kind != VOICEMAIL else None,
    )


def seconds(value: Any) -> int | None:
    """How long was spoken; nothing for calls that nobody took."""
    said = words(value)
    spoken = int(said) if said.isascii() and said.isdigit() and len(said) < 9 else 0
    return min(spoken, LONGEST) or None


def reply(*, refused: bool) -> Response:
    """It waits for an answer only where it was told to ask."""
    return xml("<Response><Reject/></Response>") if refused else Response("", mimetype="text/plain")
