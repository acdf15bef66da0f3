"""What follows from a telephone event: missed calls become work, reached callers end it.

An exchange never hears of trouble here: its report is kept and applied already.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from models import after_call
from models.base import db
from models.call import Call, Heard
from models.callback import Callback
from models.event import record
from triage.calls.ringing_bell import announce

log = logging.getLogger("triage.exchange")


def follow(heard: Heard[Call], at: datetime) -> None:
    """Everything that one event of a call brings about."""
    call = heard.call
    if heard.ended and call.missed:
        record("call.missed", at=at, call=call.id)
        _safely(call, lambda: Callback.for_missed(call, at))
    if heard.answered and call.caller_e164:
        _safely(call, lambda: Callback.reached(e164=call.caller_e164, at=at, how="phone"))
    _safely(call, lambda: after_call.follow(call, at))
    announce()


def _safely(call: Call, deed: Callable[[], Any]) -> None:
    try:
        with db.session.begin_nested():
            deed()
    except Exception:  # whatever it was, the call itself is kept
        log.exception("what follows from call %s could not be kept", call.id)
