"""How long after a huge day's last contact its board is ready, on a PostgreSQL of its own.

All contacts of the day are invented and classified beforehand: their vectors and signals are kept,
as they are when contacts come in one by one. What embedding costs is reported apart.
"""

import json
import multiprocessing
import os
import resource
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
from sqlalchemy import make_url

from benchmarks import _sets
from benchmarks.group import invented
from classifiers import store
from classifiers.engine import AXES, Engine, Text
from classifiers.language import LANGUAGES
from models import schema
from models.base import db, now, transaction
from models.calendar import business_day, start_of
from models.outbox import Job, later
from models.placing import newest_contact, standing_of
from models.user import Role, User
from tests.people import Browser
from triage import catalog, routing
from triage.application import create_app
from triage.commands.classify import load
from triage.commands.first_model import models_directory
from triage.config import Settings
from triage.embedded import Postgres, Valkey
from triage.foundation import bare_app
from triage.screening import grouping

SIZES = tuple(int(size) for size in os.environ.get("BOARD_SIZES", "20000 100000").split())
EMBEDDED = 1_000
LATE = 5.0
"""Seconds after which a newcomer comes while a run is under way."""
CONTACT = (
    "intake_id, channel, client_id, said_at, received_at, language, sender, subject, text, "
    "new_text, copies, fully_read, defects, fields, urgency, dissatisfied, repeated, collected"
)


def run() -> dict[str, Any]:
    engine = load(None)
    return {
        f"embedding {EMBEDDED} texts (s)": embedding(engine),
        **{f"{size} contacts in one day": a_day(engine, size) for size in SIZES},
    }


def embedding(engine: Engine) -> float:
    rows = (_sets.demo("contacts_1") + _sets.demo("contacts_2"))[:EMBEDDED]
    texts = [Text(row["text"], row["subject"], row["channel"], row["lang"]) for row in rows]
    began = time.perf_counter()
    engine.vectors(texts)
    return round((time.perf_counter() - began) * EMBEDDED / len(texts), 1)


def a_day(engine: Engine, size: int) -> dict[str, Any]:
    with house() as settings:
        fill(settings, engine, size, seed=1)
        first = in_process(settings, grouped)
        again = in_process(settings, grouped)
        between = newcomer(settings, engine)
        return {
            "first run, everything new (s)": first["seconds"],
            "of this, processor time of the worker (s)": first["processor"],
            "the board's page after it (s)": first["page"],
            "cards": first["cards"],
            "contacts placed": first["placed"],
            "peak memory (MB)": max(first["memory"], again["memory"]),
            "another run, nothing new (s)": again["seconds"],
            **between,
        }


# The house


@contextmanager
def house() -> Iterator[Settings]:
    """An installation of its own, with the catalog and the model in use."""
    with tempfile.TemporaryDirectory(prefix="passerelle-bench-") as name:
        directory = Path(name)
        directory.chmod(0o711)
        postgres, valkey = Postgres(directory), Valkey(directory)
        try:
            settings = Settings.from_environment(
                {
                    "DATABASE_URL": postgres.start(),
                    "REDIS_URL": valkey.start(),
                    "DATA_DIR": str(directory / "data"),
                    "MAIL_DOMAIN": "fund.example",
                }
            )
            schema.upgrade(settings.database_url or "")
            own = settings.data_dir / "models"
            own.mkdir(parents=True)
            current = store.newest(models_directory())
            assert current is not None
            (own / current.name).symlink_to(current.absolute())
            store.use(own, current.name)
            with bare_app(settings).app_context():
                catalog.load(settings)
                db.session.remove()
                db.engine.dispose()
            yield settings
        finally:
            valkey.stop()
            postgres.stop()


def in_process(settings: Settings, work: Any, *given: Any) -> dict[str, Any]:
    """The figures of `work` in a process of its own, whose memory nothing else has used."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_told, args=(theirs, settings, work, given))
    process.start()
    figures: dict[str, Any] = ours.recv()
    process.join()
    return figures


def _told(pipe: Any, settings: Settings, work: Any, given: Sequence[Any]) -> None:
    app = create_app(settings, worker=True)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    with app.app_context():
        routing.engine()
        pipe.send(work(app, *given))


def grouped(app: Any, page: bool = True) -> dict[str, Any]:
    """One run, from the promise to the board."""
    promise()
    began, worked = time.perf_counter(), time.process_time()
    grouping.group_waiting("benchmark")
    seconds, worked = time.perf_counter() - began, time.process_time() - worked
    shown = looked_at(app) if page else 0.0
    placed = standing_of(range(1, newest_contact() + 1))
    return {
        "seconds": round(seconds, 1),
        "processor": round(worked, 1),
        "page": round(shown, 2),
        "cards": len({standing.problem_id for standing in placed.values()}),
        "placed": len(placed),
        "memory": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def promise() -> None:
    with transaction():
        later(Job.GROUP, business_day(now()).toordinal(), cause=f"taught {uuid.uuid4()}")


def looked_at(app: Any) -> float:
    """How long the board takes for somebody who leads the meeting."""
    with transaction():
        leader = User(
            login=f"koen{uuid.uuid4().hex[:6]}",
            name="Koen Wouters",
            role=Role.MANAGER.value,
            language="en",
        )
        db.session.add(leader)
    app.test_client_class = Browser
    browser = app.test_client()
    browser.sign_in(leader)
    began = time.perf_counter()
    answer = browser.get("/screening", follow_redirects=True)
    assert answer.status_code == 200, answer.status_code
    return time.perf_counter() - began


def newcomer(settings: Settings, engine: Engine) -> dict[str, Any]:
    """One more contact of a card, read a few seconds after a run has begun."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_told, args=(theirs, settings, grouped, (False,)))
    process.start()
    time.sleep(LATE)
    wait_for_a_run(settings)
    time.sleep(LATE)
    fill(settings, engine, 12, seed=1, afresh=False)
    placed = in_process(settings, placed_beside)
    running = process.is_alive() and not ours.poll()
    run = ours.recv()
    process.join()
    return {
        "a run while 12 more come (s)": run["seconds"],
        "these 12 looked at while it runs (s)": placed["seconds"],
        "of these, placed": placed["placed"],
        "the run was still under way": running,
    }


