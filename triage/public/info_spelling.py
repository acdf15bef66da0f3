"""What a reader probably meant who mistyped a word, by the words of the pages themselves. Pure."""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from models.wording import BEGINNING, plain

NEAR = 0.78
"""Of the letters of both words, so many stand in the same order: one of five may be wrong."""
MOST_LETTERS_APART = 2
LONGEST_WORD = 40
MOST_CORRECTED = 6
_WORDS = re.compile(r"[^\W\d_]+")


def corrected(words: str, texts: Iterable[str]) -> str:
    """The same words, each that no text has replaced by the nearest that one has."""
    said: dict[str, str] = {}
    for text in texts:
        for one in _WORDS.findall(text):
            if len(one) <= LONGEST_WORD:
                said.setdefault(plain(one), one.lower())
    asked = words.split()
    first = (_nearest(one, said) for one in asked[:MOST_CORRECTED])
    return " ".join([*first, *asked[MOST_CORRECTED:]])


def _nearest(word: str, said: Mapping[str, str]) -> str:
    wanted = plain(word)
    if not BEGINNING <= len(wanted) <= LONGEST_WORD or not wanted.isalpha():
        return word
    if any(one.startswith(wanted) for one in said):
        return word
    alike = sorted(one for one in said if abs(len(one) - len(wanted)) <= MOST_LETTERS_APART)
    near = get_close_matches(wanted, alike, 1, NEAR)
    return said[near[0]] if near else word
