"""What nobody needs to remember of the telephone: calls whose end was not told, and old ones.

Contacts, tickets and call-backs that were made of calls are never touched.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app

from models import call_log
from models.base import db
from models.call import Call
from models.callback import Callback
from models.exchange import CallEvent
from triage.config import Settings

MOST = 200
"""So many calls are closed in one turn; the next one goes on."""


@dataclass(frozen=True)
class Old:
    """What the next night drops, and from when on things are kept."""

    reports: int
    calls: int
    report_days: int
    call_days: int


def close_forgotten(at: datetime) -> None:
    """End calls of whose end no exchange has told; who was not answered is owed a call."""
    for call in db.session.scalars(Call.forgotten(at).limit(MOST)).unique():
        call.forget()
        if call.missed:
            Callback.for_missed(call, at)


def drop_old(at: datetime) -> None:
    """Drop the reports and calls that have been kept long enough."""
    settings = _settings()
    CallEvent.drop_before(at - timedelta(days=settings.call_event_days))
    call_log.drop_before(at - timedelta(days=settings.call_log_days))


def old(at: datetime) -> Old:
    """What `drop_old` would drop; nothing is dropped by asking."""
    settings = _settings()
    return Old(
        reports=CallEvent.older_than(at - timedelta(days=settings.call_event_days)),
        calls=call_log.older_than(at - timedelta(days=settings.call_log_days)),
        report_days=settings.call_event_days,
        call_days=settings.call_log_days,
    )


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings
