"""Redis is a bell: what lies in it is never believed, and losing it loses nothing."""

import os
import pickle
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from redis import Redis
from rq import Queue
from rq.job import Job as Ring
from rq.serializers import DefaultSerializer, JSONSerializer
from sqlalchemy import select

from classifiers import encoder
from models import base, outbox
from models.base import db, now, transaction
from models.contact import Contact
from models.intake import Adapter, Intake, State
from models.job_slot import JobSlot
from models.mailbox import Mailbox
from models.outbox import Job, later
from models.settings import Setting
from tests.people import amelie, letter
from triage import background, clock, routing
from triage import bell as bell_module
from triage.bell import Bell
from triage.commands.worker import WarmWorker
from triage.intake import receive_mail

NOBODY = "redis://127.0.0.1:1"


@pytest.fixture
def connection(app, redis_url) -> Iterator[Redis]:
    with Redis.from_url(redis_url) as made:
        made.flushall()
        yield made


@pytest.fixture
def queue(connection) -> Queue:
    return Queue(bell_module.QUEUE, connection=connection, serializer=JSONSerializer)


def let_work(app, connection: Redis) -> None:
    """A worker that takes what is in Redis, forks for each, and goes."""
    background.serve(app)
    db.session.rollback()
    worker = WarmWorker([bell_module.QUEUE], connection=connection, serializer=JSONSerializer)
    worker.work(burst=True, logging_level="ERROR", max_idle_time=1)
    db.session.expire_all()


def kept_mail() -> int:
    return receive_mail(letter(amelie, "Bonjour"), adapter=Adapter.SMTP, mailbox=Mailbox.first())


def state_of(intake_id: int) -> str:
    intake = Intake.named(intake_id)
    assert intake is not None
    return intake.state


# --- what lies in Redis ---------------------------------------------------------------------


def test_the_bell_puts_one_plain_job_into_redis(app, queue):
    kept_mail()
    (ring,) = queue.jobs
    assert (ring.func_name, list(ring.args), ring.kwargs) == (bell_module.WORK, [], {})
    assert background.may_run(ring)


def test_bells_do_not_pile_up(app, queue):
    for _ in range(10):
        kept_mail()
    assert queue.count == bell_module.ENOUGH_BELLS


def test_nothing_a_client_wrote_lies_in_redis(app, connection):
    kept_mail()
    kept = b" ".join(connection.dump(key) or b"" for key in connection.keys("*"))
    assert b"Bonjour" not in kept
    assert amelie.email.encode() not in kept


@pytest.mark.parametrize(
    "foreign",
    [
        {"f": "os.system", "args": ("touch FILE",)},
        {"f": "os.getcwd"},
        {"f": "builtins.eval", "args": ("open('FILE', 'w')",)},
        {"f": bell_module.WORK, "args": (1,)},
        {"f": bell_module.WORK, "kwargs": {"url": "http://example.com"}},
        {"f": bell_module.WORK, "meta": {"a": 1}},
        {"f": bell_module.WORK, "on_success": "os.getcwd"},
        {"f": bell_module.WORK, "on_failure": "os.getcwd"},
        {"f": "triage.clock.tend"},
    ],
    ids=["shell", "library", "eval", "argument", "keyword", "meta", "callback", "failure", "own"],
)
def test_a_job_that_is_not_ours_is_refused(queue, foreign):
    call = dict(foreign)
    ring = Ring.create(
        call.pop("f"),
        **{k: v for k, v in call.items() if not k.startswith("on_")},
        connection=queue.connection,
        serializer=JSONSerializer,
    )
    ring._success_callback_name = call.get("on_success")
    ring._failure_callback_name = call.get("on_failure")
    assert not background.may_run(ring)


@pytest.mark.faults
def test_a_worker_runs_no_shell_and_goes_on(app, connection, queue, tmp_path):
    marker = tmp_path / "marker"
    queue.enqueue("os.system", f"touch {marker}")
    intake_id = kept_mail()
    let_work(app, connection)
    assert not marker.exists()
    assert Contact.from_intake(intake_id) is not None
    assert queue.failed_job_registry.count == 1


@pytest.mark.faults
def test_a_worker_opens_no_pickle_and_goes_on(app, connection, queue, tmp_path):
    marker = tmp_path / "marker"
    ring = queue.enqueue(bell_module.WORK)
    connection.hset(ring.key, "data", pickle.dumps(Touching(str(marker))))
    intake_id = kept_mail()
    let_work(app, connection)
    assert not marker.exists()
    assert Contact.from_intake(intake_id) is not None


@pytest.mark.faults
def test_a_worker_opens_no_pickle_that_another_program_enqueued(app, connection, tmp_path):
    marker = tmp_path / "marker"
    Queue(bell_module.QUEUE, connection=connection, serializer=DefaultSerializer).enqueue(
        os.system, f"touch {marker}"
    )
    intake_id = kept_mail()
    let_work(app, connection)
    assert not marker.exists()
    assert Contact.from_intake(intake_id) is not None


