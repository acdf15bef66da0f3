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

from models import outbox
from models.base import transaction
from models.outbox import Job as Kind
from triage import (
    audit_checking,
    bulk,
    callback_asking,
    callback_letters,
    document_letters,
    erasing,
    link_letters,
    logs,
    mailings,
    notices,
    outgoing,
    owners,
    report_sending,
    webhooks,
)
from triage.bell import WORK, bell
from triage.clients import splitting
from triage.clock import beat
from triage.config import Settings
from triage.exporting import writing
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
    with logs.of_work(owner):
        return _keep_them(owner, settings, seconds)


def _keep_them(owner: str, settings: Settings, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not _turn(owner, settings):
            return False
    return True


def _turn(owner: str, settings: Settings) -> int:
    """Keep some of what is most urgent; returns how many promises were taken up."""
    with transaction():
        due = outbox.due()
    done = 0
    if Kind.READ in due:
        done += reading.read_waiting(owner, settings)
    if Kind.SEND in due:
        done += outgoing.send_waiting(owner, settings)
    if Kind.MAILING in due:
        done += mailings.work_waiting(owner, settings)
    if not done and Kind.CLASSIFY in due:
        done += catching_up.classify_waiting(owner)
    if not done and Kind.NOTICE in due:
        done += notices.tell_waiting(owner, settings)
    if not done:
        if Kind.GROUP in due:
            done += grouping.group_waiting(owner)
        if Kind.SPLIT in due:
            done += splitting.split_waiting(owner, settings)
        owners.write_waiting(settings)
        callback_letters.write_waiting(settings)
        document_letters.write_waiting(settings)
        link_letters.write_waiting(settings)
        webhooks.warn_waiting(settings)
        if Kind.CALL_BACK in due:
            done += callback_asking.ask_waiting(owner)
    if not done:
        if Kind.BULK in due:
            done += bulk.work_waiting(owner)
        if Kind.EXPORT in due:
            done += writing.write_waiting(owner, settings)
        if Kind.REPORT in due:
            done += report_sending.send_waiting(owner, settings)
    if not done:
        if Kind.ERASE in due:
            done += erasing.erase_waiting(owner)
        if Kind.AUDIT in due:
            done += audit_checking.check_waiting(owner, settings)
    return done
