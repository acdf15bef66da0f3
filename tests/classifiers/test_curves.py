"""A version's figures, on answers small enough to count by hand."""

import json

import numpy as np
import pytest

from classifiers.curves import (
    NEVER,
    Answers,
    Cuts,
    calibration_curve,
    confusions,
    coverage_curve,
    cuts_for,
    figures,
    offer,
)
from classifiers.thresholds import Thresholds


def answers(*rows: tuple[str, str, float]) -> Answers:
    """(truth, told, confidence) of each."""
    return Answers(
        truth=[row[0] for row in rows],
        told=[row[1] for row in rows],
        ranked=[(row[1], "pension", "deferral") for row in rows],
        confidence=np.array([row[2] for row in rows]),
        language=["fr", "nl"] * (len(rows) // 2) + ["fr"] * (len(rows) % 2),
        eligible=np.array([row[1] != "other" for row in rows], dtype=bool),
    )


def many(count: int, wrong_below: float, topic: str = "deferral") -> Answers:
    """Answers of falling confidence, all wrong below a confidence."""
    rows = [1 - place / count for place in range(count)]
    return answers(*((topic if sure > wrong_below else "pension", topic, sure) for sure in rows))


def test_what_is_mixed_up_is_counted_the_most_frequent_first():
    truth = ["deferral", "deferral", "pension", "other", "pension"]
    told = ["payment", "payment", "deferral", "other", "pension"]
    assert confusions(truth, told) == [["deferral", "payment", 2], ["pension", "deferral", 1]]


def test_the_calibration_curve_tells_confidence_against_truth():
    curve = calibration_curve(np.array([0.91, 0.99, 0.15]), np.array([True, False, False]))
    assert curve == [[0.15, 0.0, 1], [0.95, 0.5, 2]]


def test_the_coverage_curve_takes_the_surest_first_and_never_other():
    rows = answers(
        ("deferral", "deferral", 0.9), ("pension", "deferral", 0.8), ("other", "other", 0.99)
    )
    assert coverage_curve(rows) == [[0.3333, 1.0, 0.9], [0.6667, 0.5, 0.8]]


def test_of_many_rows_a_hundred_points_are_kept():
    curve = coverage_curve(many(1_000, 0.4))
    assert len(curve) == 100
    assert curve[-1][:2] == [1.0, 0.6]


def test_a_cut_keeps_the_precision_that_was_asked_for():
    rows = many(400, 0.5)
    cuts = cuts_for(rows, 0.95)
    routed = cuts.routed(rows)
    assert rows.right[routed].mean() >= 0.95
    assert 0.5 < routed.mean() < 0.55


def test_a_topic_that_is_never_right_enough_is_never_routed_alone():
    good, bad = many(100, 0.0), many(40, 1.0, topic="reminder")
    rows = Answers(
        [*good.truth, *bad.truth],
        [*good.told, *bad.told],
        [*good.ranked, *bad.ranked],
        np.concatenate([good.confidence, bad.confidence / 2]),
        [*good.language, *bad.language],
        np.concatenate([good.eligible, bad.eligible]),
    )
    cuts = cuts_for(rows, 0.8)
    assert cuts.of_topic["reminder"] == NEVER
    assert cuts.of_topic["deferral"] < 0.3


def test_a_topic_said_too_rarely_has_no_cut_of_its_own():
    assert cuts_for(many(24, 0.0), 0.95).of_topic == {}


def test_an_offer_says_how_many_and_how_wrong_on_rows_that_did_not_choose_the_cut():
    found = offer(many(400, 0.5), 0.95)
    assert found["halves"]
    assert found["share"] == pytest.approx(0.53, abs=0.02)
    assert found["wrong"] == pytest.approx(0.05, abs=0.02)
    assert not offer(many(100, 0.5), 0.95)["halves"]


def test_nothing_can_be_offered_where_nothing_is_right():
    found = offer(many(100, 1.0), 0.9)
    assert (found["share"], found["wrong"], found["auto"]) == (0.0, 0.0, NEVER)


def test_a_topic_without_a_cut_follows_the_common_one():
    rows = answers(("deferral", "deferral", 0.7), ("pension", "pension", 0.7))
    assert Cuts(0.6, {"pension": 0.8}).routed(rows).tolist() == [True, False]


def test_all_figures_fit_into_a_small_json():
    found = figures(many(500, 0.3), Thresholds(auto=0.5))
    assert found["rows"] == 500
    assert found["accuracy"] == pytest.approx(0.7, abs=0.01)
    assert found["languages"]["fr"]["rows"] == 250
    assert found["topics"]["deferral"]["auto"] == pytest.approx(0.7, abs=0.05)
    assert found["confusions"] == [["pension", "deferral", 149]]
    assert len(json.dumps(found)) < 60_000
