"""Labels with calibrated confidence: kernel ridge regression on terms and meaning.

One Cholesky factor gives the fit and, in closed form, what each row would have been told by a
model that never saw it (Rifkin & Lippert 2007, "Notes on regularized least squares"), so
calibration and thresholds are honest and cost nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy import linalg  # type: ignore[import-untyped]
from scipy.optimize import minimize_scalar  # type: ignore[import-untyped]
from sklearn.base import BaseEstimator, ClassifierMixin  # type: ignore[import-untyped]
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

from classifiers.features import ROWS_AT_ONCE, Block, Floats, likeness, meaning

Doubles = NDArray[np.float64]

PENALTY = 0.1
BALANCE = 0.5
NEAREST = 3
FEWEST_TO_CALIBRATE = 15
FAMILIARITY_WEIGHT = 2.0
FEWEST_TO_LIFT = 3
"""Rows of a young label: fewer are no evidence, and names or seed words alone are none."""
YOUNG = 0.25
"""A label with fewer rows than this share of the middle one's is young: it counts for more."""
MOST_LIFT = 6.0


@dataclass(frozen=True, slots=True)
class Calibration:
    """From scores to probabilities: a temperature (Guo et al. 2017), then for the best label a
    logistic of its log-odds and of its lead over the second (Platt 1999, two features)."""

    sharpness: float = 1.0
    odds: float = 1.0
    lead: float = 0.0
    bias: float = 0.0
    lifts: Sequence[float] = ()
    """Added to the logit of each label: what few rows say too softly among many others."""

    def probabilities(self, scores: Floats) -> Floats:
        """Rows that sum to 1 in the order of the scores; the best label stays the best."""
        posterior = softened(scores, self.sharpness, self.lifts)
        if posterior.shape[1] < 2:
            return posterior
        rows = np.arange(len(posterior))
        best = posterior.argmax(axis=1)
        first, second = _two_best(posterior)
        odds, lead = _evidence(first, second)
        trusted = 1 / (1 + np.exp(-(self.odds * odds + self.lead * lead + self.bias)))
        rest = second / np.maximum(1 - first, 1e-9)
        trusted = np.clip(trusted, np.minimum(rest / (1 + rest) + 1e-4, 1 - 1e-6), 1 - 1e-6)
        posterior *= ((1 - trusted) / np.maximum(1 - first, 1e-9))[:, None].astype(np.float32)
        posterior[rows, best] = trusted
        return posterior


class Judge(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """One axis (topic, intent…): `fit` on a Block and labels, `predict_proba` on another.

    A label of None in `fit` is a text that belongs to none of the classes: it only teaches
    what to refuse. `groups` (authors, clients) are left out together in the out-of-fold scores.
    `lost` is the share of all other rows that a young label may take away, out of fold, in order
    to be found at all: five rows are not heard among thousands (measured: docs/classifiers.md).
    """

    def __init__(
        self, penalty: float = PENALTY, balance: float = BALANCE, lost: float = 0.0
    ) -> None:
        self.penalty = penalty
        self.balance = balance
        self.lost = lost

    def fit(
        self,
        block: Block,
        labels: Sequence[str | None],
        weights: Sequence[float] | None = None,
        groups: Sequence[str] | None = None,
        inverse: Floats | None = None,
    ) -> Self:
        """`inverse` is `inverse_of` these rows, when several axes share it."""
        self.classes_, truth = _places(labels)
        targets = -np.ones((len(labels), len(self.classes_)), dtype=np.float32)
        known = np.flatnonzero(truth >= 0)
        targets[known, truth[known]] = 1
        trust = np.ones(len(labels)) if weights is None else np.asarray(weights, dtype=np.float64)
        if inverse is None:
            kernel = likeness(block, block)
            inverse = inverse_of(kernel, [labels], trust, self.penalty, self.balance)
        duals = inverse @ targets
        self.out_of_fold_ = _left_out(inverse, duals, targets, groups)
        self.truth_ = truth
        measured = known[trust[known] >= 1] if np.any(trust[known] >= 1) else known
        calibration = learn_calibration(self.out_of_fold_[measured], truth[measured], self.lost)
        return self.restore(
            self.classes_, np.asarray(block.terms.T @ duals), duals, block.vectors, calibration
        )

    def restore(
        self,
        classes: Sequence[str],
        term_weights: Floats,
        duals: Floats,
        vectors: Floats | None,
        calibration: Calibration,
    ) -> Self:
        """Become what `fit` learned; half precision, so that a saved model answers the same."""
        self.classes_ = list(classes)
        self.term_weights_ = term_weights.astype(np.float16).astype(np.float32)
        self.duals_ = duals.astype(np.float16).astype(np.float32)
        self.vectors_ = vectors
        self.calibration_ = calibration
        return self

    def decision_function(self, block: Block, near: Floats | None = None) -> Floats:
        """Scores (n, classes), about -1 to 1; `near` is `meaning` to the training rows if known."""
        scores: Floats = np.asarray(block.terms @ self.term_weights_, dtype=np.float32)
        if block.vectors is not None and self.vectors_ is not None:
            near = meaning(block.vectors, self.vectors_) if near is None else near
            scores += near @ self.duals_
        return scores

    def predict_proba(self, block: Block, near: Floats | None = None) -> Floats:
        return self.calibration_.probabilities(self.decision_function(block, near))

    def predict(self, block: Block) -> NDArray[np.str_]:
        chosen = self.predict_proba(block).argmax(axis=1)
        return np.array([self.classes_[place] for place in chosen], dtype=np.str_)


def softened(scores: Floats, sharpness: float, lifts: Sequence[float] = ()) -> Floats:
    """Softmax of the scores times an inverse temperature, young labels lifted."""
    powers = scores * np.float32(sharpness)
    if len(lifts):
        powers += np.asarray(lifts, dtype=np.float32)
    powers = np.exp(powers - powers.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), dtype=np.float32)


