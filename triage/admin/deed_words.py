"""The deeds of the audit log as people say them; a kind without words of its own is still told."""

from typing import Any

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from triage.admin import desk_deed_words, house_deed_words, problem_deed_words

DEEDS: dict[str, LazyString] = {
    **house_deed_words.DEEDS,
    **desk_deed_words.DEEDS,
    **problem_deed_words.DEEDS,
}
THINGS: dict[str, LazyString] = {
    "user": _("people"),
    "sign_in": _("refused sign-ins"),
    "team": _("teams"),
    "topic": _("topics"),
    "intent": _("intents"),
    "promise": _("service promises"),
    "hours": _("opening hours"),
    "calendar": _("calendar"),
    "mailbox": _("mailboxes"),
    "exchange": _("exchanges"),
    "token": _("keys"),
    "webhook": _("webhooks"),
    "mail_text": _("texts of mails"),
    "signature": _("signatures"),
    "absence": _("absences"),
    "people": _("people moved for a while"),
    "newcomer": _("newcomers"),
    "second_reader": _("readers of newcomers"),
    "roster": _("roster"),
    "handling_time": _("how long a contact takes"),
    "ending": _("dispositions"),
    "text": _("reply texts"),
    "macro": _("macros"),
    "view": _("saved lists"),
    "report": _("reports"),
    "export": _("exports"),
    "import": _("imports"),
    "erasure": _("erasures"),
    "retention": _("retention"),
    "hold": _("legal holds"),
    "processing": _("register of processing"),
    "audit": _("audit log"),
    "outgoing": _("what leaves"),
    "classifier": _("classifier"),
    "lesson": _("examples of topics"),
    "doubt": _("doubtful labels"),
    "tone": _("harm and dissatisfaction"),
    "ticket": _("tickets"),
    "document": _("documents"),
    "client": _("clients"),
    "mandate": _("mandates"),
    "contact": _("contacts"),
    "intake": _("intake"),
    "message": _("mails"),
    "call": _("calls"),
    "call_log": _("list of calls"),
    "number": _("blocked numbers"),
    "callback": _("call-backs"),
    "problem": _("problems"),
    "flag": _("remarks that something keeps happening"),
    "screening": _("screening"),
    "action": _("actions"),
    "external_event": _("outside events"),
    "measure": _("measures"),
    "mailing": _("mailings"),
    "info_page": _("public pages"),
    "info_gap": _("gaps"),
    "info_feedback": _("what readers say"),
    "notices": _("files of notices"),
    "notice": _("notices"),
    "notice_text": _("texts of notices"),
    "form": _("web forms"),
}
LONGEST = 160


def deed(action: str) -> str:
    """What was done, after the name of who did it."""
    if action in DEEDS:
        return str(DEEDS[action])
    thing, _dot, verb = action.partition(".")
    return f"{thing_word(thing)}: {verb.replace('_', ' ')}"


def thing_word(thing: str) -> str:
    return str(THINGS.get(thing, thing.replace("_", " ")))


def detail(value: Any) -> str:
    """A fact in one line: lists and tables are told by what is in them."""
    if isinstance(value, dict):
        told = ", ".join(f"{key}: {detail(one)}" for key, one in value.items())
    elif isinstance(value, list):
        told = ", ".join(detail(one) for one in value)
    elif value is None:
        told = "—"
    else:
        told = str(value)
    return told if len(told) <= LONGEST else told[: LONGEST - 1] + "…"
