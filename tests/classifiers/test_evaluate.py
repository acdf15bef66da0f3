"""The measures, on answers small enough to count by hand."""

import numpy as np
import pytest

from classifiers.engine import Example
from classifiers.evaluate import (
    auroc,
    by_language,
    calibration_error,
    coverage,
    experiment,
    label_names,
    macro_f1,
    per_class,
    routed,
    sample,
)


def test_precision_recall_and_f1_of_each_label() -> None:
    scores = per_class(["a", "a", "b", "b"], ["a", "b", "b", "c"])
    assert [(s.label, s.precision, s.recall, s.f1, s.rows) for s in scores] == [
        ("a", 1.0, 0.5, 0.6667, 2),
        ("b", 0.5, 0.5, 0.5, 2),
        ("c", 0.0, 0.0, 0.0, 0),
    ]
    assert macro_f1(["a", "a", "b", "b"], ["a", "b", "b", "c"]) == pytest.approx(0.5833, abs=1e-4)


def test_perfect_confidence_has_no_error() -> None:
    assert calibration_error(np.ones(10), np.ones(10, dtype=bool)) == 0
    assert calibration_error(np.full(10, 0.75), np.arange(10) < 5) == pytest.approx(0.25)


def test_coverage_is_the_largest_share_that_keeps_the_precision() -> None:
    confidence = np.array([0.9, 0.8, 0.7, 0.6])
    assert coverage(confidence, np.array([True, True, False, True]), 0.7) == 1.0
    assert coverage(confidence, np.array([True, True, False, False]), 0.95) == 0.5
    assert coverage(confidence, np.array([False, True, True, True]), 0.95) == 0.0
    assert coverage(np.array([]), np.array([], dtype=bool), 0.95) == 0.0


def test_a_cut_fixed_before_is_judged_as_it_is() -> None:
    found = routed(np.array([0.9, 0.8, 0.7]), np.array([True, False, True]), 0.95, 0.75)
    assert (found.share, found.precision) == (0.6667, 0.5)


def test_auroc_counts_pairs_and_half_of_the_ties() -> None:
    assert auroc(np.array([2.0, 3.0]), np.array([1.0])) == 1.0
    assert auroc(np.array([1.0]), np.array([1.0])) == 0.5
    assert auroc(np.array([]), np.array([1.0])) == 0.0


def test_accuracy_is_told_per_language() -> None:
    assert by_language(["fr", "nl", "fr", None], np.array([True, False, False, True])) == {
        "fr": 0.5,
        "nl": 0.0,
    }


def test_a_sample_is_drawn_by_the_seed() -> None:
    rows = [Example(f"text {n}", "a" if n % 2 else "b") for n in range(40)]
    rows += [Example("none of these", "")] * 3
    drawn = sample(rows, 5, seed=1)
    assert [sum(row.topic == topic for row in drawn) for topic in ("a", "b", "")] == [5, 5, 3]
    assert drawn == sample(rows, 5, seed=1)
    assert drawn != sample(rows, 5, seed=2)


def test_labels_that_are_words_teach_a_little() -> None:
    named = label_names(["card_arrival", "17"], 0.5)
    assert [(row.text, row.topic, row.weight) for row in named] == [
        ("card arrival", "card_arrival", 0.5)
    ]


def rows(count: int) -> list[Example]:
    sentences = {
        "move": "ik ben verhuisd naar straat nummer",
        "pay": "wanneer betalen jullie mijn geld maand",
        "": "het weer is mooi in de bergen dag",
    }
    return [
        Example(f"{text} {'abcdefghij'[n % 10]} {'klmnop'[n % 6]}", topic, language="nl")
        for n in range(count)
        for topic, text in sentences.items()
    ]


def test_an_experiment_reports_everything() -> None:
    report = experiment(rows(30), rows(8), use_encoder=False)
    assert report.accuracy == report.macro_f1 == 1.0
    assert report.languages == {"nl": 1.0}
    assert report.out_of_scope is not None
    assert report.out_of_scope.auroc > 0.9
    assert report.model_bytes > 0
    assert [found.promised for found in report.routed] == [0.95, 0.99]
