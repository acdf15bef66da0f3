"""Callers who hung up before an answer: they left no text, and count all the same."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Integer, and_, cast, func, select

from models import calendar
from models.base import db
from models.call import TOO_SHORT, Call


@dataclass(frozen=True)
class Caller:
    """Somebody who gave up, by the number from which he called."""

    number: str
    tries: int
    first_at: datetime
    last_at: datetime
    waited: timedelta
    """The longest that he waited."""
    answered_at: datetime | None
    """When he was answered after all, on a later call."""
    settled: bool
    """Whether somebody has said that nobody need call back."""

    @property
    def waits(self) -> bool:
        return self.answered_at is None and not self.settled


@dataclass(frozen=True)
class Abandoned:
    """Those between two instants, who waited longest first; `hidden`: calls without a number."""

    callers: list[Caller]
    hidden: int
    by_hour: dict[int, int]
    """Calls that were given up, by the hour in Brussels."""

    @property
    def answered(self) -> int:
        """How many called again and were answered."""
        return sum(caller.answered_at is not None for caller in self.callers)

    @property
    def waiting(self) -> list[Caller]:
        return [caller for caller in self.callers if caller.waits]


def abandoned_between(start: datetime, end: datetime) -> Abandoned:
    """Who gave up between two instants; who hung up at once has not been waiting for us."""
    rows = db.session.execute(
        select(
            Call.caller_e164,
            func.count(),
            func.min(Call.initialised_at),
            func.max(Call.initialised_at),
            func.max(Call.ended_at - Call.initialised_at),
            func.bool_and(Call.done),
        )
        .where(_given_up(start, end), Call.caller_e164.is_not(None))
        .group_by(Call.caller_e164)
    ).all()
    last = {number: last_at for number, _, _, last_at, _, _ in rows}
    reached = _answered_after(last)
    callers = [
        Caller(number, tries, first_at, last_at, waited, reached.get(number), settled)
        for number, tries, first_at, last_at, waited, settled in rows
    ]
    hour = cast(
        func.extract("hour", func.timezone(calendar.BRUSSELS.key, Call.initialised_at)), Integer
    )
    by_hour = db.session.execute(
        select(hour, func.count()).where(_given_up(start, end)).group_by(hour).order_by(hour)
    ).all()
    total = sum(count for _, count in by_hour)
    return Abandoned(
        callers=sorted(callers, key=lambda one: (not one.waits, -one.tries, one.first_at)),
        hidden=total - sum(caller.tries for caller in callers),
        by_hour={int(one): count for one, count in by_hour},
    )


def _given_up(start: datetime, end: datetime) -> ColumnElement[bool]:
    return and_(
        Call.unanswered(),
        Call.ended_at - Call.initialised_at >= TOO_SHORT,
        Call.initialised_at >= start,
        Call.initialised_at < end,
    )


def _answered_after(last: dict[str, datetime]) -> dict[str, datetime]:
    """When each number was answered for the first time after its last call that was not."""
    rows = db.session.execute(
        select(Call.caller_e164, Call.answered_at)
        .where(Call.caller_e164.in_(list(last)), Call.answered_at.is_not(None))
        .order_by(Call.answered_at)
    )
    found: dict[str, datetime] = {}
    for number, answered_at in rows:
        if number and answered_at and answered_at > last[number]:
            found.setdefault(number, answered_at)
    return found
