"""One axis: closed-form fit, honest out-of-fold scores, calibrated confidence."""

import numpy as np
import pytest
from scipy import sparse

from classifiers.features import Block
from classifiers.topic import Calibration, Judge, familiarity, learn_calibration, softened


def rows(count: int, seed: int = 0) -> tuple[Block, list[str]]:
    """Three clouds of unit vectors that overlap a little."""
    chance = np.random.default_rng(seed)
    centres = np.eye(3, 12)
    labels = [("pension", "deferral", "exemption")[place % 3] for place in range(count)]
    points = centres[[place % 3 for place in range(count)]] + 0.35 * chance.normal(size=(count, 12))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    terms = sparse.csr_matrix(np.maximum(points, 0).astype(np.float32))
    return Block(terms, points.astype(np.float32)), labels


def test_what_was_learned_is_told_again() -> None:
    block, labels = rows(90)
    judge = Judge().fit(block, labels)
    assert np.mean(judge.predict(block) == np.array(labels)) > 0.95
    assert np.allclose(judge.predict_proba(block).sum(axis=1), 1, atol=1e-5)


def test_out_of_fold_equals_a_fit_without_the_row() -> None:
    block, labels = rows(40)
    whole = Judge().fit(block, labels)
    for left_out in (0, 7, 39):
        others = np.array([place for place in range(40) if place != left_out])
        judge = Judge().fit(block.rows(others), [labels[place] for place in others])
        told = judge.decision_function(block.rows(np.array([left_out])))[0]
        assert np.allclose(told, whole.out_of_fold_[left_out], atol=5e-3)


def test_out_of_fold_leaves_a_whole_author_out() -> None:
    block, labels = rows(45)
    authors = [f"author {place % 4}" for place in range(45)]
    whole = Judge().fit(block, labels, groups=authors)
    others = np.array([place for place in range(45) if place % 4])
    judge = Judge().fit(block.rows(others), [labels[place] for place in others])
    mine = np.array([place for place in range(45) if place % 4 == 0])
    told = judge.decision_function(block.rows(mine))
    assert np.allclose(told, whole.out_of_fold_[mine], atol=5e-3)


def test_a_text_of_no_class_teaches_refusal() -> None:
    block, labels = rows(60)
    nowhere = np.zeros((6, 12), dtype=np.float32)
    nowhere[:, 11] = 1
    both = Block(
        sparse.vstack([block.terms, sparse.csr_matrix(nowhere)]).tocsr(),
        np.vstack([block.vectors, nowhere]),
    )
    judge = Judge().fit(both, [*labels, *[None] * 6])
    assert judge.classes_ == ["deferral", "exemption", "pension"]
    stranger = judge.decision_function(Block(sparse.csr_matrix(nowhere[:1]), nowhere[:1]))
    assert stranger.max() < -0.5


def test_a_weak_row_counts_less() -> None:
    block, labels = rows(30)
    wrong = ["pension"] * 10 + labels[10:]
    light = Judge().fit(block, wrong, weights=[0.05] * 10 + [1.0] * 20)
    heavy = Judge().fit(block, wrong, weights=[1.0] * 30)
    truth = np.array(labels[:10])
    early = block.rows(np.arange(10))
    assert np.mean(light.predict(early) == truth) > np.mean(heavy.predict(early) == truth)


def test_confidence_is_honest_on_rows_never_seen() -> None:
    block, labels = rows(240)
    judge = Judge().fit(block, labels)
    fresh, truth = rows(600, seed=1)
    posterior = judge.predict_proba(fresh)
    right = judge.predict(fresh) == np.array(truth)
    assert abs(posterior.max(axis=1).mean() - right.mean()) < 0.05


def test_calibration_keeps_the_best_label_best() -> None:
    chance = np.random.default_rng(3)
    scores = chance.normal(size=(200, 5)).astype(np.float32)
    doubtful = Calibration(sharpness=2.0, odds=0.1, lead=0.1, bias=-4.0)
    posterior = doubtful.probabilities(scores)
    assert np.array_equal(posterior.argmax(axis=1), scores.argmax(axis=1))
    assert np.allclose(posterior.sum(axis=1), 1, atol=1e-4)


def test_thin_evidence_is_left_to_the_temperature() -> None:
    scores = np.array([[1, 0], [0, 1], [1, 0]], dtype=np.float32)
    found = learn_calibration(scores, np.array([0, 1, 1]))
    assert (found.odds, found.lead, found.bias) == (1.0, 0.0, 0.0)


def test_softened_scores_are_probabilities() -> None:
    posterior = softened(np.array([[3.0, 1.0], [-50.0, 50.0]], dtype=np.float32), 2.0)
    assert posterior.sum(axis=1) == pytest.approx([1, 1])
    assert posterior[0, 0] == pytest.approx(1 / (1 + np.exp(-4)), abs=1e-5)


def test_the_familiar_scores_higher_than_the_strange() -> None:
    scores = np.array([[0.9, -1], [0.9, -1]], dtype=np.float32)
    cosines = np.array([[0.8, 0.7, 0.9, 0.1], [0.1, 0.2, 0.1, 0.1]], dtype=np.float32)
    known, strange = familiarity(scores, cosines)
    assert known > strange
    assert familiarity(scores, None)[0] == pytest.approx(0.9)


def test_a_young_label_is_lifted_until_it_takes_a_few_of_the_others() -> None:
    chance = np.random.default_rng(3)
    truth = np.array([0] * 200 + [1] * 200 + [2] * 5)
    scores = np.full((405, 3), -0.8, dtype=np.float32)
    scores[np.arange(405), truth] = 0.6
    scores[truth == 2] = [0.1, -0.9, -0.2]
    scores += chance.normal(0, 0.2, scores.shape).astype(np.float32)
    plain = learn_calibration(scores, truth)
    lifted = learn_calibration(scores, truth, lost=0.05)
    assert not any(plain.lifts)
    assert lifted.lifts[0] == lifted.lifts[1] == 0 < lifted.lifts[2]
    told = lifted.probabilities(scores).argmax(axis=1)
    before = plain.probabilities(scores).argmax(axis=1)
    assert (told[truth == 2] == 2).sum() > (before[truth == 2] == 2).sum()
    assert (told[truth != 2] == 2).mean() <= 0.06


def test_labels_of_one_age_are_not_lifted() -> None:
    truth = np.array([0, 1] * 60)
    scores = np.where(np.arange(2) == truth[:, None], 0.5, -0.5).astype(np.float32)
    assert not any(learn_calibration(scores, truth, lost=0.05).lifts)
