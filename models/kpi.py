"""Any figure of any days, of the house or a part of it: a number, a line, what it opens to.

Days that are over are read as they were counted; today, and days that nobody has counted, are
counted now by the same rule. What a reader may not know is not told.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Select, select

from models import calendar
from models.base import now
from models.kpi_hushed import (
    GUARDED,
    Neighbours,
    added,
    anything_kept_from,
    guarded,
    hushed,
    narrowed,
    partner,
)
from models.kpi_kinds import (
    EVERYTHING,
    SMALL,
    Absent,
    Better,
    Cut,
    Item,
    Kpi,
    Point,
    Span,
    Unit,
    Value,
    cut_to,
    quantile,
    value_of,
)
from models.kpi_registry import KPIS
from models.kpi_sums import Sums
from models.kpi_sums import sums as counted
from models.team import Membership
from models.user import User

Period = Literal["day", "week", "month"]
Split = Literal["channel", "topic", "team", "language"]

__all__ = [
    "KPIS",
    "SMALL",
    "Absent",
    "Better",
    "Cut",
    "Item",
    "Kpi",
    "Period",
    "Point",
    "Split",
    "Unit",
    "Value",
    "behind",
    "guarded",
    "hushed",
    "known_days",
    "measure",
    "partner",
    "series",
]


def measure(
    code: str,
    first_day: date,
    last_day: date,
    *,
    cut: Cut = EVERYTHING,
    user: User,
    at: datetime | None = None,
) -> Value:
    """One figure of the days from `first_day` to `last_day`.

    Of a figure that needs time to be known, the days that are known by now; of one that stands
    (the backlog), the last day. Raises KeyError for a figure that does not exist.
    """
    kpi, at = KPIS[code], at or now()
    last = known_days(kpi, last_day, at)
    first = last if kpi.stands else first_day
    why = _forbidden(kpi, cut, user)
    if why is None and last < first_day:
        why = Absent.YOUNG
    if why is not None:
        return Value(0.0, 0.0, None, why, last, first)
    if kpi.values is not None:
        found = kpi.values(Span.of(first, last, at), cut)
        count = float(len(found))
        if hushed(kpi, count, count, cut, user):
            return Value(0.0, 0.0, None, Absent.SMALL, last, first)
        value = quantile(found, kpi.quantile)
        why = Absent.NOTHING if value is None else None
        told = count if _counts_told(cut, user) else 0.0
        return Value(told, told, value, why, last, first)
    sums = counted(kpi, first, last, cut=cut, at=at)
    known = [of_day[""] for of_day in sums.values() if "" in of_day]
    part, whole = sum(one[0] for one in known), sum(one[1] for one in known)
    if not sums:
        return Value(part, whole, None, Absent.UNCOUNTED, last, first)
    if hushed(kpi, part, whole, cut, user):
        return Value(0.0, 0.0, None, Absent.SMALL, last, first)
    if Neighbours(kpi, first, last, cut, user, at).give_away(first, last):
        return Value(0.0, 0.0, None, Absent.BESIDE, last, first)
    value = value_of(kpi, part, whole)
    return Value(part, whole, value, Absent.NOTHING if value is None else None, last, first)


def series(
    code: str,
    first_day: date,
    last_day: date,
    by: Period = "day",
    split: Split | None = None,
    cut: Cut = EVERYTHING,
    user: User | None = None,
    at: datetime | None = None,
) -> list[Point]:
    """A figure over time, in whole days, weeks from Monday, or months; a line for each of `split`.

    A period of which no day is known has a point without a value. Without a `user` nothing of a
    restricted topic's small counts is shown.
    """
    kpi, at = KPIS[code], at or now()
    why = _forbidden(kpi, cut, user, split)
    periods = list(_periods(first_day, last_day, by))
    if why is not None:
        return [Point(first, last, "", 0.0, 0.0, None, why) for first, last in periods]
    if kpi.values is not None:
        return [_quantile_point(kpi, first, last, cut, user, at) for first, last in periods]
    known = known_days(kpi, last_day, at)
    sums: Sums = {}
    if known >= first_day:
        sums = counted(kpi, first_day, known, cut=cut, split=split, at=at)
    keys = sorted({key for of_day in sums.values() for key in of_day}) or [""]
    alone = _teams_of_one() if kpi.of_work and split == "team" else frozenset()
    beside = {
        key: Neighbours(kpi, first_day, known, _of_line(cut, split, key), user, at) for key in keys
    }
    partners = _partners(kpi, periods, sums, split, cut, user)
    points = [
        _point(kpi, first, last, key, sums, split, cut, user, alone, at)
        for key in keys
        for first, last in periods
    ]
    return [
        replace(point, part=0.0, whole=0.0, value=None, why_not=Absent.BESIDE)
        if point.value is not None
        and (
            beside[point.key].give_away(point.first, point.last)
            or point.key == partners.get(point.first)
        )
        else point
        for point in points
    ]


def behind(
    code: str,
    first_day: date,
    last_day: date,
    *,
    cut: Cut = EVERYTHING,
    whole: bool = False,
    at: datetime | None = None,
) -> Select[Any]:
    """The ids of what a figure counts now: of a share its part, or with `whole` all it is of.

    `KPIS[code].item` says of what kind they are. Who may see each is for the caller to ask.
    """
    kpi, at = KPIS[code], at or now()
    last = known_days(kpi, last_day, at)
    facts = kpi.facts(Span.of(last if kpi.stands else first_day, last, at)).subquery()
    chosen = cut_to(select(facts.c.item), facts, cut)
    share = kpi.unit is Unit.SHARE or (kpi.unit is Unit.COUNT and kpi.stands)
    return chosen if whole or not share else chosen.where(facts.c.part > 0)


def known_days(kpi: Kpi, last_day: date, at: datetime) -> date:
    """The last day up to `last_day` of which the figure can be known at `at`."""
    return min(last_day, kpi.known_until(calendar.business_day(at)))


def _partners(
    kpi: Kpi,
    periods: Iterable[tuple[date, date]],
    sums: Sums,
    split: str | None,
    cut: Cut,
    user: User | None,
) -> dict[date, str | None]:
    """The line of each period, by its first day, that would give a smaller one away."""
    if split not in GUARDED or not anything_kept_from(user):
        return {}
    found = {}
    for first, last in periods:
        days = sorted(day for day in sums if first <= day <= last)
        parts = added(sums[day] for day in (days[-1:] if kpi.stands else days))
        found[first] = partner(kpi, parts, split, user, cut)
    return found


def _of_line(cut: Cut, split: str | None, key: str) -> Cut:
    """A line's cut, but for a dimension whose lines are all at hand."""
    return cut if split in GUARDED else narrowed(cut, split, key)


