"""What the classifier knows before the first contact: texts written for it, and topic names."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from classifiers import store
from classifiers.engine import Engine, Example

NAME_WEIGHT = 0.5
FEWEST_WORDS = 3


@cache
def starter() -> tuple[Example, ...]:
    """All invented contacts that come with the product; each file is one author."""
    return tuple(_starter())


@cache
def causes() -> dict[str, list[str]]:
    """The things and symptoms that a cause is made of."""
    labels = json.loads((files("classifiers") / "data" / "labels.json").read_text("utf-8"))
    return {"thing": labels["things"], "symptom": labels["symptoms"]}


def names(topics: Sequence[Mapping[str, Any]]) -> list[Example]:
    """Topic and sub-topic names in every language, and what a topic counts, as weak examples.

    `topics` has the shape of the taxonomy: `{"id", "names": {language: name}, "counts": English
    prose or nothing, "subtopics": [{"id", "names"}]}`.
    """
    weak = []
    for topic in topics:
        for phrase in re.split(r"[.;:]", topic.get("counts") or ""):
            if len(phrase.split()) >= FEWEST_WORDS:
                weak.append(Example(phrase.strip(), topic["id"], language="en", weight=NAME_WEIGHT))
        for code, name in topic["names"].items():
            weak.append(Example(name, topic["id"], language=code, weight=NAME_WEIGHT))
        for subtopic in topic.get("subtopics", ()):
            for code, name in subtopic["names"].items():
                weak.append(
                    Example(
                        f"{topic['names'][code]}: {name}",
                        topic["id"],
                        subtopic["id"],
                        language=code,
                        weight=NAME_WEIGHT,
                    )
                )
    return weak


def ready(models: Path, topics: Sequence[Mapping[str, Any]], key: bytes | None = None) -> Path:
    """The directory of a usable model; trains the starter model when there is none.

    Safe to call from many processes at once: one trains, the others wait.
    """
    found = usable(models, key)
    if found is not None:
        return found
    with store.training(models):
        found = usable(models, key)
        if found is None:
            found = keep(models, Engine.train([*starter(), *names(topics)]), key)
    return found


def usable(models: Path, key: bytes | None = None) -> Path | None:
    """The newest model if it can be read by this version, else None."""
    found = store.newest(models)
    if found is None:
        return None
    try:
        Engine.load(found, key)
    except store.Unusable:
        return None
    return found


def keep(models: Path, engine: Engine, key: bytes | None = None) -> Path:
    """Save a model under its version and use it from now on."""
    directory = models / engine.version
    engine.save(directory, key)
    store.use(models, engine.version)
    return directory


def _starter() -> Iterator[Example]:
    folder = files("classifiers") / "data"
    written = sorted(
        (entry for entry in folder.iterdir() if _starting(entry.name)), key=lambda entry: entry.name
    )
    for entry in written:
        for line in entry.read_text("utf-8").splitlines():
            if line.strip():
                yield example(json.loads(line), entry.name.removesuffix(".jsonl"))


def _starting(name: str) -> bool:
    return name.startswith("starter_") and name.endswith(".jsonl")


def example(row: Mapping[str, Any], source: str) -> Example:
    """A row of a file of labelled texts; `source` names its author."""
    return Example(
        text=row["text"],
        topic=row["topic"],
        subtopic=row.get("subtopic") or None,
        intent=row.get("intent") or None,
        thing=row.get("thing") or None,
        symptom=row.get("symptom") or None,
        subject=row.get("subject") or "",
        channel=row.get("channel") or "email",
        language=row.get("lang"),
        source=source,
    )
