"""What a problem is called before a person has named it: thing, symptom, topic, stage and the words
that its clients share."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np

from classifiers.grouping import Item, NewProblem
from classifiers.space import NOTHING

TERMS = 5
COMMON = 0.12
"""A word in a larger share of the window's contacts says nothing about any of them."""
FEW = 12


class Namer:
    """Names groups of a window's contacts by what sets them apart from the rest of it."""

    def __init__(self, window: Sequence[Item], labels: Mapping[str, Sequence[str]]) -> None:
        self.window, self.labels = window, labels

    def named(self, members: Sequence[Item], stage: str) -> NewProblem:
        written = "\n".join(sorted(str(item.id) for item in members))
        return NewProblem(
            key="new-" + hashlib.sha256(written.encode()).hexdigest()[:12],
            thing=self._likeliest("thing", members),
            symptom=self._likeliest("symptom", members),
            topic=self._likeliest("topic", members),
            stage=stage,
            terms=self._terms(members),
        )

    def _likeliest(self, axis: str, members: Sequence[Item]) -> str:
        labels = self.labels.get(axis, ())
        if not labels:
            return ""
        total = np.sum([item.features.posteriors[axis] for item in members], axis=0)
        shares = zip(total.tolist(), labels, strict=True)
        return max((share, label) for share, label in shares if label != NOTHING)[1]

    def _terms(self, members: Sequence[Item]) -> dict[str, tuple[str, ...]]:
        """Words that two clients of a language share and the rest of the window does not: what
        only one of them says may be a name."""
        spread, total = self._vocabulary
        rare = {language: max(COMMON * count, FEW) for language, count in total.items()}
        found = {}
        for language in sorted({item.language for item in members}):
            mine = [item for item in members if item.language == language]
            said = {(item.client, term) for item in mine for term in item.features.terms}
            counts = Counter(term for _, term in said)
            weights = {
                term: count * float(np.log((1 + total[language]) / spread[language][term]))
                for term, count in counts.items()
                if count >= 2 and spread[language][term] <= rare[language]
            }
            best = sorted(weights, key=lambda term: (-weights[term], term))[:TERMS]
            if best:
                found[language] = tuple(best)
        return found

    @cached_property
    def _vocabulary(self) -> tuple[dict[str, Counter[str]], Counter[str]]:
        """In how many contacts of a language each term occurs, and how many contacts there are."""
        spread: dict[str, Counter[str]] = defaultdict(Counter)
        total: Counter[str] = Counter()
        for item in self.window:
            spread[item.language].update(item.features.terms)
            total[item.language] += 1
        return spread, total
