"""What a classifier said of labelled texts, counted: pure figures, each with the rows behind it."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifiers.engine import Decision, Example, Opinion
from classifiers.evaluate import calibration_error, coverage, macro_f1, per_class
from classifiers.thresholds import lowest_confidence

SHOWN = 3
"""Topics that a person is offered."""
MEASURES = ("bridging_right", "deferral", "exemption")
PROMISED = 0.95
CONFIDENT = 1.96
Figures = dict[str, Any]
Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Answer:
    """One labelled text and what was said of it.

    `ranked` holds the topics offered, best first; `sure` is a confidence above the cut that gave
    95 % on what was learned from, out of fold.
    """

    row: Example
    ranked: tuple[str, ...]
    confidence: float
    decision: Decision = Decision.HUMAN
    language: str = ""
    subtopic: str | None = None
    intent: str = ""
    intent_confidence: float = 1.0
    thing: str = ""
    symptom: str = ""
    sure: bool = False

    @property
    def topic(self) -> str:
        return self.ranked[0]

    @property
    def right(self) -> bool:
        return self.topic == self.row.topic

    @property
    def offered(self) -> bool:
        return self.row.topic in self.ranked


def answer(row: Example, opinion: Opinion, cut: float) -> Answer:
    others = opinion.alternatives[: SHOWN - 1]
    return Answer(
        row=row,
        ranked=(opinion.topic, *(other.topic for other in others)),
        confidence=opinion.topic_confidence,
        decision=opinion.decision,
        language=opinion.language,
        subtopic=opinion.subtopic,
        intent=opinion.intent,
        intent_confidence=opinion.intent_confidence,
        thing=opinion.thing,
        symptom=opinion.symptom,
        sure=opinion.topic_confidence >= cut,
    )


def figures(answers: Sequence[Answer]) -> Figures:
    """Everything about one set of answers; `topic_margin` is half of the 95 % interval."""
    right, intents = rights(answers), _rights(answers, lambda one: one.intent == one.row.intent)
    topic = float(right.mean())
    return {
        "texts": len(answers),
        "topic": round(topic, 4),
        "topic_margin": round(CONFIDENT * sqrt(topic * (1 - topic) / len(answers)), 4),
        "topic_f1": macro_f1([one.row.topic for one in answers], [one.topic for one in answers]),
        "topic_ece": calibration_error(confidences(answers), right),
        "covered_best_cut": coverage(confidences(answers), right, PROMISED),
        "covered": {
            "share": _share(one.sure for one in answers),
            "right": _share(one.right for one in answers if one.sure),
        },
        "first_three": _share(one.offered for one in answers),
        "intent": round(float(intents.mean()), 4),
        "intent_f1": macro_f1(
            [one.row.intent or "" for one in answers], [one.intent for one in answers]
        ),
        "intent_ece": calibration_error(
            np.array([one.intent_confidence for one in answers]), intents
        ),
        "subtopic": _share_of(
            answers,
            lambda one: one.row.subtopic,
            lambda one: one.right and one.subtopic == one.row.subtopic,
        ),
        "thing": _share_of(
            answers, lambda one: one.row.thing, lambda one: one.thing == one.row.thing
        ),
        "symptom": _share_of(
            answers, lambda one: one.row.symptom, lambda one: one.symptom == one.row.symptom
        ),
        "language": _share_of(
            answers, lambda one: one.row.language, lambda one: one.language == one.row.language
        ),
        "decisions": decisions(answers),
        "measures_f1": measures(answers),
    }


def parts(answers: Sequence[Answer], key: Callable[[Example], str | None]) -> dict[str, Figures]:
    """The figures of each language, channel or author apart."""
    found: dict[str, list[Answer]] = {}
    for one in answers:
        found.setdefault(key(one.row) or "", []).append(one)
    return {name: figures(found[name]) for name in sorted(found)}


def decisions(answers: Sequence[Answer]) -> dict[str, Figures]:
    """How often each decision was taken and how often it was right.

    A suggestion is right when the true topic is among those offered.
    """
    found = {}
    for decision in Decision:
        mine = [one for one in answers if one.decision is decision]
        among = decision in (Decision.SUGGEST, Decision.HUMAN)
        found[decision.value] = {
            "share": round(len(mine) / len(answers), 4),
            "right": _share(one.offered if among else one.right for one in mine),
            "texts": len(mine),
        }
    return found


def measures(answers: Sequence[Answer]) -> dict[str, float]:
    scores = per_class([one.row.topic for one in answers], [one.topic for one in answers])
    return {score.label: score.f1 for score in scores if score.label in MEASURES}


def kept_promise(chosen_on: Sequence[Answer], judged: Sequence[Answer]) -> Figures:
    """The cut that gives 95 % on some texts, used on others: the share above it and its truth."""
    cut = lowest_confidence(confidences(chosen_on).astype(np.float32), rights(chosen_on), PROMISED)
    above = confidences(judged).astype(np.float32) >= cut
    return {
        "cut": round(float(cut), 4),
        "share": _share(above.tolist()),
        "right": _share(rights(judged)[above].tolist()),
    }


def confusions(answers: Iterable[Answer], most: int = 20) -> list[tuple[str, str, int]]:
    """The true topic, the told one, how often; the most frequent first."""
    counts = Counter((one.row.topic, one.topic) for one in answers if not one.right)
    return [(true, told, count) for (true, told), count in counts.most_common(most)]


def confidences(answers: Sequence[Answer]) -> Numbers:
    return np.array([one.confidence for one in answers], dtype=np.float64)


def rights(answers: Sequence[Answer]) -> Flags:
    return _rights(answers, lambda one: one.right)


def _rights(answers: Sequence[Answer], right: Callable[[Answer], bool]) -> Flags:
    return np.array([right(one) for one in answers], dtype=bool)


def _share_of(
    answers: Sequence[Answer],
    label: Callable[[Answer], str | None],
    right: Callable[[Answer], bool],
) -> float | None:
    """Among the rows that have the label at all."""
    return _share(right(one) for one in answers if label(one))


def _share(flags: Iterable[bool]) -> float | None:
    found = list(flags)
    return round(sum(found) / len(found), 4) if found else None
