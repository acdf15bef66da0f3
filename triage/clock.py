"""Signs of life, and what is due once a minute or once a night.

Each turn is taken in the database, so it happens once however many relays keep the time.
"""

from datetime import datetime, timedelta

from models import (
    after_call,
    callback_proposing,
    in_turn,
    info_page_change,
    moving,
    outbox,
    past_waves,
    presence,
    promise_watch,
    releasing,
    second_reading,
    sign_in_refusal,
    time_limit,
    urgency,
    webhook_telling,
)
from models.api_answer import ApiAnswer
from models.audit_check import AuditCheck
from models.base import now, transaction
from models.bulk_change import BulkChange
from models.calendar import business_day
from models.daily_figure import DailyFigure
from models.data_import import DataImport
from models.draft import Draft, Viewer
from models.half_hour import HalfHourCounter
from models.idempotency import IdempotencyKey
from models.job_slot import JobSlot
from models.mailing import Mailing
from models.outbox import Job, later
from models.saved_report_times import ReportSending
from models.settings import Setting
from models.sign_in_refusal import SignInRefusal
from models.web_form_draft import FormDraft
from models.webhook_delivery import WebhookDelivery
from triage import (
    audit_heads,
    call_care,
    drift,
    export_files,
    files,
    forecasting,
    notices,
    retaining,
    routing,
    training,
)

LONGEST_SILENCE = {"relay": 60, "mail": 60, "worker": 150}
"""Seconds after which a kind of process is missed; a worker is rung once a minute."""
LONGEST_COUNT = 20.0
"""Seconds of counting in one turn: where tickets are many, what is left waits for the next."""


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
            FormDraft.sweep(at)
            releasing.begin_due(at)
            sign_in_refusal.tell_the_rest(at)
            moving.release_ended(at)
            in_turn.deal(at)
            call_care.close_forgotten(at)
            info_page_change.publish_due(at)
            notices.mind(at)
            webhook_telling.promise_due(at)
            ReportSending.begin_due(at)
            if at.minute % 5 == 0:
                routing.count_inflow(at)
        if JobSlot.take("night", f"{at - timedelta(hours=2):%Y-%m-%d}"):
            outbox.sweep()
            WebhookDelivery.sweep(at)
            BulkChange.sweep(at)
            JobSlot.sweep(at - timedelta(days=7))
            Draft.sweep(at)
            Viewer.sweep(at)
            IdempotencyKey.sweep(at - timedelta(days=2))
            ApiAnswer.sweep(at - timedelta(days=2))
            DataImport.let_files_go(at - timedelta(days=30))
            yesterday = business_day(at) - timedelta(days=1)
            later(Job.GROUP, yesterday.toordinal(), cause="night")
            training.by_night(at)
            callback_proposing.propose(at)
            call_care.drop_old(at)
            Mailing.forget_tables(at)
            notices.by_night(at)
            past_waves.learn(at)
            retaining.by_night(at)
            audit_heads.keep(at)
            AuditCheck.ask(by=None, at=at)
            SignInRefusal.sweep(at)
            time_limit.refresh(business_day(at))
        drift.tend(at)
        training.forget(at)
    with transaction():
        if at.minute % 10 == 0 and JobSlot.take("waves", f"{at:%Y-%m-%dT%H:%M}"):
            past_waves.watch(at)
            forecasting.tend(at)
    with transaction():
        if at.minute % 10 == 3 and JobSlot.take("figures", f"{at:%Y-%m-%dT%H:%M}"):
            DailyFigure.close(at, seconds=LONGEST_COUNT)
        if JobSlot.take("half hours", f"{at - timedelta(hours=1):%Y-%m-%d}"):
            HalfHourCounter.close(at)
    files.tend(at)
    export_files.tend(at)
