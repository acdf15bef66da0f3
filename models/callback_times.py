"""When somebody may be called: in opening hours, and in the hours the client has named. Pure."""

from datetime import datetime, timedelta

from models import calendar
from models.business_time import Week, after

LONGEST_WAIT = 14
"""Days in which a client's hours of the day must come back."""

Window = tuple[datetime, datetime]


def next_slot(wanted: datetime, window: Window | None, week: Week) -> datetime:
    """The first instant from `wanted` on, in opening hours and in the client's hours of the day.

    A window of one day that is over means the same hours on the days after; one of several days
    that is over no longer binds.
    """
    first_open = after(wanted, timedelta(0), week)
    if window is None:
        return first_open
    if calendar.business_day(window[0]) != calendar.business_day(window[1]):
        inside = after(max(wanted, window[0]), timedelta(0), week)
        return inside if inside < window[1] else first_open
    begins, ends = (edge.astimezone(calendar.BRUSSELS).time() for edge in window)
    day = max(calendar.business_day(wanted), calendar.business_day(window[0]))
    for _ in range(LONGEST_WAIT):
        earliest = max(wanted, calendar.start_of(day, begins))
        slot = after(earliest, timedelta(0), week)
        if calendar.business_day(slot) == day and slot < calendar.start_of(day, ends):
            return slot
        day += timedelta(days=1)
    return first_open


def rest_of(window: Window, slot: datetime) -> datetime | None:
    """When the client's hours end that hold for a try at `slot`; None when none hold any more."""
    if window[0] <= slot < window[1]:
        return window[1]
    ends = window[1].astimezone(calendar.BRUSSELS).time()
    last = calendar.start_of(calendar.business_day(slot), ends)
    return last if last > slot else None
