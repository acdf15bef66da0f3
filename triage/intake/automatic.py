"""Mail that no person wrote: answering machines, bounces, receipts, lists, our own come back.

The union of the rules of RFC 3834, RFC 3464, RFC 8098 and of what mailers really send. Every
occurrence of a header counts, not only the first.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from triage.intake.headers import Headers

Automatic = Literal[
    "auto_reply", "auto_generated", "bounce", "list", "suppress", "read_receipt", "own_loop"
]

LOOP_HEADER = "x-triage-loop"

_ANSWERING = (
    "x-autoreply",
    "x-auto-reply",
    "x-autorespond",
    "x-autoresponder",
    "x-autoresponse",
    "x-autoreply-from",
    "x-mail-autoreply",
    "x-vacation",
)
_SUPPRESSING = frozenset(["all", "autoreply", "oof", "dr"])
_LISTS = frozenset(["bulk", "list", "junk"])
_FIRST_TOKEN = re.compile(r"[^\s;(]*")
_POSTMASTER = re.compile(r"(?:mailer-daemon|postmaster)@", re.IGNORECASE)
_NEVER_ANSWERED = re.compile(
    r"(?:[^@]*[^a-z@])?(?:"
    r"(?:mailer-daemon|postmaster|abuse|root)(?:[^a-z@][^@]*)?"
    r"|(?:no[-_.]?reply|do[-_.]?not[-_.]?reply|ne[-_.]?pas[-_.]?repondre|nicht[-_.]?antworten|"
    r"niet[-_.]?(?:be)?antwoorden)[^@]*"
    r")@",
    re.IGNORECASE,
)
# Exchange marks its out-of-office answers as generated, not as replied: only the subject tells.
_ANSWERING_SUBJECT = re.compile(
    r"(?:automatic reply|auto(?:matic)?[- ]?reply|out of (?:the )?office|"
    r"r[ée]ponse automatique|absence du bureau|absent\(e\) du bureau|message d['’]absence|"
    r"automatisch antwoord|automatische antwort|automatisch beantwoord|afwezigheidsbericht|"
    r"afwezig|abwesenheitsnotiz|abwesenheitsmeldung|abwesend|abwesenheit)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the rules look at beside the header fields."""

    kinds: frozenset[str] = frozenset()
    report_type: str = ""
    sender: str | None = None
    subject: str = ""
    null_sender: bool = False
    is_reply: bool = False


def classify(
    headers: Headers, around: Circumstances, installation: str | None = None
) -> Automatic | None:
    """The class of an automatic mail, the strongest first; None for a person's mail.

    With `installation`, only our own loop header counts as ours; another house's agent may write
    to us through the same product. Without, any loop header does.
    """
    if came_back(headers, installation):
        return "own_loop"
    if around.report_type == "disposition-notification":
        return "read_receipt"
    if _is_bounce(headers, around):
        return "bounce"
    if "message/disposition-notification" in around.kinds:
        return "read_receipt"
    weaker = _weaker_class(headers, around)
    if _is_answering(headers, around, marked=weaker is not None):
        return "auto_reply"
    return weaker


def came_back(headers: Headers, installation: str | None) -> bool:
    loops = set(loop_ids(headers))
    return bool(loops) if installation is None else installation in loops


def loop_ids(headers: Headers) -> list[str]:
    """The installations through which a mail says it went."""
    return [value for value in _texts(headers, LOOP_HEADER) if value]


def is_never_answered(address: str) -> bool:
    """Whether an address belongs to a machine that no automatic mail may be sent to."""
    return _NEVER_ANSWERED.match(address) is not None


def _is_bounce(headers: Headers, around: Circumstances) -> bool:
    if around.report_type == "delivery-status" or "message/delivery-status" in around.kinds:
        return True
    if around.sender and _POSTMASTER.match(around.sender):
        return True
    if "x-failed-recipients" in headers:
        return True
    # Exchange puts this header, empty, on its out-of-office answers too.
    if "x-ms-exchange-message-is-ndr" in headers and not _answers_by_subject(around):
        return True
    is_report = around.report_type not in ("", "feedback-report") or (
        "multipart/report" in around.kinds and not around.report_type
    )
    return around.null_sender and is_report


def _is_answering(headers: Headers, around: Circumstances, *, marked: bool) -> bool:
    if "auto-replied" in _first_tokens(headers, "auto-submitted"):
        return True
    if "auto_reply" in _precedences(headers) or any(name in headers for name in _ANSWERING):
        return True
    if around.null_sender and around.is_reply:
        return True
    exchange = "x-ms-exchange-generated-message-source" in headers
    return _answers_by_subject(around) and (
        marked or exchange or around.null_sender or around.is_reply
    )


def _answers_by_subject(around: Circumstances) -> bool:
    return _ANSWERING_SUBJECT.match(around.subject.strip()) is not None


def _weaker_class(headers: Headers, around: Circumstances) -> Automatic | None:
    if _is_generated(headers, around):
        return "auto_generated"
    if _precedences(headers) & _LISTS or "list-id" in headers or "list-unsubscribe" in headers:
        return "list"
    asked = {
        word.strip().lower()
        for value in _texts(headers, "x-auto-response-suppress")
        for word in value.split(",")
    }
    # A null sender alone may be a person behind an odd relay: read as usual, never answered.
    return "suppress" if asked & _SUPPRESSING or around.null_sender else None


def _is_generated(headers: Headers, around: Circumstances) -> bool:
    if _first_tokens(headers, "auto-submitted") - {"no", "auto-replied", ""}:
        return True
    if "x-auto-generated" in headers or around.report_type == "feedback-report":
        return True
    if "true" in _lowered(headers, "x-fc-machinegenerated"):
        return True
    return bool({"yes", "true"} & _lowered(headers, "x-loop"))


def _precedences(headers: Headers) -> set[str]:
    return {*_first_tokens(headers, "precedence"), *_first_tokens(headers, "x-precedence")}


def _first_tokens(headers: Headers, name: str) -> set[str]:
    tokens = (_FIRST_TOKEN.match(value) for value in _lowered(headers, name))
    return {token[0] for token in tokens if token}


def _lowered(headers: Headers, name: str) -> set[str]:
    return {value.lower() for value in _texts(headers, name)}


def _texts(headers: Headers, name: str) -> Iterable[str]:
    return (value[:1_000].decode("latin-1").strip() for value in headers.every(name))
