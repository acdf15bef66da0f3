"""What a bounce says: which address failed, why, and which of our mails it was."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from triage.intake.charset import decode, one_line
from triage.intake.headers import (
    Headers,
    decode_words,
    normalised_address,
    read_block,
    read_mailboxes,
    read_message_ids,
)
from triage.intake.parts import Part

FAILURES = 100
REPORT_BYTES = 200_000
DIAGNOSTIC_CHARACTERS = 1_000

_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_BLANK_LINES = re.compile(rb"\r?\n[ \t]*\r?\n")
_ORIGINAL_KINDS = frozenset(["message/rfc822", "text/rfc822-headers", "message/global"])
_REPORT_KINDS = frozenset(["message/delivery-status", "message/global-delivery-status"])


@dataclass(frozen=True, slots=True)
class Failure:
    """One recipient of a report; unknown fields are empty. `status` is the x.y.z code."""

    recipient: str
    action: str
    status: str
    diagnostic: str

    @property
    def permanent(self) -> bool:
        """The mailbox does not exist (5.1.x): writing there again is of no use."""
        return self.status.startswith("5.1.")


@dataclass(frozen=True, slots=True)
class Bounce:
    """The failures a bounce reports and what it tells of the mail that came back."""

    failures: tuple[Failure, ...] = ()
    original_message_id: str | None = None
    original_envelope_id: str | None = None
    original_subject: str = ""
    original_sender: str | None = None


def read_bounce(raw: bytes, root: Part, text: str) -> Bounce:
    """Read the report part; without one, the headers and the visible text."""
    failures: list[Failure] = []
    envelope_id = None
    original = Headers()
    for leaf in root.leaves():
        if leaf.kind in _REPORT_KINDS:
            blocks = list(_blocks(leaf.content(raw).content))
            failures += [_failure(block) for block in blocks if "final-recipient" in block]
            envelope_id = envelope_id or _first_text(blocks, "original-envelope-id") or None
        elif leaf.kind in _ORIGINAL_KINDS and not original.fields:
            content = leaf.content(raw).content
            original, _ = read_block(content, 0, min(len(content), REPORT_BYTES))
    ids = read_message_ids(original.first("message-id"))
    sender = read_mailboxes(original.first("from"), 1)
    return Bounce(
        failures=tuple(failures[:FAILURES]) or _failures_without_report(root.headers, text),
        original_message_id=ids[0] if ids else None,
        original_envelope_id=envelope_id,
        original_subject=decode_words(original.first("subject"))[:DIAGNOSTIC_CHARACTERS],
        original_sender=sender[0].address if sender else None,
    )


def _blocks(report: bytes) -> Iterable[Headers]:
    for block in _BLANK_LINES.split(report[:REPORT_BYTES], FAILURES + 1):
        yield read_block(block.lstrip(), 0, len(block.lstrip()))[0]


def _failure(block: Headers) -> Failure:
    recipient = _text(block, "final-recipient")
    status = _STATUS.search(_text(block, "status")) or _STATUS.search(
        _text(block, "diagnostic-code")
    )
    return Failure(
        recipient=_address(recipient) or _address(_text(block, "original-recipient")),
        action=_text(block, "action").lower()[:40],
        status=status[1] if status else "",
        diagnostic=_text(block, "diagnostic-code")[:DIAGNOSTIC_CHARACTERS],
    )


def _failures_without_report(headers: Headers, text: str) -> tuple[Failure, ...]:
    status = _STATUS.search(text[:REPORT_BYTES])
    named = [
        mailbox.address
        for value in headers.every("x-failed-recipients")
        for mailbox in read_mailboxes(value, FAILURES)
    ]
    if not named and not status:
        return ()
    return tuple(
        Failure(address, "failed", status[1] if status else "", "") for address in named or [""]
    )


def _address(value: str) -> str:
    """`rfc822; a@b` as the address alone."""
    return normalised_address(value.rpartition(";")[2].strip(" <>"))


def _first_text(blocks: Iterable[Headers], name: str) -> str:
    return next((_text(block, name) for block in blocks if name in block), "")[:200]


def _text(block: Headers, name: str) -> str:
    return one_line(decode(block.first(name)).text)