def _counts_told(cut: Cut, user: User | None) -> bool:
    """Of how many a quantile is: a topic's or team's number might tell that of another one."""
    narrow = cut.topic_id is not None or cut.team_id is not None
    return not narrow or not anything_kept_from(user)


def _forbidden(kpi: Kpi, cut: Cut, user: User | None, split: str | None = None) -> Absent | None:
    if not kpi.supports(cut, split) or (kpi.values is not None and split is not None):
        return Absent.CUT
    if kpi.of_work and cut.team_id and cut.team_id in _teams_of_one():
        return Absent.ALONE
    return None


def _teams_of_one() -> frozenset[int]:
    return frozenset(team for team, members in Membership.sizes().items() if members == 1)


# --- points ---------------------------------------------------------------------------------


def _point(
    kpi: Kpi,
    first: date,
    last: date,
    key: str,
    sums: Sums,
    split: str | None,
    cut: Cut,
    user: User | None,
    alone: frozenset[int],
    at: datetime,
) -> Point:
    days = sorted(day for day in sums if first <= day <= last)
    if not days:
        late = first > known_days(kpi, last, at)
        return Point(first, last, key, 0.0, 0.0, None, Absent.YOUNG if late else Absent.UNCOUNTED)
    counted = [sums[day].get(key, (0.0, 0.0)) for day in (days[-1:] if kpi.stands else days)]
    part, whole = sum(one[0] for one in counted), sum(one[1] for one in counted)
    if key and split == "team" and int(key) in alone:
        return Point(first, last, key, 0.0, 0.0, None, Absent.ALONE)
    if hushed(kpi, part, whole, narrowed(cut, split, key), user):
        return Point(first, last, key, 0.0, 0.0, None, Absent.SMALL)
    value = value_of(kpi, part, whole)
    return Point(first, last, key, part, whole, value, Absent.NOTHING if value is None else None)


def _quantile_point(
    kpi: Kpi, first: date, last: date, cut: Cut, user: User | None, at: datetime
) -> Point:
    assert kpi.values is not None
    if first > calendar.business_day(at):
        return Point(first, last, "", 0.0, 0.0, None, Absent.YOUNG)
    found = kpi.values(Span.of(first, last, at), cut)
    count = float(len(found))
    if hushed(kpi, count, count, cut, user):
        return Point(first, last, "", 0.0, 0.0, None, Absent.SMALL)
    value = quantile(found, kpi.quantile)
    told = count if _counts_told(cut, user) else 0.0
    return Point(first, last, "", told, told, value, Absent.NOTHING if value is None else None)


def _periods(first: date, last: date, by: Period) -> Iterable[tuple[date, date]]:
    """(first day, last day) of each; the outer ones are cut at the ends of the time asked for."""
    start = first
    while start <= last:
        if by == "day":
            end = start
        elif by == "week":
            end = start + timedelta(days=6 - start.weekday())
        else:
            end = (start.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)
        yield start, min(end, last)
        start = end + timedelta(days=1)
