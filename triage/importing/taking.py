"""A file in three turns: every row is tried, then all is taken in at once, or taken back.

A turn is a promise kept under a lease: a process that dies leaves it to the next one.
"""

import logging
import time
from contextlib import suppress
from datetime import timedelta
from functools import partial

from models import data_import_undoing as undoing
from models import outbox
from models.base import now, transaction
from models.data_import import DataImport, ImportState
from models.event import record
from models.outbox import Claim, Job
from models.user import User
from triage.config import Settings
from triage.importing.run import NoLonger, take_in
from triage.importing.table import NoTable
from triage.importing.trial import Beat, try_rows

log = logging.getLogger("triage.importing")

LEASE = timedelta(minutes=3)
AGAIN = timedelta(seconds=20)
TELL_AFTER = 1.0


def take_waiting(owner: str, settings: Settings) -> int:
    """One turn of one import; returns how many promises were taken up."""
    with transaction():
        claims = outbox.claim(Job.IMPORT, owner, 1, LEASE)
    for claimed in claims:
        try:
            _keep(claimed, owner, settings)
        except (NoLonger, outbox.LeaseLost):
            with suppress(outbox.LeaseLost), transaction():
                outbox.finish(claimed, owner)
                forget_dropped(claimed.ref_id)
        except Exception as trouble:
            log.warning("import %s: %r", claimed.ref_id, trouble)
            with transaction():
                _failed(claimed, owner, trouble)
    return len(claims)


def _keep(claimed: Claim, owner: str, settings: Settings) -> None:
    brought = DataImport.named(claimed.ref_id)
    what = claimed.cause.partition(" ")[0]
    beat = _Beat(claimed, owner)
    if brought is None:
        raise NoLonger
    if what == "try" and brought.state == ImportState.READING:
        try_rows(brought, settings, beat)
        with transaction():
            outbox.finish(claimed, owner)
            held = DataImport.held(claimed.ref_id)
            if held is None or held.state != ImportState.READING:
                raise NoLonger
            held.tried(now())
    elif what == "run" and brought.state == ImportState.RUNNING:
        with transaction():
            take_in(brought, settings, beat)
            outbox.finish(claimed, owner)
        with transaction():  # the chain of deeds waits for nobody's long transaction
            record("import.done", by=User.named(brought.by_id), at=now(), brought=claimed.ref_id)
    elif what == "undo" and brought.state == ImportState.UNDOING:
        with transaction():
            take_back(brought, beat)
            outbox.finish(claimed, owner)
    else:
        raise NoLonger


def forget_dropped(import_id: int) -> None:
    """What somebody has dropped while it was in our hands leaves nothing."""
    held = DataImport.held(import_id)
    if held is not None and held.state == ImportState.DROPPED:
        held.forget()


def take_back(brought: DataImport, beat: Beat) -> None:
    """All that an import has made goes; where somebody has worked on it since, nothing does."""
    import_id, touched = brought.id, False
    try:
        undoing.take_back(brought, partial(beat, ImportState.UNDOING))
    except undoing.Touched:
        touched = True
    held = DataImport.held(import_id)
    if held is None or held.state != ImportState.UNDOING:
        raise NoLonger
    if touched:
        held.stays(now())
    else:
        held.undone(now())


def _failed(claimed: Claim, owner: str, trouble: Exception) -> None:
    brought = DataImport.held(claimed.ref_id)
    unreadable = isinstance(trouble, NoTable)
    if not claimed.last_try and not unreadable:
        outbox.fail(claimed, owner, repr(trouble), AGAIN)
        return
    outbox.give_up(claimed, owner, repr(trouble))
    if brought is not None and brought.busy:
        brought.end_early(str(trouble) if unreadable else "trouble", now())


class _Beat:
    """Says how far it is, and keeps the lease, on a connection of its own."""

    def __init__(self, claimed: Claim, owner: str) -> None:
        self.claimed, self.owner, self.last = claimed, owner, time.monotonic()

    def __call__(self, state: ImportState, rows: int) -> None:
        if time.monotonic() - self.last < TELL_AFTER:
            return
        self.last = time.monotonic()
        if not DataImport.went_on(self.claimed.ref_id, state, rows):
            raise NoLonger
        if not outbox.renew_apart(self.claimed, self.owner, LEASE):
            raise NoLonger
