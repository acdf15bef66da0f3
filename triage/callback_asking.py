"""Call-backs for all whom a problem has hit: a few at once, many by a worker, some at a time."""

from datetime import datetime, timedelta

from models import callback_bulk, outbox
from models.base import now, transaction
from models.bulk_change import BulkChange
from models.outbox import Job, later

LEASE = timedelta(minutes=2)
PAUSE = timedelta(seconds=20)


def ask(change: BulkChange, at: datetime) -> None:
    """The first of them are asked for now; the rest is promised."""
    if callback_bulk.go_on(change, at=at):
        later(Job.CALL_BACK, change.id, cause=str(len(change.change["waiting"])))


def ask_waiting(owner: str) -> int:
    """A worker's turn; returns how many promises were taken up."""
    with transaction():
        claims = outbox.claim(Job.CALL_BACK, owner, 1, LEASE)
    for claimed in claims:
        try:
            with transaction():
                outbox.finish(claimed, owner)
                change = callback_bulk.held(claimed.ref_id)
                if change is not None:
                    ask(change, now())
        except outbox.LeaseLost:
            continue
        except Exception as failure:
            with transaction():
                outbox.fail(claimed, owner, repr(failure), PAUSE)
    return len(claims)
