"""One training, from what people taught to a measured version: the work of the child process.

It says how far it has come in its row, and leaves a version that is put to use only where the
rules of `triage.promotion` allow it.
"""

import hashlib
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from classifiers import encoder, store
from classifiers.curves import ENOUGH_OWN, Answers, figures
from classifiers.engine import SCHEMA, Decision, Engine, Example, Text
from classifiers.text import opening, spoken
from classifiers.training import written
from models.base import now, transaction
from models.model_version import ModelVersion, TrainingReason, read_lately
from models.prediction import Vector
from triage import cuts, lessons, promotion, routing
from triage.lessons import Taught

BEAT_EVERY = 1.0
"""Seconds between two signs of life, and at most so often does the progress move."""
KEPT_ANSWERS = 5_000
RECENT = 300
"""Contacts that a new version reads again, to say what would change."""
VECTORS_AT_ONCE = 256
Told = Callable[[str, float], None]


def carry_out(app: Flask, row_id: int, *, use_encoder: bool = True) -> str:
    """Train what the row asks for and return the version; its process may die at any time.

    A fault of the texts is written into the row; it is raised all the same.
    """
    with alive(app, row_id) as told, store.training(promotion.models_directory()):
        began = time.monotonic()
        told("gathering", 0.0)
        with transaction():
            last_word = ModelVersion.newest_word()
            taught = lessons.gather()
        examples = [one.example for one in taught]
        if use_encoder and encoder.available():
            examples = with_vectors(examples, told)
        try:
            engine = Engine.train(examples, use_encoder, told=later_in(told, 0.4, 0.9))
        except ValueError as fault:  # too few topics or texts: trying again would not help
            with transaction():
                row_of(row_id).fail(str(fault), now())
            raise
        told("keeping", 0.9)
        keep(engine)
        manifest = manifest_of(taught, engine, use_encoder, time.monotonic() - began)
        found = figures_of(taught, engine)
        with transaction():
            engine.thresholds = cuts.foreseen(engine, found)
            found["lately"] = lately(engine, promotion.in_use())
        with transaction():
            at = now()
            row = row_of(row_id)
            row.last_correction_id = last_word
            row.learned(engine.version, manifest, found, at)
            lessons.raise_doubts(taught, engine.held_out, engine.version, at)
            settle(row, at)
    return engine.version


def settle(row: ModelVersion, at: datetime) -> None:
    """Put the new version to use where nobody need be asked; else it waits as a candidate."""
    assert row.version is not None
    promotion.take_turn()
    running = promotion.put_to_use()
    if running == row.version:
        return
    verdict = promotion.judge(row, running)
    row.manifest = {
        **row.manifest,
        "beside": running,
        "verdict": {"no_worse": verdict.no_worse, "reason": verdict.reason, **verdict.facts},
    }
    by_itself = row.reason in (TrainingReason.TOPIC, TrainingReason.NIGHT)
    # A topic that the version in use does not know does not wait for a person.
    wanted = row.reason == TrainingReason.TOPIC and brings_a_topic(row, running)
    if running is None or promotion.damage(running) or wanted or (by_itself and verdict.no_worse):
        promotion.promote(row.version, by=row.asked_by, at=at)
    promotion.clear_away()
    promotion.forget_stale()


def brings_a_topic(row: ModelVersion, running: str | None) -> bool:
    """Whether a version has learned a topic that the one in use has no text of."""
    before = ModelVersion.of(running)
    known = before.manifest.get("topics", ()) if before is not None else ()
    return bool(set(row.manifest["topics"]) - set(known))


def row_of(row_id: int) -> ModelVersion:
    row = ModelVersion.named(row_id)
    assert row is not None
    return row


@contextmanager
def alive(app: Flask, row_id: int) -> Iterator[Told]:
    """Signs of life beside the work, with the step and the share that `told(step, share)` said."""
    said: dict[str, Any] = {"step": "waiting", "share": 0.0}
    ended = threading.Event()

    def told(step: str, share: float) -> None:
        said.update(step=step, share=share)

    def beat() -> None:
        while not ended.wait(BEAT_EVERY):
            # A database that restarts must not make a training that works look dead.
            with suppress(SQLAlchemyError), app.app_context(), transaction():
                row = ModelVersion.named(row_id)
                if row is not None and row.under_way:
                    row.beat(said["step"], said["share"], now())

    heart = threading.Thread(target=beat, daemon=True)
    heart.start()
    try:
        yield told
    finally:
        ended.set()
        heart.join()


def later_in(told: Told, start: float, end: float) -> Told:
    """The same, for a part of the whole."""
    return lambda step, share: told(step, start + (end - start) * share)


def keep(engine: Engine) -> None:
    """Write the model, unless the same one lies there whole: it may be in use.

    What stood alone until now, and was used for it, goes on being used.
    """
    alone = promotion.in_use()
    if alone is not None and promotion.put_to_use() is None:
        store.use(promotion.models_directory(), alone)
    directory = promotion.models_directory() / engine.version
    try:
        store.check(directory, SCHEMA)
    except store.Unusable:
        if directory.is_symlink():
            store.remove(directory.parent, engine.version)
        engine.save(directory)


