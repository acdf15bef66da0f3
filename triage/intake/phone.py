"""Telephone numbers as people and exchanges write them; pure but for the house's own region."""

import re
from dataclasses import dataclass

from phonenumbers import (
    NumberParseException,
    PhoneNumber,
    PhoneNumberFormat,
    PhoneNumberMatcher,
    format_number,
    is_valid_number,
    parse,
)

REGION = "BE"
_MOST = 5
_APART = re.compile(r";(?!\s*ext)|[|\n]", re.IGNORECASE)
_BETWEEN = re.compile(rf"\s+(?:/|ou|of|or|oder|et|en|and|und)\s+|,|{_APART.pattern}", re.IGNORECASE)
"""What people put between two numbers in one field."""
_region = [REGION]


def live_in(region: str) -> None:
    """National numbers are of this region (an ISO code) from now on."""
    _region[:] = [region.upper()]


@dataclass(frozen=True)
class Written:
    """A number as it was written; `e164` is None for short, withheld and impossible ones."""

    raw: str
    e164: str | None = None
    extension: str | None = None


def read(written: str, region: str | None = None) -> Written:
    """What a field of one number holds.

    Exchanges send foreign numbers without their plus sign: those get a second try with it.
    """
    found = _valid(written, region or _region[0])
    digits = re.sub(r"\D", "", written)
    if found is None and not digits.startswith("0") and len(digits) >= 10 and "+" not in written:
        found = _valid(f"+{digits}", region or _region[0])
    if found is None:
        return Written(written)
    return Written(written, format_number(found, PhoneNumberFormat.E164), found.extension or None)


def e164(written: str, region: str | None = None) -> str | None:
    """The number in international form, or None; of two in one field the first."""
    return next(iter(several(written, region)), None)


def several(written: str, region: str | None = None) -> list[str]:
    """All numbers of a field in which people wrote more than one, at most five."""
    whole = read(written, region).e164 if not _APART.search(written) else None
    if whole is not None:
        return [whole]
    found: list[str] = []
    for part in _BETWEEN.split(written[:400]):
        one = read(part, region).e164
        found += [one] if one else mentioned(part, region)
    return list(dict.fromkeys(found))[:_MOST]


def mentioned(text: str, region: str | None = None) -> list[str]:
    """The telephone numbers that a text names, at most five."""
    numbers = (match.number for match in PhoneNumberMatcher(text[:5_000], region or _region[0]))
    return list(dict.fromkeys(format_number(n, PhoneNumberFormat.E164) for n in numbers))[:_MOST]


def _valid(written: str, region: str) -> PhoneNumber | None:
    try:
        number = parse(written, region)
    except NumberParseException:
        return None
    return number if is_valid_number(number) else None
