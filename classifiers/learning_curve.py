"""How much of a topic is found with the examples that it has, and with fewer. Pure: examples and
held-out answers in, shares out."""

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from classifiers.engine import Example, HeldOut

SIZES = (5, 20, 50)
"""Examples of a new topic: what one types at once, in an hour, in a week."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a model that never saw a text said of the texts of one topic."""

    texts: int
    found: float
    """The share that it gave to the topic."""
    shown: float
    """The share for which the topic was among its first three ideas."""
    right: float
    """Of the texts that it gave to the topic, the share that belong there; 0 when it gave none."""


def found(held_out: HeldOut, topic: str, places: Collection[int] | None = None) -> Found | None:
    """How the topic fared out of fold; None without a measured text.

    With `places` only these examples (as they were given to the training) count as its texts.
    """
    mine = [
        row
        for row, truth in enumerate(held_out.truth)
        if truth == topic and (places is None or int(held_out.places[row]) in places)
    ]
    if not mine:
        return None
    given = [truth == topic for truth, told in _answers(held_out) if told == topic]
    return Found(
        texts=len(mine),
        found=round(sum(held_out.told[row] == topic for row in mine) / len(mine), 4),
        shown=round(sum(topic in held_out.ranked[row] for row in mine) / len(mine), 4),
        right=round(sum(given) / len(given), 4) if given else 0.0,
    )


def with_few(
    examples: Sequence[Example], topic: str, count: int, seed: int = 0
) -> tuple[list[Example], list[Example]]:
    """(what to learn from, what to judge by) when the topic has only `count` examples.

    They are drawn from as few authors as it takes, as one or two people would have typed them; it
    is judged by what the other authors wrote of it. The other topics keep all of their texts.
    """
    draw = random.Random(f"{topic} {seed}")
    by_author: dict[str, list[Example]] = {}
    for row in examples:
        if row.topic == topic:
            by_author.setdefault(row.source, []).append(row)
    authors = sorted(by_author)
    draw.shuffle(authors)
    few: list[Example] = []
    asked: set[str] = set()
    for author in authors:
        if len(few) >= count:
            break
        written = list(by_author[author])
        draw.shuffle(written)
        few += written[: count - len(few)]
        asked.add(author)
    others = [row for row in examples if row.topic != topic]
    return [*others, *few], [
        row for author in authors if author not in asked for row in by_author[author]
    ]


def _answers(held_out: HeldOut) -> list[tuple[str, str]]:
    return list(zip(held_out.truth, held_out.told, strict=True))
