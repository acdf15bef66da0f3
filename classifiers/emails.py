"""E-mail addresses as they are typed, and as they are spelled: `amelie (at) example.be`."""

import re
from collections.abc import Iterator

Found = tuple[str, int, int]
"""The address in lower case, start, end."""

LONGEST_LOCAL = 64
_TYPED = re.compile(r"[\w.+\-]{1,64} ?@ ?[\w\-]{1,63}(?:\.[\w\-]{1,63}){0,5}\.[^\W\d_]{2,24}")
_NEXT_SENTENCE = re.compile(r"(?<=\.[a-z]{2})\.[A-Z][a-z]+$")
_MARKS = ("(a", "[a", "{a", "(ä", "[ä", " at ", " ät ", "arobase", "apenstaart")
_AT = re.compile(
    r" ?[(\[{](?:at|a|arobase|apenstaart(?:je)?|ät)[)\]}] ?| (?:at|arobase|apenstaart(?:je)?|ät) ",
    re.IGNORECASE,
)
_LOCAL = re.compile(r"(?<![\w.+\-])[\w.+\-]{1,64}$")
_DOMAIN = re.compile(
    r"[\w\-]{1,63}(?:(?:\.| ?[(\[{](?:dot|point|punt|punkt)[)\]}] ?| (?:dot|point|punt|punkt) )"
    r"[^\W\d_][\w\-]{0,62}){1,4}",
    re.IGNORECASE,
)
_DOT = re.compile(r" ?[(\[{]?\b(?:dot|point|punt|punkt)\b[)\]}]? ?", re.IGNORECASE)


def addresses(text: str) -> Iterator[Found]:
    if "@" in text:
        for match in _TYPED.finditer(text):
            written = _NEXT_SENTENCE.sub("", match[0])
            value = written.replace(" ", "").lower()
            yield value, match.start(), match.start() + len(written)
    lowered = text.lower()
    if any(mark in lowered for mark in _MARKS):
        yield from _spelled(text)


def _spelled(text: str) -> Iterator[Found]:
    """A bare "at" is believed only before a dot that is spelled too."""
    for at in _AT.finditer(text):
        local = _LOCAL.search(text, max(0, at.start() - LONGEST_LOCAL - 1), at.start())
        domain = _DOMAIN.match(text, at.end())
        if local is None or domain is None:
            continue
        if at[0].strip().lower() in {"at", "ät"} and not _DOT.search(domain[0]):
            continue
        yield f"{local[0]}@{_DOT.sub('.', domain[0])}".lower(), local.start(), domain.end()
