"""Erasures that two people have decided, carried out by a worker after the day of grace."""

import logging
from datetime import timedelta

from models import erasure, outbox
from models.base import now, transaction
from models.erasure import Erasure, ErasureState
from models.outbox import Claim, Job
from triage import promotion, retaining

log = logging.getLogger("triage.erasing")

LEASE = timedelta(minutes=30)
PAUSE = timedelta(minutes=5)
SOON = timedelta(seconds=30)


def erase_waiting(owner: str) -> int:
    """Carry out what is due, one person at a time; returns how many were taken up."""
    with transaction():
        claims = outbox.claim(Job.ERASE, owner, 1, LEASE)
    for claimed in claims:
        try:
            if claimed.ref_id == retaining.NIGHT and retaining.sweep(now()):
                with transaction():
                    outbox.go_on(claimed, owner, timedelta(0))
                continue
            if not erasure.carry_out(claimed.ref_id, now()) and _too_early(claimed.ref_id):
                with transaction():
                    outbox.go_on(claimed, owner, SOON)
                continue
        except Exception as trouble:
            log.exception("erasure %s did not come to its end", claimed.ref_id)
            _again(claimed, owner, type(trouble).__name__)
            continue
        with transaction():
            outbox.finish(claimed, owner)
            promotion.forget_stale()
    return len(claims)


def _too_early(erasure_id: int) -> bool:
    """Whether the day of grace still runs by our clock, though the database's says otherwise."""
    with transaction():
        row = Erasure.named(erasure_id)
        return row is not None and row.state == ErasureState.WAITING and row.too_early(now())


def _again(claimed: Claim, owner: str, trouble: str) -> None:
    """Once more in some minutes; after the last try its page says that somebody must look."""
    with transaction():
        if not claimed.last_try:
            outbox.fail(claimed, owner, trouble, PAUSE)
            return
        outbox.give_up(claimed, owner, trouble)
        row = Erasure.held(claimed.ref_id)
        if row is not None and row.state != ErasureState.DONE:
            row.state, row.error = ErasureState.FAILED.value, trouble
