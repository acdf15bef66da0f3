"""Ideas of the trade as people word them in four languages: what lets a French example teach Dutch.

`data/notions.json` lists stems: three letters or fewer match a whole word, more match its
beginning, `*` any part (Dutch and German compounds); several words match in a row, one may lie
between. A short stem counts in texts of its own language only: an English caller who "reports"
something speaks of no *report*.
"""

import json
import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

WHOLE_WORD = 3
UNMISTAKABLE = 9
"""Letters of a stem that mean the same in a text of any language."""
_TOKEN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")


@cache
def names() -> list[str]:
    return list(_lexicon())


def found(forms: Sequence[str], languages: Sequence[str] | None = None) -> NDArray[np.float32]:
    """Which notions each text names: (texts, notions) of 0 and 1.

    Without `languages` every stem counts.
    """
    present = np.zeros((len(forms), len(names())), dtype=np.float32)
    for row, form in enumerate(forms):
        spoken = languages[row] if languages is not None else ""
        words = _TOKEN.findall(form)
        for place, word in enumerate(words):
            single, opening = _meanings(word, spoken)
            present[row, single] = 1
            for stems, notion in opening:
                if _follow(stems, words, place + 1):
                    present[row, notion] = 1
    return present


def _follow(stems: Sequence[str], words: Sequence[str], place: int) -> bool:
    for stem in stems:
        for step in (0, 1):
            if place + step < len(words) and _matches(stem, words[place + step]):
                place += step + 1
                break
        else:
            return False
    return True


def _matches(stem: str, word: str) -> bool:
    if stem.startswith("*"):
        return stem[1:] in word
    return word == stem if len(stem) <= WHOLE_WORD else word.startswith(stem)


@cache
def _lexicon() -> dict[str, dict[str, list[str]]]:
    lexicon: dict[str, dict[str, list[str]]] = json.loads(
        (files("classifiers") / "data" / "notions.json").read_text("utf-8")
    )
    return lexicon


Phrase = tuple[list[str], int]
"""The stems of a phrase and its notion's number."""


@cache
def _phrases(language: str) -> dict[str, list[Phrase]]:
    """Every phrase that counts in a language, under its first letter; under "*" those that begin
    anywhere in a word."""
    filed: dict[str, list[Phrase]] = {}
    for number, written in enumerate(_lexicon().values()):
        for code, phrases in written.items():
            for phrase in map(str.split, phrases):
                if language in ("", code) or _unmistakable(phrase):
                    filed.setdefault(phrase[0][:1], []).append((phrase, number))
    return filed


def _unmistakable(phrase: Sequence[str]) -> bool:
    return len(phrase) > 1 or len(phrase[0]) >= UNMISTAKABLE


_SINGLE: dict[tuple[str, str], tuple[list[int], list[Phrase]]] = {}


def _meanings(word: str, language: str) -> tuple[list[int], list[Phrase]]:
    """The notions a word names alone, and the phrases it may open with what must follow."""
    known = _SINGLE.get((word, language))
    if known is None:
        single, opening = set(), []
        likely = _phrases(language)
        for (first, *rest), number in [*likely.get(word[:1], ()), *likely.get("*", ())]:
            if _matches(first, word):
                if rest:
                    opening.append((rest, number))
                else:
                    single.add(number)
        known = sorted(single), opening
        if len(_SINGLE) > 50_000:
            _SINGLE.clear()
        _SINGLE[word, language] = known
    return known
