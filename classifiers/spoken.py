"""Telephone numbers said in words, as call notes and dictated mails hold them: FR, NL, DE, EN."""

import re
import unicodedata
from collections.abc import Iterator, Sequence

from phonenumbers import (
    NumberParseException,
    PhoneNumberFormat,
    format_number,
    is_valid_number,
    parse,
)

LONGEST = 220
"""Characters behind the first nought that are read."""
FEWEST_DIGITS, MOST_DIGITS = 8, 16

_OPENING = re.compile(r"\b(?:z[ée]ro|nul|null|oh|plus)(?=[ ,.\-])", re.IGNORECASE)
_MARKS = ("zéro", "zero", "nul", "oh", "plus")
_TOKEN = re.compile(r"[^\W\d_]+|\d{1,9}")
_GAP = re.compile(r"[ ,.;/\-]{0,3}")
_JOINING = frozenset({"et", "and"})
_REPEATED = {"double": 2, "dubbel": 2, "doppel": 2, "triple": 3}

_UNITS = (
    "zero nul null oh",
    "un une een eins ein one",
    "deux twee zwei zwo two",
    "trois drie drei three",
    "quatre vier four",
    "cinq vijf funf fuenf five",
    "six zes sechs",
    "sept zeven sieben seven",
    "huit acht eight",
    "neuf negen neun nine",
)
_TEENS = (
    "dix tien zehn ten",
    "onze elf eleven",
    "douze twaalf zwolf twelve",
    "treize dertien dreizehn thirteen",
    "quatorze veertien vierzehn fourteen",
    "quinze vijftien funfzehn fifteen",
    "seize zestien sechzehn sixteen",
    "zeventien siebzehn seventeen",
    "achttien achtzehn eighteen",
    "negentien neunzehn nineteen",
)
_OPEN_TENS = {
    "vingt": 20,
    "trente": 30,
    "quarante": 40,
    "cinquante": 50,
    "soixante": 60,
    "septante": 70,
    "huitante": 80,
    "octante": 80,
    "nonante": 90,
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "seventy": 70,
    "eighty": 80,
    "ninety": 90,
}
"""French and English say the unit afterwards, Dutch and German before, in one word."""
_CLOSED_TENS = {
    "nl": "twintig dertig veertig vijftig zestig zeventig tachtig negentig",
    "de": "zwanzig dreissig vierzig funfzig sechzig siebzig achtzig neunzig",
}
_BEFORE_TENS = {
    "nl": "een twee drie vier vijf zes zeven acht negen",
    "de": "ein zwei drei vier funf sechs sieben acht neun",
}
_AND = {"nl": "en", "de": "und"}
_HUNDREDS = frozenset({"cent", "cents", "honderd", "hundert", "hundred"})


def telephone_numbers(text: str) -> Iterator[tuple[str, int, int]]:
    """Each number that is valid in Belgium or with its country: E.164, start, end."""
    lowered = text.lower()
    if not any(mark in lowered for mark in _MARKS):
        return
    read = 0
    for opening in _OPENING.finditer(text):
        if opening.start() < read:
            continue
        sign, said = _dictated(text, opening.start())
        number, read = _valid(sign, said) or ("", said[-1][1] if said else opening.end())
        if number:
            yield number, opening.start(), read


def _dictated(text: str, start: int) -> tuple[str, list[tuple[str, int]]]:
    """The sign of an international number if it was said, then the figures said in a row, each
    with the place where it ends."""
    words: list[tuple[str, int]] = []
    place = start
    for token in _TOKEN.finditer(text, start, start + LONGEST):
        if _GAP.fullmatch(text, place, token.start()) is None:
            break
        word = _plain(token[0])
        if word == "plus" and not words and place == start:
            place = token.end()
            continue
        if not (word.isdecimal() or word in _JOINING or word in _VALUES or word in _SPECIAL):
            break
        words.append((word, token.end()))
        place = token.end()
    sign = "+" if _plain(text[start : start + 4]) == "plus" else ""
    return sign, _figures(words)


