"""The first writer of a mail that somebody passed on to us. Pure; a proposal, never a fact."""

import re

from triage.intake.addresses import display_name, read_mailboxes

_LINES = 400
_HEADER_LINES = 8
_LEAD = r"[\s>*_|–—-]{0,80}"
_PASSED_ON = re.compile(
    _LEAD + r"(?:d[ée]but du |begin |anfang der |van )?(?:forwarded (?:message|e-?mail)"
    r"|(?:message|courriel|e-?mail) (?:transf[ée]r[ée]|r[ée]exp[ée]di[ée])"
    r"|doorgestuurde? (?:bericht|e-?mail)|weitergeleiteten? (?:nachricht|e-?mail|mail))\b",
    re.IGNORECASE,
)
_ORIGINAL = re.compile(
    _LEAD + r"(?:original message|message d['’]origine|message original|oorspronkelijk bericht"
    r"|urspr(?:ü|ue)ngliche nachricht)\b",
    re.IGNORECASE,
)
_FROM = re.compile(
    r"[\s>*_|]{0,20}(?:from|de|van|von|exp[ée]diteur|afzender|absender)[ *_]{0,4}:[ *_]{0,4}(.+)",
    re.IGNORECASE,
)
_SENT = re.compile(
    r"[\s>*_|]{0,20}(?:sent|date|envoy[ée](?: le)?|verzonden(?: op)?|datum|gesendet(?: am)?)"
    r"[ *_]{0,4}:",
    re.IGNORECASE,
)
_BRACKETED = re.compile(r"\[(?:mailto:)?([^\]\s]+@[^\]\s]+)\]", re.IGNORECASE)
_FORWARDS = re.compile(r"\s*(?:tr|fwd?|wg|doorst|i)\s*:", re.IGNORECASE)


def original_sender(subject: str, text: str) -> tuple[str, str] | None:
    """(name, address) of whoever wrote what this mail passes on; None when it passes nothing on."""
    lines = [line[:500] for line in text.splitlines()[:_LINES]]
    forwards = _FORWARDS.match(subject) is not None
    for number, line in enumerate(lines):
        if _PASSED_ON.match(line) or (forwards and _ORIGINAL.match(line)):
            return _first_sender(lines[number + 1 : number + 1 + _HEADER_LINES])
        if forwards and _FROM.match(line) and any(map(_SENT.match, lines[number + 1 : number + 4])):
            return _first_sender([line])
    return None


def is_passed_on(subject: str, line: str, *, in_block: bool) -> bool:
    """Whether the old mail that begins with `line`, perhaps in a block of headers, was passed on
    to us by this mail, rather than answered or passed on before."""
    if not _FORWARDS.match(subject):
        return False
    return in_block or _PASSED_ON.match(line[:500]) is not None


def _first_sender(lines: list[str]) -> tuple[str, str] | None:
    for line in lines:
        named = _FROM.match(line)
        written = _BRACKETED.sub(r"<\1>", named[1]).encode("utf-8", "replace") if named else b""
        found = read_mailboxes(written, 1)
        if found:
            return display_name(found[0].name), found[0].address
    return None
