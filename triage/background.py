"""Work behind the pages: the doorbell, what a worker does when it rings, and the clock.

RQ carries no contact, only "work is waiting". Losing every bell costs seconds: the relay rings
again.
"""

import logging
import os
import secrets
import socket
import threading
import time
from datetime import datetime, timedelta

from flask import Flask
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer

from models import outbox
from models.base import after_commit, now, transaction
from models.settings import Setting
from triage import outgoing, routing
from triage.config import Settings
from triage.intake import reading
from triage.screening import grouping

log = logging.getLogger("triage.background")

QUEUE = "default"
WORK = "triage.background.work"
ALLOWED = frozenset({WORK})
"""The only functions that a worker will ever call, whatever lies in Redis."""

ENOUGH_BELLS = 2
ONE_TURN = 5.0
"""Seconds a worker stays at it before it lets itself be rung again: a stop never waits longer."""
SILENCE = 5.0
"""Seconds for which nobody tries Redis again after it did not answer."""

_worker_app: list[Flask] = []


class Bell:
    """Rings for the workers; when Redis is away it keeps quiet for a while, so nobody waits."""

    def __init__(self, url: str | None, timeout: float) -> None:
        self._silent_until = 0.0
        self._lock = threading.Lock()
        self.connection = (
            Redis.from_url(url, socket_connect_timeout=timeout, socket_timeout=timeout)
            if url
            else None
        )

    def queue(self) -> Queue:
        assert self.connection is not None
        return Queue(QUEUE, connection=self.connection, serializer=JSONSerializer)

    def ring(self) -> bool:
        """True when a worker has been or is being called."""
        if self.connection is None or time.monotonic() < self._silent_until:
            return False
        try:
            queue = self.queue()
            if queue.count < ENOUGH_BELLS:
                queue.enqueue(WORK, job_timeout=120, result_ttl=0, failure_ttl=86_400)
        except RedisError:
            with self._lock:
                self._silent_until = time.monotonic() + SILENCE
            log.warning("Redis does not answer: work waits in the database until the relay rings")
            return False
        return True

    def answers(self) -> bool:
        try:
            return self.connection is not None and bool(self.connection.ping())
        except RedisError:
            return False


_bell: list[Bell] = []


def init_app(app: Flask) -> None:
    settings: Settings = app.extensions["settings"]
    routing.init_app(settings)
    _bell[:] = [Bell(settings.redis_url, settings.redis_timeout)]
    after_commit[:] = [_ring_quietly]


def _ring_quietly() -> None:
    _bell[0].ring()


def bell() -> Bell:
    return _bell[0]


def bell_answers() -> bool:
    return bool(_bell) and _bell[0].answers()


def may_run(job: Job) -> bool:
    """Whether a job found in Redis is one of ours: the right function and nothing attached."""
    return (
        job.func_name in ALLOWED
        and not job.args
        and not job.kwargs
        and not job.meta
        and not job._dependency_ids
        and job._success_callback_name is None
        and job._failure_callback_name is None
        and job._stopped_callback_name is None
    )


def serve(app: Flask) -> None:
    """Make `app` the one in which this process works."""
    _worker_app[:] = [app]


def the_app() -> Flask:
    return _worker_app[0]


def work() -> None:
    """What a worker does when it is rung: keep promises until none is left or its turn is over."""
    app = the_app()
    with app.app_context():
        beat("worker")
        if keep_promises(app.extensions["settings"], ONE_TURN):
            bell().ring()


def keep_promises(settings: Settings, seconds: float) -> bool:
    """Work for at most about `seconds`; returns whether something is left to do."""
    owner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        done = reading.read_waiting(owner, settings)
        done += outgoing.send_waiting(owner, settings)
        if not done:
            done += grouping.group_waiting(owner)
        if not done:
            return False
    return True


def beat(name: str) -> None:
    """A sign of life of one kind of process."""
    with transaction():
        Setting.write(f"heartbeat.{name}", now().isoformat())


def heartbeats(at: datetime) -> dict[str, float | None]:
    """Seconds since the last sign of life of the relay and the mail listener; None for never."""
    ages: dict[str, float | None] = {}
    for name in ("relay", "mail"):
        seen = Setting.read(f"heartbeat.{name}")
        ages[name] = (at - datetime.fromisoformat(seen)).total_seconds() if seen else None
    return ages


def tend(at: datetime) -> None:
    """One turn of the clock: what is due once a minute or once a day, each by one process only."""
    with transaction():
        if outbox.JobSlot.take("minute", f"{at:%Y-%m-%dT%H:%M}"):
            grouping.refresh_today(at)
        if outbox.JobSlot.take("night", f"{at - timedelta(hours=2):%Y-%m-%d}"):
            outbox.sweep()
            outbox.JobSlot.sweep(at - timedelta(days=7))
            grouping.count_day(at - timedelta(hours=12))
