"""A topic is taken away and taught anew: how much of it is found, and what it costs the others.

`python -m benchmarks.new_topic [--topics a,b] [--sizes 0,5,20,50] [--output FILE]`. The examples
come from one or two authors, the judgement from the others; the other topics are judged on the
frozen sets. Names of the sub-topics stand for the seed words that a manager would type.
"""

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks._sets import FROZEN_SETS, frozen
from classifiers import encoder, starter
from classifiers.engine import Engine, Example, Text
from classifiers.learning_curve import SIZES, with_few
from classifiers.text import opening, spoken
from triage.commands.train import topics
from triage.lessons import seeds

TOPICS = ("bridging_right", "other_support", "cessation", "family")


@dataclass(frozen=True)
class Row:
    """One training with so many examples of the topic; shares of texts."""

    topic: str
    examples: int
    seeded: bool
    found: float
    shown: float
    texts: int
    right: float
    """Of what was given to the topic among the frozen texts, what belongs there."""
    found_frozen: float
    others: float
    """Accuracy on the frozen texts of the other topics."""
    others_lost: float
    """Of those, the share that was given to the topic."""
    seconds: float


def main() -> None:
    options = asked()
    known = with_vectors(starter.starter())
    judges = with_vectors([row for name in FROZEN_SETS for row in frozen(name)])
    rows = []
    for topic in options.topics.split(","):
        for size in map(int, options.sizes.split(",")):
            for seeded in (True, False) if options.unseeded and size else (True,):
                rows.append(taught_anew(topic, size, seeded, known, judges, options.seed))
                print(shown(rows[-1]), flush=True)
    if options.output:
        Path(options.output).write_text(json.dumps([asdict(row) for row in rows], indent=1))


def taught_anew(
    topic: str,
    size: int,
    seeded: bool,
    known: Sequence[Example],
    judges: Sequence[Example],
    seed: int,
) -> Row:
    """Train without the topic but for `size` of its texts, and judge; size -1 takes all."""
    began = time.perf_counter()
    learned, own = with_few(known, topic, 20 if size < 0 else size, seed)
    if size < 0:
        learned = [row for row in known if row not in own]
    described = [one for one in topics() if one["id"] != topic]
    mine = next(one for one in topics() if one["id"] == topic)
    names = starter.names(described)
    if size:
        names += starter.names([mine | {"counts": "", "subtopics": []}])
        if seeded:
            words = {
                code: [part["names"][code] for part in mine["subtopics"]] for code in mine["names"]
            }
            names += seeds(topic, mine["names"], words)
    engine = Engine.train([*learned, *with_vectors(names)])
    seconds = time.perf_counter() - began
    told = engine.classify([as_text(row) for row in own])
    frozen_told = [opinion.topic for opinion in engine.classify([as_text(row) for row in judges])]
    pairs = list(zip(judges, frozen_told, strict=True))
    given = [row.topic == topic for row, answer in pairs if answer == topic]
    others = [(row.topic, answer) for row, answer in pairs if row.topic != topic]
    frozen_own = [answer == topic for row, answer in pairs if row.topic == topic]
    first = [
        topic in [opinion.topic, *(other.topic for other in opinion.alternatives[:2])]
        for opinion in told
    ]
    return Row(
        topic=topic,
        examples=size,
        seeded=seeded,
        found=share([opinion.topic == topic for opinion in told]),
        shown=share(first),
        texts=len(told),
        right=share(given),
        found_frozen=share(frozen_own),
        others=share([truth == answer for truth, answer in others]),
        others_lost=share([answer == topic for _, answer in others]),
        seconds=round(seconds, 1),
    )


def with_vectors(rows: Sequence[Example]) -> list[Example]:
    """The encoder reads every text once for all trainings."""
    vectors = encoder.encode([spoken(opening(row.text, row.subject)) for row in rows])
    if vectors is None:
        return list(rows)
    return [replace(row, vector=vector) for row, vector in zip(rows, vectors, strict=True)]


def as_text(row: Example) -> Text:
    return Text(row.text, row.subject, row.channel, None, row.vector)


def share(flags: Sequence[bool]) -> float:
    return round(sum(flags) / len(flags), 4) if flags else 0.0


def shown(row: Row) -> str:
    said = asdict(row)
    return "  ".join(f"{name} {value}" for name, value in said.items())


def asked() -> Any:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--topics", default=",".join(TOPICS))
    options.add_argument("--sizes", default=",".join(map(str, (0, *SIZES))))
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--unseeded", action="store_true", help="also without seed words")
    options.add_argument("--output")
    return options.parse_args()


if __name__ == "__main__":
    main()