def wait_for_a_run(settings: Settings) -> None:
    url = make_url(settings.database_url or "").set(drivername="postgresql")
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as connection:
        for _ in range(600):
            held = connection.execute(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted"
            ).fetchone()
            if held and held[0]:
                return
            time.sleep(0.1)
    raise RuntimeError("no run has begun")


def placed_beside(app: Any) -> dict[str, Any]:
    with transaction():
        later(Job.GROUP, business_day(now()).toordinal(), cause=f"contact {uuid.uuid4()}")
    newest = newest_contact()
    began = time.perf_counter()
    grouping.group_waiting("another worker")
    seconds = time.perf_counter() - began
    return {
        "seconds": round(seconds, 1),
        "placed": len(standing_of(range(newest - 11, newest + 1))),
    }


# The day


def fill(settings: Settings, engine: Engine, size: int, seed: int, afresh: bool = True) -> None:
    """Contacts of today with all that is kept of them, copied straight into the tables."""
    day = business_day(now())
    begun, ended = start_of(day), now()
    step = (ended - begun) / (size + 1)
    rows = _sets.demo("contacts_1") + _sets.demo("contacts_2")
    texts = {
        language: [(row["subject"], row["text"]) for row in rows if row["lang"] == language]
        for language in LANGUAGES
    }
    url = make_url(settings.database_url or "").set(drivername="postgresql")
    with psycopg.connect(url.render_as_string(hide_password=False)) as connection:
        had = _one(connection, "SELECT coalesce(max(id), 0) FROM intake")
        connection.execute(
            "INSERT INTO client (name, representative, version) "
            "SELECT 'Client ' || number, false, 1 FROM generate_series(1, %s) number",
            [size],
        )
        clients = _one(connection, "SELECT max(id) FROM client") - size
        connection.execute(
            "INSERT INTO intake (id, key, channel, adapter, envelope, sha256, size, received_at, "
            "state, tries) SELECT number, gen_random_uuid(), 'email', 'smtp', '{}', '', 0, now(), "
            "'read', 0 FROM generate_series(%s::int, %s::int) number",
            [had + 1, had + size],
        )
        items = invented(engine, size, day, seed)
        with connection.cursor().copy(f"COPY contact ({CONTACT}) FROM STDIN") as copy:
            for number, item in enumerate(items, 1):
                said = begun + step * number if afresh else now()
                among = texts[item.language]
                subject, text = among[number % len(among)]
                copy.write_row(contact(had + number, clients + number, said, item, subject, text))
        before = _one(connection, "SELECT max(id) FROM contact") - size
        with connection.cursor().copy(
            "COPY contact_signal (contact_id, model_version, encoder, content_hash, posteriors) "
            "FROM STDIN"
        ) as copy:
            for number, item in enumerate(items, 1):
                posteriors = np.concatenate([item.features.posteriors[axis] for axis in AXES])
                kept = posteriors.astype("<f2").tobytes()
                signal = engine.version, routing.ENCODER, f"{had + number:064}"
                copy.write_row((before + number, *signal, kept))
        with connection.cursor().copy(
            "COPY vector (encoder, content_hash, vector) FROM STDIN"
        ) as copy:
            for number, item in enumerate(items, 1):
                assert item.features.vector is not None
                vector = item.features.vector.astype("<f2").tobytes()
                copy.write_row((routing.ENCODER, f"{had + number:064}", vector))
        connection.execute("SELECT setval('intake_id_seq', %s)", [had + size])
        connection.commit()
        connection.autocommit = True
        connection.execute("ANALYZE")


def contact(
    intake: int, client: int, said: datetime, item: Any, subject: str, text: str
) -> tuple[Any, ...]:
    written = (subject, text, text)
    empty = ("[]", True, "[]", json.dumps({}), 0.0, 0.0, False, False)
    moments = (said, said + timedelta(seconds=1))
    return (intake, "email", client, *moments, item.language, "", *written, *empty)


def _one(connection: psycopg.Connection[Any], question: Any) -> int:
    found = connection.execute(question).fetchone()
    assert found is not None
    return int(found[0])
