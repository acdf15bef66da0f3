"""What a bounce says: which address failed, why, and which of our mails it was.

The machine's report is read first; without one, the headers and what is written for people, in
the forms of Exim, Exchange, Gmail, Office 365, Postfix and qmail. Nothing here raises.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from triage.intake.addresses import normalised_address, read_mailboxes
from triage.intake.charset import decode, one_line
from triage.intake.encoded_words import decode_words
from triage.intake.headers import Headers, read_block, read_message_ids
from triage.intake.parts import Part

FAILURES = 100
REPORT_BYTES = 200_000
DIAGNOSTIC_CHARACTERS = 1_000
DIAGNOSTIC_LINES = 6
LINE_CHARACTERS = 500

Kind = Literal["permanent", "refused", "temporary", "other"]

_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.]*\d)")
_REPLY_CODE = re.compile(r"(?<![\d.])([45])\d\d(?![\d.]*\d)")
# Both are about our address, not about the one that was written to.
_ABOUT_SENDER = frozenset(["5.1.7", "5.1.8"])
_NO_DOMAIN = ("5.4.4", "5.4.310")
_UNKNOWN = re.compile(
    r"user (?:is )?unknown|unknown user|no such (?:user|mailbox|recipient|domain)|no mailbox here|"
    r"(?:does not|doesn['’]t|n['’]existe pas|bestaat niet|existiert nicht)(?: exist)?|"
    r"(?:was|were|wasn['’]t|couldn['’]t be|not|niet|nicht) (?:found|gevonden|gefunden)|introuvable|"
    r"pas (?:pu )?[êe]tre trouv|recipient ?not ?found|address rejected|unrouteable address|"
    r"invalid recipient|unbekannt|onbekend|inconnu|host or domain name not found",
    re.IGNORECASE,
)
_REFUSED = re.compile(
    r"\bspam|\bpolicy|blocked|black ?list|block ?list|reputation|\bdmarc|\bspf\b|\bdkim|"
    r"access denied|not (?:allowed|authori[sz]ed|permitted)|rejected (?:due|by|as)",
    re.IGNORECASE,
)
_DELAYED = re.compile(
    r"\bdelay(?:ed)?\b|will (?:be retried|keep trying|retry)|retard|vertraagd|verz[öo]gert|"
    r"temporar|greylist|try again later",
    re.IGNORECASE,
)
_COPY = re.compile(
    r"^[- \t]{0,80}(?:below this line is a copy|this is a copy of (?:the|your) message|"
    r"original message|"
    r"message d['’]origine|oorspronkelijk bericht|urspr[üu]ngliche nachricht|the header of the "
    r"original|message header follows|diagnos\w+ information for administrators:?$)",
    re.IGNORECASE | re.MULTILINE,
)
_ADDRESS = r"(?<![^\s<>()\[\]{},;:\"'*])[^\s<>()\[\]{},;:\"'*@]++@[\w.-]+\.[A-Za-z]{2,24}"
_ADDRESSES = re.compile(_ADDRESS)
_NAMED_LINE = re.compile(rf"\s*(?:<({_ADDRESS})>|({_ADDRESS}))\s*(?:\([^)\n]{{0,100}}\))?\s*(:?.*)")
_BLANK_LINES = re.compile(rb"\r?\n[ \t]*\r?\n")
_ORIGINAL_KINDS = frozenset(["message/rfc822", "text/rfc822-headers", "message/global"])
_REPORT_KINDS = frozenset(["message/delivery-status", "message/global-delivery-status"])
_RECIPIENT_FIELDS = ("final-recipient", "original-recipient", "x-actual-recipient")


@dataclass(frozen=True, slots=True)
class Failure:
    """One recipient of a report; unknown fields are empty. `status` is the x.y.z code."""

    recipient: str
    action: str
    status: str
    diagnostic: str

    @property
    def kind(self) -> Kind:
        """`permanent`: the address does not exist. `refused`: they do not want our mail; the
        address is good. `temporary`: they will try again. `other`: a full mailbox, say."""
        if self.status.startswith("4.") or self.action == "delayed":
            return "temporary"
        if self.status.startswith("5.7.") or self.status in _ABOUT_SENDER:
            return "refused"
        if self.status.startswith(("5.1.", *_NO_DOMAIN)):
            return "permanent"
        if self.status.startswith("5.4.1") and "address rejected" in self.diagnostic.lower():
            return "permanent"
        # 5.0.0 says no more than that it failed.
        return self._told_kind() if self.status in ("", "5.0.0") else "other"

    @property
    def permanent(self) -> bool:
        """The mailbox does not exist: writing there again is of no use."""
        return self.kind == "permanent"

    def _told_kind(self) -> Kind:
        code = _REPLY_CODE.search(self.diagnostic)
        if code and code[1] == "4":
            return "temporary"
        if _UNKNOWN.search(self.diagnostic):
            return "permanent"
        if _REFUSED.search(self.diagnostic):
            return "refused"
        return "temporary" if not code and _DELAYED.search(self.diagnostic) else "other"


@dataclass(frozen=True, slots=True)
class Bounce:
    """The failures a bounce reports and what it tells of the mail that came back."""

    failures: tuple[Failure, ...] = ()
    original_message_id: str | None = None
    original_envelope_id: str | None = None
    original_subject: str = ""
    original_sender: str | None = None


def read_bounce(raw: bytes, root: Part, text: str) -> Bounce:
    """Read the report part; what it leaves open, the headers and the visible text may tell."""
    failures: list[Failure] = []
    envelope_id = None
    original = Headers()
    for leaf in root.leaves():
        if leaf.kind in _REPORT_KINDS:
            blocks = list(_blocks(leaf.content(raw).content))
            failures += [_failure(block) for block in blocks if _names_recipient(block)]
            envelope_id = envelope_id or _first_text(blocks, "original-envelope-id") or None
        elif leaf.kind in _ORIGINAL_KINDS and not original.fields:
            content = leaf.content(raw).content
            original, _ = read_block(content, 0, min(len(content), REPORT_BYTES))
    told, copy = _before_copy(text[:REPORT_BYTES])
    if not original.fields:
        original, _ = read_block(copy, 0, len(copy))
    ids = read_message_ids(original.first("message-id"))
    sender = read_mailboxes(original.first("from"), 1)
    return Bounce(
        failures=_completed(failures, root.headers, told),
        original_message_id=ids[0] if ids else None,
        original_envelope_id=envelope_id,
        original_subject=decode_words(original.first("subject"))[:DIAGNOSTIC_CHARACTERS],
        original_sender=sender[0].address if sender else None,
    )


def _blocks(report: bytes) -> Iterable[Headers]:
    for block in _BLANK_LINES.split(report[:REPORT_BYTES], FAILURES + 1):
        yield read_block(block.lstrip(), 0, len(block.lstrip()))[0]


def _names_recipient(block: Headers) -> bool:
    return any(name in block for name in _RECIPIENT_FIELDS)


def _failure(block: Headers) -> Failure:
    recipients = (_address(_text(block, name)) for name in _RECIPIENT_FIELDS)
    diagnostic = _text(block, "diagnostic-code")
    written = _STATUS.search(_text(block, "status"))
    precise = _STATUS.search(diagnostic)
    # "5.0.0" only says that it failed; the other server often said why.
    vague = written is None or written[1].endswith(".0.0")
    status = precise if vague and precise else written
    return Failure(
        recipient=next(filter(None, recipients), ""),
        action=_text(block, "action").lower()[:40],
        status=status[1] if status else "",
        diagnostic=diagnostic[:DIAGNOSTIC_CHARACTERS],
    )


def _before_copy(text: str) -> tuple[str, bytes]:
    """What is told, and the mail that came back where it only stands below as text."""
    copy = _COPY.search(text)
    if not copy:
        return text, b""
    below = text[copy.end() :].partition("\n")[2].lstrip()
    return text[: copy.start()], below.encode("utf-8", "replace")


def _completed(failures: list[Failure], headers: Headers, told: str) -> tuple[Failure, ...]:
    """Failures of the report, or of the headers and the text when there is none."""
    named = [
        mailbox.address
        for value in headers.every("x-failed-recipients")
        for mailbox in read_mailboxes(value, FAILURES)
    ]
    if not failures:
        return _told_failures(named, headers, told)
    if named and len(failures) == 1 and not failures[0].recipient:
        failures = [replace(failures[0], recipient=named[0])]
    return tuple(failures[:FAILURES])


def _told_failures(named: list[str], headers: Headers, told: str) -> tuple[Failure, ...]:
    lines = [line[:LINE_CHARACTERS] for line in told.split("\n")]
    found = _line_failures(lines)
    if named:
        known = {failure.recipient: failure for failure in found}
        return tuple(
            known.get(address) or _told_failure(address, told) for address in dict.fromkeys(named)
        )[:FAILURES]
    if found:
        return tuple(found[:FAILURES])
    ours = {
        mailbox.address
        for name in ("from", "to")
        for value in headers.every(name)
        for mailbox in read_mailboxes(value, FAILURES)
    }
    others = dict.fromkeys(
        address
        for line in lines
        for address in map(normalised_address, _ADDRESSES.findall(line))
        if address and address not in ours
    )
    told_why = _STATUS.search(told) or _UNKNOWN.search(told) or _REFUSED.search(told)
    if others and told_why:
        return (_told_failure(next(iter(others)), told),)
    return (_told_failure("", told),) if _STATUS.search(told) else ()


def _line_failures(lines: list[str]) -> list[Failure]:
    """Lines that begin with an address, as most programs write, and the reason below them."""
    found: list[Failure] = []
    for index, line in enumerate(lines):
        match = _NAMED_LINE.fullmatch(line)
        if not match or (match[3] and not match[3].startswith(":")):
            continue
        reasons = [match[3].lstrip(": ")]
        for below in lines[index + 1 : index + 1 + DIAGNOSTIC_LINES]:
            if _NAMED_LINE.fullmatch(below) or (not below.strip() and any(reasons)):
                break
            reasons.append(below.strip())
        address = normalised_address(match[1] or match[2])
        if address and len(found) < FAILURES:
            found.append(_told_failure(address, " ".join(filter(None, reasons))))
    return found


def _told_failure(address: str, told: str) -> Failure:
    status = _STATUS.search(told)
    reason = one_line(told[:DIAGNOSTIC_CHARACTERS])
    delayed = not status and not _REPLY_CODE.search(told) and _DELAYED.search(told)
    return Failure(address, "delayed" if delayed else "failed", status[1] if status else "", reason)


def _address(value: str) -> str:
    """`rfc822; a@b` as the address alone."""
    return normalised_address(value.rpartition(";")[2].strip(" <>"))


def _first_text(blocks: Iterable[Headers], name: str) -> str:
    return next((_text(block, name) for block in blocks if name in block), "")[:200]


def _text(block: Headers, name: str) -> str:
    return one_line(decode(block.first(name)).text)