def familiarity(scores: Floats, cosines: Floats | None) -> Floats:
    """How much a text looks like something known: best score plus twice the nearest cosines.

    `cosines` (n, rows): to the training rows; a training row must not be compared with itself.
    """
    best: Floats = scores.max(axis=1)
    if cosines is None or cosines.shape[1] == 0:
        return best
    count = min(NEAREST, cosines.shape[1])
    nearest = np.partition(cosines, -count, axis=1)[:, -count:]
    return np.asarray(best + np.float32(FAMILIARITY_WEIGHT) * nearest.mean(axis=1), np.float32)


def inverse_of(
    kernel: Floats,
    axes: Sequence[Sequence[str | None]],
    weights: Sequence[float] | Doubles,
    penalty: float = PENALTY,
    balance: float = BALANCE,
) -> Floats:
    """The factor of the regression that all these axes of labels share; uses up the kernel.

    Each axis lifts its rare labels; together they lift by the geometric mean, so that one factor
    serves them all: at 7,000 rows it costs four seconds.
    """
    lifts = [np.log(_balanced(_places(labels)[1], balance)) for labels in axes]
    care = np.asarray(weights) * np.exp(np.mean(lifts, axis=0))
    # At 15,000 rows a second copy of the kernel would cost another gigabyte.
    return _inverse(kernel, np.float32(penalty) / care.astype(np.float32))


def _places(labels: Sequence[str | None]) -> tuple[list[str], NDArray[np.intp]]:
    """The classes in order, and the place of each label among them; -1 for none."""
    classes = sorted({label for label in labels if label is not None})
    place = {label: column for column, label in enumerate(classes)}
    truth = [-1 if label is None else place[label] for label in labels]
    return classes, np.array(truth, dtype=np.intp)


def _balanced(truth: NDArray[np.intp], balance: float) -> Doubles:
    """Weights that lift rare labels: 0 leaves rows alike, 1 makes labels alike."""
    weights = np.ones(len(truth))
    known = truth >= 0
    if known.any():
        counts = np.bincount(truth[known])
        weights[known] = (counts[counts > 0].mean() / counts[truth[known]]) ** balance
    return weights


