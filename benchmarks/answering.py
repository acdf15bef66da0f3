"""What answering adds to what was learned: the inflow, and the second matter of a contact.

The inflow is measured on days as they came (the demo's) and on sets without any (the frozen ones);
the second matter on pairs of frozen texts of one language and channel, one set behind the other.
"""

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks._sets import DEMO, FROZEN_SETS, demo, frozen, text
from classifiers.engine import Decision, Engine, Example, Inflow, Opinion
from classifiers.second import NEVER_SECOND
from classifiers.starter import example, names, starter
from triage.commands.train import topics

PAIRS = 400
JOINTS = {
    "fr": (" ", "\n", " Autre question : "),
    "nl": (" ", "\n", " Nog een vraag: "),
    "de": (" ", "\n", " Noch eine Frage: "),
    "en": (" ", "\n", " Another question: "),
}


def run() -> dict[str, Any]:
    engine = Engine.train([*starter(), *names(topics())])
    sets = {name: frozen(name) for name in FROZEN_SETS}
    days = {name: [example(row, name) for row in demo(name)] for name in DEMO}
    return {
        "inflow": {name: inflow(engine, rows) for name, rows in (days | sets).items()},
        "second matter": {name: second_matter(engine, rows) for name, rows in sets.items()},
    }


def inflow(engine: Engine, rows: Sequence[Example]) -> dict[str, str]:
    """Per cent of topics and intents that are right, and of topics that are routed alone."""
    texts = [text(row) for row in rows]
    return {
        "each alone": _right(rows, engine.classify(texts)),
        "following what came before": _right(rows, engine.classify(texts, Inflow(live=True))),
    }


def second_matter(engine: Engine, rows: Sequence[Example]) -> dict[str, float]:
    pairs = _pairs(rows)
    told = [
        ({opinion.topic, opinion.second.topic} if opinion.second else set())
        for opinion in engine.classify([text(pair) for pair, _ in pairs])
    ]
    found = [said == topics for said, (_, topics) in zip(told, pairs, strict=True)]
    claimed = [right for right, said in zip(found, told, strict=True) if said]
    alone = [opinion.second is not None for opinion in engine.classify([text(r) for r in rows])]
    return {
        "pairs": len(pairs),
        "both found (%)": _per_cent(found),
        "right when two are told (%)": _per_cent(claimed),
        "two told where one was meant (%)": _per_cent(alone),
    }


def _pairs(rows: Sequence[Example]) -> list[tuple[Example, set[str]]]:
    """Two texts of different topics as one, and their topics."""
    chance = random.Random(1)
    able = [row for row in rows if row.topic not in NEVER_SECOND]
    pairs: list[tuple[Example, set[str]]] = []
    while len(pairs) < PAIRS:
        first, other = chance.sample(able, 2)
        alike = (first.language, first.channel) == (other.language, other.channel)
        if alike and first.topic != other.topic:
            joint = chance.choice(JOINTS[first.language or "en"])
            both = replace(first, text=first.text + joint + other.text)
            pairs.append((both, {first.topic, other.topic}))
    return pairs


def _right(rows: Sequence[Example], opinions: Sequence[Opinion]) -> str:
    topic = [o.topic == row.topic for o, row in zip(opinions, rows, strict=True)]
    intent = [o.intent == row.intent for o, row in zip(opinions, rows, strict=True)]
    alone = [o.decision is Decision.AUTO for o in opinions]
    sure = [right for right, routed in zip(topic, alone, strict=True) if routed]
    return (
        f"topic {_per_cent(topic)}, intent {_per_cent(intent)}, "
        f"auto {_per_cent(alone)} of which right {_per_cent(sure)}"
    )


def _per_cent(flags: Sequence[bool]) -> float:
    return round(100 * float(np.mean(flags)), 1) if flags else 0.0
