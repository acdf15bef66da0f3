"""What came in, by day and by half hour: the ground on which forecasts are made and judged.

Half hours are counted since they exist; of the days before, the figures of whole days speak.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Date, Integer, cast, func, insert, literal_column, select

from models import calendar
from models.base import db
from models.contact import Contact
from models.daily_figure import DailyFigure
from models.half_hour import HalfHourCounter

Days = dict[date, int]
SLOTS = 48


def first_day() -> date | None:
    """Since when anything is known."""
    known = [one for one in (DailyFigure.first_day(), HalfHourCounter.first_day()) if one]
    return min(known, default=None)


def by_channel(first: date, last: date) -> dict[str, Days]:
    """Contacts of each channel on each of these days on which any came."""
    return _by_day(first, last, DailyFigure.channel, HalfHourCounter.channel)


def by_topic(first: date, last: date) -> dict[str, Days]:
    """The same of each topic; '' is a topic that is not known."""
    return _by_day(first, last, DailyFigure.topic_id, HalfHourCounter.topic_id)


def half_hours(first: date, last: date) -> dict[str, list[list[float]]]:
    """Contacts of each channel by weekday (Monday first; days off by themselves) and half hour.

    A holiday counts as a Sunday.
    """
    local = func.timezone("Europe/Brussels", HalfHourCounter.starts_at)
    slot = _slot(local)
    day = cast(local, Date)
    start, end = calendar.start_of(first), calendar.start_of(last + timedelta(days=1))
    rows = db.session.execute(
        select(HalfHourCounter.channel, day, slot, func.sum(HalfHourCounter.contacts))
        .where(HalfHourCounter.starts_at >= start, HalfHourCounter.starts_at < end)
        .group_by(HalfHourCounter.channel, day, slot)
    )
    found: dict[str, list[list[float]]] = {}
    for channel, on, place, contacts in rows:
        counted = found.setdefault(channel, [[0.0] * SLOTS for _ in range(7)])
        weekday = on.weekday() if calendar.working_day(on) else max(on.weekday(), 5)
        counted[weekday][place] += float(contacts)
    return found


def of_day(day: date, channel: str) -> dict[int, int]:
    """What has come in each half hour of a day so far; an empty channel asks for all."""
    start, end = calendar.bounds(day)
    local = func.timezone("Europe/Brussels", Contact.said_at)
    slot = _slot(local)
    rows = select(slot, func.count()).where(Contact.counted(start, end)).group_by(slot)
    if channel:
        rows = rows.where(Contact.channel == channel)
    return {place: int(contacts) for place, contacts in db.session.execute(rows)}


def _slot(local: Any) -> Any:
    half = func.floor(func.extract("minute", local) / literal_column("30"))
    return cast(func.extract("hour", local) * literal_column("2") + half, Integer)


def lay_down(rows: Sequence[Mapping[str, Any]]) -> None:
    """Half hours of a time before there were any contacts here."""
    if rows:
        db.session.execute(insert(HalfHourCounter), rows)


def total(counts: Collection[Days]) -> Days:
    """Several as one."""
    found: Days = {}
    for one in counts:
        for day, contacts in one.items():
            found[day] = found.get(day, 0) + contacts
    return found


def _by_day(first: date, last: date, before: Any, since: Any) -> dict[str, Days]:
    begun = HalfHourCounter.first_day() or last + timedelta(days=1)
    found: dict[str, Days] = {}
    if first < begun:
        rows = db.session.execute(
            select(before, DailyFigure.day, func.sum(DailyFigure.part))
            .where(
                DailyFigure.kpi == "inflow",
                DailyFigure.part > 0,
                DailyFigure.day.between(first, min(last, begun - timedelta(days=1))),
            )
            .group_by(before, DailyFigure.day)
        )
        for name, day, contacts in rows:
            found.setdefault(name, {})[day] = int(contacts)
    start = calendar.start_of(max(first, begun))
    end = calendar.start_of(last + timedelta(days=1))
    day = cast(func.timezone("Europe/Brussels", HalfHourCounter.starts_at), Date)
    rows = db.session.execute(
        select(since, day, func.sum(HalfHourCounter.contacts))
        .where(HalfHourCounter.starts_at >= start, HalfHourCounter.starts_at < end)
        .group_by(since, day)
    )
    for name, on, contacts in rows:
        found.setdefault(name, {})[on] = int(contacts)
    return found
