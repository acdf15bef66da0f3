"""Open time: weekdays, holidays, the nights on which the clocks change."""

from datetime import UTC, datetime, time, timedelta

import pytest

from models import business_time
from models.base import db, transaction
from models.business_time import USUAL_WEEK
from models.calendar import start_of
from models.service_level import OpeningHours, business_after, business_minutes
from models.team import Team


def at(day: str, hour: str = "00:00") -> datetime:
    """An instant by the clock in Brussels."""
    return start_of(datetime.fromisoformat(day).date(), time.fromisoformat(hour))


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        (("2026-05-04", "09:00"), ("2026-05-04", "10:30"), 90),
        (("2026-05-04", "07:00"), ("2026-05-04", "09:00"), 30),
        (("2026-05-04", "16:30"), ("2026-05-05", "09:00"), 60),
        (("2026-05-08", "16:00"), ("2026-05-11", "09:30"), 120),  # over a weekend
        (("2026-05-13", "16:00"), ("2026-05-15", "09:30"), 120),  # Ascension Day between
        (("2026-03-27", "16:00"), ("2026-03-30", "09:30"), 120),  # the clocks go forward
        (("2026-10-23", "16:00"), ("2026-10-26", "09:30"), 120),  # the clocks go back
        (("2026-05-09", "10:00"), ("2026-05-10", "10:00"), 0),
        (("2026-05-04", "10:00"), ("2026-05-04", "09:00"), -60),
    ],
)
def test_only_open_time_counts(start, end, minutes):
    assert business_time.worked(at(*start), at(*end), USUAL_WEEK) == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("start", "minutes", "end"),
    [
        (("2026-05-04", "09:00"), 60, ("2026-05-04", "10:00")),
        (("2026-05-04", "16:30"), 60, ("2026-05-05", "09:00")),
        (("2026-05-08", "16:00"), 60, ("2026-05-08", "17:00")),
        (("2026-05-08", "16:00"), 61, ("2026-05-11", "08:31")),
        (("2026-12-24", "16:00"), 120, ("2026-12-28", "09:30")),
        (("2026-10-23", "16:30"), 60, ("2026-10-26", "09:00")),
    ],
)
def test_a_length_of_open_time_ends_when_the_house_is_open(start, minutes, end):
    assert business_time.after(at(*start), timedelta(minutes=minutes), USUAL_WEEK) == at(*end)


def test_a_house_that_never_opens_ends_nothing():
    assert business_time.after(at("2026-05-04"), timedelta(minutes=1), {}) == at("2026-05-04")
    assert not business_time.is_open(at("2026-05-04", "10:00"), {})
    assert business_time.is_open(at("2026-05-04", "10:00"), USUAL_WEEK)


def test_a_team_has_its_own_hours_else_everybodys(house, ada):
    team = db.session.scalars(Team.by_slug("bridging")).one()
    monday = at("2026-05-04", "08:00")
    assert business_minutes(monday, at("2026-05-04", "09:00"), team.id) == 30
    with transaction():
        OpeningHours.keep(None, {0: (time(8), time(18))}, by=ada)
    assert business_minutes(monday, at("2026-05-04", "09:00"), team.id) == 60
    with transaction():
        OpeningHours.keep(team.id, {0: (time(12), time(13)), 1: (time(9), time(10))}, by=ada)
    assert business_minutes(monday, at("2026-05-04", "20:00"), team.id) == 60
    assert business_after(monday, 90, team.id) == at("2026-05-05", "09:30")
    assert business_after(monday, 90, None) == at("2026-05-04", "09:30")
    with transaction():
        OpeningHours.keep(team.id, {}, by=ada)
    assert business_minutes(monday, at("2026-05-04", "20:00"), team.id) == 600


def test_a_day_closes_after_it_has_opened(house, ada):
    with pytest.raises(ValueError, match="closes"), transaction():
        OpeningHours.keep(None, {0: (time(18), time(8))}, by=ada)
    assert OpeningHours.own_week(None) == {}
    assert datetime(2026, 5, 4, tzinfo=UTC) < at("2026-05-05")