class Touching:
    """Unpickling it makes a file."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple:
        return os.system, (f"touch {self.path}",)


def test_the_marker_would_appear_if_a_pickle_were_opened(tmp_path):
    pickle.loads(pickle.dumps(Touching(str(tmp_path / "marker"))))  # noqa: S301 (made here)
    assert (tmp_path / "marker").exists()


def test_the_classifier_is_whole_before_a_worker_forks(app, monkeypatch):
    monkeypatch.setattr(routing, "_loaded", {})
    encoder._model.cache_clear()
    assert routing.engine() is not None
    assert encoder._model.cache_info().currsize == 1


# --- without Redis --------------------------------------------------------------------------


def test_without_redis_nobody_waits_for_the_bell(settings):
    bell = Bell(NOBODY, settings.redis_timeout)
    began = time.monotonic()
    for _ in range(20):
        assert not bell.ring()
    assert time.monotonic() - began < 1


def test_a_redis_that_says_nothing_keeps_nobody_waiting(settings):
    with closing(socket.socket()) as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(5)
        bell = Bell(f"redis://127.0.0.1:{deaf.getsockname()[1]}", settings.redis_timeout)
        began = time.monotonic()
        for _ in range(20):
            assert not bell.ring()
        assert time.monotonic() - began < 2 * settings.redis_timeout


def test_without_redis_a_mail_is_kept_at_once(app, settings, monkeypatch):
    monkeypatch.setattr(base, "after_commit", [Bell(NOBODY, settings.redis_timeout).ring])
    began = time.monotonic()
    kept_mail()
    assert time.monotonic() - began < 1.5
    assert outbox.waiting() == {"read": 1}


def test_a_bell_that_could_not_ring_tries_again_after_a_while(settings, redis_url, monkeypatch):
    bell = Bell(NOBODY, settings.redis_timeout)
    bell.ring()
    bell.connection = Redis.from_url(redis_url)
    assert not bell.ring()
    monkeypatch.setattr(bell_module, "SILENCE", 0.0)
    bell._silent_until = 0.0
    assert bell.ring()
    bell.connection.close()


def test_without_an_address_of_redis_there_is_no_bell(settings):
    bell = Bell(None, settings.redis_timeout)
    assert not bell.ring()
    assert not bell.answers()


def test_whether_redis_answers_is_known(app, settings):
    assert bell_module.bell().answers()
    assert not Bell(NOBODY, settings.redis_timeout).answers()


def test_emptying_redis_loses_nothing(app, connection, house):
    intakes = [kept_mail() for _ in range(3)]
    connection.flushall()
    assert outbox.work_waits()
    house.work()
    assert all(state_of(intake_id) != State.RECEIVED for intake_id in intakes)


# --- work and the clock ---------------------------------------------------------------------


def test_a_worker_stops_when_nothing_is_left(app, settings):
    assert not background.keep_promises(settings, 30)


def test_a_worker_whose_turn_is_over_says_that_work_is_left(app, settings):
    kept_mail()
    assert background.keep_promises(settings, 0)
    assert outbox.waiting() == {"read": 1}


def test_promises_for_later_are_left_alone(app, settings):
    with transaction():
        later(Job.SEND, 1, not_before=now() + timedelta(minutes=1))
    assert not background.keep_promises(settings, 30)
    assert outbox.waiting() == {"send": 1}


def test_work_rings_again_when_its_turn_was_too_short(app, queue, monkeypatch):
    kept_mail()
    queue.empty()
    monkeypatch.setattr(background, "ONE_TURN", 0.0)
    background.serve(app)
    background.work()
    assert queue.count == 1


def test_signs_of_life_have_an_age(app):
    assert clock.heartbeats(now()) == {"relay": None, "mail": None, "worker": None}
    clock.beat("relay")
    age = clock.heartbeats(now() + timedelta(seconds=30))["relay"]
    assert age is not None and 30 <= age < 40


def test_a_worker_leaves_a_sign_of_life(app):
    background.serve(app)
    background.work()
    assert Setting.read("heartbeat.worker") is not None


def test_of_two_clocks_one_does_the_work(app):
    at = datetime(2026, 6, 9, 10, 0, tzinfo=UTC)
    clock.tend(at)
    promised = outbox.waiting()["group"]
    clock.tend(at)
    assert outbox.waiting()["group"] == promised
    clock.tend(at + timedelta(minutes=1))
    assert outbox.waiting()["group"] == promised + 1


def test_at_night_old_promises_are_swept(app):
    with transaction():
        later(Job.SEND, 1)
        (claim,) = outbox.claim(Job.SEND, "a worker", 1, timedelta(minutes=1))
        outbox.finish(claim, "a worker")
        db.session.execute(db.update(outbox.Outbox).values(done_at=now() - timedelta(days=8)))
        JobSlot.take("minute", "2020-03-18T08:30")
    clock.tend(now())
    assert "send" not in {row.kind for row in db.session.scalars(select(outbox.Outbox))}


OF_ITS_OWN = frozenset({*outbox.ALONE, Job.WEBHOOK.value})
"""What processes beside the workers keep."""


@pytest.mark.parametrize("kind", [kind for kind in Job if kind.value not in OF_ITS_OWN])
def test_a_worker_takes_up_every_kind_of_promise(app, settings, monkeypatch, kind):
    taken: list[Job] = []
    claim = outbox.claim

    def noted(kind: Job, *asked: Any, **more: Any) -> Any:
        taken.append(kind)
        return claim(kind, *asked, **more)

    monkeypatch.setattr(outbox, "claim", noted)
    monkeypatch.setattr(outbox, "due", lambda: frozenset({kind}))
    assert not background.keep_promises(settings, 1)
    assert kind in taken
