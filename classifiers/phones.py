"""Telephone numbers in figures: Belgian ones in every grouping, foreign ones with their country."""

import re
from collections.abc import Iterator

from phonenumbers import (
    Leniency,
    NumberParseException,
    PhoneNumberFormat,
    PhoneNumberMatcher,
    format_number,
    is_valid_number,
    parse,
)

Found = tuple[str, int, int]
"""E.164, start, end."""

BEFORE, BEHIND = 3, 20
"""Characters around a likely number that belong to it: a bracket, an extension."""
CONTEXT = 40
FEWEST_FIGURES = 8
"""Of a number with one left out."""

_LIKELY = re.compile(r"(?:\+|\b0)\d?(?:[ ./()\-]{0,2}\d){7,}")
_SHORTENED = re.compile(
    r"[34](?<![\d+/.,\-][34])(?:(?<=4)[5-9]\d[ /.\-]?\d{2}(?P<sign>[ .\-]?)\d{2}(?P=sign)\d{2}"
    r"|(?P<land>(?<=3)[123]|(?<=3)52|(?<=4)[49])\d{8,11})(?![\d/]|[.,]\d)"
)
"""Without its nought, or without the plus before the country, as telephone systems write it."""
_MISTYPED = re.compile(
    r"0(?<![\d.,+/\-]0)\d{1,3}(?:[ ./\-]{1,2}\d{2,4}){1,3}(?:[ ./\-]\d{1,4})(?!\d)"
)
_CALLED_PHONE = re.compile(
    r"(?:\bt[ée]l|\bgsm|\bphone|t[ée]l[ée](?:ph|f)o|telefoon|mobile?\b|handy|portable|\bbel|\bcall"
    r"|appel|rappel|ruf|nummer is|num[ée]ro est)[\w .:°'#\-]{0,15}$",
    re.IGNORECASE,
)


def telephone_numbers(text: str) -> Iterator[Found]:
    for start, end in _regions(text):
        region = text[start:end]
        for match in PhoneNumberMatcher(region, "BE", leniency=Leniency.VALID, max_tries=1_000):
            value = format_number(match.number, PhoneNumberFormat.E164)
            yield value, start + match.start, start + match.end
    for short in _SHORTENED.finditer(text):
        value = _completed(text, short)
        if value:
            yield value, short.start(), short.end()


def mistyped(text: str) -> Iterator[Found]:
    """What is grouped like a Belgian number and is none: as it stands, start, end."""
    for match in _MISTYPED.finditer(text):
        if sum(map(str.isdecimal, match[0])) >= FEWEST_FIGURES:
            yield match[0], match.start(), match.end()


def _regions(text: str) -> Iterator[tuple[int, int]]:
    """Where a number may stand: the matcher is slow, and most of a text holds none."""
    start = end = -1
    for likely in _LIKELY.finditer(text):
        if likely.start() - BEFORE > end >= 0:
            yield start, end
            start = -1
        start = max(0, likely.start() - BEFORE) if start < 0 else start
        end = likely.end() + BEHIND
        while end < len(text) and text[end].isalnum():
            end += 1
    if start >= 0:
        yield start, end


def _completed(text: str, short: re.Match[str]) -> str:
    figures = "".join(filter(str.isdecimal, short[0]))
    grouped = bool(short["sign"]) or figures.startswith("324")
    before = text[max(0, short.start() - CONTEXT) : short.start()]
    if not grouped and not _CALLED_PHONE.search(before):
        return ""
    try:
        number = parse(f"+{figures}" if short["land"] else f"+32{figures}")
    except NumberParseException:
        return ""
    return format_number(number, PhoneNumberFormat.E164) if is_valid_number(number) else ""
