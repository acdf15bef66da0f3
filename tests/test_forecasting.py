"""The forecast of the house: made from its counters, and again for what is planned."""

from datetime import date, datetime, timedelta

import pytest

from models import calendar, forecast, forecast_past
from models.base import db, now, transaction
from models.closing_day import ClosingDay
from models.daily_figure import DailyFigure
from models.forecast import Forecast, ForecastRun
from models.half_hour import HalfHourCounter
from models.mailing import Mailing, MailingRecipient, MailingState
from tests.people import House
from triage import forecasting

pytestmark = pytest.mark.usefixtures("house")


def half_hours(days: int, *, until: date, of: int = 40, channel: str = "phone") -> None:
    """`of` contacts at half past nine and half as many at two, on each working day before."""
    with transaction():
        for step in range(1, days + 1):
            day = until - timedelta(days=step)
            if calendar.working_day(day):
                start = calendar.start_of(day)
                for hours, count in ((9.5, of), (14.0, of // 2)):
                    db.session.add(
                        HalfHourCounter(
                            starts_at=start + timedelta(hours=hours),
                            channel=channel,
                            topic_id="bridging_right",
                            language="fr",
                            contacts=count,
                        )
                    )


def today() -> date:
    return calendar.business_day(now())


def made(at: datetime | None = None) -> ForecastRun | None:
    with transaction():
        return forecasting.make(at or now())


def test_without_any_past_nothing_is_said() -> None:
    assert made() is None
    assert forecast.expected(today(), today() + timedelta(days=5)) == []


def test_four_weeks_by_day_and_two_by_half_hour_are_kept() -> None:
    half_hours(70, until=today())
    run = made()
    assert run is not None and run.facts["enough"]
    days = forecast.expected(today(), today() + timedelta(days=40), "phone")
    assert len(days) == 28
    working = next(one for one in days[1:] if calendar.working_day(one.day))
    assert working.low < 60 < working.high
    fine = forecast.expected_half_hours(working.day, working.day, "phone")
    assert sum(one.expected for one in fine) == pytest.approx(working.expected, rel=0.01)
    busiest = max(fine, key=lambda one: one.expected)
    assert busiest.starts_at == calendar.start_of(working.day) + timedelta(hours=9.5)


def test_channels_add_up_to_everything_and_large_topics_have_their_own() -> None:
    half_hours(70, until=today())
    half_hours(70, until=today(), of=20, channel="email")
    made()
    first, last = today(), today() + timedelta(days=27)
    parts = [forecast.expected(first, last, name) for name in ("phone", "email")]
    whole = forecast.expected(first, last)
    topic = forecast.expected(first, last, topic_id="bridging_right")
    for phone, email, both, own in zip(*parts, whole, topic, strict=True):
        assert both.expected == pytest.approx(phone.expected + email.expected)
        assert own.expected == pytest.approx(both.expected, rel=0.05)


def test_with_few_days_it_says_so() -> None:
    half_hours(7, until=today())
    run = made()
    assert run is not None
    assert not run.facts["enough"]


def test_days_before_half_hours_were_counted_are_known_from_the_daily_counters() -> None:
    half_hours(7, until=today())
    old = today() - timedelta(days=20)
    with transaction():
        db.session.add(
            DailyFigure(kpi="inflow", day=old, channel="phone", topic_id="other", part=33)
        )
    found = forecast_past.by_channel(today() - timedelta(days=30), today())
    assert found["phone"][old] == 33
    assert forecast_past.first_day() == old


def test_a_planned_mailing_asks_for_another_forecast_and_adds_its_contacts(house: House) -> None:
    half_hours(70, until=today())
    run = made()
    assert run is not None
    monday = calendar.working_day_after(today(), 2)
    before = forecast.expected(monday, monday)[0].expected
    with transaction():
        mailing = Mailing(
            name="June is paid",
            topic_id="bridging_right",
            state=MailingState.COUNTED.value,
            start_at=calendar.start_of(monday) + timedelta(hours=8),
            created_by_id=house.koen.id,
        )
        db.session.add(mailing)
        db.session.flush()
        db.session.add_all(
            MailingRecipient(
                mailing_id=mailing.id, address=f"client{number}@example.be", language="fr"
            )
            for number in range(500)
        )
    with transaction():
        forecasting.tend(now())
    again = ForecastRun.latest()
    assert again is not None and again.id != run.id
    assert forecast.expected(monday, monday)[0].expected > before + 5


def test_nothing_is_made_again_while_nothing_has_changed() -> None:
    half_hours(70, until=today())
    run = made()
    with transaction():
        forecasting.tend(now() + timedelta(minutes=1))
    latest = ForecastRun.latest()
    assert latest is not None and run is not None and latest.id == run.id


def test_a_day_on_which_the_house_is_closed_is_a_day_off(house: House) -> None:
    half_hours(70, until=today())
    day = calendar.working_day_after(today(), 3)
    with transaction():
        ClosingDay.keep(day, closed=True, names={"en": "Staff day"}, by=house.ada, at=now())
    made()
    assert forecast.expected(day, day, "phone")[0].expected < 25


def test_old_half_hours_go_and_old_days_stay() -> None:
    half_hours(70, until=today())
    made()
    with transaction():
        Forecast.sweep(now() + timedelta(days=100))
    assert forecast.expected_half_hours(today(), today() + timedelta(days=20)) == []
    assert forecast.expected(today(), today() + timedelta(days=20))
