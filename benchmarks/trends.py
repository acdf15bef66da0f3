"""How often the board tells of a rise that is none, and how soon of one that is.

Invented days whose parameters the board has to learn: calm problems of many sizes, some of which
change on a day; also days of another kind than it supposes. A problem is tested once a day.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from classifiers.rhythm import Day
from classifiers.sensitivity import Sensitivity
from classifiers.trends import RISING, Background, Observed, board
from models import calendar

Counts = NDArray[np.float64]
TODAY = date(2026, 5, 4)
HISTORY = 40
AT_THE_CAP = Sensitivity(false_a_week=1e9)
"""No budget: each problem is told of at .7 % a day."""
DISPERSIONS = (0.05, 0.12, 0.3)
CHANGES = ((5, 2, 7), (10, 3, 2), (10, 2, 7), (20, 2, 3), (3, 3, 7), (5, 3, 3))
"""(clients a day, times as many, within days)."""
CALM = 100
CHANGED = 10
"""Problems of one board; the dispersion is learned from both."""


@dataclass(frozen=True)
class Scene:
    """How the days of a board are made: (problems, days) of means, then of counts."""

    dispersion: float = 0.12
    memory: float = 0.0
    """Of what a problem has in excess from day to day."""
    outliers: float = 0.0
    """The share of days that are five times as large."""
    weekdays: tuple[float, ...] = (1, 1, 1, 1, 1)
    surge: Callable[[int], NDArray[np.float64]] | None = None
    """What everything is multiplied by, day by day."""

    def days(self, chance: np.random.Generator, means: Counts, days: int) -> Counts:
        shape = (len(means), days)
        heavy = np.array([self.weekdays[day % 5] for day in range(days)])
        if self.surge is not None:
            heavy = heavy * self.surge(days)
        excess = chance.gamma(1 / self.dispersion, self.dispersion, shape)
        if self.memory:
            excess = self._lasting(chance, shape)
        wild = np.where(chance.random(shape) < self.outliers, 5.0, 1.0)
        counts = chance.poisson(means[:, None] * heavy * excess * wild)
        return np.asarray(counts, dtype=np.float64)

    def _lasting(self, chance: np.random.Generator, shape: tuple[int, int]) -> Counts:
        spread = np.sqrt(np.log1p(self.dispersion))
        noise = np.empty(shape)
        noise[:, 0] = chance.normal(size=shape[0])
        for day in range(1, shape[1]):
            step = chance.normal(size=shape[0]) * np.sqrt(1 - self.memory**2)
            noise[:, day] = self.memory * noise[:, day - 1] + step
        return np.asarray(np.exp(spread * noise - spread**2 / 2))


def run(runs: int = 2_000, seed: int = 11) -> dict[str, object]:
    return {
        "false alarms per tested problem and day (%)": {
            f"dispersion {one:g}": per_cent(false_alarms(Scene(one), runs, seed))
            for one in DISPERSIONS
        },
        "the same, other days than supposed (%)": {
            name: per_cent(false_alarms(scene, runs, seed)) for name, scene in otherwise().items()
        },
        "the same with 10 days of history (%)": per_cent(
            false_alarms(Scene(), runs, seed, history=10)
        ),
        "found in time (%)": {
            f"{size:g} a day × {times:g} within {days}, dispersion {one:g}": per_cent(
                found(Scene(one), size, times, days, runs, seed)
            )
            for one in DISPERSIONS
            for size, times, days in CHANGES
        },
        "x2 of 5 within 7, by days of history (%)": {
            str(history): per_cent(found(Scene(), 5, 2, 7, runs, seed, history=history))
            for history in (10, 20, 40, 60)
        },
        "a budget of 2 a week: false alarms a week": {
            f"{problems} problems": round(weekly(problems, runs, seed), 2)
            for problems in (20, 100, 500)
        },
        "everything ten times as large: told as rising (%)": per_cent(surge(runs, seed, own=1)),
        "of these, three times as large again (%)": per_cent(surge(runs, seed, own=3)),
        "2,000 problems, 60 days: seconds": round(pace(seed), 2),
    }


def otherwise() -> dict[str, Scene]:
    return {
        "excess that lasts (.5 from day to day)": Scene(memory=0.5),
        "one day in a hundred five times as large": Scene(outliers=0.01),
        "Mondays 1.6 times as heavy": Scene(weekdays=(1.6, 1.1, 0.9, 0.8, 0.6)),
    }


def false_alarms(scene: Scene, runs: int, seed: int, history: int = HISTORY) -> float:
    """The share of calm problems told as rising, over `runs` problems and five days each."""
    told = tested = 0
    for counts in boards(scene, runs, seed, history, days=5):
        for day in range(5):
            rising = told_rising(counts[:, day : day + history + 1], AT_THE_CAP)
            told += int(rising.sum())
            tested += len(rising)
    return told / tested


def found(
    scene: Scene,
    size: float,
    times: float,
    within: int,
    runs: int,
    seed: int,
    history: int = HISTORY,
) -> float:
    """The share of problems that change which is told within so many days."""
    hits = total = 0
    for counts in boards(scene, runs * CALM // CHANGED, seed, history, within, (size, times)):
        seen = np.zeros(CHANGED, dtype=bool)
        for day in range(within):
            seen |= told_rising(counts[:, day : day + history + 1], AT_THE_CAP)[:CHANGED]
        hits += int(seen.sum())
        total += CHANGED
    return hits / total


def weekly(problems: int, runs: int, seed: int) -> float:
    """False alarms a week of a board of so many calm problems, at the budget as it comes."""
    chance = np.random.default_rng(seed)
    weeks = max(4, runs // problems)
    told = 0
    for _ in range(weeks):
        counts = Scene().days(chance, sizes(chance, problems), HISTORY + 5)
        for day in range(5):
            told += int(told_rising(counts[:, day : day + HISTORY + 1], Sensitivity()).sum())
    return told / weeks


def surge(runs: int, seed: int, own: float) -> float:
    """On a day on which everything is ten times as large: how many are told, of those that are
    `own` times as large again (or of all, with 1)."""
    chance = np.random.default_rng(seed)
    told = total = 0
    for _ in range(max(1, runs // CALM)):
        means = sizes(chance, CALM)
        counts = Scene().days(chance, means, HISTORY + 1)
        times = np.full(CALM, 10.0)
        chosen = np.arange(CALM) < (5 if own > 1 else CALM)
        times[chosen] *= own
        counts[:, -1] = Scene().days(chance, means * times, 1)[:, 0]
        rest = chance.poisson(400, HISTORY + 1) * np.r_[np.ones(HISTORY), 10]
        rising = told_rising(counts, AT_THE_CAP, inflow=(counts.sum(axis=0) + rest).tolist())
        told += int(rising[chosen].sum())
        total += int(chosen.sum())
    return told / total


def pace(seed: int) -> float:
    chance = np.random.default_rng(seed)
    counts = Scene().days(chance, sizes(chance, 2_000), 61)
    began = time.perf_counter()
    told_rising(counts, Sensitivity(days=60), inflow=(counts.sum(axis=0) * 2).tolist())
    return time.perf_counter() - began


def boards(
    scene: Scene,
    runs: int,
    seed: int,
    history: int,
    days: int,
    change: tuple[float, float] | None = None,
) -> list[Counts]:
    """Boards of calm problems; with `change` the first of each have that size and grow on the
    first day after the history."""
    chance = np.random.default_rng(seed)
    made = []
    for _ in range(max(1, runs // CALM)):
        means = sizes(chance, CALM)
        if change is None:
            made.append(scene.days(chance, means, history + days))
            continue
        means[:CHANGED] = change[0]
        before = scene.days(chance, means, history)
        means[:CHANGED] *= change[1]
        made.append(np.concatenate([before, scene.days(chance, means, days)], axis=1))
    return made


def sizes(chance: np.random.Generator, problems: int) -> Counts:
    """Clients a day: most problems small, a few large."""
    return np.asarray(np.exp(chance.normal(1.5, 0.8, problems)))


def told_rising(
    counts: Counts, sensitivity: Sensitivity, inflow: Sequence[float] | None = None
) -> NDArray[np.bool_]:
    observed = [
        Observed(row, int(some[-1]), [int(count) for count in some[:-1]])
        for row, some in enumerate(counts)
    ]
    background = None
    if inflow is not None:
        length = counts.shape[1]
        days = [Day(calendar.working_day_before(TODAY, back)) for back in range(length - 1, 0, -1)]
        background = Background([*days, Day(TODAY)], inflow=inflow)
    rising = np.zeros(len(observed), dtype=bool)
    for card in board(TODAY, observed, background=background, sensitivity=sensitivity):
        rising[card.problem] = card.trend == RISING
    return rising


def per_cent(share: float) -> float:
    return round(100 * share, 2)
