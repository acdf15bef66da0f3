"""What a promise would mean for what is open now: tried on it, and never applied to it."""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select

from models import business_time
from models.base import db
from models.service_level import OpeningHours, ServiceLevel
from models.ticket import Ticket

MOST = 2_000
"""The oldest so many are tried: a page does not wait for more."""


class Trial(NamedTuple):
    """Open tickets for which the promise would count, and how many of them it would find late."""

    tickets: int
    late: int
    whole: bool
    """Whether all were tried."""


def tried(team_id: int | None, topic_id: str | None, minutes: int, at: datetime) -> Trial:
    """As if `minutes` of opening hours were promised since each was opened."""
    open_ = select(Ticket.opened_at, Ticket.team_id, Ticket.topic_id).where(
        Ticket.waits(), Ticket.first_answer_at.is_(None)
    )
    if team_id is not None:
        open_ = open_.where(Ticket.team_id == team_id)
    if topic_id is not None:
        open_ = open_.where(Ticket.topic_id == topic_id)
    rows = db.session.execute(open_.order_by(Ticket.opened_at).limit(MOST + 1)).all()
    others = [
        level
        for level in ServiceLevel.most_exact_first()
        if (level.team_id, level.topic_id) != (team_id, topic_id)
    ]
    weeks: dict[int | None, business_time.Week] = {}
    tickets = late = 0
    for opened_at, of_team, of_topic in rows[:MOST]:
        if any(_nearer(one, team_id, topic_id, of_team, of_topic) for one in others):
            continue
        if of_team not in weeks:
            weeks[of_team] = OpeningHours.week_of(of_team)
        tickets += 1
        late += business_time.worked(opened_at, at, weeks[of_team]) > timedelta(minutes=minutes)
    return Trial(tickets, late, len(rows) <= MOST)


def _nearer(
    level: ServiceLevel,
    team_id: int | None,
    topic_id: str | None,
    of_team: int | None,
    of_topic: str | None,
) -> bool:
    """Whether another promise counts for the ticket before the one that is tried."""
    fits = level.team_id in (None, of_team) and level.topic_id in (None, of_topic)
    theirs = (level.topic_id is not None, level.team_id is not None)
    return fits and theirs > (topic_id is not None, team_id is not None)
