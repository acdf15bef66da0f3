"""What waits is worked off by a day, or it grows: never a date that nobody can keep."""

from datetime import date, timedelta

import pytest

from classifiers.forecast_backlog import Load, clear

MONDAY = date(2026, 6, 8)


def days(hours: float, capacity: float, *, count: int = 20, **said: float) -> list[Load]:
    dispersion = said.pop("dispersion", 0.0)
    return [
        Load(MONDAY + timedelta(days=step), hours, dispersion, capacity, **said)
        for step in range(count)
    ]


def test_a_backlog_of_forty_hours_is_gone_after_four_days_of_ten_hours_to_spare() -> None:
    found = clear(40, days(50, 60))
    assert found.middle == MONDAY + timedelta(days=3)
    assert found.early == found.late == found.middle
    assert found.growth == pytest.approx(-10)


def test_with_too_few_hours_it_never_ends_and_says_by_how_much_it_grows() -> None:
    found = clear(40, days(60, 50))
    assert found.middle is None
    assert found.never
    assert found.growth == pytest.approx(10)


def test_it_may_fall_and_still_not_end_within_the_days_looked_at() -> None:
    found = clear(1_000, days(50, 60))
    assert found.middle is None
    assert not found.never


def test_the_less_sure_the_inflow_the_wider_the_days() -> None:
    found = clear(100, days(50, 60, dispersion=0.05))
    assert found.early is not None and found.middle is not None
    assert found.early < found.middle
    assert found.days[4].low < found.days[4].middle < found.days[4].high


def test_calls_that_find_nobody_do_not_wait_with_the_mail() -> None:
    found = clear(0, days(50, 30, at_once=50.0))
    assert found.days[-1].high == 0


def test_calls_are_answered_before_what_waits() -> None:
    found = clear(40, days(50, 60, at_once=30.0))
    assert found.middle == MONDAY + timedelta(days=3)


def test_nothing_ends_on_a_day_without_people() -> None:
    loads = [Load(MONDAY, 0, 0, 0), Load(MONDAY + timedelta(days=1), 0, 0, 10)]
    assert clear(0, loads).middle == MONDAY + timedelta(days=1)


def test_without_days_nothing_is_said() -> None:
    assert clear(10, []).middle is None
