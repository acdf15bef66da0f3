"""Trainings: asked for in the database, done by a child process beside the work, never in its way.

The row of a `ModelVersion` is the promise. The relay takes it up, starts the child with the lowest
priority and watches it: a training that dies is begun again once, and then says what happened.
"""

import logging
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from models import tables  # noqa: F401  (an event points to all of them, and no page loads them)
from models.base import now, transaction
from models.event import record
from models.model_version import ModelVersion, TrainingReason
from models.settings import Setting
from models.user import User
from triage import promotion
from triage.config import Settings
from triage.instance import environment_of
from triage.processes import spawn, stop

log = logging.getLogger("triage.training")

LONGEST = 3600.0
"""Seconds after which a training is ended, however alive it is."""
BY_NIGHT = "classifier.by_night"
SEVERAL = timedelta(minutes=15)
"""So long after an erasure no training begins: others often follow."""


def ask(reason: TrainingReason, *, by: User | None, at: datetime) -> ModelVersion:
    """Ask for a training; the relay begins it within seconds of the commit."""
    return ModelVersion.ask(reason, by=by, at=at)


def by_night(at: datetime) -> None:
    """Ask for a training when people have taught something since the last one, or somebody who
    may have taught it something was erased."""
    if not Setting.read(BY_NIGHT, True):
        return
    last = ModelVersion.last_ready()
    new = last is not None and (last.taught_since() or last.stale_at)
    if new and ModelVersion.open() is None:
        ask(TrainingReason.NIGHT, by=None, at=at)


def forget(at: datetime) -> None:
    """Each minute: what was learned from somebody who is erased goes where nothing uses it, and is
    learned anew without him; several erasures in a row are one training."""
    if not ModelVersion.stale_versions():
        return
    promotion.forget_stale()
    last = ModelVersion.last_ready()
    if last is None or last.stale_at is None or last.stale_at > at - SEVERAL:
        return
    if ModelVersion.open() is None and not ModelVersion.asked_since(last.stale_at):
        ask(TrainingReason.NIGHT, by=None, at=at)


def switch_nights(on: bool, *, by: User) -> None:
    """Whether it learns and is promoted by itself at night."""
    Setting.write(BY_NIGHT, on)
    record("classifier.nights_switched", by=by, on=on)


class Tender:
    """Lives in the relay: begins what was asked for, and ends with it."""

    def __init__(self, settings: Settings) -> None:
        self.environment = environment_of(settings)
        self.child: subprocess.Popen[bytes] | None = None
        self.row_id = 0
        self.began = 0.0

    def tend(self, at: datetime) -> None:
        """One turn: notice the end of a training, begin the next."""
        if self.child is not None and not self._over():
            return
        with transaction():
            asked = ModelVersion.next_to_train(at)
            self.row_id = asked.id if asked else 0
        if self.row_id:
            self.begin()

    def begin(self) -> None:
        self.began = time.monotonic()
        try:
            self.child = spawn(
                self.command(), ending=signal.SIGTERM, environment=self.environment, umask=0o022
            )
        except OSError as trouble:  # no memory, no process left: the relay rings on all the same
            self._lost(f"its process could not be started: {trouble}")

    def command(self) -> Sequence[str]:
        return [sys.executable, "-m", "triage", "train", "--row", str(self.row_id)]

    def stop(self) -> None:
        """Everything stops: the training begins anew at the next start."""
        if self.child is None or self.child.poll() is not None:
            return
        stop(self.child)
        with transaction():
            row = ModelVersion.named(self.row_id)
            if row is not None and row.under_way:
                row.give_back()

    def _over(self) -> bool:
        assert self.child is not None
        if self.child.poll() is None and time.monotonic() - self.began > LONGEST:
            log.error("training %s has taken too long and is ended", self.row_id)
            self.child.kill()
            self.child.wait()
        status = self.child.poll()
        if status is None:
            return False
        self.child = None
        self._lost(_death(status))
        return True

    def _lost(self, why: str) -> None:
        with transaction():
            row = ModelVersion.named(self.row_id)
            if row is not None and row.under_way:
                log.error("training %s: %s", self.row_id, why)
                row.lose(why, now())


def _death(status: int) -> str:
    """How a child ended, in words; the kernel kills what takes too much memory."""
    if status >= 0:
        return f"its process ended with status {status}"
    with suppress(ValueError):
        return f"its process was killed by {signal.Signals(-status).name}"
    return f"its process was killed by signal {-status}"
