"""Teams whose tickets are given in turn: to who is there, takes the language, and has least.

The clock gives once a minute, so one hand deals and nobody gets more than a cap allows.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from models.absence import Absence
from models.base import db
from models.calendar import business_day
from models.event import record
from models.next_ticket import (
    load_of,
    pressing_first,
    taken_by,
    takes_language,
    takes_topic,
    unassigned,
)
from models.policy import Verb, may
from models.team import Assignment, Place, Team
from models.ticket import Status, Ticket
from models.user import User

AT_ONCE = 200
USUAL_CAP = 20
"""So much is given in turn to somebody without a cap of his own."""


def deal(at: datetime) -> int:
    """Give what lies in the queues of such teams; returns how many tickets found somebody."""
    teams = db.session.scalars(Team.in_order().where(Team.assignment == Assignment.IN_TURN.value))
    return sum(_deal_for(team, at) for team in teams.all())


def _deal_for(team: Team, at: datetime) -> int:
    members = _there(team, at)
    load = load_of([user.id for _, user in members])
    free = [member for member, user in members if _has_room(user, load)]
    waiting = (
        db.session.scalars(
            select(Ticket)
            # What nobody here takes must not stand before what somebody does.
            .where(Ticket.team_id == team.id, *unassigned(at), taken_by(free))
            .order_by(*pressing_first())
            .limit(AT_ONCE)
            .with_for_update(of=Ticket, skip_locked=True)
            .execution_options(populate_existing=True)
        ).all()
        if free
        else []
    )
    given = 0
    for ticket in waiting:
        user = _whose_turn(ticket, team, members, load)
        if user is None:
            continue
        ticket.assignee_id = user.id
        if ticket.status == Status.NEW:
            ticket.status = Status.OPEN.value
        record(
            "ticket.assigned",
            at=at,
            ticket_id=ticket.id,
            before=None,
            after=user.id,
            rule="in_turn",
        )
        load[user.id] = load.get(user.id, 0) + 1
        given += 1
    return given


def _there(team: Team, at: datetime) -> Sequence[tuple[Place, User]]:
    """Who works in the team and is there today and at this moment."""
    people = db.session.scalars(
        User.in_team(team.id, at).where(
            User.available, User.id.not_in(Absence.absent(business_day(at)))
        )
    ).all()
    return [
        (place, user)
        for user in people
        if may(user, Verb.WORK)
        for place in user.places_at(at)
        if place.team_id == team.id
    ]


def _whose_turn(
    ticket: Ticket, team: Team, members: Sequence[tuple[Place, User]], load: dict[int, int]
) -> User | None:
    """Who has least of those who take it and have room."""
    able = [
        user
        for place, user in members
        if takes_language(place, team, ticket.language)
        and takes_topic(place, ticket.topic_id, ticket.channel)
        and _has_room(user, load)
    ]
    return min(able, key=lambda user: (load.get(user.id, 0), user.id), default=None)


def _has_room(user: User, load: dict[int, int]) -> bool:
    return load.get(user.id, 0) < (USUAL_CAP if user.load_cap is None else user.load_cap)
