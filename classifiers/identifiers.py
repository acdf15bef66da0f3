"""Identifiers in what people write: IBAN, OGM, NISS, KBO, phone, e-mail address, quarter.

One scan, two outputs: `find` tags what passes its checksum, `mask` hides whatever has the shape,
because a register number with a typo is still a register number.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from phonenumbers import Leniency, PhoneNumberFormat, PhoneNumberMatcher, format_number
from stdnum import iban
from stdnum.be import ogm_vcs, ssn, vat
from stdnum.exceptions import ValidationError

SHORTEST_IBAN = 14
"""With one digit forgotten."""
LONGEST = 50_000
"""Characters that are scanned; what lies beyond is never shown, indexed or learned."""


class Kind(StrEnum):
    IBAN = "iban"
    OGM = "ogm"
    NISS = "niss"
    KBO = "kbo"
    PHONE = "phone"
    EMAIL = "email"
    QUARTER = "quarter"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Identifier:
    """A span of the text: `value` in its written standard form, `valid` when its checksum holds."""

    kind: Kind
    value: str
    start: int
    end: int
    valid: bool = True
    field: str = "text"

    @property
    def masked(self) -> str:
        return _MASKS[self.kind](self.value)


def find(text: str, field: str = "text") -> list[Identifier]:
    """Tag every identifier whose checksum or form holds, in order, without overlap."""
    return [
        replace(found, field=field)
        for found in scan(text)
        if found.valid and found.kind is not Kind.NUMBER
    ]


def mask(text: str) -> str:
    """Hide by shape all that may identify a person; only a tail stays readable."""
    return rewrite(text, lambda found: found.masked)


def rewrite(text: str, written: Callable[[Identifier], str]) -> str:
    """Replace each identifying span; quarters name no one and stay."""
    parts: list[str] = []
    position = 0
    text = text[:LONGEST]
    for found in scan(text):
        if found.kind is Kind.QUARTER:
            continue
        parts += text[position : found.start], written(found)
        position = found.end
    parts.append(text[position:])
    return "".join(parts)


def scan(text: str) -> list[Identifier]:
    """All spans by shape, longest kinds first: numbers of 10, 11 and 12 digits hide in another."""
    text = text[:LONGEST]
    free = text
    spans: list[Identifier] = []
    for reader in _READERS if _DIGIT.search(text) or "@" in text else _WORD_READERS:
        for found in reader(free):
            spans.append(found)
            free = free[: found.start] + "\0" * (found.end - found.start) + free[found.end :]
    return sorted(spans, key=lambda found: found.start)


_DIGIT = re.compile(r"\d")
_SEPARATOR = r"[ ./\-\u00a0\u2010-\u2015]"
_EMAIL = re.compile(r"[\w.+\-]{1,64}@[\w\-]{1,63}(?:\.[\w\-]{1,63}){1,6}")
_IBAN = re.compile(
    r"(?<![^\W_])[A-Z]{2}\d{2}(?:[ .\-\u00a0]{0,2}[A-Z0-9]{2,4}){2,8}(?![^\W_])", re.IGNORECASE
)
_OGM = re.compile(
    r"(?P<mark>[+*]{1,3}) ?(?P<marked>\d{3} ?/? ?\d{4} ?/? ?\d{5}) ?[+*]{1,3}"
    r"|(?<![\d+/])(?P<slashed>\d{3} ?/ ?\d{4} ?/ ?\d{5})(?![\d/])"
    r"|(?<![\d+/.])(?P<plain>\d{12})(?![\d/])"
)
_NISS = re.compile(
    rf"(?<![\d+])\d{{2}}{_SEPARATOR}?\d{{2}}{_SEPARATOR}?\d{{2}}"
    rf"{_SEPARATOR}{{0,3}}\d{{3}}{_SEPARATOR}{{0,3}}\d{{2}}(?!\d)"
)
_NISS_TYPO = re.compile(
    r"(?<!\d)\d{2}[./\-]\d{2}[./\-]\d{2} ?[\-/] ?\d{2,4} ?[./ \-] ?\d{1,3}(?!\d)"
)
_KBO = re.compile(
    rf"(?<![\d+])(?P<land>BE{_SEPARATOR}?)?(?P<digits>[01]?\d{{3}}{_SEPARATOR}?\d{{3}}{_SEPARATOR}?\d{{3}})(?!\d)",
    re.IGNORECASE,
)
_KBO_WRITTEN = re.compile(r"[01]\d{3}\.\d{3}\.\d{3}")
_PHONE_HINT = re.compile(r"(?:\+|\b0)\d?(?:[ ./()\-]{0,2}\d){7,}")
_NUMBER = re.compile(r"\d{6,}|(?<!\d)\d{3}-\d{7}-\d{2}(?!\d)")
_YEAR = r"(?P<year>20\d\d)"
_ORDINALS = {
    **dict.fromkeys(("1", "premier", "eerste", "erste", "ersten", "erstes", "first"), "1"),
    **dict.fromkeys(("2", "deuxième", "deuxieme", "second", "tweede", "zweite", "zweiten"), "2"),
    **dict.fromkeys(("3", "troisième", "troisieme", "derde", "dritte", "dritten", "third"), "3"),
    **dict.fromkeys(("4", "quatrième", "quatrieme", "vierde", "vierte", "vierten", "fourth"), "4"),
}
_QUARTER_WORD = r"(?:trimestres?|trim|kwartaal|kwart|kw|quartals?|quartier|quarter)\b\.?"
_QUARTERS = (
    re.compile(rf"(?<![\d/.\-]){_YEAR} ?[/\-] ?(?P<part>[1-4])(?![\d.]|[/\-]\d)"),
    re.compile(rf"(?<![\d/.\-]){_YEAR} ?[/\-]? ?(?:Q|T|K|KW)\.? ?(?P<part>[1-4])(?!\w)", re.I),
    re.compile(rf"\b(?:Q|T|K|KW)\.? ?(?P<part>[1-4]) ?[/\- ]? ?{_YEAR}(?!\w)", re.I),
    re.compile(
        rf"\b(?P<part>[1-4]|{'|'.join(word for word in _ORDINALS if word.isalpha())})"
        rf"(?: ?(?:ers?|re|e|[èei]{{0,2}}me|de|ste|st|nd|rd|th)\b|\.)? ?{_QUARTER_WORD}"
        rf" ?(?:van|de|of|du|des|in|l'année|jahr|jahres|het jaar)? ?{_YEAR}(?!\d)",
        re.I,
    ),
    re.compile(rf"\b{_QUARTER_WORD} ?(?P<part>[1-4]) ?(?:[/\-]|van|de|of)? ?{_YEAR}(?!\d)", re.I),
)


def _emails(text: str) -> Iterator[Identifier]:
    if "@" in text:
        for match in _EMAIL.finditer(text):
            yield Identifier(Kind.EMAIL, match[0].lower(), match.start(), match.end())


def _ibans(text: str) -> Iterator[Identifier]:
    for match in _IBAN.finditer(text):
        found = _iban(match[0], match.start())
        # A VAT number begins alike and is shorter than the shortest account number.
        if found.valid or sum(map(str.isalnum, found.value)) >= SHORTEST_IBAN:
            yield found


def _iban(written: str, start: int) -> Identifier:
    """Cut at the word where the checksum holds: what follows an account number is often a word."""
    cuts = [len(written), *(space.start() for space in re.finditer(r"[ .\-\u00a0]", written))]
    for cut in sorted(cuts, reverse=True):
        try:
            value = iban.validate(written[:cut], check_country=False)
        except ValidationError:
            continue
        grouped = " ".join(value[index : index + 4] for index in range(0, len(value), 4))
        return Identifier(Kind.IBAN, grouped, start, start + cut)
    digits = re.match(r"[A-Za-z]{2}(?:[ .\-\u00a0]{0,2}\d)+", written)
    shown = digits[0] if digits and len(_figures(digits[0])) >= 8 else written
    return Identifier(Kind.IBAN, shown.upper(), start, start + len(shown), valid=False)


def _ogms(text: str) -> Iterator[Identifier]:
    for match in _OGM.finditer(text):
        digits = _figures(match[0])
        valid = ogm_vcs.is_valid(digits)
        if valid or match["plain"] is None:
            value = f"+++{digits[:3]}/{digits[3:7]}/{digits[7:]}+++"
            yield Identifier(Kind.OGM, value, match.start(), match.end(), valid)


def _register_numbers(text: str) -> Iterator[Identifier]:
    for match in _NISS.finditer(text):
        digits = _figures(match[0])
        value = f"{digits[:2]}.{digits[2:4]}.{digits[4:6]}-{digits[6:9]}.{digits[9:]}"
        valid = ssn.is_valid(digits)
        if valid or _looks_dated(digits):
            yield Identifier(Kind.NISS, value, match.start(), match.end(), valid)


def _mistyped_register_numbers(text: str) -> Iterator[Identifier]:
    for match in _NISS_TYPO.finditer(text):
        yield Identifier(Kind.NISS, match[0], match.start(), match.end(), valid=False)


def _enterprise_numbers(text: str) -> Iterator[Identifier]:
    for match in _KBO.finditer(text):
        digits = _figures(match["digits"]).zfill(10)
        named = match["land"] is not None
        short = len(_figures(match["digits"])) == 9
        valid = vat.is_valid(digits) and (named or not short or "." in match["digits"])
        if valid or named or _KBO_WRITTEN.fullmatch(match["digits"]):
            value = f"{digits[:4]}.{digits[4:7]}.{digits[7:]}"
            yield Identifier(Kind.KBO, value, match.start(), match.end(), valid)


def _phones(text: str) -> Iterator[Identifier]:
    if not _PHONE_HINT.search(text):
        return
    for match in PhoneNumberMatcher(text, "BE", leniency=Leniency.VALID, max_tries=1_000):
        value = format_number(match.number, PhoneNumberFormat.E164)
        yield Identifier(Kind.PHONE, value, match.start, match.end)


def _numbers(text: str) -> Iterator[Identifier]:
    for match in _NUMBER.finditer(text):
        yield Identifier(Kind.NUMBER, match[0], match.start(), match.end(), valid=False)


def _quarters(text: str) -> Iterator[Identifier]:
    taken: list[tuple[int, int]] = []
    for pattern in _QUARTERS:
        for match in pattern.finditer(text):
            if any(start < match.end() and match.start() < end for start, end in taken):
                continue
            taken.append(match.span())
            part = _ORDINALS[match["part"].lower()]
            yield Identifier(Kind.QUARTER, f"{match['year']}/{part}", match.start(), match.end())


def _figures(written: str) -> str:
    return "".join(character for character in written if character.isdecimal())


def _looks_dated(digits: str) -> bool:
    """Months 01-12, with 20 or 40 added for a BIS number; day 00 when the birth date is unknown."""
    return int(digits[2:4]) % 20 <= 12 and int(digits[2:4]) < 53 and int(digits[4:6]) <= 31


_READERS = (
    _emails,
    _ibans,
    _ogms,
    _register_numbers,
    _mistyped_register_numbers,
    _enterprise_numbers,
    _quarters,
    _phones,
    _numbers,
)
_WORD_READERS: tuple[Callable[[str], Iterator[Identifier]], ...] = ()


def _hidden(value: str, shown: int) -> str:
    """Dots for all letters and digits but the last `shown`; separators keep the shape."""
    left = sum(map(str.isalnum, value)) - shown
    masked = ""
    for character in value:
        if character.isalnum():
            masked += "•" if left > 0 else character
            left -= 1
        else:
            masked += character
    return masked


_MASKS: dict[Kind, Callable[[str], str]] = {
    Kind.IBAN: lambda value: _hidden(value, 4),
    Kind.OGM: lambda value: _hidden(value, 3),
    Kind.NISS: lambda value: _hidden(value, 2),
    Kind.KBO: lambda value: _hidden(value, 3),
    Kind.PHONE: lambda value: _hidden(value, 2),
    Kind.EMAIL: lambda value: "•••@" + value.partition("@")[2],
    Kind.QUARTER: lambda value: value,
    Kind.NUMBER: lambda value: _hidden(value, 2),
}
