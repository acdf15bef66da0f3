"""What whoever calls in a round says: its script and what was changed, in the client's language."""

from dataclasses import dataclass

from flask_babel import lazy_gettext as lazy

from models.base import db
from models.call_round import CallRound
from models.callback import Callback

HELPED_WORDS = {"yes": lazy("Yes"), "partly": lazy("Partly"), "no": lazy("No")}


@dataclass(frozen=True)
class Script:
    """What is said, and in which language it is written."""

    round: CallRound
    words: str
    language: str
    changed: str
    changed_language: str


def script_for(callback: Callback | None) -> Script | None:
    """None for a call-back of no round."""
    shown = CallRound.named(callback.round_id) if callback is not None else None
    if callback is None or shown is None:
        return None
    return Script(shown, *shown.script(callback.language), *shown.what_changed(callback.language))


def script_for_client(client_id: int | None) -> Script | None:
    """What to say to a client who is called, or calls, while a round owes them a call."""
    if client_id is None:
        return None
    owed = db.session.scalars(Callback.open_of_client(client_id)).all()
    return script_for(next((one for one in owed if one.round_id is not None), None))
