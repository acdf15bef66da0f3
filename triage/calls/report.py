"""What exchanges send, made into one kind of report; nothing of it is trusted."""

import json
import math
from dataclasses import dataclass, field
from typing import Any

from flask import request
from werkzeug.exceptions import HTTPException

from models.base import db_safe
from models.call import CallState
from models.extension import people_at, person_at
from triage.intake.phone import e164

LARGEST = 64 * 1024
DIRECTIONS = ("in", "out")
VOICEMAIL = "voicemail"
_LEVELS = 6
_ITEMS = 200


class Unreadable(Exception):
    """A body of which nothing can be made; its words are for whoever set up the exchange."""


@dataclass(frozen=True)
class Report:
    """One event of one call, as it was sent. `state` is None for what changes no call."""

    event: str
    call_id: str
    direction: str
    body: dict[str, Any]
    state: CallState | None = None
    rung: list[str] = field(default_factory=list)
    """Names of the telephones that ring, or of the one from which is called."""
    picked_up: list[str] = field(default_factory=list)
    cause: str = ""
    voicemail: bool = False
    talked_for: int | None = None

    @classmethod
    def read(cls, body: dict[str, Any]) -> "Report":
        """The generic format, which is sipgate's too; raises `Unreadable`."""
        event, call_id, direction = words(body.get("event")), call_id_in(body), direction_in(body)
        if not event:
            raise Unreadable("Which event? The field “event” is missing.")
        if not call_id:
            raise Unreadable("Which call? The field “callId” is missing.")
        state = STATES.get(event)
        if direction is None and state is not None:
            raise Unreadable("Invalid direction!")
        rung = texts(body.get("user")) + texts(body.get("userId")) + texts(body.get("fullUserId"))
        rung = rung or texts(body.get("caller"))
        answering = texts(body.get("answeringNumber"))
        answered = state is CallState.ANSWERED
        to_machine = answered and VOICEMAIL in [name.lower() for name in rung + answering]
        return cls(
            event=event[:40],
            call_id=call_id,
            direction=direction or "in",
            body=body,
            # A machine that picks up is no answer.
            state=CallState.RINGING if to_machine else state,
            rung=[] if answered else rung,
            picked_up=[] if to_machine else answering + (rung if answered else []),
            cause=words(body.get("cause")),
            voicemail=to_machine,
        )

    def facts(self) -> dict[str, Any]:
        """What the event says of its call. Blank is unknown: a later event may still say it."""
        caller, called = words(self.body.get("from")), words(self.body.get("to"))
        client_number = caller if self.direction == "in" else called
        return {
            "direction": self.direction,
            "caller": caller,
            "called": called,
            "caller_e164": e164(client_number[:60]),
            "queue": words(self.body.get("queue")),
            "cause": self.cause,
            "diverted_from": words(self.body.get("diversion")),
            "original_call_id": words(self.body.get("origCallId")),
            "voicemail": self.voicemail,
            "talked_for": self.talked_for,
            **self._people(),
        }

    def _people(self) -> dict[str, Any]:
        rung = [person.id for person in people_at(self.rung)]
        found: dict[str, Any] = {"rung": rung}
        if self.picked_up:
            person = person_at(self.picked_up, or_id=True)
            return found | ({"answered_by_id": person.id} if person else {})
        # Of several who are rung, nobody owns the call until one of them answers.
        return found | ({"user_id": rung[0]} if len(rung) == 1 else {})


STATES = {state.value: state for state in CallState}


# --- the body -------------------------------------------------------------------------------


def raw_body() -> bytes:
    """The bytes as they came; raises `Unreadable` when they are too many."""
    request.max_content_length = LARGEST
    try:
        return request.get_data(cache=True)
    except HTTPException:
        raise Unreadable("The body is too large.") from None


def said() -> dict[str, Any]:
    """The body as one flat mapping; lists only under the names that may repeat."""
    raw = raw_body()
    if request.mimetype in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return form()
    try:
        body = json.loads(raw, parse_constant=str)
    except (ValueError, RecursionError):
        raise Unreadable("The body is neither JSON nor a form.") from None
    if not isinstance(body, dict):
        raise Unreadable("The body must be one JSON object.")
    kept = plain(body)
    assert isinstance(kept, dict)
    return kept


def form() -> dict[str, Any]:
    """The form; a name with brackets may repeat."""
    try:
        fields = request.form.to_dict(flat=False)
    except HTTPException:
        raise Unreadable("The form cannot be read.") from None
    return {
        name.removesuffix("[]"): values[:_ITEMS] if name.endswith("[]") else values[-1]
        for name, values in fields.items()
    }


def plain(value: Any, level: int = 0) -> Any:
    """What the database can keep of any JSON: no endless nesting, no number that is none."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if not isinstance(value, dict | list):
        return value
    if level >= _LEVELS:
        return "…"
    if isinstance(value, list):
        return [plain(one, level + 1) for one in value[:_ITEMS]]
    return {str(name)[:200]: plain(one, level + 1) for name, one in list(value.items())[:_ITEMS]}


def call_id_in(body: dict[str, Any]) -> str:
    return words(body.get("callId")) or words(body.get("call_id"))


def direction_in(body: dict[str, Any]) -> str | None:
    direction = words(body.get("direction")).lower()
    return direction if direction in DIRECTIONS else None


def words(value: Any) -> str:
    return db_safe(str(value)).strip()[:200] if isinstance(value, str | int | float) else ""


def texts(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [one for one in map(words, values[:20]) if one]
