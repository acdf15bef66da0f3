"""Dates and quarters in what people write, in French, Dutch, German and English.

A date becomes `2020-03-12`, without a day `2020-03`, without a year `03-12`; a quarter becomes
`2020/2`, or `Q2` when no year is said.
"""

import re
from collections.abc import Iterator

Found = tuple[str, int, int]
"""What was meant, start, end."""

_MONTHS = (
    "janvier januari januar january janv jan",
    "février fevrier februari februar february févr fevr fév fev febr feb",
    "mars maart märz maerz march mrt mär",
    "avril april avr apr",
    "mai mei may",
    "juin juni june jun",
    "juillet juli july juil jul",
    "août aout augustus august aug",
    "septembre september sept sep",
    "octobre oktober october okt oct",
    "novembre november nov",
    "décembre decembre december dezember déc dec dez",
)
_MONTH = {name: month for month, names in enumerate(_MONTHS, 1) for name in names.split()}
_NAMED = "|".join(sorted(_MONTH, key=len, reverse=True))
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_YEAR = r"(?:19|20)\d\d"

_NUMERIC_DATE = re.compile(
    r"(?P<day>\d(?<![\d/.]\d)(?<!\d \d)(?<!\D\d-\d)(?<!\d{4}-\d)\d?)(?P<sign>[/.\-])"
    r"(?P<month>\d{1,2})(?P=sign)"
    rf"(?P<year>{_YEAR}|\d\d)(?![\d/]|\.\d|-\d(?!\d?(?P=sign)\d))"
)
_SORTED_DATE = re.compile(
    r"(?P<year>\d(?<![\d/.\-]\d)\d{3})(?P<sign>[/.\-])(?P<month>\d\d)(?P=sign)(?P<day>\d\d)"
    r"(?![\d/]|[.\-]\d)"
)
_DAY_FIRST = re.compile(
    r"(?P<day>\d(?<![\d,/\-]\d)\d?)(?: ?er|ers|ste|de|e|st|nd|rd|th|ᵉ|\.)?(?: of)?[ \-]"
    rf"(?P<month>{_NAMED})\b\.?(?:[ ,\-]{{1,2}}(?P<year>{_YEAR})(?!\d))?",
    re.IGNORECASE,
)
LONGEST_MONTH = 20
_MONTH_BEFORE = re.compile(rf"\b({_NAMED})\b\.?,?(?: de| van)? ?$", re.IGNORECASE)
_BEHIND_A_MONTH = re.compile(
    # "may 12 people": only a suffix or a year makes a day of a number behind a month.
    rf"\d(?<![\d/.,\-]\d)(?:(?<=[12])(?P<year>\d{{3}})(?![\d/])|(?P<day>\d?)"
    rf"(?:(?:st|nd|rd|th)\b(?:,? (?P<year_behind>{_YEAR})(?!\d))?"
    rf"|,? (?P<year_alone>{_YEAR})(?!\d)))"
)
_NUMERIC_MONTH = re.compile(rf"\d(?<![\d/.\-]\d)(?<=[01])(?P<month>\d)/(?P<year>{_YEAR})(?![\d/])")

