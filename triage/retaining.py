"""The night's work of retention: what has been kept long enough goes, in small batches."""

from datetime import datetime

from models import erasure, retention
from models.base import transaction
from models.outbox import Job, later
from models.retention import DataClass, RetentionRule, RetentionRun

NIGHT = 0
"""The reference under which a worker finds the night's sweep; an erasure's numbers begin at 1."""
BATCH = 100


def by_night(at: datetime) -> None:
    """Promise tonight's sweep, when somebody has switched on a class."""
    if any(rule.active for rule in RetentionRule.everything().values()):
        later(Job.ERASE, NIGHT, cause=f"night {at:%Y-%m-%d}")


def sweep(at: datetime) -> bool:
    """One batch of each class that is switched on; returns whether more waits. Safe to repeat:
    what is gone is no longer due."""
    more = False
    for name in active():
        with transaction():
            keys = retention.next_keys(name, at, BATCH)
        if not keys:
            continue
        taken = take(name, keys, at)
        with transaction():
            run = RetentionRun.of_the_night(at)
            run.counts = run.counts | {name.value: run.counts.get(name.value, 0) + taken}
            run.ended_at = at
        more = more or (taken > 0 and len(keys) == BATCH)
    return more


def active() -> list[DataClass]:
    with transaction():
        rules = RetentionRule.everything()
        return [name for name in DataClass if name in rules and rules[name].active]


def take(name: DataClass, keys: list[int], at: datetime) -> int:
    """Matters of clients are emptied as an erasure does it, files and log with them."""
    if name is not DataClass.MATTERS:
        with transaction():
            return retention.take(name, keys)
    with transaction():
        begun = erasure.begin_retention(retention.contacts_of(keys), at)
    return len(keys) if erasure.carry_out(begun, at) else 0
