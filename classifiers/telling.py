"""Which unlabelled texts would teach most: those between two topics and those unlike anything
known, of many clients, spread over topics, languages and meanings. Pure."""

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifiers.features import Floats

UNSURE, STRANGE = 0.7, 0.3
"""How much each counts of what a text is worth by itself, from 0 to 1."""
ALIKE, SAME_TOPIC, SAME_LANGUAGE = 0.5, 0.06, 0.02
"""What it loses for a chosen text of the same meaning, and for each of its topic or language."""
UNFAMILIAR = 0.9
"""From this rank among the candidates on, a text was chosen for being unlike what is known."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A text that nobody has labelled: `margin` by how much the first topic is likelier than the
    second, `familiarity` as an opinion has it, `vector` of unit length or None."""

    key: int
    client: Hashable
    topic: str
    language: str
    margin: float
    familiarity: float
    vector: Floats | None


@dataclass(frozen=True, slots=True)
class Choice:
    key: int
    unfamiliar: bool
    """Chosen because nothing known is like it rather than because two topics are."""


def most_telling(candidates: Sequence[Candidate], count: int) -> list[Choice]:
    """Up to `count` of them, the most telling first; never two of one client."""
    if not candidates:
        return []
    strange = _ranks([-one.familiarity for one in candidates])
    unsure = np.array([1 - min(max(one.margin, 0.0), 1.0) for one in candidates])
    worth = UNSURE * unsure + STRANGE * strange
    nearest = np.zeros(len(candidates))
    free = np.ones(len(candidates), dtype=bool)
    topics: Counter[str] = Counter()
    languages: Counter[str] = Counter()
    chosen: list[Choice] = []
    while len(chosen) < count and free.any():
        crowding = np.array(
            [
                SAME_TOPIC * topics[one.topic] + SAME_LANGUAGE * languages[one.language]
                for one in candidates
            ]
        )
        left = np.where(free, worth - ALIKE * nearest - crowding, -np.inf)
        place = int(left.argmax())
        taken = candidates[place]
        chosen.append(Choice(taken.key, bool(_by_strangeness(strange[place], unsure[place]))))
        topics[taken.topic] += 1
        languages[taken.language] += 1
        free &= np.array([one.client != taken.client for one in candidates])
        free[place] = False
        nearest = np.maximum(nearest, _likeness(candidates, taken))
    return chosen


def _by_strangeness(strange: float, unsure: float) -> bool:
    return strange >= UNFAMILIAR and STRANGE * strange > UNSURE * (unsure - 0.5)


def _ranks(values: Sequence[float]) -> NDArray[np.float64]:
    """The rank of each from 0 (lowest) to 1; alike values share one."""
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    if len(ordered) < 2:
        return np.zeros(len(ordered))
    return np.searchsorted(ordered, values, side="left") / (len(ordered) - 1)


def _likeness(candidates: Sequence[Candidate], taken: Candidate) -> NDArray[np.float64]:
    if taken.vector is None:
        return np.zeros(len(candidates))
    return np.array(
        [
            0.0 if one.vector is None else max(float(one.vector @ taken.vector), 0.0)
            for one in candidates
        ]
    )
