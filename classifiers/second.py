"""The second matter of a contact that asks two things at once.

The whole text is judged as one; where a second topic is at all likely, its sentences are judged
alone, and one that surely speaks of another topic names the second matter.
"""

import re
from collections.abc import Sequence

from classifiers.features import Floats
from classifiers.opinion import Alternative

POSSIBLE = 0.05
"""The least that the whole text must grant a second topic."""
SURE = 0.75
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


def possible(topics: Floats) -> bool:
    """Whether the posterior of a whole text leaves room for a second matter."""
    return len(topics) > 1 and float(topics[topics.argsort()[-2]]) >= POSSIBLE


def matter(whole: Floats, parts: Floats, labels: Sequence[str]) -> Alternative | None:
    """The second topic, by posteriors of the whole (labels) and of its sentences (n, labels)."""
    first = int(whole.argmax())
    found: Alternative | None = None
    for part in parts:
        place = int(part.argmax())
        if (
            place != first
            and labels[place] not in NEVER_SECOND
            and part[place] >= SURE
            and whole[place] >= POSSIBLE
            and (found is None or part[place] > found.confidence)
        ):
            found = Alternative(labels[place], round(float(part[place]), 4))
    return found
