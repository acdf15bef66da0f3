"""The second matter of a contact that asks two things at once.

The whole text is judged as one; where a second topic is at all likely, its sentences are judged
alone, and one that surely speaks of another topic names the second matter.
"""

import re
from collections.abc import Sequence

import numpy as np

from classifiers.features import Floats
from classifiers.opinion import Alternative

POSSIBLE = -0.45
"""The least score that the whole text must give a second topic, between -1 and 1: the posterior
of a text that asks two things may still be all for one of them."""
SURE = 0.85
"""The least that one sentence must grant it."""
FEWEST_WORDS = 4
MOST_SENTENCES = 8
NEVER_SECOND = frozenset({"other", "out_of_scope", "complaint"})
"""They say how a contact is meant or that it is not ours, and are no further matter."""

_END = re.compile(r"(?<=[.!?])\s+|\n+")


def sentences(text: str) -> list[str]:
    """The sentences that could hold a matter of their own; none when there is but one."""
    found = [part for part in _END.split(text) if len(part.split()) >= FEWEST_WORDS]
    return found[:MOST_SENTENCES] if len(found) > 1 else []


def possible(scores: Floats) -> bool:
    """Whether the scores of a whole text leave room for a second matter."""
    return len(scores) > 1 and float(np.partition(scores, -2)[-2]) >= POSSIBLE


def matter(first: int, scores: Floats, parts: Floats, labels: Sequence[str]) -> Alternative | None:
    """The second topic beside the `first` label, by the scores of the whole (labels) and the
    posteriors of its sentences (n, labels)."""
    found: Alternative | None = None
    for part in parts:
        place = int(part.argmax())
        if (
            place != first
            and labels[place] not in NEVER_SECOND
            and part[place] >= SURE
            and scores[place] >= POSSIBLE
            and (found is None or part[place] > found.confidence)
        ):
            found = Alternative(labels[place], round(float(part[place]), 4))
    return found
