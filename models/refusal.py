"""Why a mail did not arrive: what mail servers say, as the few reasons on which people can act.

Pure: a server's words in, a reason out.
"""

import re
from enum import StrEnum


class Reason(StrEnum):
    """What stood in the way of a mail."""

    UNKNOWN_ADDRESS = "unknown_address"
    MAILBOX_FULL = "mailbox_full"
    REFUSED = "refused"
    TOO_LARGE = "too_large"
    DELAYED = "delayed"
    NOT_REACHED = "not_reached"
    NOT_ADMITTED = "not_admitted"
    UNWRITABLE = "unwritable"
    OTHER = "other"

    @property
    def dead(self) -> bool:
        """Nobody lives at this address: writing there again is of no use."""
        return self is Reason.UNKNOWN_ADDRESS


NOT_REACHED = "not reached"
NOT_ADMITTED = "not admitted"
UNWRITABLE = "unwritable"
"""How our own notes of a failure begin when no server has said anything."""

_OWN = {
    NOT_REACHED: Reason.NOT_REACHED,
    NOT_ADMITTED: Reason.NOT_ADMITTED,
    UNWRITABLE: Reason.UNWRITABLE,
}
_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_CODE = re.compile(r"\s*([245])(\d\d)\b")
_SENDERS_FAULT = frozenset({7, 8})
"""5.1.7 and 5.1.8 complain of the sender's address, not of the recipient's."""
_NO_DOMAIN = frozenset({(4, 4), (4, 310)})
_WORDS = (
    (
        Reason.TOO_LARGE,
        re.compile(r"too (?:large|big|long)|size (?:limit|exceed)|exceeds.{0,40}size", re.I),
    ),
    (
        Reason.MAILBOX_FULL,
        re.compile(
            r"(?:mailbox|quota|inbox|storage).{0,30}(?:full|exceed)|over ?quota|"
            r"insufficient.{0,12}storage|bo[iî]te.{0,20}pleine|postvak.{0,20}vol|postfach.{0,20}voll",
            re.I,
        ),
    ),
    (
        Reason.REFUSED,
        re.compile(
            r"spam|junk|block(?:ed|list)|black ?list|reputation|policy|dmarc|\bspf\b|dkim|"
            r"relay(?:ing)? (?:access )?denied|not authori[sz]ed|listed (?:at|by|in)|"
            r"rejected.{0,20}content",
            re.I,
        ),
    ),
    (
        Reason.UNKNOWN_ADDRESS,
        re.compile(
            r"(?:user|recipient|mailbox|address|account|person|domain|host).{0,24}"
            r"(?:unknown|not ?found|does(?: not|n.t) exist|unavailable|invalid|rejected)|"
            r"(?:unknown|no such|invalid|nonexistent).{0,12}"
            r"(?:user|recipient|mailbox|address|person|domain)|"
            r"(?:adresse|utilisateur).{0,20}(?:inconnu|n['’]existe)|onbekend|unbekannt",
            re.I,
        ),
    ),
)


def reason_of(said: str) -> Reason:
    """What `said`, the words of a server or our own note of a failure, comes down to.

    The enhanced status (RFC 3463) decides where there is one; else the words, then the code.
    """
    for beginning, reason in _OWN.items():
        if said.startswith(beginning):
            return reason
    status = _STATUS.search(said)
    if status is not None:
        found = _of_status(*(int(part) for part in status.groups()))
        if found is not Reason.OTHER:
            return found
    code = _CODE.match(said)
    if status is None and code is not None and code[1] == "4":
        return Reason.DELAYED
    return next((reason for reason, words in _WORDS if words.search(said)), Reason.OTHER)


def _of_status(kind: int, subject: int, detail: int) -> Reason:
    if kind == 4:
        return Reason.DELAYED
    if subject == 1 and detail not in _SENDERS_FAULT:
        return Reason.UNKNOWN_ADDRESS
    if (subject, detail) in _NO_DOMAIN:
        return Reason.UNKNOWN_ADDRESS
    if (subject, detail) == (2, 2):
        return Reason.MAILBOX_FULL
    if (subject, detail) in ((2, 3), (3, 4)):
        return Reason.TOO_LARGE
    if subject == 7 or (subject, detail) in ((1, 7), (1, 8)):
        return Reason.REFUSED
    return Reason.OTHER
