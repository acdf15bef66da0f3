"""Who takes calls in each half hour: those on the telephone, and of those on whatever comes as many
as calls are of the work that nobody is rostered for alone."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from models import calendar
from models.forecast import Expected
from models.intake import Channel
from models.shift import Capacity

ANYTHING = ""
HALF_AN_HOUR = 0.5


def taking_calls(
    rows: Sequence[Capacity],
    expected: Mapping[str, Iterable[Expected]],
    minutes: Mapping[str, float],
) -> Iterator[Capacity]:
    """The heads that take calls; `expected` are contacts by channel and day, of so many `minutes`.
    Of a day of which nothing is expected everybody on whatever comes takes them."""
    work = hours_of(expected, minutes)
    days = {calendar.business_day(one.starts_at) for one in rows}
    shares = {day: share_of_calls(work.get(day, {}), own_hours(rows, day)) for day in days}
    for one in rows:
        if one.channel == Channel.PHONE:
            yield one
        elif one.channel == ANYTHING:
            share = shares[calendar.business_day(one.starts_at)]
            yield one._replace(heads=one.heads * share)


def share_of_calls(work: Mapping[str, float], own: Mapping[str, float]) -> float:
    """Of whoever takes whatever comes: calls are so much of the hours that are left once those who
    do one thing alone have done theirs. Where nothing is expected or left, all of them."""
    left = {channel: max(0.0, hours - own.get(channel, 0.0)) for channel, hours in work.items()}
    whole = sum(left.values())
    return left.get(Channel.PHONE, 0.0) / whole if whole else 1.0


def hours_of(
    expected: Mapping[str, Iterable[Expected]], minutes: Mapping[str, float]
) -> dict[date, dict[str, float]]:
    """Hours of work that come in, by day and channel."""
    found: dict[date, dict[str, float]] = {}
    for channel, rows in expected.items():
        for row in rows:
            day = found.setdefault(row.day, {})
            more = row.expected * minutes.get(channel, 0.0) / 60
            day[channel] = day.get(channel, 0.0) + more
    return found


def own_hours(rows: Iterable[Capacity], day: date) -> dict[str, float]:
    """Hours of those who are rostered for one channel alone."""
    found: dict[str, float] = {}
    for one in rows:
        if one.channel != ANYTHING and calendar.business_day(one.starts_at) == day:
            found[one.channel] = found.get(one.channel, 0.0) + one.heads * HALF_AN_HOUR
    return found
