"""Which calls and call-backs a list shows and how a call is told, on pages as in files."""

import re
from datetime import date

from werkzeug.datastructures import MultiDict

from models.base import db_safe
from models.call import VOICEMAIL, Call
from models.call_log import VIEWS, CallChoice
from models.callback import CallbackReason
from models.callback_list import VIEWS as CALLBACK_VIEWS
from models.callback_list import CallbackFilter
from models.topic import LANGUAGES
from triage.display import label
from triage.intake.phone import e164


def choice(args: MultiDict[str, str]) -> CallChoice:
    view, direction = args.get("view", "all"), args.get("direction", "")
    written = number_asked(args)
    whole = e164(written) or ""
    return CallChoice(
        view=view if view in VIEWS else "all",
        direction=direction if direction in ("in", "out") else "",
        day=day_asked(args.get("day", "")),
        agent_id=args.get("agent", type=id_asked),
        e164=whole,
        digits="" if whole else re.sub(r"\D", "", written),
    )


def number_asked(args: MultiDict[str, str]) -> str:
    return db_safe(args.get("number", "")).strip()[:60]


def day_asked(written: str) -> date | None:
    try:
        day = date.fromisoformat(written)
    except ValueError:
        return None
    return day if 1990 <= day.year <= 2200 else None


def id_asked(written: str) -> int:
    number = int(written)
    if not 0 < number < 2**31:
        raise ValueError(written)
    return number


def wanted_callbacks(args: MultiDict[str, str]) -> CallbackFilter:
    view, reason = args.get("view", "team"), args.get("reason")
    return CallbackFilter(
        view=view if view in CALLBACK_VIEWS else "team",
        languages=tuple(code for code in args.getlist("language") if code in LANGUAGES),
        reason=reason if reason in list(CallbackReason) else None,
    )


def outside(call: Call) -> str:
    """The client's number, as it was sent."""
    return call.caller if call.direction == "in" else call.called


def inside(call: Call) -> str:
    """Our own, in international form where it is a number."""
    sent = call.called if call.direction == "in" else call.caller
    return e164(sent) or sent


def state_words(call: Call) -> str:
    """How it stands, or how it ended."""
    if call.ended_at is None:
        return label("call_state", call.state)
    if call.missed:
        return label("call_cause", "voicemail" if call.voicemail else "missed")
    if call.direction == "out" and call.answered_at is None and call.cause == VOICEMAIL:
        return label("call_cause", "noAnswer")
    return label("call_cause", call.cause or "unknown")
