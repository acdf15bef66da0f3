"""What was expected is kept as it was said: a later one never rewrites a day that has begun."""

from datetime import date, datetime, timedelta

import pytest

from models import calendar, forecast
from models.base import now, transaction
from models.forecast import WHOLE_DAY, Expected, ForecastRun

MONDAY, TUESDAY = date(2026, 6, 8), date(2026, 6, 9)


pytestmark = pytest.mark.usefixtures("app")


def said_on(day: date, *expected: float, channel: str = "phone") -> None:
    rows = [
        Expected(calendar.start_of(day + timedelta(days=step)), WHOLE_DAY, one, one - 5, one + 5)
        for step, one in enumerate(expected)
    ]
    with transaction():
        ForecastRun.begin(day, at(day), "rhythm", 60, {}).keep(channel, "", rows)


def at(day: date) -> datetime:
    return calendar.start_of(day) + timedelta(hours=4)


def test_of_each_day_the_latest_word_by_that_day_stands() -> None:
    said_on(MONDAY, 40, 50, 60)
    said_on(TUESDAY, 70, 80)
    found = forecast.expected(MONDAY, MONDAY + timedelta(days=5), "phone")
    assert [(one.day, one.expected) for one in found] == [
        (MONDAY, 40),
        (TUESDAY, 70),
        (TUESDAY + timedelta(days=1), 80),
    ]


def test_what_was_said_a_day_ahead_is_found_again() -> None:
    said_on(MONDAY, 40, 50)
    said_on(TUESDAY, 70)
    ((made_on, one),) = forecast.said_before(MONDAY, TUESDAY, "phone", 1)
    assert (made_on, one.day, one.expected) == (MONDAY, TUESDAY, 50)


def test_a_second_forecast_of_the_day_replaces_the_first() -> None:
    said_on(MONDAY, 40)
    said_on(MONDAY, 45)
    assert [one.expected for one in forecast.expected(MONDAY, MONDAY, "phone")] == [45]


def test_a_channel_without_a_forecast_has_no_row() -> None:
    said_on(MONDAY, 40)
    assert forecast.expected(MONDAY, MONDAY, "post") == []


def test_half_hours_are_forgotten_and_days_are_kept() -> None:
    said_on(MONDAY, 40)
    half = Expected(calendar.start_of(MONDAY), forecast.HALF_HOUR, 2, 0, 5)
    run = ForecastRun.latest()
    assert run is not None
    with transaction():
        run.keep("phone", "", [half])
        forecast.Forecast.sweep(now() + timedelta(days=999))
    assert forecast.expected_half_hours(MONDAY, MONDAY, "phone") == []
    assert len(forecast.expected(MONDAY, MONDAY, "phone")) == 1
