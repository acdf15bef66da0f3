"""When a mailing is through, at its pace, in its hours, on its days."""

from datetime import datetime, time

from models.calendar import BRUSSELS
from triage.outreach.mailing_pace import Pace

MONDAY = datetime(2026, 6, 8, 9, 15, tzinfo=BRUSSELS)


def test_without_hours_it_goes_on_until_it_is_through():
    assert Pace(60).ends(5_100, MONDAY) == datetime(2026, 6, 8, 10, 40, tzinfo=BRUSSELS)


def test_what_does_not_fit_into_the_day_goes_on_in_the_morning():
    pace = Pace(10, time(8), time(18))
    late = datetime(2026, 6, 8, 17, 30, tzinfo=BRUSSELS)
    assert pace.ends(900, late) == datetime(2026, 6, 9, 9, 0, tzinfo=BRUSSELS)


def test_nothing_leaves_at_the_weekend():
    friday = datetime(2026, 6, 12, 17, 59, tzinfo=BRUSSELS)
    pace = Pace(1, time(8), time(18))
    assert pace.ends(2, friday) == datetime(2026, 6, 15, 8, 1, tzinfo=BRUSSELS)
    assert pace.begins(datetime(2026, 6, 13, 12, tzinfo=BRUSSELS)) == datetime(
        2026, 6, 15, 8, tzinfo=BRUSSELS
    )


def test_what_would_take_more_than_a_year_has_no_end():
    assert Pace(1, time(8), time(8, 1)).ends(10_000, MONDAY) is None
