"""How good the classifier is: pure measures of its answers, and one experiment from rows to report.

A threshold that is chosen on the rows it is judged on flatters. So coverage is reported twice: at
the best cut of the test rows (to compare with published figures) and at the cut that training had
fixed, with the precision that was really reached.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from classifiers import store
from classifiers.engine import Engine, Example, Opinion, Text

BINS = 15
Truth = Sequence[str]
Numbers = NDArray[np.floating]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class ClassScore:
    label: str
    precision: float
    recall: float
    f1: float
    rows: int


@dataclass(frozen=True, slots=True)
class Routed:
    """What a promised precision yields: share of rows above the cut, and the precision there."""

    promised: float
    ceiling: float
    share: float
    precision: float


@dataclass(frozen=True, slots=True)
class Rejection:
    """How well texts that belong to no class are refused: at the cut that training fixed, and at
    the cut of the test rows that keeps 95 % of those in scope."""

    in_scope_accuracy: float
    out_of_scope_recall: float
    in_scope_kept: float
    recall_keeping_95: float
    auroc: float
    rows: int


@dataclass(frozen=True, slots=True)
class Report:
    train_rows: int
    test_rows: int
    accuracy: float
    macro_f1: float
    calibration_error: float
    routed: list[Routed]
    classes: list[ClassScore]
    train_seconds: float
    texts_per_second: float
    model_bytes: int
    languages: dict[str, float] = field(default_factory=dict)
    out_of_scope: Rejection | None = None


def experiment(
    train: Sequence[Example], test: Sequence[Example], use_encoder: bool = True
) -> Report:
    """Train from scratch and judge on the test rows; an empty topic means out of scope."""
    began = time.perf_counter()
    engine = Engine.train(train, use_encoder)
    trained = time.perf_counter()
    opinions = engine.classify(
        [Text(row.text, row.subject, row.channel, row.language) for row in test]
    )
    answered = time.perf_counter()
    known = [place for place, row in enumerate(test) if row.topic]
    truth = [test[place].topic for place in known]
    told = [opinions[place].topic for place in known]
    confidence = np.array([opinions[place].topic_confidence for place in known])
    right = np.array([said == true for said, true in zip(told, truth, strict=True)], dtype=bool)
    return Report(
        train_rows=len(train),
        test_rows=len(test),
        accuracy=_share(right),
        macro_f1=macro_f1(truth, told),
        calibration_error=calibration_error(confidence, right),
        routed=[
            routed(confidence, right, promised, engine.cut(promised)) for promised in (0.95, 0.99)
        ],
        classes=per_class(truth, told),
        train_seconds=round(trained - began, 2),
        texts_per_second=round(len(test) / max(answered - trained, 1e-9), 1),
        model_bytes=_bytes(engine),
        languages=by_language([test[place].language for place in known], right),
        out_of_scope=rejection(engine, test, opinions) if len(known) < len(test) else None,
    )


def macro_f1(truth: Truth, told: Truth) -> float:
    """The mean F1 over the labels that occur in the truth."""
    scores = [score.f1 for score in per_class(truth, told) if score.rows]
    return round(float(np.mean(scores)), 4) if scores else 0.0


def per_class(truth: Truth, told: Truth) -> list[ClassScore]:
    """Precision, recall and F1 of each label, in alphabetical order."""
    actual, said = np.asarray(truth, dtype=object), np.asarray(told, dtype=object)
    scores = []
    for label in sorted({*truth, *told}):
        hits = int(((actual == label) & (said == label)).sum())
        rows, answers = int((actual == label).sum()), int((said == label).sum())
        f1 = 2 * hits / (rows + answers)
        precision, recall = hits / answers if answers else 0.0, hits / rows if rows else 0.0
        scores.append(ClassScore(label, round(precision, 4), round(recall, 4), round(f1, 4), rows))
    return scores


def calibration_error(confidence: Numbers, right: Flags, bins: int = BINS) -> float:
    """Expected calibration error over equal-width bins (Naeini et al. 2015), 0 to 1."""
    if not len(right):
        return 0.0
    places = np.minimum((np.asarray(confidence) * bins).astype(int), bins - 1)
    error = 0.0
    for place in np.unique(places):
        inside = places == place
        error += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
    return round(float(error), 4)


def coverage(confidence: Numbers, right: Flags, precision: float) -> float:
    """The largest share of rows, best confidence first, of which `precision` are right."""
    if not len(right):
        return 0.0
    order = np.argsort(-np.asarray(confidence), kind="stable")
    reached = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    enough = np.flatnonzero(reached >= precision)
    return round(float(enough[-1] + 1) / len(order), 4) if len(enough) else 0.0


def routed(confidence: Numbers, right: Flags, promised: float, cut: float) -> Routed:
    """Coverage at the best cut of these rows, and at the cut that was fixed before seeing them."""
    above = confidence >= cut
    return Routed(
        promised, coverage(confidence, right, promised), _share(above), _share(right[above])
    )


def auroc(wanted: Numbers, unwanted: Numbers) -> float:
    """The chance that a wanted row scores above an unwanted one (Mann-Whitney)."""
    if not len(wanted) or not len(unwanted):
        return 0.0
    ordered = np.sort(np.asarray(unwanted))
    below = np.searchsorted(ordered, wanted, side="left")
    upto = np.searchsorted(ordered, wanted, side="right")
    return round(float(np.mean((below + upto) / 2) / len(ordered)), 4)


def rejection(engine: Engine, test: Sequence[Example], opinions: Sequence[Opinion]) -> Rejection:
    """Refuse below the familiarity that 95 % of the training rows had out of fold."""
    scores = np.array([opinion.familiarity for opinion in opinions])
    inside = np.array([bool(row.topic) for row in test])
    right = np.array(
        [opinion.topic == row.topic for row, opinion in zip(test, opinions, strict=True)]
    )
    kept = scores >= engine.thresholds.familiar
    return Rejection(
        in_scope_accuracy=_share(right[inside]),
        out_of_scope_recall=_share(~kept[~inside]),
        in_scope_kept=_share(kept[inside]),
        recall_keeping_95=_share(scores[~inside] < np.quantile(scores[inside], 0.05)),
        auroc=auroc(scores[inside], scores[~inside]),
        rows=int((~inside).sum()),
    )


def by_language(languages: Sequence[str | None], right: Flags) -> dict[str, float]:
    named = np.array([code or "" for code in languages], dtype=object)
    return {code: _share(right[named == code]) for code in sorted(set(named)) if code}


def sample(rows: Sequence[Example], per_class_rows: int, seed: int) -> list[Example]:
    """At most so many rows of each topic, drawn with the seed; out-of-scope rows all stay."""
    chance = np.random.default_rng(seed)
    topics = np.array([row.topic for row in rows], dtype=object)
    chosen: list[int] = []
    for topic in sorted(set(topics)):
        mine = np.flatnonzero(topics == topic)
        if topic and len(mine) > per_class_rows:
            mine = chance.choice(mine, per_class_rows, replace=False)
        chosen += mine.tolist()
    return [rows[place] for place in sorted(chosen)]


def label_names(topics: Sequence[str], weight: float) -> list[Example]:
    """Labels that are words, as weak examples: `card_arrival` says something, `17` does not."""
    named = {topic: topic.replace("_", " ").replace("/", " ").strip() for topic in topics}
    return [
        Example(name, topic, weight=weight)
        for topic, name in sorted(named.items())
        if sum(map(str.isalpha, name)) >= 3
    ]


def _bytes(engine: Engine) -> int:
    with TemporaryDirectory() as folder:
        directory = Path(folder) / engine.version
        engine.save(directory)
        return store.size(directory)


def _share(flags: Flags) -> float:
    return round(float(np.mean(flags)), 4) if len(flags) else 0.0
