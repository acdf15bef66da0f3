"""The next ticket for somebody: the oldest promise first, in a language and on a topic he takes.

Two people never get the same: the row is locked, and given, in one transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, false, func, or_, select

from models import policy
from models.absence import Absence
from models.base import db, one_at_a_time
from models.calendar import business_day
from models.draft import Viewer
from models.team import Place, Team
from models.ticket import Ticket
from models.user import User

FRESH = timedelta(seconds=45)
"""Who has looked within that time is still looking."""


@dataclass(frozen=True)
class Offer:
    """A ticket that is now one's own, or why there is none."""

    ticket: Ticket | None = None
    absent: bool = False
    full: int | None = None
    """The cap that is reached."""
    no_team: bool = False
    languages: dict[str, int] = field(default_factory=dict)
    """How many wait in languages that this person does not take."""
    other_topics: int = 0
    looked_at: int = 0
    """How many a colleague is just looking at."""


def take_next(user: User, at: datetime) -> Offer:
    """Give `user` the next ticket of his teams' queues, or say why there is none."""
    one_at_a_time("next_ticket", str(user.id))
    db.session.refresh(user, ["load_cap", "memberships", "moves"])
    if Absence.of(user, business_day(at)) is not None:
        return Offer(absent=True)
    if user.load_cap is not None and load_of([user.id]).get(user.id, 0) >= user.load_cap:
        return Offer(full=user.load_cap)
    if not user.places_at(at):
        return Offer(no_team=True)
    found = db.session.scalar(
        select(Ticket)
        .where(*waiting_for(user, at), taken_by(user.places_at(at)), ~_looked_at(user, at))
        .order_by(*pressing_first())
        .limit(1)
        .with_for_update(of=Ticket, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    if found is None:
        return _why(user, at)
    found.assign(user, by=user)
    return Offer(found)


def waiting_for(user: User, at: datetime) -> list[ColumnElement[bool]]:
    """What lies unassigned in the queues of this person's teams and may be seen."""
    return [
        policy.sees_ticket(user, Ticket),
        Ticket.team_id.in_(user.team_ids or [-1]),
        *unassigned(at),
    ]


def unassigned(at: datetime) -> list[ColumnElement[bool]]:
    """What waits for somebody to take it: nobody's, not asleep, its topic known."""
    return [
        Ticket.waits(),
        Ticket.assignee_id.is_(None),
        ~Ticket.needs_choice,
        or_(Ticket.snoozed_by_id.is_(None), Ticket.snoozed_until <= at),
    ]


def taken_by(places: Sequence[Place]) -> ColumnElement[bool]:
    """Whether a ticket is taken in one of these places: by language in writing, topic, channel."""
    return or_(
        false(),
        *(and_(_writes(one), _knows(one), Ticket.team_id == one.team_id) for one in places),
    )


def pressing_first() -> tuple[Any, ...]:
    """Within urgency the oldest promise."""
    until = func.least(Ticket.due_at, case((Ticket.urgent, Ticket.urgent_until)))
    return (Ticket.urgent.desc(), until.nulls_last(), Ticket.id)


def load_of(user_ids: Sequence[int]) -> dict[int, int]:
    """How many tickets each of these people has to do now; what waits for the client is none."""
    rows = db.session.execute(
        select(Ticket.assignee_id, func.count().label("open"))
        .where(Ticket.assignee_id.in_(user_ids), Ticket.waits())
        .group_by(Ticket.assignee_id)
    )
    return {row.assignee_id: row.open for row in rows}


def takes_language(place: Place, team: Team, language: str | None) -> bool:
    """An empty list of languages is all of them; an overflowing team asks for none."""
    return team.overflow or not language or not place.languages or language in place.languages


def takes_topic(place: Place, topic_id: str | None, channel: str) -> bool:
    known = not place.topics or topic_id in place.topics
    return known and (not place.channels or channel in place.channels)


def _writes(place: Place) -> ColumnElement[bool]:
    if place.team.overflow or not place.languages:
        return Ticket.id.is_not(None)
    return or_(Ticket.language.is_(None), Ticket.language.in_(place.languages))


def _knows(place: Place) -> ColumnElement[bool]:
    topics = Ticket.topic_id.in_(place.topics) if place.topics else Ticket.id.is_not(None)
    return and_(topics, Ticket.channel.in_(place.channels)) if place.channels else topics


def _looked_at(user: User, at: datetime) -> ColumnElement[bool]:
    """Somebody else has it open at this moment."""
    return exists().where(
        Viewer.ticket_id == Ticket.id, Viewer.user_id != user.id, Viewer.seen_at > at - FRESH
    )


def _why(user: User, at: datetime) -> Offer:
    """What lies in the queues all the same, and what keeps it from this person."""
    places = user.places_at(at)
    in_language = or_(
        false(), *(and_(_writes(one), Ticket.team_id == one.team_id) for one in places)
    )
    on_topic = or_(false(), *(and_(_knows(one), Ticket.team_id == one.team_id) for one in places))
    looked = _looked_at(user, at)
    rows = db.session.execute(
        select(
            Ticket.language,
            func.count().filter(~in_language).label("foreign"),
            func.count().filter(in_language, ~on_topic).label("off_topic"),
            func.count().filter(in_language, on_topic, looked).label("looked_at"),
        )
        .where(*waiting_for(user, at))
        .group_by(Ticket.language)
    ).all()
    return Offer(
        languages={row.language: row.foreign for row in rows if row.language and row.foreign},
        other_topics=sum(row.off_topic for row in rows),
        looked_at=sum(row.looked_at for row in rows),
    )
