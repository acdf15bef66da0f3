"""Which recipients of a mailing a list shows and how each is told, on pages as in files."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy
from werkzeug.datastructures import MultiDict

from models.base import db_safe
from models.mailing import RecipientState, Why
from models.mailing_sight import Look
from models.topic import LANGUAGES

WHY_WORDS = {
    Why.OTHER_LANGUAGE: lazy("told in another language"),
    Why.OPTED_OUT: lazy("wants no news"),
    Why.UNDELIVERABLE: lazy("address does not exist"),
    Why.NO_ADDRESS: lazy("no e-mail address"),
    Why.SAME_ADDRESS: lazy("the same address gets it already"),
    Why.NO_TEXT: lazy("no text in this language"),
    Why.NO_FIELD: lazy("something the text names is not known"),
    Why.PRIVATE: lazy("about health or privacy"),
    Why.COMPLAINT: lazy("a complaint: answered one by one"),
    Why.CONTESTED: lazy("a contested decision: answered one by one"),
    Why.CLOSED: lazy("closed"),
    Why.NO_CASE: lazy("no case of the problem any more"),
    Why.WITHDRAWN: lazy("withdrawn"),
    Why.ANSWERED: lazy("answered about it already"),
    Why.TOLD: lazy("told by another mailing lately"),
    Why.OTHER_MAILING: lazy("another mailing about it is on its way"),
    Why.UNSURE: lazy("not surely a case"),
    Why.BY_HAND: lazy("left out by hand"),
}


def look_asked(args: MultiDict[str, str]) -> Look:
    state, why, language = (args.get(name, "") for name in ("state", "why", "language"))
    return Look(
        states=(state,) if state in list(RecipientState) else (),
        why=why if why in list(Why) else "",
        language=language if language in LANGUAGES else "",
        replied=args.get("replied") == "1",
        words=db_safe(args.get("q", "")).strip()[:200],
        hand=args.get("hand") == "1",
    )


def state_word(state: str) -> str:
    words: dict[str, str] = {
        RecipientState.QUEUED.value: _("waits"),
        RecipientState.LEFT_OUT.value: _("left out"),
        RecipientState.PROMISED.value: _("on its way"),
        RecipientState.SENT.value: _("sent"),
        RecipientState.BOUNCED.value: _("came back"),
        RecipientState.FAILED.value: _("failed"),
        RecipientState.CANCELLED.value: _("called off"),
    }
    return words[state]


def why_word(why: str) -> str:
    """A reason of ours in the reader's words; what a server said stays as it is."""
    known = {str(one): word for one, word in WHY_WORDS.items()}
    return str(known.get(why, why))
