"""Which words anybody may write: what the starter texts use, and what is a name with many people.

Words are compared in lower case and without accents.
"""

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files

RARELY_OPENED = 0.2
FEWEST_TEXTS = 5
_WORD = re.compile(r"[^\W\d_]+")
_ENDS_SENTENCE = re.compile(r"[.!?:;•\n\"(\[*/>-]\s*$")


def plain(word: str) -> str:
    if word.isascii():
        return word.lower()
    decomposed = unicodedata.normalize("NFKD", word.lower())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


@cache
def frequent_names() -> frozenset[str]:
    """First and last names that many people in Belgium bear."""
    return _listed("first") | _listed("last")


def never_names() -> frozenset[str]:
    """Words that are capitalised and name nobody: titles, institutions, months, days, countries."""
    return _listed("never_names")


def noun_openers() -> frozenset[str]:
    """Articles and possessives: a noun follows them, a name seldom does."""
    return _listed("noun_openers")


@cache
def _listed(what: str) -> frozenset[str]:
    written = json.loads((files("classifiers") / "data" / "names.json").read_text("utf-8"))
    return frozenset(written[what])


@cache
def ordinary() -> frozenset[str]:
    """Words of the starter texts that are written in small letters, or, in
    German, behind an article."""
    small: set[str] = set()
    opened: set[str] = set()
    openers = noun_openers()
    for language, text in _starter_texts():
        before = ""
        for word in _WORD.findall(text):
            if word[0].islower():
                small.add(plain(word))
            elif word.isupper() or (language == "de" and before in openers):
                opened.add(plain(word))
            before = word.lower()
    return frozenset((small | opened) - frequent_names())


def written_as_names(texts: Sequence[str]) -> frozenset[str]:
    """Words of five texts or more that are nearly always capitalised inside a sentence, that the
    starter texts do not know and that hardly ever follow an article, as German nouns do."""
    capitalised: dict[str, int] = {}
    opened: dict[str, int] = {}
    small: dict[str, int] = {}
    openers = noun_openers()
    for text in texts:
        seen: set[str] = set()
        before, end = "", 0
        for match in _WORD.finditer(text):
            word = match[0]
            key = plain(word)
            inside = end > 0 and not _ENDS_SENTENCE.search(text, max(0, end - 1), match.start())
            if key not in seen and (inside or word[0].islower()):
                seen.add(key)
                if word[0].islower():
                    small[key] = small.get(key, 0) + 1
                elif not word.isupper():
                    capitalised[key] = capitalised.get(key, 0) + 1
                    opened[key] = opened.get(key, 0) + (before in openers)
            before, end = word.lower(), match.end()
    known = ordinary()
    return frozenset(
        word
        for word, times in capitalised.items()
        if times >= FEWEST_TEXTS
        and word not in known
        and small.get(word, 0) <= times * RARELY_OPENED
        and opened[word] <= times * RARELY_OPENED
    )


def _starter_texts() -> Iterator[tuple[str, str]]:
    """Language and text of each."""
    folder = files("classifiers") / "data"
    for entry in folder.iterdir():
        if entry.name.startswith("starter_") and entry.name.endswith(".jsonl"):
            for line in entry.read_text("utf-8").splitlines():
                if line.strip():
                    row = json.loads(line)
                    yield row.get("lang") or "", f"{row.get('subject') or ''}\n{row['text']}"
