"""How well and how fast contacts are grouped into problems.

Quality: the demo's contacts, whose authors noted which problem each belongs to. The parameters were
chosen on the first file; the second is held out. Speed: invented vectors, one day at a time.
"""

import json
import resource
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from typing import Any

import numpy as np

from classifiers import concepts, groups, trends
from classifiers.chronicle import Chronicle
from classifiers.encoder import DIMENSIONS
from classifiers.engine import Engine, Text
from classifiers.features import Floats
from classifiers.language import LANGUAGES
from triage.commands.classify import load

FIRST_DAY = date(2020, 3, 30)
CHOSEN_ON, HELD_OUT = "contacts_1.jsonl", "contacts_2.jsonl"
SIZES = (10_000, 100_000)
PROBLEMS = 60
IN_A_PROBLEM = 0.5
Row = dict[str, Any]


def run() -> dict[str, Any]:
    engine = load(None)
    return {
        f"quality on {CHOSEN_ON} (parameters chosen on it)": quality(engine, CHOSEN_ON),
        f"quality on {HELD_OUT} (held out)": quality(engine, HELD_OUT),
        **{f"speed, {size} contacts in one day": speed(engine, size) for size in SIZES},
        "trends, simulated negative binomial days": trend_errors(),
    }


# Quality


def quality(engine: Engine, name: str) -> dict[str, Any]:
    """Where each contact stood at the end of its own day, against what its author meant."""
    written = (files("triage.demo") / name).read_text("utf-8")
    rows: list[Row] = [json.loads(line) for line in written.splitlines() if line.strip()]
    items = items_of(rows, engine)
    chronicle = Chronicle(groups.Params.of(engine))
    stood: dict[groups.ItemId, int | None] = {}
    shown = 0
    days = sorted({item.day for item in items})
    for day in days:
        today = [item for item in items if item.day == day]
        shown += len(chronicle.tell(day, today))
        stood |= {item.id: chronicle.placed[item.id] for item in today}
    truth = [row["truth"] for row in rows]
    return {
        "on its own day": pairs(truth, [stood[row["id"]] for row in rows], rows),
        "after the last day": pairs(truth, [chronicle.placed[row["id"]] for row in rows], rows),
        "cards a day": round(shown / len(days), 1),
        "false cards a day": round(false_cards(rows, stood) / len(days), 1),
        "problems": {
            problem: fate(problem, rows, stood) for problem in sorted({t for t in truth if t})
        },
    }


def items_of(rows: Sequence[Row], engine: Engine) -> list[groups.Item]:
    opinions = engine.classify(
        [Text(row["text"], row["subject"], row["channel"], row["lang"]) for row in rows]
    )
    items = []
    for row, opinion in zip(rows, opinions, strict=True):
        day = FIRST_DAY + timedelta(days=row["day"])
        items.append(
            groups.Item(
                id=row["id"],
                at=datetime.fromisoformat(f"{day}T{row['time']}").replace(tzinfo=UTC),
                day=day,
                client=row["client"],
                language=opinion.language,
                channel=row["channel"],
                text=row["text"],
                features=groups.features(opinion, row["text"], row["subject"]),
            )
        )
    return items


def pairs(
    truth: Sequence[str | None], found: Sequence[int | None], rows: Sequence[Row]
) -> dict[str, float]:
    """Over all pairs of contacts: two of one problem should stand together, no others."""
    same = _together(truth)
    joined = _together(found)
    languages = np.array([row["lang"] for row in rows])
    across = np.triu(languages[:, None] != languages[None, :], 1)
    right = same & joined
    precision = right.sum() / max(joined.sum(), 1)
    recall = right.sum() / max(same.sum(), 1)
    return {
        "precision": round(float(precision), 3),
        "recall": round(float(recall), 3),
        "F1": round(float(2 * precision * recall / max(precision + recall, 1e-9)), 3),
        "recall across languages": round(
            float((right & across).sum() / max((same & across).sum(), 1)), 3
        ),
    }


def _together(labels: Sequence[object]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    numbers = {label: number for number, label in enumerate(dict.fromkeys(labels)) if label}
    place = np.array([numbers.get(label, -1) for label in labels])
    return np.triu((place[:, None] == place[None, :]) & (place[:, None] >= 0), 1)


def false_cards(rows: Sequence[Row], stood: dict[groups.ItemId, int | None]) -> int:
    """Cards shown, day by day, of which no problem holds the half."""
    meant: dict[int, Counter[str]] = {}
    for row in rows:
        if (problem := stood[row["id"]]) is not None:
            meant.setdefault(problem, Counter())[row["truth"] or ""] += 1
    false = {
        problem
        for problem, counts in meant.items()
        if max((n for truth, n in counts.items() if truth), default=0) < sum(counts.values()) / 2
    }
    return len({(row["day"], stood[row["id"]]) for row in rows if stood[row["id"]] in false})


def fate(problem: str, rows: Sequence[Row], stood: dict[groups.ItemId, int | None]) -> str:
    """When a problem was found, how pure its main card is and how much of it is there."""
    mine = [row for row in rows if row["truth"] == problem]
    cards = Counter(stood[row["id"]] for row in mine if stood[row["id"]] is not None)
    first = min(row["day"] for row in mine)
    if not cards:
        return f"{len(mine)} contacts from day {first}: not found"
    card, count = cards.most_common(1)[0]
    held = [row for row in rows if stood[row["id"]] == card]
    inside = [row for row in mine if stood[row["id"]] == card]
    spoken = "".join(f" {code}" for code in LANGUAGES if code in {row["lang"] for row in inside})
    return (
        f"{len(mine)} contacts from day {first}: seen on day {min(row['day'] for row in inside)}, "
        f"{count / len(mine):.0%} on one card, purity {count / len(held):.0%},{spoken}"
    )


# Speed


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


# Trends


def trend_errors(problems: int = 2_000, dispersion: float = 0.15) -> dict[str, float]:
    """How often a calm problem seems to rise, and how often a real rise is seen."""
    chance = np.random.default_rng(6)
    means = np.clip(np.exp(chance.normal(1.6, 0.8, problems)), 0.5, 60)
    history = _counts(chance, means[:, None].repeat(20, axis=1), dispersion)
    figures = {}
    for times in (1, 2, 3, 5):
        today = _counts(chance, means * times, dispersion)
        cards = trends.board(
            FIRST_DAY,
            [
                trends.Observed(number, int(today[number]), history[number].tolist())
                for number in range(problems)
            ],
        )
        rising = np.mean([card.trend == trends.RISING for card in cards])
        figures[f"shown as rising when {times} times as many (%)"] = round(100 * float(rising), 1)
    return figures


def _counts(chance: np.random.Generator, means: Any, dispersion: float) -> Any:
    return chance.negative_binomial(1 / dispersion, 1 / (1 + dispersion * means))
