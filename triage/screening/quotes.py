"""What clients say, in their own words: a sentence or two per problem, in each language. Pure."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from models.contact import Contact

LONGEST = 150
SHORTEST = 12
WANTED = 3


@dataclass(frozen=True)
class Quote:
    """Words of one client, shortened and without names."""

    text: str
    language: str | None
    channel: str


def choose(
    contacts: Sequence[Contact], terms: Mapping[str, Sequence[str]], wanted: int = WANTED
) -> list[Quote]:
    """Of the most typical contacts one in each language, then those that say it differently."""
    chosen: list[Contact] = []
    languages: list[str | None] = list(dict.fromkeys(contact.language for contact in contacts))
    for language in languages[:wanted]:
        chosen.append(next(c for c in contacts if c.language == language))
    rest = [contact for contact in contacts if contact not in chosen]
    while rest and len(chosen) < min(wanted, 2):
        other = min(rest, key=lambda one: max(_alike(one, had) for had in chosen))
        chosen.append(other)
        rest.remove(other)
    return [quote(contact, terms.get(contact.language or "", ())) for contact in chosen]


def quote(contact: Contact, terms: Sequence[str]) -> Quote:
    """The sentence that holds most of the problem's words."""
    name = contact.client.name if contact.client else ""
    return Quote(
        text=nameless(telling(contact.new_text, terms), name),
        language=contact.language,
        channel=contact.channel,
    )


def telling(text: str, terms: Sequence[str]) -> str:
    """The sentence of `text` with most of `terms`, the first of them, cut at a word's end."""
    sentences = [" ".join(part.split()) for part in _END.split(text)]
    sentences = [said for said in sentences if said and not _GREETING.match(said)]
    long_enough = [said for said in sentences if len(said) >= SHORTEST] or sentences
    if not long_enough:
        return shortened(" ".join(text.split()))
    return shortened(max(long_enough, key=lambda said: _holds(said, terms)))


def shortened(said: str, longest: int = LONGEST) -> str:
    if len(said) <= longest:
        return said
    return said[: longest - 1].rsplit(" ", 1)[0].rstrip(",;:- ") + "…"


def nameless(said: str, name: str) -> str:
    """Without the words of the client's own name: as far as we know it."""
    for part in name.split():
        if len(part) > 2:
            said = re.sub(rf"\b{re.escape(part)}\b", "•••", said)
    return said


def _holds(said: str, terms: Sequence[str]) -> int:
    plain = _plain(said)
    return sum(_plain(term) in plain for term in terms)


def _plain(said: str) -> str:
    decomposed = unicodedata.normalize("NFKD", said.lower())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def _alike(one: Contact, other: Contact) -> float:
    """1 for another word of the same client, else the share of words in common."""
    if one.client_id is not None and one.client_id == other.client_id:
        return 1.0
    mine, theirs = set(_plain(one.new_text).split()), set(_plain(other.new_text).split())
    return len(mine & theirs) / (len(mine | theirs) or 1)


_END = re.compile(r"(?<=[.!?…])\s+|\n+")
_GREETING = re.compile(
    r"^(?:bonjour|bonsoir|salut|madame|monsieur|messieurs|cher|chère|goe(?:de|ie)\w*|beste|geachte"
    r"|dag|hallo|hoi|guten|sehr geehrte\w*|liebe\w*|dear|hello|hi|good (?:morning|afternoon))"
    r"\b[^.!?]{0,40}[.!]?$",
    re.I,
)
