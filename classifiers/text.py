"""What the classifier reads of a contact: normalised, short, and without identifiers."""

import re
import unicodedata

from classifiers.identifiers import rewrite

WORDS_READ = 120
"""The subject and the first words say what a contact is about; the rest costs time only."""
LONGEST_WORD = 60
"""Letters of a word that are read; nobody's word is longer, and a giant one would cost minutes."""
LONGEST_RAW = 1_000
"""Before identifiers are put aside: an address stays whole."""

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_QUOTES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "´": "'", "`": "'", "“": '"', "”": '"'})
_SPACE = re.compile(r"\s+")
_WITH_DIGIT = re.compile(r"\S*\d\S*")
_WORD = re.compile(r"[^\W\d_]{2,}")
_UNSPOKEN = re.compile(r"\[[a-z]+\]|\S*\d\S*")
_MARK = re.compile(r"\[(?:iban|ogm|niss|kbo|phone|email|number)\]|•+")
_SIGNATURE_MARK = re.compile(r"\[(?:niss|kbo|phone|email|number)\]|•+")
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
    head = [word[:LONGEST_RAW] for word in _SPACE.split(joined, maxsplit=words + 12)[: words + 12]]
    read = normalise(redact(" ".join(head))).split(" ")[:words]
    return " ".join(word[:LONGEST_WORD] for word in read)


def spoken(opened: str) -> str:
    """The opening without its redaction marks: what the sentence encoder reads."""
    return normalise(_MARK.sub(" ", opened))


def vocabulary_form(opened: str) -> str:
    """Lower case without accents, every token that holds a digit replaced by one mark.

    An account number or a structured communication says something of the matter and stays as a
    word; a telephone number or an address stands under every second mail.
    """
    opened = _SIGNATURE_MARK.sub("#", opened)
    if not opened.isascii():
        decomposed = unicodedata.normalize("NFKD", opened)
        opened = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return _WITH_DIGIT.sub("#", opened.lower())


def tokens(opened: str) -> list[str]:
    """The words of an opening as they were written, without numbers and what was redacted."""
    return _WORD.findall(_UNSPOKEN.sub(" ", opened))
