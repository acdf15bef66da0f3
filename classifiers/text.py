"""What the classifier reads of a contact: normalised, short, and without identifiers."""

import re
import unicodedata

from classifiers.identifiers import Identifier, rewrite

WORDS_READ = 120
"""The subject and the first words say what a contact is about; the rest costs time only."""

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_QUOTES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "´": "'", "`": "'", "“": '"', "”": '"'})
_SPACE = re.compile(r"\s+")
_WITH_DIGIT = re.compile(r"\S*\d\S*")
_ANSWERED = re.compile(r"^\s*(?:(?:re|fw|fwd|tr|aw|wg|antw|doorst)\s*:\s*)+", re.IGNORECASE)


def normalise(text: str) -> str:
    """One form for what looks the same: composed letters, straight quotes, single spaces."""
    if text.isascii():
        return " ".join(_CONTROL.sub(" ", text).split())
    text = unicodedata.normalize("NFKC", text).translate(_QUOTES)
    return " ".join(_CONTROL.sub(" ", _INVISIBLE.sub("", text)).split())


def redact(text: str) -> str:
    """Put the kind in place of each identifier, by shape: `[iban]`, `[niss]`, `[phone]`…"""
    return rewrite(text, lambda found: f"[{found.kind}]")


def opening(text: str, subject: str = "", words: int = WORDS_READ) -> str:
    """The subject without its answer marks and the first words, redacted and normalised."""
    subject = _ANSWERED.sub("", subject)
    joined = f"{subject}. {text}" if subject.strip(" .") else text
    # Cut before redacting: a long mail must not cost a long scan. An identifier is at most nine
    # groups, so the margin keeps the last one whole before the final cut.
    head = _SPACE.split(joined, maxsplit=words + 12)[: words + 12]
    return " ".join(normalise(redact(" ".join(head))).split(" ")[:words])


def vocabulary_form(opened: str) -> str:
    """Lower case without accents, every token that holds a digit replaced by one mark."""
    if not opened.isascii():
        decomposed = unicodedata.normalize("NFKD", opened)
        opened = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return _WITH_DIGIT.sub("#", opened.lower())


def tokens(opened: str) -> list[str]:
    """The words of an opening as they were written, without those that hold a digit."""
    return _WORD.findall(_WITH_DIGIT.sub(" ", opened))


_WORD = re.compile(r"[^\W\d_]{2,}")
__all__ = ["Identifier", "normalise", "opening", "redact", "tokens", "vocabulary_form"]
