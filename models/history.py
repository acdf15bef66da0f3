"""What came in by weekday and half hour, over any time, from the counters that outlive contacts.

Holidays are no weekday like the others: they are left out.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta

from sqlalchemy import Date, Integer, cast, extract, func, or_, select

from models import calendar, policy
from models.base import db
from models.half_hour import HalfHourCounter
from models.kpi_kinds import Cut
from models.user import User

Place = tuple[int, int]
"""(weekday from Monday, 0; half hour of the day from midnight, 0), by the clock of Brussels."""


def half_hours(first: date, last: date, cut: Cut, *, user: User) -> dict[Place, int]:
    """Contacts of each place of the week. A topic that is hidden from `user` counts only among all;
    asked for by itself, it has none."""
    local = func.timezone(calendar.BRUSSELS.key, HalfHourCounter.starts_at)
    weekday = cast(extract("isodow", local), Integer) - 1
    half = cast(extract("hour", local) * 2 + func.floor(extract("minute", local) / 30), Integer)
    rows = select(weekday, half, func.sum(HalfHourCounter.contacts)).where(
        HalfHourCounter.starts_at >= calendar.start_of(first),
        HalfHourCounter.starts_at < calendar.start_of(last + timedelta(days=1)),
        cast(local, Date).not_in([day for day in _days(first, last) if calendar.holiday(day)]),
    )
    for column, value in (
        (HalfHourCounter.channel, cut.channel),
        (HalfHourCounter.topic_id, cut.topic_id),
        (HalfHourCounter.language, cut.language),
    ):
        if value is not None:
            rows = rows.where(column == value)
    if cut.given():
        topic = HalfHourCounter.topic_id
        rows = rows.where(or_(~policy.restricted(topic), policy.sees_topic(user, topic)))
    return {
        (day, at): int(count) for day, at, count in db.session.execute(rows.group_by(weekday, half))
    }


def weekdays(first: date, last: date) -> Mapping[int, int]:
    """How many of each weekday lie in these days, beginning where anything was counted at all."""
    begun = HalfHourCounter.first_day()
    if begun is None or begun > last:
        return {}
    start = max(first, begun)
    return Counter(day.weekday() for day in _days(start, last) if not calendar.holiday(day))


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=step) for step in range((last - first).days + 1)]
