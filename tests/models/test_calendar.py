from datetime import UTC, date, datetime, time, timedelta

import pytest

from models import calendar

FIRST_OF_MAY = date(2026, 5, 1)


def hours(day: date) -> float:
    start, end = calendar.bounds(day)
    return (end - start) / timedelta(hours=1)


def test_a_day_has_24_hours():
    assert hours(date(2026, 3, 28)) == 24


def test_the_day_on_which_summer_time_begins_has_23_hours():
    assert hours(date(2026, 3, 29)) == 23


def test_the_day_on_which_summer_time_ends_has_25_hours():
    assert hours(date(2026, 10, 25)) == 25


def test_one_day_ends_where_the_next_begins():
    for day in (date(2026, 3, 28), date(2026, 3, 29), date(2026, 10, 24), date(2026, 10, 25)):
        assert calendar.bounds(day)[1] == calendar.bounds(day + timedelta(days=1))[0]


def test_half_past_two_that_comes_twice_is_the_same_day_both_times():
    for hour in (0, 1):
        at = datetime(2026, 10, 25, hour, 30, tzinfo=UTC)
        assert calendar.business_day(at) == date(2026, 10, 25)


def test_late_in_the_evening_in_utc_it_is_already_tomorrow_in_brussels():
    assert calendar.business_day(datetime(2026, 6, 30, 22, 30, tzinfo=UTC)) == date(2026, 7, 1)


def test_the_meeting_is_at_the_same_hour_on_the_clock_all_year():
    winter = calendar.start_of(date(2026, 1, 5), calendar.MEETING)
    summer = calendar.start_of(date(2026, 7, 6), calendar.MEETING)
    assert (winter.hour, summer.hour) == (7, 6)
    assert winter.tzinfo is summer.tzinfo is UTC


@pytest.mark.parametrize(
    "holiday",
    [
        date(2026, 1, 1),
        date(2026, 4, 6),  # Easter Monday
        FIRST_OF_MAY,
        date(2026, 5, 14),  # Ascension
        date(2026, 5, 25),  # Whit Monday
        date(2026, 7, 21),
        date(2027, 11, 1),
        date(2026, 11, 11),
        date(2026, 12, 25),
    ],
)
def test_nobody_works_on_a_belgian_holiday(holiday):
    assert not calendar.working_day(holiday)


def test_nobody_works_at_the_weekend():
    assert not calendar.working_day(date(2026, 5, 2))
    assert not calendar.working_day(date(2026, 5, 3))


def test_the_working_day_after_a_long_weekend_is_monday():
    assert calendar.working_day_after(date(2026, 4, 30)) == date(2026, 5, 4)


def test_the_working_day_before_a_long_weekend_is_thursday():
    assert calendar.working_day_before(date(2026, 5, 4)) == date(2026, 4, 30)


def test_an_answer_is_due_at_five_on_the_third_working_day():
    thursday = datetime(2026, 4, 30, 9, 0, tzinfo=UTC)
    due = calendar.due_after(thursday, 3).astimezone(calendar.BRUSSELS)
    assert (due.date(), due.time()) == (date(2026, 5, 6), time(17))


def test_what_comes_on_a_saturday_is_due_as_if_it_came_on_friday_evening():
    saturday = datetime(2026, 6, 6, 10, 0, tzinfo=UTC)
    friday = datetime(2026, 6, 5, 20, 0, tzinfo=UTC)
    assert calendar.due_after(saturday, 2) == calendar.due_after(friday, 2)


def test_five_o_clock_stays_five_o_clock_over_the_change_of_time():
    friday = datetime(2026, 3, 27, 9, 0, tzinfo=UTC)
    due = calendar.due_after(friday, 1)
    assert due == datetime(2026, 3, 30, 15, 0, tzinfo=UTC)
