"""French as it is set: no line breaks before ? ! ; : nor inside « ». Pure.

An ordinary space becomes one that does not break; none is added, so nothing that is no French text
(an address, an hour, a number) is changed.
"""

import re
from re import Match

WIDE, NARROW = "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}"
_SPACE = f"[ {WIDE}{NARROW}]+"
_BEFORE = re.compile(rf"(?:(?<=[^\s])|^){_SPACE}(?:([?!;])|([:»]))(?![\w/=\-])")
_AFTER = re.compile(rf"«{_SPACE}")
_UNTOUCHED = re.compile(
    r"<(textarea|script|style|pre|code)\b.*?</\1\s*>|<[^>]*>|([^<]+)", re.DOTALL | re.IGNORECASE
)
_FRENCH_PAGE = re.compile(r"\s*<!doctype html>\s*<html lang=\"fr\"", re.IGNORECASE)


def french(text: str) -> str:
    """The same words, with the spaces of a French typesetter: narrow before ? ! and ;."""
    return _AFTER.sub(f"«{WIDE}", _BEFORE.sub(_held, text))


def _held(found: Match[str]) -> str:
    return f"{NARROW}{found[1]}" if found[1] else f"{WIDE}{found[2]}"


def in_language(text: str, language: str) -> str:
    return french(text) if language == "fr" else text


def page(html: str) -> str:
    """A page whose language is French; what stands in tags or is typed into fields stays."""
    if not _FRENCH_PAGE.match(html):
        return html
    return _UNTOUCHED.sub(lambda found: french(found[2]) if found[2] else found[0], html)
