"""Once a minute: whose promise is nearly over, whose is broken, and what has slept long enough.

Each is said once. Nobody's open page is out of date by it: versions stay as they are.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, literal, select, true, update
from sqlalchemy.orm import InstrumentedAttribute

from models.base import db
from models.event import record
from models.service_level import OpeningHours, ServiceLevel, business_after
from models.ticket import Ticket

AT_ONCE = 500
USUAL_WARNING = 240
"""Minutes of business time before the end, where no service level says otherwise."""


def watch(at: datetime) -> None:
    """One turn; what is more than a turn holds waits for the next minute."""
    breach(at)
    warn(at)
    wake_sleepers(at)


def breach(at: datetime) -> Sequence[int]:
    """Mark what should have been answered by now; returns the tickets."""
    late = _running().where(Ticket.due_at < at, Ticket.breached_at.is_(None))
    marked = _mark(late, breached_at=at)
    for ticket_id in marked:
        record("ticket.breached", at=at, ticket_id=ticket_id)
    return marked


def warn(at: datetime) -> Sequence[int]:
    """Mark what must be answered soon; returns the tickets."""
    soon = _running().where(
        Ticket.due_at >= at,
        Ticket.due_at <= _warned_until(at),
        Ticket.warned_at.is_(None),
    )
    marked = _mark(soon, warned_at=at)
    for ticket_id in marked:
        record("ticket.warned", at=at, ticket_id=ticket_id)
    return marked


def wake_sleepers(at: datetime) -> Sequence[int]:
    """What was laid aside until now comes back; closed tickets sleep on."""
    over = select(Ticket.id).where(
        Ticket.snoozed_until <= at, Ticket.snoozed_by_id.is_not(None), Ticket.waits()
    )
    woken = _mark(over, snoozed_by_id=None)
    for ticket_id in woken:
        record("ticket.woken", at=at, ticket_id=ticket_id, why="time")
    return woken


def _running() -> Select[int]:
    return select(Ticket.id).where(Ticket.waits(), Ticket.clock_stopped_at.is_(None))


def _mark(chosen: Select[int], **values: datetime | None) -> Sequence[int]:
    ids = chosen.limit(AT_ONCE).with_for_update(skip_locked=True)
    changed = update(Ticket).where(Ticket.id.in_(ids)).values(**values).returning(Ticket.id)
    return db.session.scalars(changed.execution_options(synchronize_session=False)).all()


def _warned_until(at: datetime) -> ColumnElement[datetime]:
    """Up to which due time a ticket is warned of, by the row that counts for it."""
    teams: list[int | None] = list(OpeningHours.teams_with_own())
    whens = [
        (
            and_(_is(Ticket.topic_id, level.topic_id), _is(Ticket.team_id, level.team_id or team)),
            literal(business_after(at, level.warn_minutes, level.team_id or team)),
        )
        for level in ServiceLevel.most_exact_first()
        for team in ([None] if level.team_id else [*teams, None])
    ]
    usual = [
        (_is(Ticket.team_id, team), literal(business_after(at, USUAL_WARNING, team)))
        for team in teams
    ]
    otherwise = literal(business_after(at, USUAL_WARNING, None))
    return case(*whens, *usual, else_=otherwise) if whens or usual else otherwise


def _is(column: InstrumentedAttribute[Any], value: object) -> ColumnElement[bool]:
    return true() if value is None else column == value
