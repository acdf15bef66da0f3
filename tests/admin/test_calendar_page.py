"""Days on which the house is closed, or works, against the calendar of public holidays."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from models import business_time, calendar
from models.base import db, now, transaction
from models.closing_day import ClosingDay
from models.user import User
from tests.people import Browser

NAMES = {"name-fr": "Pont", "name-nl": "Brugdag", "name-de": "Brückentag", "name-en": "Bridge day"}
TUESDAY, SATURDAY = date(2030, 5, 7), date(2030, 5, 11)
FEAST = date(2030, 5, 1)


@pytest.fixture
def as_ada(client: Browser, ada: User) -> Browser:
    client.sign_in(ada)
    return client


def keep(day: date, closed: bool, by: User) -> None:
    with transaction():
        ClosingDay.keep(day, closed, {"en": "Ours"}, by=by, at=now())


def test_a_closing_day_is_no_working_day_and_lengthens_every_promise(ada):
    monday = datetime(2030, 5, 6, 9, tzinfo=UTC)
    assert calendar.due_after(monday, 1).date() == TUESDAY
    keep(TUESDAY, True, ada)
    assert not calendar.working_day(TUESDAY)
    assert calendar.holiday(TUESDAY)
    assert calendar.due_after(monday, 1).date() == date(2030, 5, 8)
    hours = business_time.worked(
        calendar.start_of(TUESDAY), calendar.start_of(date(2030, 5, 8)), business_time.USUAL_WEEK
    )
    assert hours == timedelta()


def test_an_opening_day_works_as_the_first_day_of_the_week_does(ada):
    keep(SATURDAY, False, ada)
    keep(FEAST, False, ada)
    assert calendar.working_day(SATURDAY)
    assert calendar.working_day(FEAST)
    for day in (SATURDAY, FEAST):
        at = calendar.start_of(day, time(10))
        assert business_time.is_open(at, business_time.USUAL_WEEK)
    assert not business_time.is_open(calendar.start_of(SATURDAY, time(10)), {})


def test_a_day_taken_off_counts_as_before(ada):
    keep(TUESDAY, True, ada)
    with transaction():
        db.session.get_one(ClosingDay, TUESDAY).drop(by=ada)
    assert calendar.working_day(TUESDAY)


def test_without_a_word_of_the_house_the_public_holidays_count():
    assert not calendar.working_day(FEAST)
    assert not calendar.working_day(SATURDAY)
    assert calendar.public_holidays(2030, "nl")[FEAST] == "Dag van de Arbeid"


def test_a_day_is_set_shown_taken_off_and_put_back(as_ada):
    day = calendar.working_day_after(calendar.business_day(now()), 5)
    as_ada.post("/admin/calendar", data=NAMES | {"day": day.isoformat(), "closed": "1"})
    assert "Bridge day" in as_ada.get("/admin/calendar").text
    gone = as_ada.post(f"/admin/calendar/{day.isoformat()}/removal")
    assert calendar.working_day(day)
    asked = gone.location.partition("?")[2]
    assert "Undo" in as_ada.get(gone.location).text
    as_ada.post(f"/admin/calendar?{asked}")
    assert not calendar.working_day(day)


@pytest.mark.parametrize("day", ["", "x", "2020-01-01", "2099-01-01"])
def test_a_day_that_cannot_be_meant_is_refused(as_ada, day):
    refused = as_ada.post("/admin/calendar", data=NAMES | {"day": day, "closed": "1"})
    assert refused.status_code == 422
    assert ClosingDay.from_day(date.min) == []
