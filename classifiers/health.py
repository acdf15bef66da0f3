"""Whether somebody's health is spoken of: an illness, a pregnancy, a treatment, a disability. Pure.

Words of the trade are not enough: a "mutuelle" pays many things, a crisis is no illness, and a
nurse who asks for a deferral says nothing of her own health. When in doubt, it is spoken of.
"""

import json
import re
import unicodedata
from functools import cache
from pathlib import Path

LONGEST = 50_000
WORDS = Path(__file__).parent / "data" / "health.json"
"""By language: expressions over plain letters, each from the beginning of a word."""


def heard(*texts: str) -> str | None:
    """The first words in which somebody's health is spoken of, in plain letters; None when it
    is not."""
    for text in texts:
        found = _expression().search(_plain(text[:LONGEST]))
        if found:
            return found.group()
    return None


@cache
def _expression() -> re.Pattern[str]:
    spoken = json.loads(WORDS.read_text(encoding="utf-8"))
    return re.compile("|".join(rf"\b(?:{words})" for told in spoken.values() for words in told))


def _plain(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text.lower().replace("’", "'").replace("ß", "ss"))
    return " ".join("".join(sign for sign in apart if not unicodedata.combining(sign)).split())
