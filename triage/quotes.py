"""What clients say, in their own words: a sentence or two per problem, in each language. Pure."""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from classifiers import concepts
from classifiers.identifiers import mask
from models.contact import Contact

LONGEST = 150
"""Signs of a quote."""
FEWEST, MOST = 5, 25
"""Words of a sentence that says enough and is read at a glance."""
TOO_SHORT, TOO_LONG, COMPLAINS, ENOUGH = -6.0, -2.0, 1.5, 6.0
"""Weights of a sentence; `ENOUGH` caps what it earns by speaking of many things."""
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
    """In each language who says it best, then those that say it differently."""
    shared = _shared(contacts)
    said = {contact.id: telling(contact, terms, shared) for contact in contacts}
    chosen: list[Contact] = []
    for language in list(dict.fromkeys(contact.language for contact in contacts))[:wanted]:
        speakers = [contact for contact in contacts if contact.language == language]
        chosen.append(max(speakers, key=lambda one: said[one.id].weight))
    rest = [contact for contact in contacts if contact not in chosen]
    while rest and len(chosen) < min(wanted, 2):
        other = min(rest, key=lambda one: max(_alike(one, had) for had in chosen))
        chosen.append(other)
        rest.remove(other)
    return [quote(contact, said[contact.id].text) for contact in chosen]


def quote(contact: Contact, said: str) -> Quote:
    """A sentence of the contact as it may be shown."""
    name = contact.client.name if contact.client else ""
    return Quote(
        text=shortened(nameless(_HOUSE.sub("•••", mask(said)), name)),
        language=contact.language,
        channel=contact.channel,
    )


@dataclass(frozen=True)
class Told:
    """A sentence, and how much it tells of the problem."""

    text: str
    weight: float


def telling(
    contact: Contact, terms: Mapping[str, Sequence[str]], shared: Mapping[str, float]
) -> Told:
    """The sentence that complains: of an easy length, about what the problem's contacts share."""
    sentences = [" ".join(part.split()) for part in _END.split(contact.new_text)]
    worded = [said for said in sentences if said and not _GREETING.match(said)]
    if not worded:
        return Told(" ".join(contact.new_text.split()), TOO_SHORT)
    language = contact.language or ""
    told = [Told(one, _weight(one, language, terms.get(language, ()), shared)) for one in worded]
    return max(told, key=lambda one: one.weight)


def _weight(said: str, language: str, terms: Sequence[str], shared: Mapping[str, float]) -> float:
    plain = _plain(said)
    words = _WORD.findall(plain)
    length = TOO_SHORT if len(words) < FEWEST else TOO_LONG if len(words) > MOST else 0.0
    spoken_of = sum(shared.get(name, 0.0) for name in concepts.named(words, language))
    held = sum(term in plain for term in terms)
    return length + min(spoken_of, ENOUGH) + held + COMPLAINS * bool(_COMPLAINT.search(plain))


def _shared(contacts: Sequence[Contact]) -> dict[str, float]:
    """What several of the contacts speak of: the weight of a notion by the share that names it."""
    spoken: Counter[str] = Counter()
    for contact in contacts:
        words = _WORD.findall(_plain(contact.new_text))
        spoken.update(concepts.named(words, contact.language or ""))
    weights = concepts.weights()
    return {
        name: weights[name] * count / len(contacts) for name, count in spoken.items() if count > 1
    }


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


def _plain(said: str) -> str:
    decomposed = unicodedata.normalize("NFKD", said.lower())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def _alike(one: Contact, other: Contact) -> float:
    """1 for another word of the same client, else the share of words in common."""
    if one.client_id is not None and one.client_id == other.client_id:
        return 1.0
    mine, theirs = set(_plain(one.new_text).split()), set(_plain(other.new_text).split())
    return len(mine & theirs) / (len(mine | theirs) or 1)


_HOUSE = re.compile(r"•••@[\w.-]*\w")
"""A masked address keeps its domain, which may be the client's own."""
_WORD = re.compile(r"[^\W\d_]+")
_COMPLAINT = re.compile(
    r"\b(?:pas|rien|jamais|aucune?|sans|toujours|encore|refus\w*|niets?|niks|geen|nooit|nog|zonder"
    r"|weiger\w*|nicht|nichts|keine?\w?|nie|noch|ohne|verweiger\w*|not|nothing|no|none|never|still"
    r"|without|cannot|[a-z]+n't)\b"
)
_END = re.compile(r"(?<=[.!?…])\s+|\n+")
_GREETING = re.compile(
    r"^(?:bonjour|bonsoir|salut|madame|monsieur|messieurs|cher|chère|goe(?:de|ie)\w*|beste|geachte"
    r"|dag|hallo|hoi|guten|sehr geehrte\w*|liebe\w*|dear|hello|hi|good (?:morning|afternoon))"
    r"\b[^.!?]{0,40}[.!]?$",
    re.I,
)
