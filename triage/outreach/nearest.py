"""Which page of the dossier comes nearest to what clients ask, by the words that both use. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log

from models.wording import plain

STEM = 6
"""Letters by which two forms of a word are taken for one."""
SHORTEST = 4
MOST_SHARED = 5
FEWEST_SHARED = 2
"""One word in common is chance."""
NEAR, FAR = 0.35, 0.12
"""Shares of what is asked of which the page speaks too: from the first on it may well answer it,
below the second it has nothing to do with it."""
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class PageText:
    """What one page says in one language; the title stands for what it is about."""

    page_id: int
    language: str
    title: str
    text: str


@dataclass(frozen=True)
class Near:
    """A page, how much of what is asked it speaks of, and in which words."""

    page_id: int
    share: float
    words: Sequence[str]

    @property
    def near(self) -> bool:
        return self.share >= NEAR


class Pages:
    """The pages of the dossier, made ready to be compared with many questions."""

    def __init__(self, texts: Iterable[PageText]) -> None:
        self.texts = list(texts)
        self.stems = [stems_of(f"{one.title} {one.text}") for one in self.texts]
        used: Counter[str] = Counter()
        for stems in self.stems:
            used.update(stems.keys())
        self.rarity = {stem: log(1 + len(self.texts) / count) for stem, count in used.items()}
        self.usual = log(1 + len(self.texts))

    def nearest(self, asked: Mapping[str, str], spoken: Mapping[str, int]) -> Near | None:
        """`asked` are the words of clients by language, `spoken` how many said so in each; None
        where no page speaks of them."""
        wanted = {language: stems_of(words) for language, words in asked.items() if words}
        whole = sum(spoken.get(language, 0) for language in wanted)
        shares: dict[int, float] = {}
        words: dict[int, list[str]] = {}
        for one, stems in zip(self.texts, self.stems, strict=True):
            if one.language in wanted and whole:
                share, shared = self._shared(stems, wanted[one.language])
                weight = spoken.get(one.language, 0) / whole
                shares[one.page_id] = shares.get(one.page_id, 0.0) + weight * share
                words.setdefault(one.page_id, []).extend(shared if weight else [])
        best = max(shares, key=lambda page: (shares[page], -page), default=None)
        if best is None or shares[best] < FAR or len(words[best]) < FEWEST_SHARED:
            return None
        return Near(best, shares[best], tuple(words[best][:MOST_SHARED]))

    def _shared(
        self, stems: Mapping[str, str], wanted: Mapping[str, str]
    ) -> tuple[float, list[str]]:
        """(how much of what is asked the page speaks of, in which words, the rarest first)."""
        weights = {stem: self.rarity.get(stem, self.usual) for stem in wanted}
        whole = sum(weights.values())
        shared = sorted((stem for stem in wanted if stem in stems), key=lambda s: -weights[s])
        share = sum(weights[stem] for stem in shared) / whole if whole else 0.0
        return share, [wanted[stem] for stem in shared]


@lru_cache(maxsize=2_000)
def stems_of(text: str) -> Mapping[str, str]:
    """The beginnings of the words that mean something, each with a word that has it."""
    found: dict[str, str] = {}
    for word in _WORD.findall(text):
        bare = plain(word)
        if len(bare) >= SHORTEST and bare not in _EVERYDAY:
            found.setdefault(bare[:STEM], word.casefold())
    return found


EVERYDAY = """
avec avez avoir aussi bien bonjour cela cette comme dans depuis dois donc elle encore etre fait
faire faut jour leur mais merci mois moins nous notre peut plus pour pouvez puis quand quel quelle
sans sont suis toujours tous tout tres veux votre vous avant apres alles alleen andere beste bent
dank deze door echt geen goedemorgen goedendag graag haar hallo heeft hebben hebt hier hoelang
ieder kunnen maar maand meer mijn moet naar niet niets omdat onze over steeds toch vanaf veel voor
waar waarom wanneer want wat wel welke werd wordt zijn zonder aber alle auch bitte dann dass denn
diese doch durch eine einen einer eines etwas guten habe haben ihre ihnen immer kann kein keine
konnen mehr mein meine mich monat nach nicht nichts noch oder schon sehr sich sind uber unser
unter wann warum welche wenn werden wird wurde about also been does from have hello into just more
much need only please still that thank their them then there they this what when where which will
with would your month
"""
"""Words of four languages that say nothing of what is asked."""
_EVERYDAY = frozenset(EVERYDAY.split())
