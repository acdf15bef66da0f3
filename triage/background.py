"""Work behind the pages: what a worker does when it is rung.

RQ carries no contact, only "work is waiting". Losing every bell costs seconds: the relay rings
again.
"""

import os
import secrets
import socket
import time

from flask import Flask
from rq.job import Job

from triage import bulk, callback_asking, callback_letters, outgoing, owners
from triage.bell import WORK, bell
from triage.clients import splitting
from triage.clock import beat
from triage.config import Settings
from triage.intake import catching_up, reading
from triage.screening import grouping

ALLOWED = frozenset({WORK})
"""The only functions that a worker will ever call, whatever lies in Redis."""

ONE_TURN = 5.0
"""Seconds a worker stays at it before it lets itself be rung again: a stop never waits longer."""

_worker_app: list[Flask] = []


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
            done += catching_up.classify_waiting(owner)
        if not done:
            done += grouping.group_waiting(owner)
            done += splitting.split_waiting(owner, settings)
            owners.write_waiting(settings)
            callback_letters.write_waiting(settings)
            done += callback_asking.ask_waiting(owner)
        if not done:
            done += bulk.work_waiting(owner)
        if not done:
            return False
    return True
