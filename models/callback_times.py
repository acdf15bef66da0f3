"""When somebody may be called: opening hours in Brussels, windows, the next slot. Pure."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from models import calendar

Hours = Mapping[int, tuple[time, time]]
"""When the house works, by weekday (0 = Monday); no entry: closed. Holidays are always closed."""

USUAL: Hours = {weekday: (time(8, 30), time(17)) for weekday in range(5)}
LONGEST_SEARCH = 400
"""Days; nobody is closed longer."""
LONGEST_WAIT = 14
"""Days in which a client's hours of the day must come back."""


def span(day: date, hours: Hours) -> tuple[datetime, datetime] | None:
    """From when to when the house works on `day`, in UTC."""
    if day.weekday() not in hours or not _workable(day):
        return None
    opens, closes = hours[day.weekday()]
    return calendar.start_of(day, opens), calendar.start_of(day, closes)


def open_from(at: datetime, hours: Hours = USUAL) -> datetime:
    """The first instant from `at` on at which the house works."""
    return after_open_minutes(at, 0, hours)


def after_open_minutes(at: datetime, minutes: int, hours: Hours = USUAL) -> datetime:
    """The instant when so many minutes of opening hours have passed since `at`."""
    left, day = timedelta(minutes=minutes), calendar.business_day(at)
    for _ in range(LONGEST_SEARCH):
        works = span(day, hours)
        if works is not None and works[1] > at:
            begins = max(at, works[0])
            if begins + left < works[1]:
                return begins + left
            left -= works[1] - begins
        day += timedelta(days=1)
    return at + timedelta(minutes=minutes)


def open_minutes(start: datetime, end: datetime, hours: Hours = USUAL) -> int:
    """Minutes of opening hours between two instants; 0 when the end comes first."""
    passed, day = timedelta(0), calendar.business_day(start)
    while day <= calendar.business_day(end):
        works = span(day, hours)
        if works is not None:
            passed += max(min(end, works[1]) - max(start, works[0]), timedelta(0))
        day += timedelta(days=1)
    return int(passed.total_seconds() // 60)


def next_slot(
    wanted: datetime, window: tuple[datetime, datetime] | None, hours: Hours = USUAL
) -> datetime:
    """The first instant from `wanted` on, in opening hours and in the client's hours of the day.

    A window of one day that is over means the same hours on the days after; one of several days
    that is over no longer binds.
    """
    if window is None:
        return open_from(wanted, hours)
    if calendar.business_day(window[0]) != calendar.business_day(window[1]):
        inside = open_from(max(wanted, window[0]), hours)
        return inside if inside < window[1] else open_from(wanted, hours)
    begins, ends = (edge.astimezone(calendar.BRUSSELS).time() for edge in window)
    day = max(calendar.business_day(wanted), calendar.business_day(window[0]))
    for _ in range(LONGEST_WAIT):
        works = span(day, hours)
        if works is not None:
            first = max(wanted, works[0], calendar.start_of(day, begins))
            if first < min(works[1], calendar.start_of(day, ends)):
                return first
        day += timedelta(days=1)
    return open_from(wanted, hours)


def moved_to(slot: datetime, window: tuple[datetime, datetime]) -> tuple[datetime, datetime | None]:
    """What is left of the client's window when the next try is at `slot`."""
    ends = window[1].astimezone(calendar.BRUSSELS).time()
    if window[0] <= slot < window[1]:
        return slot, window[1]
    last = calendar.start_of(calendar.business_day(slot), ends)
    return slot, last if last > slot else None


def _workable(day: date) -> bool:
    """Whatever weekday the hours name, but no public holiday from Monday to Friday."""
    return day.weekday() >= 5 or calendar.working_day(day)
