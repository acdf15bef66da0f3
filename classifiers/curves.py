"""A version's figures, from what models that never saw a row said of it: compact, ready for JSON.

A cut chosen on the rows it is judged on flatters; where there are enough rows, each half is judged
with the cuts of the other.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from classifiers.evaluate import by_language, calibration_error, macro_f1, per_class
from classifiers.held_out import HeldOut
from classifiers.thresholds import FEWEST_FOR_AUTO, OPEN_TOPICS, Thresholds, lowest_confidence

Floats = NDArray[np.floating]
Flags = NDArray[np.bool_]

NEVER = 2.0
POINTS = 100
BINS = 10
MOST_CONFUSIONS = 40
ENOUGH_OWN = 30
ENOUGH_FOR_HALVES = 200
PRECISIONS = tuple(round(0.80 + 0.005 * step, 3) for step in range(40))
"""From 80 to 99.5 %: what may be asked of routing alone."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What was said of each row, and whether it might have been routed alone at all."""

    truth: Sequence[str]
    told: Sequence[str]
    ranked: Sequence[tuple[str, ...]]
    confidence: Floats
    language: Sequence[str]
    eligible: Flags
    """Familiar enough, and not a topic that means that nothing was recognised."""

    @classmethod
    def of(cls, held: HeldOut, familiar: float, rows: Sequence[int] | None = None) -> Self:
        """All held-out answers, or those at the positions `rows`."""
        chosen = list(range(len(held))) if rows is None else list(rows)
        open_ = np.array([held.told[row] in OPEN_TOPICS for row in chosen], dtype=bool)
        return cls(
            truth=[held.truth[row] for row in chosen],
            told=[held.told[row] for row in chosen],
            ranked=[held.ranked[row] for row in chosen],
            confidence=np.asarray(held.confidence, dtype=float)[chosen],
            language=[held.language[row] for row in chosen],
            eligible=(np.asarray(held.familiar)[chosen] >= familiar) & ~open_,
        )

    def __len__(self) -> int:
        return len(self.truth)

    @property
    def right(self) -> Flags:
        return np.array([a == b for a, b in zip(self.truth, self.told, strict=True)], dtype=bool)

    def part(self, rows: Flags) -> "Answers":
        places = np.flatnonzero(rows).tolist()
        return Answers(
            [self.truth[row] for row in places],
            [self.told[row] for row in places],
            [self.ranked[row] for row in places],
            self.confidence[rows],
            [self.language[row] for row in places],
            self.eligible[rows],
        )


@dataclass(frozen=True, slots=True)
class Cuts:
    """The confidences from which the machine routes alone; a topic's own where there is one."""

    auto: float
    of_topic: Mapping[str, float]

    def routed(self, answers: Answers) -> Flags:
        cut = np.array([self.of_topic.get(topic, self.auto) for topic in answers.told])
        return np.asarray(answers.eligible & (answers.confidence >= cut), dtype=bool)


def figures(answers: Answers, thresholds: Thresholds) -> dict[str, Any]:
    """All that the pages show of these answers; the thresholds are the model's own."""
    right, told = answers.right, answers.told
    own = Cuts(thresholds.auto, thresholds.auto_of_topic)
    alone = own.routed(answers)
    shown = [true in first for true, first in zip(answers.truth, answers.ranked, strict=True)]
    return {
        "rows": len(answers),
        "accuracy": _share(right),
        "macro_f1": macro_f1(answers.truth, told),
        "ece": calibration_error(answers.confidence, right),
        "top3": _share(np.array(shown, dtype=bool)),
        "auto": {"share": _share(alone), "precision": _share(right[alone])},
        "languages": _languages(answers, alone),
        "topics": _topics(answers, alone),
        "confusions": confusions(answers.truth, told),
        "calibration": calibration_curve(answers.confidence, right),
        "coverage": coverage_curve(answers),
        "coverage_of_topic": {
            topic: coverage_curve(answers.part(_is(told, topic))) for topic in sorted(set(told))
        },
        "offers": [offer(answers, precision) for precision in PRECISIONS],
    }


