"""How near texts are to each other: shared runs of words, shared words, closeness of meaning."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse  # type: ignore[import-untyped]

from classifiers.engine import Example
from classifiers.features import Floats
from classifiers.text import opening, vocabulary_form

RUN = 5
"""Words in a row: shorter runs are shared by people who never read each other."""
COMMON_WORDS = 80
"""Of each language: so many of its most frequent words say nothing of the matter."""
FEWEST_LETTERS = 3
HALF = 0.5
ROWS_AT_ONCE = 500
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two texts by their places, and how near they are, 0 to 1."""

    first: int
    second: int
    near: float


@dataclass(frozen=True, slots=True)
class Overlap:
    """What of some texts' content words the texts that were learned from know already.

    `types` counts each word once, `tokens` as often as it is written, both in its own language;
    `half_shared` is the share of texts of which one known text has more than half of the words.
    """

    types: float
    tokens: float
    half_shared: float


def words(row: Example) -> list[str]:
    """Lower case, no accents, no numbers: as the classifier counts."""
    return _WORD.findall(vocabulary_form(opening(row.text, row.subject)))


def shared_runs(texts: Sequence[Sequence[str]], threshold: float) -> list[Pair]:
    """Pairs whose runs of five words overlap (Jaccard), the nearest first.

    A text shorter than a run is one run.
    """
    runs = [_runs(text) for text in texts]
    place = {run: number for number, run in enumerate(sorted({r for some in runs for r in some}))}
    present = _present([[place[run] for run in some] for some in runs], len(place))
    sizes = np.array([len(some) for some in runs], dtype=np.float32)
    pairs = []
    for start in range(0, len(texts), ROWS_AT_ONCE):
        both = (present[start : start + ROWS_AT_ONCE] @ present.T).tocoo()
        first, second = both.row + start, both.col
        near = both.data / (sizes[first] + sizes[second] - both.data)
        chosen = (second > first) & (near >= threshold)
        pairs += [
            Pair(int(one), int(other), round(float(value), 3))
            for one, other, value in zip(first[chosen], second[chosen], near[chosen], strict=True)
        ]
    return sorted(pairs, key=lambda pair: -pair.near)


def close_in_meaning(vectors: Floats, threshold: float) -> list[Pair]:
    """Pairs of unit vectors whose cosine is at least the threshold, the nearest first."""
    pairs = []
    for start in range(0, len(vectors), ROWS_AT_ONCE):
        cosines = vectors[start : start + ROWS_AT_ONCE] @ vectors.T
        for first, second in np.argwhere(cosines >= threshold):
            if second > first + start:
                near = round(float(cosines[first, second]), 3)
                pairs.append(Pair(int(first + start), int(second), near))
    return sorted(pairs, key=lambda pair: -pair.near)


def nearest(known: Floats, new: Floats) -> float:
    """The middle one of the cosines between each new vector and the known one closest to it."""
    best = [
        (new[start : start + ROWS_AT_ONCE] @ known.T).max(axis=1)
        for start in range(0, len(new), ROWS_AT_ONCE)
    ]
    return round(float(np.median(np.concatenate(best))), 3)


def common_words(rows: Iterable[Example]) -> dict[str, set[str]]:
    """The most frequent words of each language among some texts."""
    counts: dict[str, Counter[str]] = {}
    for row in rows:
        counts.setdefault(row.language or "", Counter()).update(words(row))
    return {
        language: {word for word, _ in found.most_common(COMMON_WORDS)}
        for language, found in counts.items()
    }


class Known:
    """The content words of the texts that were learned from, by language."""

    def __init__(self, rows: Sequence[Example]) -> None:
        self._common = common_words(rows)
        spoken = [set(self.content(row)) for row in rows]
        self._languages = np.array([row.language for row in rows], dtype=object)
        self._words: dict[str | None, set[str]] = {}
        for row, some in zip(rows, spoken, strict=True):
            self._words.setdefault(row.language, set()).update(some)
        every = sorted(set().union(*spoken))
        self._place = {word: number for number, word in enumerate(every)}
        self._spoken = _present(
            [[self._place[word] for word in some] for some in spoken], len(every)
        )

    def content(self, row: Example) -> list[str]:
        usual = self._common.get(row.language or "", set())
        return [word for word in words(row) if len(word) >= FEWEST_LETTERS and word not in usual]

    def overlap(self, new: Sequence[Example]) -> Overlap:
        types: set[tuple[str | None, str]] = set()
        said = heard = half_shared = 0
        for row in new:
            content = self.content(row)
            types.update((row.language, word) for word in content)
            said += len(content)
            heard += sum(word in self._words.get(row.language, ()) for word in content)
            half_shared += self.most_shared(row) > HALF
        known = sum(word in self._words.get(language, ()) for language, word in types)
        return Overlap(
            types=round(known / max(len(types), 1), 4),
            tokens=round(heard / max(said, 1), 4),
            half_shared=round(half_shared / max(len(new), 1), 4),
        )

    def most_shared(self, row: Example) -> float:
        """The largest share of a text's different content words that one known text has."""
        different = set(self.content(row))
        if not different:
            return 0.0
        places = [self._place[word] for word in different if word in self._place]
        shared = np.asarray((self._spoken @ _present([places], len(self._place)).T).todense())
        return float((shared.ravel() * (self._languages == row.language)).max()) / len(different)


def _runs(text: Sequence[str]) -> set[tuple[str, ...]]:
    if len(text) <= RUN:
        return {tuple(text)} if text else set()
    return {tuple(text[start : start + RUN]) for start in range(len(text) - RUN + 1)}


def _present(places: Sequence[Sequence[int]], width: int) -> Any:
    ends = np.cumsum([0, *map(len, places)])
    flat = np.array([place for some in places for place in some], dtype=np.int32)
    ones = np.ones(len(flat), dtype=np.float32)
    return sparse.csr_matrix((ones, flat, ends), (len(places), width))