def _inverse(alike: Floats, penalties: Floats) -> Floats:
    """(K + P)^-1 in place of K, which is symmetric: its transpose is what LAPACK wants."""
    matrix = np.asfortranarray(alike.T, dtype=np.float32)
    matrix[np.diag_indices_from(matrix)] += penalties
    factor, failed = linalg.lapack.spotrf(matrix, lower=1, overwrite_a=1)
    if failed:
        raise ValueError("the texts are too alike to learn from")
    inverse, failed = linalg.lapack.spotri(factor, lower=1, overwrite_c=1)
    if failed:
        raise ValueError("the texts are too alike to learn from")
    for start in range(0, len(inverse), ROWS_AT_ONCE):
        stop = min(start + ROWS_AT_ONCE, len(inverse))
        inverse[start:stop, stop:] = inverse[stop:, start:stop].T
        square = inverse[start:stop, start:stop]
        square[:] = np.tril(square) + np.tril(square, -1).T
    return np.asarray(inverse, dtype=np.float32)


def _left_out(
    inverse: Floats, duals: Floats, targets: Floats, groups: Sequence[str] | None
) -> Floats:
    """What each row is told by the fit without it, or without its whole group."""
    if groups is None or len(set(groups)) < 3:
        return np.asarray(targets - duals / np.diag(inverse)[:, None], dtype=np.float32)
    told = np.empty_like(targets)
    names = np.asarray(groups)
    for name in sorted(set(groups)):
        rows = np.flatnonzero(names == name)
        held = linalg.solve(inverse[np.ix_(rows, rows)], duals[rows], assume_a="pos")
        told[rows] = targets[rows] - held
    return told


def learn_calibration(scores: Floats, truth: NDArray[np.intp], lost: float = 0.0) -> Calibration:
    """Fit on out-of-fold scores; on thin evidence the temperature alone."""
    sharpness = _sharpness(scores, truth)
    lifts = _lifts(scores * np.float32(sharpness), truth, lost)
    posterior = softened(scores, sharpness, lifts)
    right = posterior.argmax(axis=1) == truth
    if posterior.shape[1] < 2 or min(right.sum(), (~right).sum()) < FEWEST_TO_CALIBRATE:
        return Calibration(sharpness, lifts=lifts)
    evidence = np.column_stack(_evidence(*_two_best(posterior)))
    for columns in ([0, 1], [0], [1]):
        logistic = LogisticRegression(C=10).fit(evidence[:, columns], right)
        weights = dict(zip(columns, logistic.coef_[0].tolist(), strict=True))
        if min(weights.values()) >= 0:  # more evidence never lowers the confidence
            bias = float(logistic.intercept_[0])
            return Calibration(sharpness, weights.get(0, 0.0), weights.get(1, 0.0), bias, lifts)
    return Calibration(sharpness, lifts=lifts)


def _lifts(powers: Floats, truth: NDArray[np.intp], lost: float) -> list[float]:
    """For each young label the lift at which all of them take `lost` of the other rows."""
    if not lost or not len(truth):
        return []
    counts = np.bincount(truth, minlength=powers.shape[1])
    few = counts < YOUNG * np.median(counts[counts > 0])
    young = np.flatnonzero(few & (counts >= FEWEST_TO_LIFT))
    if not len(young):
        return []
    lifts = np.zeros(powers.shape[1])
    for label in young:
        others = powers[truth != label]
        ahead = np.delete(others, label, axis=1).max(axis=1) - others[:, label]
        lifts[label] = np.clip(np.quantile(ahead, lost / len(young)), 0, MOST_LIFT)
    return [round(float(lift), 4) for lift in lifts]


def _two_best(posterior: Floats) -> tuple[Doubles, Doubles]:
    ranked = np.partition(posterior.astype(np.float64), -2, axis=1)
    return ranked[:, -1], ranked[:, -2]


def _evidence(first: Doubles, second: Doubles) -> tuple[Doubles, Doubles]:
    bounded = np.clip(first, 1e-6, 1 - 1e-6)
    return np.log(bounded / (1 - bounded)), np.log(bounded / np.maximum(second, 1e-9))


def _sharpness(scores: Floats, truth: NDArray[np.intp]) -> float:
    """The inverse temperature of least log loss on out-of-fold scores."""
    if not len(truth) or scores.shape[1] < 2:
        return 1.0

    def loss(logarithm: float) -> float:
        powers = scores.astype(np.float64) * np.exp(logarithm)
        powers -= powers.max(axis=1, keepdims=True)
        chosen = powers[np.arange(len(truth)), truth]
        return float(np.mean(np.log(np.exp(powers).sum(axis=1)) - chosen))

    return float(np.exp(minimize_scalar(loss, bounds=(-3.0, 5.0), method="bounded").x))
