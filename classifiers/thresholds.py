"""From confidence to decision: what the machine may do alone, and the cuts that training learns.

A cut is the lowest confidence above which out-of-fold answers kept the promised precision.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from classifiers.features import Floats
from classifiers.opinion import Decision

OPEN_TOPICS = frozenset({"other"})
"""Never routed by the machine alone: they mean that nothing was recognised."""

AUTO_PRECISION = 0.985
"""Asked of out-of-fold answers, so that 95 % hold for people who write like none of our authors."""
PRESELECT = 0.5
"""Above it the first topic is likelier than all others together: one key confirms it. Asked of
every topic that has no cut of its own."""
PRESELECT_PRECISION = 0.75
"""Asked, topic by topic, of what is filled in and not routed alone: three of four are confirmed."""
LEAST_PRESELECT = 0.35
SUGGEST_PRECISION = 0.95
FAMILIAR_SHARE = 0.05
FEWEST_FOR_AUTO = 25
SHOWN = 3
"""Topics that are proposed."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Confidences from which the machine may route, preselect or suggest; learned out of fold."""

    auto: float = 2.0
    preselect: float = 2.0
    suggest: float = 2.0
    familiar: float = -1e9
    auto_of_topic: Mapping[str, float] = field(default_factory=dict)
    preselect_of_topic: Mapping[str, float] = field(default_factory=dict)

    def decision(self, topic: str, confidences: Floats, familiar: float) -> Decision:
        ranked = np.sort(confidences)[::-1]
        best = float(ranked[0])
        auto = self.auto_of_topic.get(topic, self.auto)
        if best >= auto and familiar >= self.familiar and topic not in OPEN_TOPICS:
            return Decision.AUTO
        if best >= self.preselect_of_topic.get(topic, self.preselect):
            return Decision.PRESELECT
        if float(ranked[:SHOWN].sum()) >= self.suggest:
            return Decision.SUGGEST
        return Decision.HUMAN


def learn_thresholds(
    confidences: Floats, truth: NDArray[np.intp], familiar: Floats, topics: Sequence[str]
) -> tuple[Thresholds, dict[str, float]]:
    """The lowest confidences that reach the promised precision on out-of-fold answers."""
    told = confidences.argmax(axis=1)
    best = confidences.max(axis=1)
    right = told == truth
    ranked = np.argsort(-confidences, axis=1)[:, :SHOWN]
    shown = (ranked == truth[:, None]).any(axis=1)
    mass = np.sort(confidences, axis=1)[:, -SHOWN:].sum(axis=1)
    known = familiar >= np.quantile(familiar, FAMILIAR_SHARE)
    # A young topic is never routed alone; what it takes from others must not raise their cut.
    grown = np.bincount(truth, minlength=len(topics))[told] >= FEWEST_FOR_AUTO
    auto = lowest_confidence(best[known & grown], right[known & grown], AUTO_PRECISION)
    of_topic, fills_in = {}, {}
    for place, topic in enumerate(topics):
        mine = known & (told == place)
        alone = lowest_confidence(best[mine], right[mine], AUTO_PRECISION)
        of_topic[topic] = round(max(auto, min(alone, 2.0)), 4)
        below = (told == place) & (best < of_topic[topic])
        filled_in = lowest_confidence(best[below], right[below], PRESELECT_PRECISION)
        if filled_in <= 1:
            fills_in[topic] = round(max(filled_in, LEAST_PRESELECT), 4)
    thresholds = Thresholds(
        auto=round(auto, 4),
        preselect=PRESELECT,
        suggest=round(lowest_confidence(mass, shown, SUGGEST_PRECISION), 4),
        familiar=round(float(np.quantile(familiar, FAMILIAR_SHARE)), 4),
        auto_of_topic=of_topic,
        preselect_of_topic=fills_in,
    )
    routed = known & (best >= np.array([of_topic[topics[place]] for place in told]))
    measured = {
        "rows": len(truth),
        "accuracy": round(float(right.mean()), 4),
        "top3": round(float(shown.mean()), 4),
        "auto_share": round(float(routed.mean()), 4),
        "auto_precision": round(float(right[routed].mean()), 4) if routed.any() else 0.0,
    }
    return thresholds, measured


def lowest_confidence(confidences: Floats, right: NDArray[np.bool_], precision: float) -> float:
    """The lowest cut above which at least `precision` are right; 2.0 (never) on thin evidence."""
    order = np.argsort(-confidences, kind="stable")
    reached = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    # Of equals all pass a cut, so all must have been counted.
    last_of_equals = np.append(np.diff(confidences[order]) < 0, True)[: len(order)]
    counted = np.arange(len(order)) >= FEWEST_FOR_AUTO - 1
    enough = np.flatnonzero((reached >= precision) & counted & last_of_equals)
    return float(confidences[order[enough[-1]]]) if len(enough) else 2.0