def _figures(words: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    """Said words as written figures: "quatre cent septante-cinq" is one number, 475."""
    said: list[tuple[str, int]] = []
    place = 0
    while place < len(words):
        word, _ = words[place]
        if word.isdecimal():
            figure, after = word, place + 1
        elif word in _REPEATED:
            follows = _VALUES.get(words[place + 1][0]) if place + 1 < len(words) else None
            if follows is None or follows > 9:
                break
            figure, after = str(follows) * _REPEATED[word], place + 2
        else:
            value, after = _number(words, place)
            if value is None:
                break
            figure = str(value)
        said.append((figure, words[after - 1][1]))
        place = after
    return said


def _number(words: Sequence[tuple[str, int]], place: int) -> tuple[int | None, int]:
    """The number said from this word on, and the place behind it."""
    hundreds, after = 0, place
    first = _word(words, place)
    if first in _HUNDREDS:
        hundreds, after = 100, place + 1
    elif _VALUES.get(first, 0) in range(2, 10) and _word(words, place + 1) in _HUNDREDS:
        hundreds, after = 100 * _VALUES[first], place + 2
    if hundreds and _word(words, after) in _JOINING:
        after += 1
    low, behind = _below_hundred(words, after)
    if hundreds:
        return (hundreds + low, behind) if low else (hundreds, after)
    return low, behind


def _below_hundred(words: Sequence[tuple[str, int]], place: int) -> tuple[int | None, int]:
    first = _word(words, place)
    value = _VALUES.get(first)
    if value is None:
        return None, place
    after = place + 1
    if first == "quatre" and _word(words, after) in {"vingt", "vingts"}:
        value, after = 80, after + 1
    elif first not in _OPEN_TENS:
        return value, after
    step = after + 1 if _word(words, after) in _JOINING else after
    unit = _VALUES.get(_word(words, step), 0)
    over_nineteen = 19 if value in (60, 80) else 9
    if 0 < unit <= over_nineteen and _word(words, step) not in _OPEN_TENS:
        value, after = value + unit, step + 1
        if unit == 10 and _VALUES.get(_word(words, after)) in (7, 8, 9):
            value, after = value + _VALUES[_word(words, after)], after + 1
    return value, after


def _word(words: Sequence[tuple[str, int]], place: int) -> str:
    return words[place][0] if place < len(words) else ""


def _valid(sign: str, said: Sequence[tuple[str, int]]) -> tuple[str, int] | None:
    """The longest beginning that is a telephone number, and where it ends."""
    for count in range(len(said), 2, -1):
        figures = sign + "".join(figure for figure, _ in said[:count])
        if not FEWEST_DIGITS <= len(figures) <= MOST_DIGITS:
            continue
        try:
            number = parse(figures, "BE")
        except NumberParseException:
            continue
        if is_valid_number(number):
            return format_number(number, PhoneNumberFormat.E164), said[count - 1][1]
    return None


def _plain(word: str) -> str:
    decomposed = unicodedata.normalize("NFKD", word.lower().replace("ß", "ss"))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def _values() -> dict[str, int]:
    values = {word: value for value, words in enumerate(_UNITS) for word in words.split()}
    values |= {word: 10 + value for value, words in enumerate(_TEENS) for word in words.split()}
    values |= _OPEN_TENS
    for language, tens in _CLOSED_TENS.items():
        hundred = "honderd" if language == "nl" else "hundert"
        units = dict(enumerate(_BEFORE_TENS[language].split(), start=1))
        below = {word: value for word, value in values.items() if 0 < value < 20}
        for ten, word in enumerate(tens.split(), start=2):
            below[word] = ten * 10
            for unit, said in units.items():
                below[f"{said}{_AND[language]}{word}"] = ten * 10 + unit
        values |= below
        for count, said in units.items():
            values[f"{said}{hundred}"] = count * 100
            values |= {f"{said}{hundred}{word}": count * 100 + low for word, low in below.items()}
    return values


_VALUES = _values()
_SPECIAL = _HUNDREDS | frozenset(_REPEATED) | {"vingts"}
