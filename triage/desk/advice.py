"""What an agent should look at before an answer leaves. Pure; it warns and never forbids."""

import re
from collections.abc import Iterator
from enum import StrEnum

from classifiers import language

ENOUGH_WORDS = 6
"""Fewer say little about the language in which they are written."""


class Advice(StrEnum):
    """What may be wrong with an answer."""

    NO_SIGNATURE = "no_signature"
    OTHER_LANGUAGE = "other_language"
    TEXT_LANGUAGE = "text_language"
    NUMBER = "number"
    NO_FILE = "no_file"
    GREETING = "greeting"


_ENCLOSED = re.compile(
    r"\bci[- ]?(?:joint|annex[ée])e?s?\b|\ben (?:pi[èe]ce jointe|annexe)\b|\bpi[èe]ces? jointes?\b|"
    r"\b(?:in|als) (?:de )?bijlagen?\b|\bbijgevoegde?\b|\bbijgaande?\b|"
    r"\bim anhang\b|\banbei\b|\bbeigef[üu]gt\w*\b|\bbeiliegend\w*\b|"
    r"\battached\b|\benclosed\b|\bin (?:the )?attachment\b",
    re.I,
)
_EMPTY_GREETING = re.compile(
    r"\s*(?:ch[èe]re?|geachte|beste|liebe[r]?|sehr geehrte[r]?|dear)"
    r"(?: (?:monsieur|madame|heer|mevrouw|herr|frau|mr|mrs|ms)\.?)?\s*[,!:]?\s*",
    re.I,
)
_TITLED = re.compile(r"(?:ch[èe]re?) (?:monsieur|madame)|geachte (?:heer|mevrouw)", re.I)


def advice(
    text: str,
    *,
    written_in: str,
    client_speaks: str | None,
    has_signature: bool,
    has_files: bool,
    has_number: bool,
) -> Iterator[Advice]:
    """What to look at, the gravest first."""
    if has_number:
        yield Advice.NUMBER
    if client_speaks is not None and written_in != client_speaks:
        yield Advice.OTHER_LANGUAGE
    if len(text.split()) >= ENOUGH_WORDS and language.detect(text, written_in) != written_in:
        yield Advice.TEXT_LANGUAGE
    if not has_files and _ENCLOSED.search(text):
        yield Advice.NO_FILE
    if greets_nobody(text):
        yield Advice.GREETING
    if not has_signature:
        yield Advice.NO_SIGNATURE


def greets_nobody(text: str) -> bool:
    """Whether the first line greets somebody whose name is missing."""
    first = text.strip().split("\n", 1)[0]
    return bool(_EMPTY_GREETING.fullmatch(first)) and not _TITLED.match(first.strip())
