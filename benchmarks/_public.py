"""The same pipeline from scratch on public labelled sets: CSV with text, label, lang and split."""

import csv
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import mean
from typing import Any

from benchmarks._sets import remembered_vectors
from classifiers.engine import Example
from classifiers.evaluate import Report, experiment, label_names, sample
from classifiers.starter import NAME_WEIGHT

NONE = ("oos", "out_of_scope", "none")
"""Labels that mean none of the others."""
FEW = 10
DRAWS = 3


def public(folder: Path, full: bool) -> dict[str, Any]:
    """Ten rows of each class, the mean of three draws, and with `full` everything."""
    found: dict[str, Any] = {}
    for path in sorted(folder.glob("*.csv")):
        parts = read(path)
        with remembered_vectors():
            draws = [
                judged(sample(parts["train"], FEW, seed), parts["test"]) for seed in range(DRAWS)
            ]
            found[f"{path.stem}, {FEW} a class"] = averaged([figures(draw) for draw in draws])
            if full:
                found[f"{path.stem}, all"] = figures(judged(parts["train"], parts["test"]))
    return found


def read(path: Path) -> dict[str, list[Example]]:
    """The rows to learn from and to be judged on; an empty topic is out of scope."""
    parts: dict[str, list[Example]] = {"train": [], "test": []}
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            if row["split"] in parts:
                topic = "" if row["label"] in NONE else row["label"]
                parts[row["split"]].append(Example(row["text"], topic, language=row.get("lang")))
    return parts


def judged(learned: Sequence[Example], test: Sequence[Example]) -> Report:
    """The words in a label are a weak example of it."""
    names = label_names(sorted({row.topic for row in learned if row.topic}), NAME_WEIGHT)
    return experiment([*learned, *names], test)


def figures(report: Report) -> dict[str, Any]:
    at_95 = report.routed[0]
    flat = {
        "train": report.train_rows,
        "test": report.test_rows,
        "accuracy": report.accuracy,
        "macro_f1": report.macro_f1,
        "ece": report.calibration_error,
        "covered_best_cut": at_95.ceiling,
        "covered_share": at_95.share,
        "covered_right": at_95.precision,
        **{f"accuracy_{code}": share for code, share in report.languages.items() if code},
    }
    if report.out_of_scope:
        refused = asdict(report.out_of_scope)
        flat |= {name: refused[name] for name in ("auroc", "out_of_scope_recall", "in_scope_kept")}
        flat["recall_keeping_95"] = refused["recall_keeping_95"]
    return flat


def averaged(draws: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {name: round(mean(draw[name] for draw in draws), 4) for name in draws[0]}
