"""What stood at the end of many days, in one reading of the tickets: who came, who left, who was
late since when. It says what the facts in `models/kpi_tickets.py` say of each day apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import (
    ARRAY,
    CTE,
    ColumnElement,
    Date,
    Float,
    Integer,
    Select,
    TableValuedAlias,
    and_,
    cast,
    column,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.sql.functions import FunctionElement

from models import calendar
from models.kpi_tickets import LONGEST_AGE, SOON
from models.merge import TicketMerge
from models.ticket import Ticket

CODES = ("backlog", "backlog_age", "overdue", "due_soon")
CELLS = ("channel", "topic", "team", "language")
NEVER = date(9999, 12, 31)


@dataclass(frozen=True)
class Stretch:
    """The days from `since` until before `until` on which a ticket adds so much to the sums."""

    since: ColumnElement[Any]
    until: ColumnElement[Any]
    part: ColumnElement[Any]
    whole: float
    by_day: float = 0.0
    """What the part grows by on each working day."""


@dataclass(frozen=True)
class Numbered:
    """A day, how many working days lie up to it, and since when one who came on it is of the
    longest age that is counted."""

    day: date
    number: int
    old: date


def counted(code: str, days: Sequence[date]) -> Select[Any]:
    """(day, channel, topic, team, language, part, whole) of a figure at the end of these days.

    They are over. Raises KeyError for a figure that does not stand in tickets.
    """
    first, last = min(days), max(days)
    every = _every_day(first, last)
    lives = _lives(first, last, every)
    steps = _steps(_STRETCHES[code](lives.c), lives, first, last)
    cells = [steps.c[name] for name in CELLS]
    summed = (
        select(steps.c.day, *cells, *(func.sum(steps.c[name]).label(name) for name in _SUMS))
        .group_by(steps.c.day, *cells)
        .cte("summed")
    )
    cells = [summed.c[name] for name in CELLS]

    def so_far(what: FunctionElement[Any]) -> ColumnElement[Any]:
        return what.over(partition_by=cells, order_by=summed.c.day)

    stood = select(
        *cells,
        summed.c.day.label("since"),
        func.coalesce(so_far(func.lead(summed.c.day)), NEVER).label("until"),
        *(so_far(func.sum(summed.c[name])).label(name) for name in _SUMS),
    ).cte("stood")
    asked = _table([one for one in every if one.day in set(days)], "asked")
    part = stood.c.part + stood.c.by_day * asked.c.number
    return (
        select(
            asked.c.day,
            *(stood.c[name] for name in CELLS),
            cast(part, Float).label("part"),
            cast(stood.c.whole, Float).label("whole"),
        )
        .join_from(asked, stood, and_(asked.c.day >= stood.c.since, asked.c.day < stood.c.until))
        .where(or_(func.abs(part) > 0.5, stood.c.whole > 0.5))
    )


_SUMS = ("part", "by_day", "whole")


def _lives(first: date, last: date, every: Sequence[Numbered]) -> CTE:
    """Every ticket that waited for us at the end of one of the days, with its days.

    As in `kpi_tickets.waited`: it waits from its opening until before it was closed, began to wait
    for its client, or was merged.
    """
    start, end = calendar.start_of(first), calendar.start_of(last + timedelta(days=1))
    merged = (
        select(TicketMerge.from_id, func.min(TicketMerge.at).label("at"))
        .where(TicketMerge.undone_at.is_(None))
        .group_by(TicketMerge.from_id)
        .subquery()
    )
    born = _table(every, "born")
    opened_on = func.greatest(_day(Ticket.opened_at), every[0].day)
    left = func.least(Ticket.closed_at, Ticket.clock_stopped_at, merged.c.at)
    return (
        select(
            Ticket.channel.label("channel"),
            func.coalesce(Ticket.topic_id, "").label("topic"),
            func.coalesce(Ticket.team_id, 0).label("team"),
            func.coalesce(Ticket.language, "").label("language"),
            _day(Ticket.opened_at).label("since"),
            func.coalesce(_day(left), NEVER).label("until"),
            func.coalesce(
                func.least(_day(Ticket.due_at), Ticket.deadline_on + literal(1, Integer)), NEVER
            ).label("late"),
            func.coalesce(
                func.least(
                    _day(Ticket.due_at - func.make_interval(0, 0, 0, 0, SOON.days * 24)),
                    Ticket.deadline_on - literal(SOON.days, Integer),
                ),
                NEVER,
            ).label("soon"),
            born.c.number.label("number"),
            born.c.old.label("old"),
        )
        .select_from(Ticket)
        .outerjoin(merged, merged.c.from_id == Ticket.id)
        .join(born, born.c.day == opened_on)
        .where(
            Ticket.opened_at < end,
            or_(Ticket.closed_at.is_(None), Ticket.closed_at >= start),
        )
        .cte("lives")
    )


def _steps(stretches: Sequence[Stretch], lives: CTE, first: date, last: date) -> CTE:
    """By how much the sums change on each day, all that is older than the first day on that."""
    changes = []
    for one in stretches:
        since = func.greatest(one.since, first)
        real = and_(since < one.until, since <= last)
        cells = [lives.c[name] for name in CELLS]
        sums = (one.part, literal(one.by_day), literal(one.whole))
        added = [cast(value, Float).label(name) for name, value in zip(_SUMS, sums, strict=True)]
        gone = [cast(-value, Float).label(name) for name, value in zip(_SUMS, sums, strict=True)]
        changes.append(select(since.label("day"), *cells, *added).where(real))
        changes.append(select(one.until.label("day"), *cells, *gone).where(real, one.until <= last))
    return union_all(*changes).cte("steps")


def _waiting(of: Any, whole: float) -> Stretch:
    return Stretch(of.since, of.until, literal(0.0), whole)


_STRETCHES: dict[str, Any] = {
    "backlog": lambda of: [Stretch(of.since, of.until, literal(1.0), 0.0)],
    "backlog_age": lambda of: [
        Stretch(of.since, func.least(of.until, of.old), -of.number, 1.0, by_day=1.0),
        Stretch(func.greatest(of.since, of.old), of.until, literal(float(LONGEST_AGE)), 1.0),
    ],
    "overdue": lambda of: [
        _waiting(of, 1.0),
        Stretch(func.greatest(of.since, of.late), of.until, literal(1.0), 0.0),
    ],
    "due_soon": lambda of: [
        _waiting(of, 1.0),
        Stretch(func.greatest(of.since, of.soon), func.least(of.until, of.late), literal(1.0), 0.0),
    ],
}


# --- days -----------------------------------------------------------------------------------


def _day(at: Any) -> ColumnElement[Any]:
    return cast(func.timezone(calendar.BRUSSELS.key, at), Date)


def _every_day(first: date, last: date) -> list[Numbered]:
    """All days up to the last, from so early on that whoever came before them is of the longest
    age on the first."""
    day = calendar.working_day_before(first + timedelta(days=1), LONGEST_AGE + 1)
    working: list[date] = []
    numbers: list[tuple[date, int]] = []
    while day <= last:
        working += [day] if calendar.working_day(day) else []
        numbers.append((day, len(working)))
        day += timedelta(days=1)
    ripe = dict(enumerate(working, start=1 - LONGEST_AGE))
    return [Numbered(one, number, ripe.get(number, NEVER)) for one, number in numbers]


def _table(days: Sequence[Numbered], name: str) -> TableValuedAlias:
    columns = (
        cast([one.day for one in days], ARRAY(Date)),
        cast([one.number for one in days], ARRAY(Integer)),
        cast([one.old for one in days], ARRAY(Date)),
    )
    numbered = func.unnest(*columns).table_valued(
        column("day", Date), column("number", Integer), column("old", Date), name=name
    )
    return numbered.render_derived()
