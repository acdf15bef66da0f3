"""Where an answer is used: on the measure's page, and before a new version of it is saved."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy
from flask_babel import ngettext

from models import answer_use, measure_change
from models.answer_use import Use, UseKind
from models.base import now
from models.measure import Measure, MeasureVersion
from models.policy import Verb
from triage.accounts import demand
from triage.display import reader_language
from triage.dossier import answers_used
from triage.known_answers import short_answer

pages = Blueprint("uses", __name__)

KIND_WORDS = {
    UseKind.PAGE: lazy("page of the dossier"),
    UseKind.FORM: lazy("web form"),
    UseKind.UNASKED: lazy("receipts and the banner of forms"),
    UseKind.MAILING: lazy("mailing"),
    UseKind.TEMPLATE: lazy("reply text"),
    UseKind.MACRO: lazy("macro"),
    UseKind.NOTICE: lazy("notice"),
    UseKind.ROUND: lazy("call-back round"),
    UseKind.REPLY_TO_ALL: lazy("reply to all"),
}
STATE_WORDS = {
    "draft": lazy("draft"),
    "scheduled": lazy("scheduled"),
    "counting": lazy("being counted"),
    "counted": lazy("counted"),
    "asked": lazy("waits for a second person"),
    "running": lazy("running"),
    "paused": lazy("paused"),
    "done": lazy("sent"),
}
ICONS = {
    UseKind.PAGE: "journal-text",
    UseKind.FORM: "ui-checks",
    UseKind.UNASKED: "envelope-check",
    UseKind.MAILING: "send",
    UseKind.TEMPLATE: "chat-square-text",
    UseKind.MACRO: "lightning",
    UseKind.NOTICE: "bell",
    UseKind.ROUND: "telephone-outbound",
    UseKind.REPLY_TO_ALL: "reply-all",
}


BEFORE_REF = {
    UseKind.PAGE: "/outreach/dossier/{}",
    UseKind.FORM: "/contact/{}",
    UseKind.MAILING: "/outreach/mailings/{}",
    UseKind.TEMPLATE: "/desk/texts/{}",
    UseKind.MACRO: "/desk/texts/macros/{}",
    UseKind.NOTICE: "/outreach/notices/texts/{}",
    UseKind.REPLY_TO_ALL: "/screening/problems/{}/replies",
    UseKind.ROUND: "/calls/rounds/{}",
}
"""Addresses of other activities, which this one must not import."""


@dataclass(frozen=True)
class Place:
    """One use, in words and with where to look."""

    use: Use
    kind: str
    name: str
    icon: str
    url: str
    state: str


@dataclass(frozen=True)
class Used:
    """All uses of one answer, by what a new version does to them."""

    at_once: Sequence[Place]
    """Says a new version as soon as that holds."""
    keeps: Sequence[Place]
    """Mailings that were counted with an earlier version, and keep it."""
    copied: Sequence[Place]
    """Has copied the words: somebody changes them by hand."""
    past: Sequence[str]
    """What was said with each version, and stays as it is."""

    @property
    def places(self) -> int:
        return len(self.at_once) + len(self.keeps) + len(self.copied)


@pages.post("/measures/<measure_code>/unasked")
def tell_at_once(measure_code: str) -> ResponseReturnValue:
    """Whether receipts and forms say the confirmed answer before anybody has asked."""
    by = demand(Verb.LEAD)
    measure = Measure.coded(measure_code) or abort(404)
    taken_back = "told" in request.args
    told = request.values.get("told") == "1"
    measure_change.tell_at_once(measure, told, by=by, at=now())
    undo = None if taken_back else "unasked"
    return redirect(
        url_for("outreach.measures.show", measure_code=measure_code, undo=undo, _anchor="used"), 303
    )


def used(measure: Measure) -> Used:
    naming = [one for one in answer_use.versions_in_use() if measure.code in answers_used(one)]
    found = answer_use.uses_of(measure, naming)
    places = [place(one) for one in found if one.kind in KIND_WORDS]
    return Used(
        at_once=[one for one in places if one.use.at_once],
        keeps=[one for one in places if one.use.kind == UseKind.MAILING and not one.use.at_once],
        copied=[one for one in places if one.use.kind != UseKind.MAILING and not one.use.at_once],
        past=[past_words(one) for one in found if one.kind not in KIND_WORDS],
    )


def place(use: Use) -> Place:
    names = use.names
    called = names.get(reader_language()) or names.get("") or next(iter(names.values()), "")
    state = STATE_WORDS.get(use.state, "") if use.state != "published" else ""
    return Place(
        use, str(KIND_WORDS[use.kind]), str(called), ICONS[use.kind], address(use), str(state)
    )


def address(use: Use) -> str:
    """Where one looks at it; empty where there is nothing to look at."""
    before = BEFORE_REF.get(use.kind)
    return before.format(use.ref) if before and use.ref else ""


def past_words(use: Use) -> str:
    words = {
        UseKind.SENT: ngettext(
            "%(num)s message sent with v%(version)s stays as it is",
            "%(num)s messages sent with v%(version)s stay as they are",
            use.count,
            version=use.version,
        ),
        UseKind.TOLD: ngettext(
            "%(num)s caller was told v%(version)s",
            "%(num)s callers were told v%(version)s",
            use.count,
            version=use.version,
        ),
        UseKind.DRAFT: ngettext(
            "%(num)s agent is writing with v%(version)s",
            "%(num)s agents are writing with v%(version)s",
            use.count,
            version=use.version,
        ),
    }
    return str(words[use.kind])


def kept_words(number: int, used: Used) -> str:
    """What a new version has just changed."""
    parts = [str(_("Version %(number)s is kept.", number=number))]
    if used.at_once:
        parts.append(
            ngettext("%(num)s place says it.", "%(num)s places say it.", len(used.at_once))
        )
    if used.keeps:
        parts.append(
            ngettext(
                "%(num)s mailing keeps the old text.",
                "%(num)s mailings keep the old text.",
                len(used.keeps),
            )
        )
    if used.copied:
        parts.append(
            ngettext(
                "%(num)s copy has to be changed by hand.",
                "%(num)s copies have to be changed by hand.",
                len(used.copied),
            )
        )
    return " ".join(parts)


def unasked_words(version: MeasureVersion) -> str:
    """What receipts and forms would say in the reader's language; why nothing, where nothing."""
    said = short_answer(version, reader_language())
    if not version.confirmed:
        return str(_("Nothing is said as long as the answer is not confirmed."))
    return said or str(_("Its short form on the telephone is missing or too long."))
