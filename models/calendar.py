"""Business time in Brussels: days, working days and Belgian holidays. Pure.

The house's own closing and opening days are read through what `consult` was given; without it the
public holidays alone count.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

BRUSSELS = ZoneInfo("Europe/Brussels")
MEETING = time(8, 30)


def business_day(at: datetime) -> date:
    """The calendar day in Brussels on which `at` falls."""
    return at.astimezone(BRUSSELS).date()


def start_of(day: date, at: time = time(0)) -> datetime:
    """The UTC instant of `at` o'clock on `day` in Brussels (23- and 25-hour days included)."""
    return datetime.combine(day, at, BRUSSELS).astimezone(UTC)


def bounds(day: date) -> tuple[datetime, datetime]:
    """First instant of `day` and first instant of the day after, in UTC."""
    return start_of(day), start_of(day + timedelta(days=1))


_house: list[Callable[[], Mapping[date, bool]]] = []


def consult(house: Callable[[], Mapping[date, bool]]) -> None:
    """Ask `house` for the days on which it is closed (True) or open (False) against the rule."""
    _house[:] = [house]


def _said(day: date) -> bool | None:
    """Whether the house says that it is closed on `day`; None where it says nothing."""
    return _house[0]().get(day) if _house else None


@lru_cache(maxsize=64)
def _holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("BE", years=year))


def public_holidays(year: int, language: str) -> dict[date, str]:
    """The Belgian public holidays of a year with their names."""
    known = "en_US" if language == "en" else language
    return dict(sorted(holidays.country_holidays("BE", years=year, language=known).items()))


def holiday(day: date) -> bool:
    """A Belgian public holiday or a closing day of the house, unless it is open all the same."""
    said = _said(day)
    return day in _holidays(day.year) if said is None else said


def opened(day: date) -> bool:
    """Whether the house says that it works on a day on which it would not."""
    return _said(day) is False


def working_day(day: date) -> bool:
    """Monday to Friday, no holiday; or a day on which the house works all the same."""
    said = _said(day)
    return day.weekday() < 5 and day not in _holidays(day.year) if said is None else not said


def after_holiday(day: date) -> bool:
    """Whether a day that is no weekend was off since the working day before."""
    before = working_day_before(day)
    steps = range(1, (day - before).days)
    return any((before + timedelta(days=step)).weekday() < 5 for step in steps)


def working_day_before(day: date, count: int = 1) -> date:
    """The `count`-th working day before `day`."""
    while count > 0:
        day -= timedelta(days=1)
        count -= working_day(day)
    return day


def working_day_after(day: date, count: int = 1) -> date:
    """The `count`-th working day after `day`."""
    while count > 0:
        day += timedelta(days=1)
        count -= working_day(day)
    return day


def due_after(at: datetime, working_days: int) -> datetime:
    """The end of business (17:00) of the `working_days`-th working day after `at`."""
    return start_of(working_day_after(business_day(at), working_days), time(17))
