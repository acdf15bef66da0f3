"""Names that look like another's: letters of several alphabets within one word. Pure."""

import re
import unicodedata

_WORD = re.compile(r"[^\W\d_]{2,}")
_ALPHABETS = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC")


def mixes_alphabets(name: str) -> bool:
    """Whether one word of a name holds letters of two alphabets, as no person's name does."""
    return any(len(_alphabets(word)) > 1 for word in _WORD.findall(name[:300]))


def _alphabets(word: str) -> set[str]:
    named = (unicodedata.name(letter, "").partition(" ")[0] for letter in word)
    return {alphabet for alphabet in named if alphabet in _ALPHABETS}