def confusions(truth: Sequence[str], told: Sequence[str]) -> list[list[Any]]:
    """[truth, said instead, how often], the most frequent first."""
    counted = Counter(pair for pair in zip(truth, told, strict=True) if pair[0] != pair[1])
    ranked = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    return [[true, said, count] for (true, said), count in ranked[:MOST_CONFUSIONS]]


def calibration_curve(confidence: Floats, right: Flags, bins: int = BINS) -> list[list[float]]:
    """[mean confidence, share right, rows] of each tenth of the confidence that has rows."""
    places = np.minimum((confidence * bins).astype(int), bins - 1)
    return [
        [
            round(float(confidence[places == place].mean()), 4),
            round(float(right[places == place].mean()), 4),
            int((places == place).sum()),
        ]
        for place in np.unique(places)
    ]


def coverage_curve(answers: Answers, points: int = POINTS) -> list[list[float]]:
    """[share routed alone, precision there, lowest confidence], the surest answers first."""
    places = np.flatnonzero(answers.eligible)
    order = places[np.argsort(-answers.confidence[places], kind="stable")]
    if not len(order):
        return []
    reached = np.cumsum(answers.right[order]) / np.arange(1, len(order) + 1)
    steps = np.unique(np.ceil(np.linspace(0, len(order), min(points, len(order)) + 1)[1:])) - 1
    return [
        [
            round((step + 1) / len(answers), 4),
            round(float(reached[step]), 4),
            round(float(answers.confidence[order[step]]), 4),
        ]
        for step in steps.astype(int).tolist()
    ]


def offer(answers: Answers, precision: float) -> dict[str, Any]:
    """What it would mean to route alone from that precision: share, errors, and the cuts for it.

    `halves` says whether share and errors were judged on rows that did not choose the cuts.
    """
    cuts = cuts_for(answers, precision)
    halves = len(answers) >= ENOUGH_FOR_HALVES
    if halves:
        even = np.arange(len(answers)) % 2 == 0
        alone = np.zeros(len(answers), dtype=bool)
        for half in (even, ~even):
            alone[half] = cuts_for(answers.part(~half), precision).routed(answers.part(half))
    else:
        alone = cuts.routed(answers)
    return {
        "precision": precision,
        "share": _share(alone),
        "wrong": round(1 - _share(answers.right[alone]), 4) if alone.any() else 0.0,
        "halves": halves,
        "auto": round(cuts.auto, 4),
        "of_topic": {topic: round(cut, 4) for topic, cut in sorted(cuts.of_topic.items())},
    }


def cuts_for(answers: Answers, precision: float) -> Cuts:
    """The lowest confidences that kept this precision: of all topics together, and never lower
    than that of each topic which has been said often enough to be judged by itself."""
    able, right = answers.eligible, answers.right
    auto = lowest_confidence(answers.confidence[able], right[able], precision)
    of_topic = {}
    for topic in set(answers.told):
        mine = able & _is(answers.told, topic)
        if mine.sum() >= FEWEST_FOR_AUTO:
            alone = lowest_confidence(answers.confidence[mine], right[mine], precision)
            of_topic[topic] = max(auto, alone)
    return Cuts(auto, of_topic)


def _topics(answers: Answers, alone: Flags) -> dict[str, dict[str, float]]:
    scores = per_class(answers.truth, answers.told)
    return {
        one.label: {
            "rows": one.rows,
            "told": int(_is(answers.told, one.label).sum()),
            "precision": one.precision,
            "recall": one.recall,
            "f1": one.f1,
            "auto": _share(alone[_is(answers.truth, one.label)]),
        }
        for one in scores
    }


def _languages(answers: Answers, alone: Flags) -> dict[str, dict[str, float]]:
    right = by_language(answers.language, answers.right)
    routed = by_language(answers.language, alone)
    counts = Counter(answers.language)
    return {
        code: {"rows": counts[code], "accuracy": share, "auto": routed[code]}
        for code, share in right.items()
    }


def _is(labels: Sequence[str], label: str) -> Flags:
    return np.array([one == label for one in labels], dtype=bool)


def _share(flags: Flags) -> float:
    return round(float(np.mean(flags)), 4) if len(flags) else 0.0
