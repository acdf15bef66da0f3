"""The demo has a half year of counters before its first day, so that it can look ahead."""

from datetime import time, timedelta

import pytest

from models import calendar, forecast_past
from models.base import db, now, transaction
from models.forecast import ForecastRun
from models.half_hour import HalfHourCounter
from models.settings import Setting
from triage.demo import past_inflow

pytestmark = pytest.mark.usefixtures("house")


def test_the_invented_half_year_ends_before_the_first_day_and_is_marked_as_such() -> None:
    begun = calendar.business_day(now()) - timedelta(days=12)
    with transaction():
        for step in range(12):
            db.session.add(
                HalfHourCounter(
                    starts_at=calendar.start_of(begun + timedelta(days=step), time(10)),
                    channel="email",
                    topic_id="bridging_right",
                    contacts=40,
                )
            )
    past_inflow.lay(now())
    first, last = Setting.read(past_inflow.LAID)
    assert last == str(begun - timedelta(days=1))
    days = forecast_past.by_channel(begun - timedelta(weeks=26), begun - timedelta(days=1))["email"]
    assert str(min(days)) >= first
    assert 100 < len(days) <= 182
    assert 20 < sum(days.values()) / len(days) < 60
    run = ForecastRun.latest()
    assert run is not None and run.facts["enough"]


def test_without_any_contact_nothing_is_invented() -> None:
    past_inflow.lay(now())
    assert forecast_past.first_day() is None