# --- vectors that are known -----------------------------------------------------------------


def with_vectors(examples: Sequence[Example], told: Told) -> list[Example]:
    """The examples with their vectors: kept ones, and new ones, which are kept in turn.

    Those of clients' texts are kept with their contacts alone, and go with them.
    """
    hashes = [hash_of(example) for example in examples]
    with transaction():
        stored = Vector.known(routing.ENCODER, sorted(set(hashes)))
    vectors = {content: np.frombuffer(vector, "<f2") for content, vector in stored.items()}
    missing = {
        content: example
        for content, example in zip(hashes, examples, strict=True)
        if content not in vectors and example.vector is None
    }
    for start in range(0, len(missing), VECTORS_AT_ONCE):
        told("encoding", 0.05 + 0.35 * start / len(missing))
        batch = list(missing.items())[start : start + VECTORS_AT_ONCE]
        fresh = encoder.encode([spoken(opening(one.text, one.subject)) for _, one in batch])
        assert fresh is not None
        vectors |= {batch[row][0]: vector.astype("<f2") for row, vector in enumerate(fresh)}
        kept = {content: vectors[content].tobytes() for content, one in batch if one.client is None}
        with transaction():
            Vector.keep(routing.ENCODER, kept)
    return [
        replace(example, vector=vectors[content].astype(np.float32))
        if example.vector is None
        else example
        for content, example in zip(hashes, examples, strict=True)
    ]


def hash_of(example: Example) -> str:
    return routing.content_hash(Text(example.text, example.subject))


# --- what is written down of it -------------------------------------------------------------


def manifest_of(
    taught: Sequence[Taught], engine: Engine, use_encoder: bool, seconds: float
) -> dict[str, Any]:
    """What the version was made of, for whoever asks in a year."""
    examples = [one.example for one in taught]
    return {
        "data": digest(examples),
        "rows": dict(sorted(Counter(map(source_of, taught)).items())),
        "languages": dict(sorted(Counter(one.language or "" for one in examples).items())),
        "topics": dict(sorted(Counter(one.topic for one in examples).items())),
        "release": release(),
        "schema": SCHEMA,
        "encoder": encoder.NAME if use_encoder and encoder.available() else "",
        "seconds": round(seconds, 1),
        "bytes": store.size(promotion.models_directory() / engine.version),
        "thresholds": asdict(engine.thresholds),
    }


def digest(examples: Sequence[Example]) -> str:
    return hashlib.sha256("\n".join(written(examples)).encode()).hexdigest()


def source_of(one: Taught) -> str:
    if one.correction_id is not None:
        return "contacts"
    if one.example.source.startswith(lessons.LESSON):
        return "lessons"
    return one.example.source or "names"


def release() -> str:
    try:
        return version("triage")
    except PackageNotFoundError:
        return ""


def lately(engine: Engine, running: str | None) -> dict[str, Any]:
    """What the new version says of the last contacts that the one in use has read."""
    if running is None or running == engine.version:
        return {}
    read = read_lately(running, RECENT)
    texts = [
        Text(contact.new_text, contact.subject, contact.channel, contact.language)
        for contact, _ in read
    ]
    opinions = engine.classify(routing.with_known_vectors(texts), routing.inflow())
    both = list(zip(read, opinions, strict=True))
    changed = [
        [contact.id, said.topic_id, opinion.topic]
        for (contact, said), opinion in both
        if said.topic_id != opinion.topic
    ]
    return {
        "beside": running,
        "contacts": len(read),
        "changed": changed,
        "alone_before": sum(said.decision == Decision.AUTO for _, said in read),
        "alone_after": sum(opinion.decision == Decision.AUTO for opinion in opinions),
    }


def figures_of(taught: Sequence[Taught], engine: Engine) -> dict[str, Any]:
    """Out-of-fold figures of all rows and of own contacts alone, and the answers to these."""
    held, familiar = engine.held_out, engine.thresholds.familiar
    own = [
        row for row, place in enumerate(held.places) if taught[int(place)].correction_id is not None
    ]
    intents = [row for row, truth in enumerate(held.intent_truth) if truth]
    right = [held.intent_truth[row] == held.intent_told[row] for row in intents]
    found: dict[str, Any] = {
        "all": figures(Answers.of(held, familiar), engine.thresholds),
        "intent": {"rows": len(right), "accuracy": round(float(np.mean(right or [False])), 4)},
        "answers": {
            str(taught[int(held.places[row])].correction_id): held.told[row]
            for row in own[-KEPT_ANSWERS:]
        },
        "taught": {
            topic: asdict(seen)
            for topic, seen in lessons.found_per_topic(list(taught), held).items()
        },
    }
    if len(own) >= ENOUGH_OWN:
        found["own"] = figures(Answers.of(held, familiar, own), engine.thresholds)
    return found
