"""How the projection of causes is learned: contacts of one cause together, all others apart. Pure.

Supervised contrastive loss (Khosla et al. 2020, arXiv 2004.11362) over batches of causes, with
contacts of no cause as further strangers; a hidden layer with dropout; Adam with decoupled decay.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

from classifiers.causes import DIMENSIONS, STAGES, Projection, behind
from classifiers.features import Floats

HIDDEN = 512
CAUSES = 64
TELLERS = 6
STRANGERS = 256
TEMPERATURE = 0.1
DROPPED = 0.4
RATE = 1e-3
ROUNDS = 60
DECAY = 1e-2
NEAR, FAR, TINY = 0.9, 0.999, 1e-8


@dataclass(slots=True)
class _Weights:
    """One matrix and what Adam remembers of it."""

    value: Floats
    mean: Floats
    square: Floats

    @classmethod
    def of(cls, value: Floats) -> "_Weights":
        return cls(value, np.zeros_like(value), np.zeros_like(value))

    def step(self, gradient: Floats, rate: float, count: int) -> None:
        self.mean += np.float32(1 - NEAR) * (gradient - self.mean)
        self.square += np.float32(1 - FAR) * (gradient * gradient - self.square)
        moved = (self.mean / (1 - NEAR**count)) / (np.sqrt(self.square / (1 - FAR**count)) + TINY)
        self.value -= np.float32(rate) * (moved + np.float32(DECAY) * self.value)


def learn(
    columns: tuple[str, ...],
    rows: Floats,
    causes: NDArray[np.intp],
    strangers: Floats,
    stages: Sequence[str],
    rounds: int = ROUNDS,
    seed: int = 0,
    told: Callable[[int, float], None] = lambda step, loss: None,
) -> Projection:
    """The projection of `rows` (n, d), weighted as they go in, whose `causes` (n,) are numbers
    from 0; `strangers` (m, d) share a cause with nobody. `stages` (n,) are of STAGES."""
    chance = np.random.default_rng(seed)
    width = rows.shape[1]
    first = _Weights.of(_drawn(chance, width, HIDDEN))
    offset = _Weights.of(np.zeros(HIDDEN, np.float32))
    second = _Weights.of(_drawn(chance, HIDDEN, DIMENSIONS))
    members = [np.flatnonzero(causes == cause) for cause in range(int(causes.max()) + 1)]
    steps = max(1, rounds * len(members) // CAUSES)
    for step in range(1, steps + 1):
        chosen = chance.choice(len(members), min(CAUSES, len(members)), replace=False)
        batch = np.concatenate(
            [chance.choice(members[one], min(TELLERS, len(members[one])), replace=False)
             for one in chosen]
        )  # fmt: skip
        others = chance.choice(len(strangers), min(STRANGERS, len(strangers)), replace=False)
        given = _dropped(chance, np.vstack([rows[batch], strangers[others]]))
        before = given @ first.value + offset.value
        kept = chance.random(before.shape, dtype=np.float32) >= DROPPED
        passed = np.float32(1 / (1 - DROPPED)) * (kept & (before > 0))
        hidden = before * passed
        out = hidden @ second.value
        length = np.maximum(np.linalg.norm(out, axis=1, keepdims=True), np.float32(1e-6))
        loss, towards = contrast(out / length, causes[batch])
        towards = (towards - out * (out * towards).sum(axis=1, keepdims=True) / length**2) / length
        back = (towards @ second.value.T) * passed
        rate = RATE * (1 + np.cos(np.pi * step / steps)) / 2
        second.step(hidden.T @ towards, rate, step)
        first.step(given.T @ back, rate, step)
        offset.step(back.sum(axis=0), rate, step)
        told(step, loss)
    places = behind(rows @ first.value, offset.value, second.value)
    towards_stage = _stages(places, stages)
    return Projection(columns, first.value, offset.value, second.value, towards_stage)


def contrast(places: Floats, causes: NDArray[np.intp]) -> tuple[float, Floats]:
    """Loss and its gradient (n, d) at unit rows `places`; the first rows have causes, the others
    are strangers: minus the mean log share that those of one cause have in all that is near."""
    count = len(causes)
    alike = places[:count] @ places.T / np.float32(TEMPERATURE)
    itself = np.arange(count)
    alike[itself, itself] = -np.inf
    shares = np.exp(alike - alike.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    same = np.zeros_like(alike)
    same[:, :count] = causes[:, None] == causes[None, :]
    same[itself, itself] = 0
    same /= np.maximum(same.sum(axis=1, keepdims=True), 1)
    loss = -float((same * np.log(np.maximum(shares, 1e-12))).sum() / count)
    pull = (shares - same) / np.float32(count * TEMPERATURE)
    towards = pull.T @ places[:count]
    towards[:count] += pull @ places
    return loss, towards.astype(np.float32)


def _stages(places: Floats, stages: Sequence[str]) -> Floats:
    fitted = LogisticRegression(max_iter=500).fit(places, stages)
    order = [list(fitted.classes_).index(stage) for stage in STAGES]
    weights = np.vstack([fitted.coef_[order].T, fitted.intercept_[order]])
    return weights.astype(np.float32)


def _drawn(chance: np.random.Generator, into: int, out: int) -> Floats:
    bound = np.float32(1 / np.sqrt(into))
    return chance.uniform(-bound, bound, (into, out)).astype(np.float32)


def _dropped(chance: np.random.Generator, values: Floats) -> Floats:
    kept = chance.random(values.shape, dtype=np.float32) >= DROPPED
    dropped: Floats = values * kept * np.float32(1 / (1 - DROPPED))
    return dropped
