"""Signs of life, and what is due once a minute or once a night.

Each turn is taken in the database, so it happens once however many relays keep the time.
"""

from datetime import datetime, timedelta

from models import (
    after_call,
    callback_proposing,
    in_turn,
    outbox,
    presence,
    promise_watch,
    releasing,
    second_reading,
    time_limit,
    urgency,
)
from models.base import now, transaction
from models.bulk_change import BulkChange
from models.calendar import business_day
from models.draft import Draft, Viewer
from models.outbox import IdempotencyKey, Job, JobSlot, later
from models.settings import Setting
from triage import call_care, drift, files, routing, training

LONGEST_SILENCE = {"relay": 60, "mail": 60, "worker": 150}
"""Seconds after which a kind of process is missed; a worker is rung once a minute."""


def beat(name: str) -> None:
    """A sign of life of one kind of process."""
    with transaction():
        Setting.write(f"heartbeat.{name}", now().isoformat())


def heartbeats(at: datetime) -> dict[str, float | None]:
    """Seconds since the last sign of life of each kind of process; None for never."""
    ages: dict[str, float | None] = {}
    for name in LONGEST_SILENCE:
        seen = Setting.read(f"heartbeat.{name}")
        ages[name] = (at - datetime.fromisoformat(seen)).total_seconds() if seen else None
    return ages


def tend(at: datetime) -> None:
    """One turn: promise what is due at `at` and has not been promised yet."""
    with transaction():
        if JobSlot.take("minute", f"{at:%Y-%m-%dT%H:%M}"):
            later(Job.GROUP, business_day(at).toordinal(), cause=f"{at:%H:%M}")
            urgency.expire(at)
            urgency.forget()
            second_reading.warn(at)
            promise_watch.watch(at)
            after_call.expire(at)
            presence.sweep(at)
            releasing.begin_due(at)
            in_turn.deal(at)
            call_care.close_forgotten(at)
            if at.minute % 5 == 0:
                routing.count_inflow(at)
        if JobSlot.take("night", f"{at - timedelta(hours=2):%Y-%m-%d}"):
            outbox.sweep()
            BulkChange.sweep(at)
            JobSlot.sweep(at - timedelta(days=7))
            Draft.sweep(at)
            Viewer.sweep(at)
            IdempotencyKey.sweep(at - timedelta(days=2))
            yesterday = business_day(at) - timedelta(days=1)
            later(Job.GROUP, yesterday.toordinal(), cause="night")
            training.by_night(at)
            callback_proposing.propose(at)
            call_care.drop_old(at)
            time_limit.refresh(business_day(at))
        drift.tend(at)
    files.tend(at)
