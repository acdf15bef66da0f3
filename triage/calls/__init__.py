"""The telephone: live calls, the call card, the note that becomes a contact; letters alike."""

from triage.calls import (
    callback_asking_page,
    callback_deeds,
    callback_ruling,
    callbacks,
    callers,
    drafts,
    live,
    notes,
    round_telling,
    rounds,
    stream,
    wrapping,
)
from triage.calls.pages import pages

__all__ = [
    "callback_asking_page",
    "callback_deeds",
    "callback_ruling",
    "callbacks",
    "callers",
    "drafts",
    "live",
    "notes",
    "pages",
    "round_telling",
    "rounds",
    "stream",
    "wrapping",
]
