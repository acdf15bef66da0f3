"""Identifiers in what people write: IBAN, OGM, NISS, KBO, phone, e-mail, amount, date, quarter.

One scan, two outputs: `find` tags what passes its checksum, `mask` hides whatever has the shape,
because a register number with a typo is still a register number.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from stdnum import iban
from stdnum.be import ogm_vcs, ssn, vat
from stdnum.exceptions import ValidationError

from classifiers import dates, emails, phones, spoken

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
    AMOUNT = "amount"
    DATE = "date"
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
    """Replace each identifying span; amounts, dates and quarters name no one and stay."""
    parts: list[str] = []
    position = 0
    text = text[:LONGEST]
    for found in scan(text):
        if found.kind in _NAMELESS:
            continue
        parts += text[position : found.start], written(found)
        position = found.end
    parts.append(text[position:])
    return "".join(parts)


def scan(text: str) -> list[Identifier]:
    """All spans by shape, longest kinds first: numbers of 10, 11 and 12 digits hide in another."""
    text = text[:LONGEST]
    free = text
    taken = bytearray(len(text))
    spans: list[Identifier] = []
    for reader in _likely_readers(text):
        known = len(spans)
        for found in reader(free):
            if taken.find(1, found.start, found.end) < 0:
                taken[found.start : found.end] = b"\1" * (found.end - found.start)
                spans.append(found)
        if len(spans) > known:
            free = _without(free, spans[known:])
    return sorted(spans, key=lambda found: found.start)


def _without(text: str, spans: list[Identifier]) -> str:
    parts: list[str] = []
    position = 0
    for found in sorted(spans, key=lambda found: found.start):
        parts += text[position : found.start], "\0" * (found.end - found.start)
        position = found.end
    return "".join(parts) + text[position:]


def _likely_readers(text: str) -> "tuple[Reader, ...]":
    """Most texts hold no long number, and many hold no figure at all."""
    if not _FIGURE.search(text):
        return _OF_WORDS
    return _OF_LONG_NUMBERS if _LONG_NUMBER.search(text) else _OF_FIGURES


_NAMELESS = frozenset({Kind.AMOUNT, Kind.DATE, Kind.QUARTER})

_SEPARATOR = r"[ ./\-\u00a0\u2010-\u2015]"
_FIGURE = re.compile(r"[\d@]")
_LONG_NUMBER = re.compile(r"\d(?:[^\w@]{0,4}\d){8}")
_IBAN = re.compile(
    r"(?<![^\W_])[A-Z]{2}\d{2}(?:[ .\-\u00a0]{0,2}[A-Z0-9]{2,4}){2,8}(?![^\W_])"
    r"|(?<![^\W_])[A-Z]{2}[ .\-]\d\d(?:[ .\-]?\d{4}){3,6}(?:[ .\-]?\d{1,3})?(?![^\W_])",
    re.IGNORECASE,
)
_OGM = re.compile(r"[+*]{1,3} ?\d{3} ?/? ?\d{4} ?/? ?\d{5} ?[+*]{1,3}")
_OGM_BARE = re.compile(
    r"\d(?<![\d+/]\d)(?:\d\d ?/ ?\d{4} ?/ ?\d{5}"
    r"|(?<!\.\d)(?P<plain>\d{11}|\d\d(?P<sign>[ .\-])\d{4}(?P=sign)\d{5}))(?![\d/])"
)
# Patterns begin with a digit and look back from there: several times as fast.
_NISS = re.compile(
    rf"\d(?<![\d+]\d)\d{_SEPARATOR}?\d{{2}}{_SEPARATOR}?\d{{2}}"
    rf"{_SEPARATOR}{{0,3}}\d{{3}}{_SEPARATOR}{{0,3}}\d{{2}}(?!\d)"
)
_NISS_TYPO = re.compile(
    r"\d(?<![\d./\-]\d)\d[./\-]\d{2}[./\-]\d{2} ?[\-/] ?\d{2,4} ?[./ \-] ?\d{1,3}"
    r"(?![./\-]?\d)"
)
_KBO = re.compile(
    rf"\d(?<![\d+]\d)(?:\d{{2}}|(?<=[01])\d{{3}}){_SEPARATOR}?\d{{3}}{_SEPARATOR}?\d{{3}}"
    r"(?!\d|,\d| ?(?:€|[eE][uU][rR]))"
)
_LAND = re.compile(rf"(?<![^\W_])BE{_SEPARATOR}?$", re.IGNORECASE)
_KBO_WRITTEN = re.compile(r"[01]\d{3}\.\d{3}\.\d{3}")
_CALLED_ENTERPRISE = re.compile(
    r"(?:\b(?:btw|tva|kbo|bce|vat|mwst|ust|zdu)|ondernem|entrepri|unternehm|enterpri|company)"
    r"[\w .:°'#\-]{0,25}$",
    re.IGNORECASE,
)
_CALLED_PAPER = re.compile(
    r"(?:factu|rechnung|invoice|bestel|commande|\border|offerte|devis|angebot|quot|\bbon\b|colis"
    r"|pak(?:ket|et)|parcel|tracking|s[ée]rie|serial)[\w .:°'#\-]{0,15}$",
    re.IGNORECASE,
)
"""Whose number is no person's and no enterprise's, whatever its checksum says by chance."""
_CONTEXT = 40
"""Characters before a number that may say what it is."""
_NUMBER = re.compile(r"\d(?:\d{5,}|(?<!\d\d)\d\d-\d{7}-\d{2}(?!\d))")
_GROUPED = re.compile(r"\d(?<![\d.,]\d)\d+(?:[ ./\-]\d{2,}){2,}(?!\d|,\d)")
FEWEST_FIGURES = 9
"""Of a number in groups that is hidden whatever it is: a card, a contract."""
_SUM = (
    r"(?P<sum>\d(?<![\d.,/]\d)(?:\d{0,2}(?:[.' \u00a0\u202f]\d{3})+"
    r"|\d{0,2}(?:,\d{3})+(?=\.\d\d)|\d{0,8})(?:[.,]\d{1,2}|,-)?)"
)
_AMOUNTS = (
    re.compile(rf"{_SUM} ?(?:€|[eE][uU][rR](?:[oO][sS]?)?\b)"),
    re.compile(rf"(?:€|[eE](?<![^\W_].)[uU][rR](?:[oO][sS]?)?) ?{_SUM}(?![\d/]|[.,]\d)"),
    re.compile(r"(?P<sum>\d(?<![\d.,/\-]\d)\d{0,2}(?:[. ]\d{3})+,\d\d)(?![\d/]|[.,]\d)"),
)
_SPLIT_SUM = re.compile(r"(.*?)(?:[.,](\d{1,2}|-))?", re.DOTALL)


def _emails(text: str) -> Iterator[Identifier]:
    for value, start, end in emails.addresses(text):
        yield Identifier(Kind.EMAIL, value, start, end)


def _ibans(text: str) -> Iterator[Identifier]:
    for match in _IBAN.finditer(text):
        found = _iban(match[0], match.start())
        # A VAT number begins alike and is shorter than the shortest account number; "de 12 2020"
        # is no country with a space behind it.
        long = sum(map(str.isalnum, found.value)) >= SHORTEST_IBAN
        if found.valid or (long and (match[0][2].isdecimal() or match[0][:2].upper() == "BE")):
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
        yield _ogm(match, ogm_vcs.is_valid(_figures(match[0])))
    for match in _OGM_BARE.finditer(text):
        valid = ogm_vcs.is_valid(_figures(match[0]))
        plain = match["plain"] is not None
        if not plain or (valid and not _called(_CALLED_PAPER, text, match.start())):
            yield _ogm(match, valid)


def _ogm(match: re.Match[str], valid: bool) -> Identifier:
    digits = _figures(match[0])
    value = f"+++{digits[:3]}/{digits[3:7]}/{digits[7:]}+++"
    return Identifier(Kind.OGM, value, match.start(), match.end(), valid)


def _register_numbers(text: str) -> Iterator[Identifier]:
    for match in _NISS.finditer(text):
        digits = _figures(match[0])
        if not _grouped_as_a_register_number(match[0]):
            continue
        value = f"{digits[:2]}.{digits[2:4]}.{digits[4:6]}-{digits[6:9]}.{digits[9:]}"
        valid = ssn.is_valid(digits) and digits[6:9] != "000"
        if valid and match[0].isdecimal() and _called(_CALLED_PAPER, text, match.start()):
            valid = False
        if valid or _looks_dated(digits):
            yield Identifier(Kind.NISS, value, match.start(), match.end(), valid)


def _mistyped_register_numbers(text: str) -> Iterator[Identifier]:
    for match in _NISS_TYPO.finditer(text):
        yield Identifier(Kind.NISS, match[0], match.start(), match.end(), valid=False)


def _enterprise_numbers(text: str) -> Iterator[Identifier]:
    for match in _KBO.finditer(text):
        written, start = match[0], match.start()
        digits = _figures(written).zfill(10)
        land = _LAND.search(text, max(0, start - 4), start)
        holds = vat.is_valid(digits)
        shaped = _KBO_WRITTEN.fullmatch(written) is not None
        if land is None and not holds and not shaped:
            continue
        if land is None and written.isdecimal() and _called(_CALLED_PAPER, text, start):
            continue
        short = len(_figures(written)) == 9
        named = land is not None or not short or "." in written
        valid = holds and (named or _called(_CALLED_ENTERPRISE, text, start))
        if valid or land or shaped:
            value = f"{digits[:4]}.{digits[4:7]}.{digits[7:]}"
            yield Identifier(Kind.KBO, value, land.start() if land else start, match.end(), valid)


def _called(name: re.Pattern[str], text: str, start: int) -> bool:
    """Whether the words just before a number say what it is."""
    return name.search(text[max(0, start - _CONTEXT) : start]) is not None


def _quarters(text: str) -> Iterator[Identifier]:
    for value, start, end in dates.quarters(text):
        yield Identifier(Kind.QUARTER, value, start, end)


def _dates(text: str) -> Iterator[Identifier]:
    for value, start, end in dates.dates(text):
        yield Identifier(Kind.DATE, value, start, end)


def _amounts(text: str) -> Iterator[Identifier]:
    for pattern in _AMOUNTS:
        for match in pattern.finditer(text):
            split = _SPLIT_SUM.fullmatch(match["sum"])
            assert split is not None  # it matches any sum
            whole, cents = split.groups()
            value = f"{_figures(whole)}.{(cents or '').strip('-'):0<2} EUR"
            yield Identifier(Kind.AMOUNT, value, match.start(), match.end())


def _numbers(text: str) -> Iterator[Identifier]:
    for match in _GROUPED.finditer(text):
        years = all(group[:2] in ("19", "20") for group in re.findall(r"\d+", match[0]))
        if len(_figures(match[0])) >= FEWEST_FIGURES and not years:
            yield Identifier(Kind.NUMBER, match[0], match.start(), match.end(), valid=False)
    for match in _NUMBER.finditer(text):
        yield Identifier(Kind.NUMBER, match[0], match.start(), match.end(), valid=False)


def _spoken_phones(text: str) -> Iterator[Identifier]:
    for value, start, end in spoken.telephone_numbers(text):
        yield Identifier(Kind.PHONE, value, start, end)


def _phones(text: str) -> Iterator[Identifier]:
    for value, start, end in phones.telephone_numbers(text):
        if text[start:end].isdecimal() and _called(_CALLED_PAPER, text, start):
            continue
        yield Identifier(Kind.PHONE, value, start, end)


def _mistyped_phones(text: str) -> Iterator[Identifier]:
    for value, start, end in phones.mistyped(text):
        yield Identifier(Kind.NUMBER, value, start, end, valid=False)


def _figures(written: str) -> str:
    return "".join(character for character in written if character.isdecimal())


def _grouped_as_a_register_number(written: str) -> bool:
    """Separators, if there are any, part the date from what follows: not a "0221 4710334"."""
    groups = [len(group) for group in re.findall(r"\d+", written)]
    return groups[0] >= 9 or 6 in (sum(groups[:count]) for count in range(1, 4))


def _looks_dated(digits: str) -> bool:
    """Months 01-12, with 20 or 40 added for a BIS number; day 00 when the birth date is unknown."""
    return int(digits[2:4]) % 20 <= 12 and int(digits[2:4]) < 53 and int(digits[4:6]) <= 31


Reader = Callable[[str], Iterator[Identifier]]
_OF_LONG_NUMBERS: tuple[Reader, ...] = (
    _emails,
    _ibans,
    _ogms,
    _register_numbers,
    _mistyped_register_numbers,
    _enterprise_numbers,
    _quarters,
    _dates,
    _amounts,
    _spoken_phones,
    _phones,
    _mistyped_phones,
    _numbers,
)
_OF_FIGURES: tuple[Reader, ...] = (
    _emails,
    _quarters,
    _dates,
    _amounts,
    _spoken_phones,
    _mistyped_phones,
    _numbers,
)
_OF_WORDS: tuple[Reader, ...] = (_emails, _quarters, _spoken_phones)


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
    Kind.AMOUNT: lambda value: value,
    Kind.DATE: lambda value: value,
    Kind.QUARTER: lambda value: value,
    Kind.NUMBER: lambda value: _hidden(value, 2),
}
