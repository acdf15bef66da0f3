"""The first page of outreach: what clients are being told, and what waits for a person."""

from flask import render_template
from flask_babel import ngettext

from models.base import now
from models.policy import Verb, may
from models.telling import Telling
from triage.accounts import demand
from triage.display import measures_due

WAITS = ("asked", "ready", "unmatched", "no_address", "unread", "reviews", "measures", "paused")
"""What waits, in the order in which it presses."""


def show() -> str:
    user, at = demand(Verb.WORK), now()
    telling = Telling.now(user, at)
    waits = {name: getattr(telling, name, 0) for name in WAITS}
    waits["measures"] = len(measures_due())
    if not may(user, Verb.LEAD):
        waits["asked"] = waits["ready"] = 0
    return render_template(
        "outreach/index.html",
        telling=telling,
        waits={name: count for name, count in waits.items() if count},
        words={name: word(name, count) for name, count in waits.items()},
        leads=may(user, Verb.LEAD),
    )


def word(name: str, count: int) -> str:
    """What stands behind a count of what waits."""
    words = {
        "asked": ngettext("mailing waits for your word", "mailings wait for your word", count),
        "ready": ngettext(
            "mailing was read and may be let go", "mailings were read and may be let go", count
        ),
        "unmatched": ngettext("notice of an unknown client", "notices of unknown clients", count),
        "no_address": ngettext(
            "notice for a client without an address",
            "notices for clients without an address",
            count,
        ),
        "unread": ngettext(
            "reader says that something is missing",
            "readers say that something is missing",
            count,
        ),
        "reviews": ngettext("page to look at again", "pages to look at again", count),
        "measures": ngettext("measure to look at", "measures to look at", count),
        "paused": ngettext("mailing is paused", "mailings are paused", count),
    }
    return str(words[name])
