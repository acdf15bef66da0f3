"""Moving people for today: to another team, in one deed, until a time; and bringing them back.

A move is over by itself. What was given meanwhile stays with the person, but for what only the team
may see: that goes back to it.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from models import policy
from models.base import db
from models.callback import Callback
from models.callback_states import CallbackState
from models.event import record
from models.person_move import PersonMove
from models.team import Team
from models.ticket import Status, Ticket
from models.user import User

LONGEST = timedelta(hours=16)
"""For today: who stays longer joins the team for good."""
LONGEST_NOTE = 120
SLIP = timedelta(minutes=2)
"""So long undoing is offered."""
LOOKED_BACK = timedelta(days=2)
"""So long after the end of a move the clock still looks for what it left behind."""


def move(
    users: Sequence[User],
    team: Team,
    until: datetime,
    *,
    by: User,
    at: datetime,
    channels: Sequence[str] = (),
    languages: Sequence[str] = (),
    note: str = "",
) -> str:
    """Let these people work in `team` too, from now until then; returns the deed that names it.

    Who stands in that team by an earlier move has only this one from now on. Raises ValueError for
    nobody, for a time that is past or too far, and for whom `by` may not move there.
    """
    if not users or not at < until <= at + LONGEST:
        raise ValueError("a move needs people, and an end later today")
    if not all(policy.moves(by, user, team) for user in users):
        raise ValueError("not to be moved there by this person")
    deed = secrets.token_hex(8)
    for user in users:
        _end_earlier(user, team, by, at)
        db.session.add(
            PersonMove(
                deed=deed,
                user_id=user.id,
                team_id=team.id,
                channels=list(channels),
                languages=list(languages),
                starts_at=at,
                ends_at=until,
                note=" ".join(note.split())[:LONGEST_NOTE],
                by_id=by.id,
                at=at,
            )
        )
    db.session.flush()
    _forget_places(users)
    record(
        "people.moved",
        by=by,
        at=at,
        deed=deed,
        users=[user.id for user in users],
        team=team.id,
        until=until.isoformat(),
        channels=list(channels),
        languages=list(languages),
    )
    return deed


def take_back(deed: str, *, by: User, at: datetime) -> int:
    """It was a slip, or it is enough: whoever still is away is back; returns how many people.

    After a slip, what the deed had put an end to goes on. Raises ValueError where `by` may not.
    """
    moves = db.session.scalars(PersonMove.of_deed(deed).with_for_update(of=PersonMove)).all()
    standing = [one for one in moves if one.stands(at)]
    for one in standing:
        if at - one.at <= SLIP:
            _let_go_on(one)
    return _end(standing, by, at)


def bring_back(person_move: PersonMove, *, by: User, at: datetime) -> int:
    """One person of several is back."""
    return _end([person_move] if person_move.stands(at) else [], by, at)


def release_ended(at: datetime) -> int:
    """Once a minute: what somebody may no longer see since a move is over waits for its team.

    Returns how many tickets and call-backs went back.
    """
    ended = [
        one
        for one in PersonMove.between(at - LOOKED_BACK, at)
        if at - LOOKED_BACK < one.over_at <= at
    ]
    people = {one.user_id: one.user for one in ended}
    return sum(_give_back(user, at) for _, user in sorted(people.items()))


def _end(moves: Sequence[PersonMove], by: User, at: datetime) -> int:
    if not policy.may(by, policy.Verb.LEAD):
        raise ValueError("not to be brought back by this person")
    for one in moves:
        one.ended_at, one.ended_by_id = at, by.id
    db.session.flush()
    _forget_places([one.user for one in moves])
    if moves:
        users = [one.user_id for one in moves]
        record("people.brought_back", by=by, at=at, deed=moves[0].deed, users=users)
    for one in moves:
        _give_back(one.user, at)
    return len(moves)


def _end_earlier(user: User, team: Team, by: User, at: datetime) -> None:
    for one in user.moves:
        if one.team_id == team.id and one.stands(at):
            one.ended_at, one.ended_by_id = at, by.id


def _let_go_on(later: PersonMove) -> None:
    """Undo what `_end_earlier` did for this move."""
    earlier = select(PersonMove).where(
        PersonMove.user_id == later.user_id,
        PersonMove.team_id == later.team_id,
        PersonMove.ended_at == later.starts_at,
        PersonMove.ended_by_id == later.by_id,
    )
    for one in db.session.scalars(earlier):
        one.ended_at = one.ended_by_id = None


def _give_back(user: User, at: datetime) -> int:
    """Whatever is this person's and out of his or her sight is everybody's of its team again."""
    tickets = db.session.scalars(
        select(Ticket)
        .where(
            Ticket.assignee_id == user.id,
            Ticket.status != Status.CLOSED.value,
            ~policy.sees_ticket(user, Ticket),
        )
        .order_by(Ticket.id)
        .with_for_update(of=Ticket, skip_locked=True)
    ).all()
    for ticket in tickets:
        ticket.assignee_id = None
        record("ticket.released", at=at, ticket_id=ticket.id, before=user.id, rule="move_over")
    callbacks = db.session.scalars(
        select(Callback)
        .where(
            Callback.owner_id == user.id,
            Callback.closed_at.is_(None),
            Callback.state != CallbackState.TAKEN.value,
            ~policy.sees_callback(user, Callback),
        )
        .order_by(Callback.id)
        .with_for_update(of=Callback, skip_locked=True)
    ).all()
    for callback in callbacks:
        callback.owner_id = None
        callback.record("callback.released", None, at, before=user.id)
    return len(tickets) + len(callbacks)


def _forget_places(users: Sequence[User]) -> None:
    for user in users:
        db.session.expire(user, ["moves"])