_ORDINALS = {
    "1": "1 premier première premiere eerste erste ersten erstes erster first i",
    "2": "2 deuxième deuxieme second seconde tweede zweite zweiten zweites zweiter ii",
    "3": "3 troisième troisieme derde dritte dritten drittes dritter third iii",
    "4": "4 quatrième quatrieme vierde vierte vierten viertes vierter fourth iv",
}
_ORDER = {word: part for part, words in _ORDINALS.items() for word in words.split()}
_ORDER_WORD = "|".join(sorted((word for word in _ORDER if len(word) > 3), key=len, reverse=True))
_ENDING = r"(?: ?(?:ers?|re|[èei]{1,2}me|de|ste|st|nd|rd|th|e|er|ᵉʳ|ᵉ)\b|\.|°)"
_ORDINAL = rf"(?:\b(?:{_ORDER_WORD})\b|\b(?:[1-4]|I{{1,3}}|IV){_ENDING})"
_QUARTER = r"(?:trimestres?|trim\b|kwarta(?:al|len)|kwart\b|kw\b|quartale?n?s?\b|quarters?\b)\.?"
_OF = r"(?: (?:van|de|of|du|des|in|l'année|jahr|jahres|het jaar|l'an))?"
_JOINT = (
    r" ?(?:[,&/\-]|\b(?:et|en|und|and|ou|of|oder|or|à|au|tot|bis|to)\b)"
    r" ?(?:(?:le|het|the|das|dem) )?"
)
_SPELLED = re.compile(
    rf"(?P<parts>{_ORDINAL}(?:{_JOINT}{_ORDINAL}){{0,3}}) ?{_QUARTER}"
    rf"(?:{_OF},? ?(?P<year>20\d\d|'\d\d)(?!\d))?",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    rf"\b(?P<parts>[1-4]) ?(?:trimestre|trim|kwartaal|kwart|kw|quartal|quarter)\b\.?{_OF}"
    rf" ?(?P<year>20\d\d)(?!\d)",
    re.IGNORECASE,
)
_NUMBERED = re.compile(
    rf"\b{_QUARTER} ?(?P<parts>[1-4]|I{{1,3}}\b|IV\b)(?![\d.,]\d|\d|[a-z€%])"
    rf"(?: ?(?:[/\-]|van|de|of)? ?(?P<year>20\d\d)(?!\d))?",
    re.IGNORECASE,
)
_LETTERED = re.compile(
    r"(?<![^\W_])(?P<parts>[QTK]W?\.? ?[1-4](?:(?: ?[,&+/\-] ?| (?:et|en|und|and|à|tot|bis|to) )"
    r"[QTK]W?\.? ?[1-4]){0,3})(?: ?[/\-] ?| ?'| (?:van |de |of |in )?)?"
    r"(?P<year>20\d\d|[123]\d(?![/.,:]?\d| ?€))?(?!\w|[.,/]\d)",
    re.IGNORECASE,
)
_YEAR_FIRST = re.compile(
    r"(?P<year>2(?<![\d/.\-]2)0\d\d) ?(?:[/\-] ?|[/\-]? ?(?:Q|T|KW|K)\.? ?)(?P<parts>[1-4])"
    r"(?![\d.]\d|\d|[/\-]\d|\w)",
    re.IGNORECASE,
)
_YEAR_LAST = re.compile(r"(?P<parts>[1-4](?<![\d/.\-,][1-4]))/(?P<year>20\d\d)(?![\d/]|[.\-]\d)")
_WORDED = (_SPELLED, _COUNTED, _NUMBERED)
_MARK = re.compile(r"[tkqTKQ](?:rim|wart|uart|RIM|WART|UART|w\b|W\b)")
BEFORE_MARK, BEHIND_MARK = 70, 40
"""Characters around the word for a quarter that are looked at."""
_SHORT = (_YEAR_FIRST, _LETTERED, _YEAR_LAST)
_PART = re.compile(
    rf"(?P<word>{_ORDER_WORD})|(?P<figure>[1-4])|\b(?P<roman>IV|I{{1,3}})", re.IGNORECASE
)


def dates(text: str) -> Iterator[Found]:
    """Days with or without their year, and months with it; of two that overlap the first counts."""
    for pattern in (_NUMERIC_DATE, _SORTED_DATE, _DAY_FIRST):
        for match in pattern.finditer(text):
            written = _date(match["year"], match["month"], match["day"])
            if written:
                yield written, match.start(), match.end()
    for match in _NUMERIC_MONTH.finditer(text):
        month = int(text[match.start() : match.start() + 2])
        if 1 <= month <= 12:
            yield f"{match['year']}-{month:02d}", match.start(), match.end()
    for number in _BEHIND_A_MONTH.finditer(text):
        start = number.start()
        named = _MONTH_BEFORE.search(text, max(0, start - LONGEST_MONTH), start)
        if named is None:
            continue
        first = text[start]
        if number["year"]:
            written = f"{first}{number['year']}-{_MONTH[named[1].lower()]:02d}"
        else:
            year = number["year_behind"] or number["year_alone"]
            written = _date(year, named[1], first + number["day"])
        if written:
            yield written, named.start(), number.end()


def _date(year: str | None, month: str, day: str) -> str:
    number = _MONTH.get(month.lower()) or (int(month) if month.isdecimal() else 0)
    if not (1 <= number <= 12 and 1 <= int(day) <= _DAYS[number - 1]):
        return ""
    within = f"{number:02d}-{int(day):02d}"
    if not year:
        return within
    return f"{year if len(year) == 4 else '20' + year}-{within}"


def quarters(text: str) -> Iterator[Found]:
    """Quarters one by one, each with the year that is said for all of a list; of two that overlap
    the first counts."""
    for mark in _MARK.finditer(text):
        around = max(0, mark.start() - BEFORE_MARK), mark.end() + BEHIND_MARK
        for pattern in _WORDED:
            for match in pattern.finditer(text, *around):
                yield from _each(match)
    for pattern in _SHORT:
        for match in pattern.finditer(text):
            if pattern is not _LETTERED or _surely_a_quarter(match):
                yield from _each(match)


def _surely_a_quarter(match: re.Match[str]) -> bool:
    """Without a year, "Q2" is a quarter; "T2" and "K2" may be anything."""
    return match["year"] is not None or match["parts"][0] in "Qq"


def _each(match: re.Match[str]) -> Iterator[Found]:
    year = match["year"]
    if year and len(year) < 4:
        year = "20" + year[-2:]
    parts = list(_PART.finditer(match["parts"]))
    offset = match.start("parts")
    start = match.start()
    for place, part in enumerate(parts):
        last = place == len(parts) - 1
        end = match.end() if last else offset + part.end()
        number = _ORDER[part[0].lower()]
        yield (f"{year}/{number}" if year else f"Q{number}"), start, end
        start = end if last else offset + parts[place + 1].start()
