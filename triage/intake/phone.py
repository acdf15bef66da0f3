"""Telephone numbers as people and exchanges write them. Pure."""

import re

from phonenumbers import (
    NumberParseException,
    PhoneNumberFormat,
    PhoneNumberMatcher,
    format_number,
    is_valid_number,
    parse,
)

REGION = "BE"
_MOST = 5


def e164(written: str, region: str = REGION) -> str | None:
    """The number in international form, or None for short, withheld and impossible ones.

    Exchanges send foreign numbers without their plus sign: those get a second try with it.
    """
    found = _valid(written, region)
    digits = re.sub(r"\D", "", written)
    if found is None and not digits.startswith("0") and len(digits) >= 10 and "+" not in written:
        found = _valid(f"+{digits}", region)
    return found


def mentioned(text: str, region: str = REGION) -> list[str]:
    """The telephone numbers that a text names, at most five."""
    numbers = (match.number for match in PhoneNumberMatcher(text[:5_000], region))
    return list(dict.fromkeys(format_number(n, PhoneNumberFormat.E164) for n in numbers))[:_MOST]


def _valid(written: str, region: str) -> str | None:
    try:
        number = parse(written, region)
    except NumberParseException:
        return None
    return format_number(number, PhoneNumberFormat.E164) if is_valid_number(number) else None
