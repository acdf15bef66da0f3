"""How well and how fast contacts are grouped into problems.

Quality: streams with planted problems, and the demo's contacts, whose authors noted which problem
each belongs to. What was chosen was chosen on the development streams and the demo's first file.
Speed: invented vectors, one day at a time.
"""

import resource
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import _streams
from classifiers import concepts, groups
from classifiers.chronicle import Chronicle
from classifiers.encoder import DIMENSIONS
from classifiers.engine import Engine
from classifiers.features import Floats
from classifiers.language import LANGUAGES
from triage.commands.classify import load

FIRST_DAY = date(2020, 3, 30)
DEMO = Path(__file__).parents[1] / "triage" / "demo"
TOLD = {
    "development 1 (chosen on)": _streams.STREAMS / "development_1.jsonl",
    "development 2 (chosen on)": _streams.STREAMS / "development_2.jsonl",
    "frozen 1": _streams.STREAMS / "frozen_1.jsonl",
    "frozen 2": _streams.STREAMS / "frozen_2.jsonl",
    "demo, first file (chosen on)": DEMO / "contacts_1.jsonl",
    "demo, second file": DEMO / "contacts_2.jsonl",
}
SIZES = (10_000, 100_000)
PROBLEMS = 60
IN_A_PROBLEM = 0.5


def run() -> dict[str, Any]:
    engine = load(None)
    quality = {
        name: _streams.figures(_streams.tell(_streams.read(path), engine))
        for name, path in TOLD.items()
    }
    return quality | {f"speed, {size} contacts in one day": speed(engine, size) for size in SIZES}


def speed(engine: Engine, size: int) -> dict[str, Any]:
    """A first day that founds everything, and a second that meets what is known."""
    chronicle = Chronicle(groups.Params.of(engine))
    figures: dict[str, Any] = {}
    for number, name in enumerate(("nothing known yet", "the day after")):
        day = FIRST_DAY + timedelta(days=20 * number)
        items = invented(engine, size, day, seed=number)
        began = time.perf_counter()
        board = chronicle.tell(day, items)
        figures[f"{name} (s)"] = round(time.perf_counter() - began, 1)
        figures[f"{name}, cards"] = len(board)
    figures["peak memory (MB)"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    return figures


def invented(engine: Engine, size: int, day: date, seed: int) -> list[groups.Item]:
    """Half of the contacts around the centres of some problems, the others anywhere."""
    place, chance = np.random.default_rng(0), np.random.default_rng(seed + 1)
    centres = place.normal(size=(PROBLEMS, DIMENSIONS)).astype(np.float32)
    causes = {
        axis: place.dirichlet(np.full(len(labels), 0.05), PROBLEMS).astype(np.float32)
        for axis, labels in engine.labels.items()
    }
    names = list(concepts.weights())
    spoken = [place.choice(len(names), 6, replace=False) for _ in range(PROBLEMS)]
    which = np.where(chance.random(size) < IN_A_PROBLEM, chance.integers(0, PROBLEMS, size), -1)
    at = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
    items = []
    for row, problem in enumerate(which.tolist()):
        vector = chance.normal(size=DIMENSIONS).astype(np.float32)
        if problem >= 0:
            vector += 0.6 * centres[problem]
        posteriors: dict[str, Floats] = {
            axis: _posterior(causes[axis], problem, chance) for axis in causes
        }
        words = spoken[problem] if problem >= 0 else chance.choice(len(names), 4, replace=False)
        items.append(
            groups.Item(
                id=f"{day} {row}",
                at=at,
                day=day,
                client=f"c{row}",
                language=LANGUAGES[row % 4],
                channel="email",
                text="",
                features=groups.Features(
                    vector=vector / np.linalg.norm(vector),
                    posteriors=posteriors,
                    terms=(f"word{row % 977}", f"word{problem}"),
                    concepts=tuple(names[word] for word in words[:4]),
                ),
            )
        )
    return items


def _posterior(causes: Floats, problem: int, chance: np.random.Generator) -> Floats:
    noise = chance.dirichlet(np.full(causes.shape[1], 0.1)).astype(np.float32)
    return noise if problem < 0 else 0.5 * causes[problem] + 0.5 * noise
