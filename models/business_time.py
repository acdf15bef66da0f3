"""Time as it passes while a house is open: by weekday, without its holidays. Pure.

Hours are those of the wall clock in Brussels; what lies between two instants is counted in UTC, so
the nights on which the clocks change add and lose nothing.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta

from models import calendar

Week = Mapping[int, tuple[time, time]]
"""(opens, closes) by weekday, 0 for Monday; a weekday that is missing is closed."""

USUAL_WEEK: Week = {weekday: (time(8, 30), time(17)) for weekday in range(5)}
LONGEST_LOOK = 3 * 366
"""Days after which somebody who looks for the next open hour gives up."""


Open = dict[date, list[tuple[datetime, datetime]]]
"""When one week is open on the days that somebody has asked for."""


def worked(start: datetime, end: datetime, week: Week, known: Open | None = None) -> timedelta:
    """How much open time lies between two instants; negative when `end` comes first.

    Who asks for very many keeps what is `known` of the days of this week from one to the next.
    """
    known = {} if known is None else known
    if end < start:
        return -worked(end, start, week, known)
    total = timedelta()
    day, last = calendar.business_day(start), calendar.business_day(end)
    while day <= last:
        if day not in known:
            known[day] = list(_open_on(day, week))
        for opens, closes in known[day]:
            total += max(timedelta(), min(closes, end) - max(opens, start))
        day += timedelta(days=1)
    return total


def after(start: datetime, length: timedelta, week: Week) -> datetime:
    """The instant at which `length` of open time has passed since `start`."""
    day, left, last_close = calendar.business_day(start), max(length, timedelta()), start
    for _ in range(LONGEST_LOOK):
        for opens, closes in _open_on(day, week):
            begins = max(opens, start)
            if closes - begins >= left and closes > begins:
                return begins + left
            left -= max(timedelta(), closes - begins)
            last_close = max(last_close, closes)
        day += timedelta(days=1)
    return last_close


def is_open(at: datetime, week: Week) -> bool:
    """Whether the house works at this instant."""
    return any(opens <= at < closes for opens, closes in _open_on(calendar.business_day(at), week))


def _open_on(day: date, week: Week) -> Iterator[tuple[datetime, datetime]]:
    hours = week.get(day.weekday())
    if hours is None and week and calendar.opened(day):  # as on the first day of the week
        hours = week[min(week)]
    if hours is not None and not calendar.holiday(day):
        yield calendar.start_of(day, hours[0]), calendar.start_of(day, hours[1])
