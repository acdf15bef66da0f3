"""Who is absent lets go of what waits for him: tickets, promises given on the phone, call-backs.

All of it is remembered, so that a slip can be taken back as long as nobody has gone on with it.
"""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import or_, select

from models.absence import Absence
from models.base import db, one_at_a_time
from models.calendar import business_day
from models.callback import Callback
from models.event import record
from models.ticket import Status, Ticket
from models.user import Presence, User
from models.wrap_up import WrapUp

PROMISED = "promise_of_absent"
"""Why the team must look at a ticket: somebody who is not there has promised something."""
LONGEST_NOTE = 200


def mark(
    user: User, first: date, last: date | None, note: str, *, by: User, at: datetime
) -> Absence:
    """Note an absence; from its first day on, what waits for `user` is everybody's.

    Raises ValueError for days that end before they begin, or that are all over.
    """
    if (last is not None and last < first) or (last or first) < business_day(at):
        raise ValueError("an absence begins before it ends, and is not over")
    one_at_a_time("absence", str(user.id))
    known = Absence.same(user, first, last)
    if known is not None:  # a form that was sent twice
        return known
    absence = Absence(
        user_id=user.id,
        first_day=first,
        last_day=last,
        note=" ".join(note.split())[:LONGEST_NOTE],
        by_id=by.id,
        at=at,
    )
    db.session.add(absence)
    db.session.flush()
    record(
        "absence.marked",
        by=by,
        at=at,
        absence=absence.id,
        user=user.id,
        days=[str(first), str(last) if last else None],
    )
    if absence.covers(business_day(at)):
        release(absence, by=by, at=at)
    return absence


def leave(user: User, *, by: User, at: datetime) -> None:
    """Nobody signs in as `user` any more, and what waits for that person is everybody's."""
    user.disable(at)
    mark(user, business_day(at), None, "", by=by, at=at)


def come_back(user: User, *, by: User, at: datetime) -> None:
    """`user` may sign in again, and has back what nobody has taken."""
    user.enable()
    for absence in Absence.without_end(user):
        take_back(absence, by=by, at=at)


def begin_due(at: datetime) -> int:
    """The absences whose first day has come; returns how many."""
    due = db.session.scalars(
        select(Absence)
        .where(Absence.on(business_day(at)), Absence.released_at.is_(None))
        .order_by(Absence.id)
        .with_for_update(skip_locked=True)
    ).all()
    for absence in due:
        release(absence, by=User.named(absence.by_id) or absence.user, at=at)
    return len(due)


def release(absence: Absence, *, by: User, at: datetime) -> None:
    """Give back what waits for the absent person, once."""
    user = db.session.get_one(User, absence.user_id)
    absence.released_at = at
    absence.released = {
        "presence": user.presence,
        "tickets": _release_tickets(user, absence, by, at),
        "promises": _tell_promises(user, absence, by, at),
        "callbacks": list(Callback.release(user, by, at)),
    }
    user.be(Presence.AWAY, at)


def end(absence: Absence, *, by: User, at: datetime) -> None:
    """The person is back, or will not be away after all; what others have taken stays theirs."""
    absence.ended_at = at
    record("absence.ended", by=by, at=at, absence=absence.id, user=absence.user_id)


def take_back(absence: Absence, *, by: User, at: datetime) -> int:
    """It was a slip: end it, and give back what nobody has taken; returns how many tickets.

    The notes on promises stay, but nobody needs to look at them any more.
    """
    end(absence, by=by, at=at)
    user = db.session.get_one(User, absence.user_id)
    ids = absence.released.get("tickets", [])
    free = select(Ticket).where(
        Ticket.id.in_(ids), Ticket.assignee_id.is_(None), Ticket.status != Status.CLOSED.value
    )
    tickets = db.session.scalars(free.with_for_update(of=Ticket)).all()
    for ticket in tickets:
        ticket.assign(user, by=by)
    called = absence.released.get("callbacks", [])
    Callback.give_back(called, user, by=by, at=at)
    for promised in _promises(absence.released.get("promises", [])):
        told = Ticket.named(promised.ticket_id)
        if told is not None and told.attention == PROMISED:
            told.attended(by=by)
    if absence.released_at is not None and user.presence == Presence.AWAY:
        user.be(Presence(absence.released.get("presence", Presence.AVAILABLE)), at)
    return len(tickets)


def _promises(ids: Sequence[int]) -> Sequence[WrapUp]:
    return db.session.scalars(select(WrapUp).where(WrapUp.id.in_(ids))).all()


def _release_tickets(user: User, absence: Absence, by: User, at: datetime) -> list[int]:
    held = select(Ticket).where(Ticket.assignee_id == user.id, Ticket.status != Status.CLOSED.value)
    tickets = db.session.scalars(held.order_by(Ticket.id).with_for_update(of=Ticket)).all()
    for ticket in tickets:
        ticket.assignee_id = None
        record(
            "ticket.released", by=by, at=at, ticket_id=ticket.id, before=user.id, absence=absence.id
        )
    return [ticket.id for ticket in tickets]


def _tell_promises(user: User, absence: Absence, by: User, at: datetime) -> list[int]:
    """What was promised for these days is written on the ticket, and the team must look."""
    falling = [WrapUp.promise_on <= absence.last_day] if absence.last_day else []
    rows = db.session.scalars(
        select(WrapUp).where(
            WrapUp.user_id == user.id,
            WrapUp.promise_on.is_not(None),
            WrapUp.promise_kept_at.is_(None),
            or_(WrapUp.disposition.is_not(None), WrapUp.promise != ""),
            *falling,
        )
    ).all()
    for promised in rows:
        ticket = Ticket.named(promised.ticket_id)
        if ticket is None:
            continue
        told = f"{user.name}, {promised.promise_on:%d/%m/%Y}: {promised.promise}".strip(": ")
        ticket.note(told, by=by, at=at)
        ticket.call_attention(PROMISED, at)
    return [promised.id for promised in rows]
