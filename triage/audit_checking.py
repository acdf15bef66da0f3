"""The audit chain verified by a worker: some thousand rows a turn, on from where it stood."""

import logging
from datetime import timedelta

from models import outbox
from models.audit_check import AuditCheck
from models.base import now, transaction
from models.outbox import Claim, Job
from triage import audit_heads
from triage.config import Settings

log = logging.getLogger("triage.audit_checking")

LEASE = timedelta(minutes=2)
PAUSE = timedelta(seconds=30)


def check_waiting(owner: str, settings: Settings) -> int:
    """A turn at what was asked for; returns how many promises were taken up."""
    with transaction():
        claims = outbox.claim(Job.AUDIT, owner, 1, LEASE)
    for claimed in claims:
        try:
            with transaction():
                _go_on(claimed, owner, settings)
        except outbox.LeaseLost:
            continue
        except Exception as trouble:
            log.exception("verification %s did not go on", claimed.ref_id)
            with transaction():
                _again(claimed, owner, type(trouble).__name__)
    return len(claims)


def _go_on(claimed: Claim, owner: str, settings: Settings) -> None:
    check = AuditCheck.held(claimed.ref_id)
    if check is not None and check.running:
        if check.go_on():
            outbox.go_on(claimed, owner, timedelta(0))
            return
        check.end(now(), disagrees=audit_heads.disagreement(settings))
    outbox.finish(claimed, owner)


def _again(claimed: Claim, owner: str, trouble: str) -> None:
    """Once more soon; after the last try it ends with what hindered it, and health says so."""
    if not claimed.last_try:
        outbox.fail(claimed, owner, trouble, PAUSE)
        return
    outbox.give_up(claimed, owner, trouble)
    check = AuditCheck.held(claimed.ref_id)
    if check is not None and check.running:
        check.end(now(), trouble=trouble)
