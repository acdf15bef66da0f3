"""What people speak of, whatever their language: the notions of any service's letters and calls.

`concepts.json` lists the beginnings of words per language; one of less than five letters must be
nearly whole. It knows the things and complaints of the trade, never a particular problem.
"""

import json
from collections.abc import Iterable
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

SHORT = 4
LONGEST_ENDING = 2
"""A beginning of four letters may be followed by so many: `site`, `sites`, not `siteweb`."""


@cache
def weights() -> dict[str, float]:
    """All concepts and how much each says: the rarer in ordinary contacts, the more."""
    return {name: float(written["weight"]) for name, written in _written().items()}


def named(words: Iterable[str], language: str) -> tuple[str, ...]:
    """The distinct concepts that words (lower case, no accents) name, in the order of `weights`."""
    found = {name for word in words for name in _named_by(word, language)}
    return tuple(name for name in _written() if name in found)


@cache
def _written() -> dict[str, dict[str, Any]]:
    stored = json.loads((files("classifiers") / "data" / "concepts.json").read_text("utf-8"))
    written: dict[str, dict[str, Any]] = stored["concepts"]
    return written


@cache
def _beginnings(language: str) -> dict[str, tuple[str, ...]]:
    """Each beginning of a word and the concepts it speaks for."""
    found: dict[str, tuple[str, ...]] = {}
    for name, stems in _written().items():
        for stem in stems.get(language, "").split():
            found[stem] = (*found.get(stem, ()), name)
    return found


@lru_cache(maxsize=50_000)
def _named_by(word: str, language: str) -> frozenset[str]:
    beginnings = _beginnings(language)
    found = set(beginnings.get(word, ()))
    for length in range(SHORT, len(word)):
        if length > SHORT or len(word) <= SHORT + LONGEST_ENDING:
            found.update(beginnings.get(word[:length], ()))
    return frozenset(found)
