"""How fast the commands are and how much memory they take, each in a process of its own.

Everything runs on one thread, so texts a processor second are texts a second on a core that is
free; the wall clock is given beside it, because other work may have shared the cores.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median, quantiles
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks._sets import DEMO, FROZEN_SETS, Row, demo, frozen, text
from classifiers import store
from classifiers.engine import Engine, Example
from classifiers.starter import example

ROOT = Path(__file__).resolve().parents[1]
TRIAGE = [sys.executable, "-c", "from triage.commands import main; main()"]
SINGLE = 200
TRIES = 3
"""The quickest counts: other work on the machine only ever adds."""


@dataclass(frozen=True, slots=True)
class Cost:
    wall: float
    processor: float
    peak_mb: int


def pace() -> dict[str, Any]:
    rows = unseen()
    return {
        "words a text": round(mean(len(f"{row.subject} {row.text}".split()) for row in rows), 1),
        "words and encoder": costs(rows, []),
        "words only": costs(rows, ["--no-encoder"]),
    }


def unseen() -> list[Example]:
    """Texts that nothing was learned from: the judges and the demo's days."""
    told: list[Row] = [row for name in DEMO for row in demo(name)]
    return [
        *(row for name in FROZEN_SETS for row in frozen(name)),
        *(example(row, "demo") for row in told),
    ]


def costs(rows: Sequence[Example], flags: list[str]) -> dict[str, Any]:
    with TemporaryDirectory() as folder:
        training = cost(["train", *flags], folder)
        one, all_of_them = (quickest(folder, some) for some in (rows[:1], rows))
        directory = store.newest(Path(folder) / "models")
        assert directory is not None
        began = time.process_time()
        engine = Engine.load(directory)
        loaded = time.process_time() - began
        processor, wall = alone(engine, rows[:SINGLE])
        size = store.size(directory)
    texts = len(rows) - 1
    return {
        "training, processor seconds": round(training.processor, 1),
        "training, wall seconds": round(training.wall, 1),
        "training, peak memory (MB)": training.peak_mb,
        "model on disk (MB)": round(size / 1e6, 1),
        "load, processor seconds": round(loaded, 2),
        "first answer of a new process, processor seconds": round(one.processor, 2),
        "classify, texts a processor second": round(
            texts / (all_of_them.processor - one.processor), 1
        ),
        "classify, texts a second of the wall clock": round(
            texts / (all_of_them.wall - one.wall), 1
        ),
        "classify, peak memory (MB)": all_of_them.peak_mb,
        "one text, processor ms, median": round(1000 * median(processor), 1),
        "one text, processor ms, of twenty the slowest": round(
            1000 * quantiles(processor, n=20)[-1], 1
        ),
        "one text, wall ms, median": round(1000 * median(wall), 1),
    }


def quickest(folder: str, rows: Sequence[Example]) -> Cost:
    tries = [cost(["classify"], folder, rows) for _ in range(TRIES)]
    return min(tries, key=lambda one: one.processor)


def cost(arguments: list[str], data_dir: str, rows: Sequence[Example] = ()) -> Cost:
    with TemporaryDirectory() as folder:
        asked = Path(folder) / "asked.jsonl"
        asked.write_text("".join(line(place, row) for place, row in enumerate(rows)), "utf-8")
        began = time.perf_counter()
        with asked.open("rb") as stream:
            child = subprocess.Popen(
                [*TRIAGE, *arguments],
                stdin=stream,
                stdout=subprocess.DEVNULL,
                cwd=ROOT,
                env={**os.environ, "DATA_DIR": data_dir},
            )
            _, status, used = os.wait4(child.pid, 0)
        wall = time.perf_counter() - began
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"triage {' '.join(arguments)} ended with {child.returncode}")
    return Cost(wall, used.ru_utime + used.ru_stime, round(used.ru_maxrss / 1024))


def line(place: int, row: Example) -> str:
    asked = {"id": place, "text": row.text, "subject": row.subject, "channel": row.channel}
    return json.dumps(asked) + "\n"


def alone(engine: Engine, rows: Sequence[Example]) -> tuple[list[float], list[float]]:
    """Seconds for each text given by itself to a warm engine: processor and wall clock."""
    engine.classify([text(row) for row in rows[-5:]])
    processor, wall = [], []
    for row in rows:
        used, began = time.process_time(), time.perf_counter()
        engine.classify([text(row)])
        processor.append(time.process_time() - used)
        wall.append(time.perf_counter() - began)
    return processor, wall
