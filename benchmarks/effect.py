"""Whether the measured effect of an action is true: invented days on which it is known.

Each scene is drawn often; its own problem changes by a known factor on the day of the action. All
parameters are learned from the days themselves, as on a board.
"""

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.before_after import DAYS_AFTER, DAYS_BEFORE, DayOfContacts
from models.effect import Effect, Verdict, final, measure

Counts = NDArray[np.int64]
RUNS = 2_000
WEEK = np.array([1.3, 1.05, 1.0, 0.95, 0.8])
RANDOM_DAYS = 0.1
"""Standard deviation of what moves everything alike from day to day, on the logarithm."""


@dataclass(frozen=True)
class Scene:
    """How the days around an action are made."""

    level: float = 10.0
    """Contacts a day on the problem before the action."""
    factor: float = 1.0
    before: int = DAYS_BEFORE
    after: int = 5
    dispersion: float = 0.12
    others: int = 12
    """Other problems, of eight contacts a day each."""
    ungrouped: float = 150.0
    surge: float = 1.0
    """By how much everything grows from the action on."""
    memory: float = 0.0
    """Of what the problem has in excess from day to day."""
    outlier: float = 0.0
    """The chance of a day on which the problem draws three times as much."""
    chosen: bool = False
    """Acted upon because its last three days were far above its own level."""


NOTHING = {
    f"{level:g} a day, {before}+{after} days, dispersion {dispersion:g}": Scene(
        level=level, before=before, after=after, dispersion=dispersion
    )
    for level, before, after in ((40, 10, 2), (40, 10, 10), (10, 10, 3), (10, 4, 2), (5, 10, 5))
    for dispersion in (0.05, 0.12, 0.3)
}
FALLS = {
    f"{level:g} a day falls by {1 - factor:.0%}, {after} days": Scene(
        level=level, factor=factor, after=after
    )
    for level in (5, 10, 40)
    for factor, after in ((0.38, 5), (0.38, 10), (0.6, 10))
}
OTHERWISE = {
    "everything triples": Scene(level=20, surge=3.0),
    "everything falls by half": Scene(level=20, surge=0.5),
    "days remember (.5)": Scene(level=20, memory=0.5),
    "wild days (1 in 20)": Scene(level=20, outlier=0.05),
    "no other problems": Scene(level=20, others=0),
    "a small house": Scene(level=5, others=2, ungrouped=10),
    "acted upon because it had risen": Scene(level=10, chosen=True),
}


def run() -> dict[str, object]:
    generator = np.random.default_rng(20260504)
    began = time.perf_counter()
    figures: dict[str, object] = {
        name: {label: told(scene, generator) for label, scene in scenes.items()}
        for name, scenes in (
            ("nothing changes", NOTHING),
            ("it falls", FALLS),
            ("otherwise", OTHERWISE),
        )
    }
    figures["verdicts kept"] = {
        f"{level:g} a day, {'no change' if factor == 1 else f'falls by {1 - factor:.0%}'}": kept(
            Scene(level=level, factor=factor, after=DAYS_AFTER), generator
        )
        for level in (5, 10, 40)
        for factor in (1.0, 0.6, 0.38)
    }
    figures["seconds"] = round(time.perf_counter() - began, 1)
    return figures


def told(scene: Scene, generator: np.random.Generator, runs: int = RUNS) -> dict[str, float]:
    """How often the interval holds the truth, and how often a fall or a rise is claimed."""
    holds = fell = rose = measured = 0
    for _ in range(runs):
        effect = measure(*drawn(scene, generator))
        if effect.low is None or effect.high is None:
            continue
        measured += 1
        holds += effect.low <= scene.factor - 1 <= effect.high
        fell += effect.verdict == Verdict.FELL
        rose += effect.verdict == Verdict.ROSE
    return {
        "interval holds": round(holds / max(measured, 1), 3),
        "fell": round(fell / runs, 3),
        "rose": round(rose / runs, 3),
        "measured": round(measured / runs, 3),
    }


def kept(scene: Scene, generator: np.random.Generator, runs: int = RUNS) -> dict[str, Any]:
    """The verdicts that are kept after one or two looks, and after how many days."""
    tally = dict.fromkeys((verdict.value for verdict in Verdict), 0)
    days = 0
    for _ in range(runs):
        before, after = drawn(scene, generator)
        effect = verdict_of(before, after)
        tally[effect.verdict.value] += 1
        days += effect.days_after
    shares = {name: round(count / runs, 3) for name, count in tally.items() if count}
    return {**shares, "days": round(days / runs, 1)}


def verdict_of(before: list[DayOfContacts], after: list[DayOfContacts]) -> Effect:
    """As the days come in."""
    for count in range(1, len(after) + 1):
        looked = final(before, after[:count])
        if looked is not None:
            return looked[0]
    raise ValueError("so few days never end in a verdict")


# --- invented days --------------------------------------------------------------------------


def drawn(
    scene: Scene, generator: np.random.Generator
) -> tuple[list[DayOfContacts], list[DayOfContacts]]:
    """(before, after)."""
    while True:
        days = scene.before + scene.after
        season = WEEK[np.arange(days) % 5] * np.exp(generator.normal(0, RANDOM_DAYS, days))
        season[scene.before :] *= scene.surge
        own_mean = scene.level * season * excess(scene, days, generator)
        own_mean[scene.before :] *= scene.factor
        own = counts(own_mean, scene.dispersion, generator)
        lately = own[scene.before - 3 : scene.before].sum()
        if not scene.chosen or lately > 1.3 * scene.level * season[scene.before - 3 :][:3].sum():
            break
    others = np.zeros(days, dtype=np.int64)
    for _ in range(scene.others):
        others += counts(8 * season, scene.dispersion, generator)
    total = own + others + generator.poisson(scene.ungrouped * season)
    made = [
        DayOfContacts(int(own[day]), int(others[day]), int(total[day]), int(own[day]))
        for day in range(days)
    ]
    return made[: scene.before], made[scene.before :]


def counts(mean: NDArray[np.float64], spread: float, generator: np.random.Generator) -> Counts:
    return generator.poisson(mean * generator.gamma(1 / spread, spread, len(mean)))


def excess(scene: Scene, days: int, generator: np.random.Generator) -> NDArray[np.float64]:
    """What the model knows nothing of: days that remember, and wild ones; around 1."""
    made = np.ones(days)
    if scene.memory:
        noise, carried = generator.normal(0, 0.25, days), 0.0
        for day in range(days):
            carried = scene.memory * carried + noise[day]
            made[day] = np.exp(carried - 0.25**2 / (1 - scene.memory**2) / 2)
    if scene.outlier:
        made *= np.where(generator.random(days) < scene.outlier, 3.0, 1.0)
    return made
