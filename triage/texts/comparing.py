"""What one version of a text changed against the one before, word by word. Pure."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

from models.reply_template import ReplyTemplateVersion
from models.topic import LANGUAGES

_WORDS = re.compile(r"\s+|[^\s]+")


@dataclass(frozen=True)
class Piece:
    """A run of words: kept, taken away or added."""

    text: str
    kind: str
    """same, gone, new"""


@dataclass(frozen=True)
class Difference:
    """What changed in one language of one part (name, text, spoken)."""

    part: str
    language: str
    pieces: list[Piece]


def differences(before: ReplyTemplateVersion, after: ReplyTemplateVersion) -> list[Difference]:
    """Every language and part that is not the same any more."""
    parts = (
        ("name", before.names, after.names),
        ("text", before.texts, after.texts),
        ("spoken", before.spoken, after.spoken),
    )
    return [
        Difference(part, code, pieces(str(old.get(code, "")), str(new.get(code, ""))))
        for part, old, new in parts
        for code in LANGUAGES
        if old.get(code, "") != new.get(code, "")
    ]


def pieces(before: str, after: str) -> list[Piece]:
    """Both texts in one: what is kept, what was taken away and what came instead."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    found: list[Piece] = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            found.append(Piece("".join(old[a:b]), "same"))
            continue
        if b > a:
            found.append(Piece("".join(old[a:b]), "gone"))
        if d > c:
            found.append(Piece("".join(new[c:d]), "new"))
    return found
