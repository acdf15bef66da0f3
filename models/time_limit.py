"""The last day that a measure sets for a ticket: kept right for one ticket, and for all open ones.

The quarter that the client named stays on the ticket, so that the night can reckon again without
reading anybody's letter. A day that passes while the ticket is open stays on it.
"""

from collections.abc import Collection, Sequence
from datetime import date, timedelta

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    String,
    and_,
    cast,
    column,
    func,
    or_,
    select,
    true,
    update,
    values,
)

from models.base import db
from models.calendar import BRUSSELS, business_day
from models.deadline import Deadline, Quarter, deadlines, next_deadline
from models.measure import MeasureVersion
from models.ticket import Ticket
from models.ticket_states import Status

Row = tuple[str, str | None, str | None, date, str, int]
OPEN_FOR = timedelta(days=120)
Scope = tuple[str, str | None, str | None]
"""Topic, sub-topic and named quarter: what the last day of a ticket depends on."""


def keep(ticket: Ticket, day: date, named: Sequence[Quarter] = ()) -> None:
    """Set the last day of one ticket, seen from the day on which it was opened.

    Of several named quarters the earliest counts of which the last day has not passed.
    """
    opened = business_day(ticket.opened_at)
    known = list(named) or [
        Quarter.read(written) for written in (ticket.deadline_quarter,) if written
    ]
    scope = ticket.topic_id or "", ticket.subtopic_id, None
    versions = _versions(scope, day) if ticket.topic_id else []
    chances = [(one, next_deadline(versions, opened, one)) for one in known]
    quarter, found = next(
        (chance for chance in chances if chance[1] and chance[1].quarter == chance[0]),
        chances[-1] if chances else (None, next_deadline(versions, opened)),
    )
    ticket.deadline_quarter = str(quarter) if quarter else None
    ticket.deadline_on = found.on if found else None
    ticket.deadline_name = found.due.value if found else None
    ticket.deadline_version_id = found.version.id if found else None


def refresh(day: date, topic_ids: Collection[str] = ()) -> int:
    """Reckon every open ticket anew, or those of some topics; how many changed.

    One statement for all of them: what a matter allows is worked out once for each scope.
    """
    scopes = _open_scopes(topic_ids)
    rows = [
        (*scope, one.on, one.due.value, one.version.id)
        for scope in scopes
        for one in _all_deadlines(scope, day)
    ]
    return _write(rows, topic_ids)


def _versions(scope: Scope, day: date) -> list[MeasureVersion]:
    return MeasureVersion.applying(scope[0], scope[1], day)


def _all_deadlines(scope: Scope, day: date) -> list[Deadline]:
    """Also those of a yearly rule that have passed since the oldest open tickets came in."""
    named = Quarter.read(scope[2]) if scope[2] else None
    return [
        one
        for version in _versions(scope, day)
        for seen_from in (day - OPEN_FOR, day)
        for one in deadlines(version, seen_from, named)
        if not one.assumed
    ]


def _open_scopes(topic_ids: Collection[str]) -> list[Scope]:
    rows = (
        select(Ticket.topic_id, Ticket.subtopic_id, Ticket.deadline_quarter)
        .where(_open(topic_ids))
        .distinct()
    )
    return [(str(topic), part, quarter) for topic, part, quarter in db.session.execute(rows)]


def _open(topic_ids: Collection[str]) -> ColumnElement[bool]:
    wanted = Ticket.topic_id.in_(topic_ids) if topic_ids else Ticket.topic_id.is_not(None)
    return and_(Ticket.status != Status.CLOSED.value, Ticket.merged_into_id.is_(None), wanted)


def _write(rows: list[Row], topic_ids: Collection[str]) -> int:
    known = values(
        column("topic_id", String),
        column("subtopic_id", String),
        column("quarter", String),
        column("last_day", Date),
        column("due", String),
        column("version_id", Integer),
        name="known",
    ).data(rows or [("", None, None, date.min, "", 0)])
    opened = cast(func.timezone(BRUSSELS.key, Ticket.opened_at), Date)
    first = (
        select(known.c.last_day, known.c.due, known.c.version_id)
        .where(
            known.c.topic_id == Ticket.topic_id,
            known.c.subtopic_id.is_not_distinct_from(Ticket.subtopic_id),
            known.c.quarter.is_not_distinct_from(Ticket.deadline_quarter),
            known.c.last_day >= opened,
        )
        .order_by(known.c.last_day, known.c.version_id)
        .limit(1)
        .lateral("first")
    )
    found = (
        select(Ticket.id, first.c.last_day, first.c.due, first.c.version_id)
        .select_from(Ticket)
        .outerjoin(first, true())
        .where(_open(topic_ids))
        .subquery("found")
    )
    changed = or_(
        Ticket.deadline_on.is_distinct_from(found.c.last_day),
        Ticket.deadline_version_id.is_distinct_from(found.c.version_id),
        Ticket.deadline_name.is_distinct_from(found.c.due),
    )
    done = db.session.scalars(
        update(Ticket)
        .where(Ticket.id == found.c.id, changed)
        .values(
            deadline_on=found.c.last_day,
            deadline_name=found.c.due,
            deadline_version_id=found.c.version_id,
        )
        .returning(Ticket.id)
        .execution_options(synchronize_session=False)
    )
    return len(done.all())
