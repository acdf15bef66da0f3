"""Lists of call-backs: which ones, in which order, for whose eyes, and how many wait."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select, true
from sqlalchemy.orm import joinedload, selectinload

from models import policy
from models.base import db
from models.call import Call, CallState
from models.callback import Callback, CallbackState
from models.contact import Contact
from models.intake import Channel
from models.ticket import Ticket
from models.ticket_list import MOST_COUNTED
from models.user import User

VIEWS = ("team", "mine", "overdue", "later", "proposed", "given_up", "done")
DONE_FOR = timedelta(days=14)
"""So long what is over can be looked back at in the list."""
WORKABLE = (CallbackState.OPEN.value, CallbackState.TAKEN.value)


def visible_to(user: User) -> Select[Callback]:
    """The call-backs that `user` may know of; of a ticket's, whoever may see the ticket."""
    seen_itself = select(Callback).where(policy.sees_callback(user, Callback))
    if policy.sees_every_ticket(user):
        return seen_itself
    its_ticket = and_(Ticket.id == Callback.ticket_id, policy.sees_ticket(user, Ticket))
    seen = select(Ticket.id).where(its_ticket).exists()
    return seen_itself.where(or_(Callback.ticket_id.is_(None), seen))


def callback_seen(user: User, callback_id: int) -> Callback | None:
    return db.session.scalar(visible_to(user).where(Callback.id == callback_id))


def callback_held(user: User, callback_id: int) -> Callback | None:
    """The same, as it stands now, nobody else's until the transaction ends."""
    seen = callback_seen(user, callback_id)
    return Callback.held(callback_id) if seen is not None else None


@dataclass(frozen=True)
class CallbackFilter:
    """Which call-backs a list shows."""

    view: str = "team"
    languages: tuple[str, ...] = ()
    reason: str | None = None
    topic_id: str | None = None

    def callbacks(self, user: User, at: datetime) -> Select[Callback]:
        """The call-backs, the most pressing first."""
        chosen = visible_to(user).where(_in_view(self.view, user, at))
        if self.languages:
            chosen = chosen.where(Callback.language.in_(self.languages))
        if self.reason:
            chosen = chosen.where(Callback.reason == self.reason)
        if self.topic_id:
            chosen = chosen.where(Callback.topic_id == self.topic_id)
        if self.view in ("done", "given_up"):
            return chosen.order_by(Callback.closed_at.desc(), Callback.id.desc())
        if self.view == "later":
            return chosen.order_by(
                func.coalesce(Callback.window_from, Callback.due_at), Callback.id
            )
        return chosen.order_by(*in_order())

    def page(self, user: User, at: datetime, number: int = 1, size: int = 50) -> "CallbackPage":
        # Only ids are sorted: whole rows with all that hangs on them would cost several times more.
        sorted_ids = self.callbacks(user, at).with_only_columns(Callback.id)
        ids = db.session.scalars(sorted_ids.offset((number - 1) * size).limit(size + 1)).all()
        rows = (
            select(Callback)
            .where(Callback.id.in_(ids[:size]))
            .options(
                selectinload(Callback.client),
                joinedload(Callback.ticket),
                joinedload(Callback.owner),
                selectinload(Callback.attempts),
            )
        )
        found = {callback.id: callback for callback in db.session.scalars(rows).unique()}
        return CallbackPage([found[one] for one in ids[:size]], number, more=len(ids) > size)


@dataclass(frozen=True)
class CallbackPage:
    """Some call-backs of a list, and whether more follow."""

    callbacks: list[Callback]
    number: int
    more: bool


def in_order() -> Sequence[Any]:
    """By priority, the oldest due first."""
    return Callback.priority.desc(), Callback.due_at, Callback.id


def _in_view(view: str, user: User, at: datetime) -> ColumnElement[bool]:
    workable = and_(Callback.closed_at.is_(None), Callback.state.in_(WORKABLE))
    later = Callback.window_from > at
    if view == "mine":
        return and_(workable, Callback.owner_id == user.id)
    if view == "overdue":
        return and_(workable, Callback.due_at < at)
    if view == "later":
        return and_(workable, later)
    if view == "proposed":
        return and_(Callback.closed_at.is_(None), Callback.state == CallbackState.PROPOSED.value)
    if view == "given_up":
        return and_(
            Callback.state == CallbackState.GIVEN_UP.value, Callback.closed_at >= at - DONE_FOR
        )
    if view == "done":
        return and_(
            Callback.closed_at >= at - DONE_FOR, Callback.state != CallbackState.GIVEN_UP.value
        )
    return and_(workable, or_(Callback.window_from.is_(None), ~later), _of_the_team(user))


def _of_the_team(user: User) -> ColumnElement[bool]:
    """Who is in no team leads all of them."""
    if not user.team_ids:
        return true()
    return or_(Callback.team_id.in_(user.team_ids), Callback.team_id.is_(None))


def offered_to(user: User, at: datetime) -> ColumnElement[bool]:
    """What may be given to `user` now: nobody else's, in its hours, in a language he speaks.

    The language is asked for team by team; a team that lets everything overflow asks for none.
    """
    free = or_(Callback.owner_id.is_(None), Callback.owner_id == user.id)
    in_time = or_(Callback.window_from.is_(None), Callback.window_from <= at)
    mine = Callback.owner_id == user.id
    return and_(
        Callback.closed_at.is_(None),
        Callback.state == CallbackState.OPEN.value,
        or_(Callback.e164.is_not(None), Callback.raw_number != ""),
        free,
        in_time,
        or_(mine, _in_a_language_of(user)),
    )


def _in_a_language_of(user: User) -> ColumnElement[bool]:
    places = user.places
    if not places:
        return true()
    ways: list[ColumnElement[bool]] = []
    everything: set[str] = set()
    speaks_all = False
    for place in places:
        if place.channels and Channel.PHONE not in place.channels:
            continue
        spoken = list(place.spoken or place.languages)
        speaks_all = speaks_all or not spoken
        everything.update(spoken)
        understood = (
            true()
            if not spoken or place.team.overflow
            else or_(Callback.language.is_(None), Callback.language.in_(spoken))
        )
        topics = (
            or_(Callback.topic_id.is_(None), Callback.topic_id.in_(place.topics))
            if place.topics
            else true()
        )
        ways.append(and_(Callback.team_id == place.team_id, understood, topics))
    anybody = true() if speaks_all else Callback.language.in_(everything)
    ways.append(and_(Callback.team_id.is_(None), or_(Callback.language.is_(None), anybody)))
    return or_(false(), *ways)


def callback_counts(user: User, at: datetime) -> dict[str, int]:
    """How many stand in each view."""
    row = db.session.execute(
        visible_to(user)
        .where(or_(Callback.closed_at.is_(None), Callback.closed_at >= at - DONE_FOR))
        .with_only_columns(*(func.count().filter(_in_view(view, user, at)) for view in VIEWS))
        .order_by(None)
    ).one()
    return dict(zip(VIEWS, row, strict=True))


def callbacks_waiting(user: User, at: datetime) -> int:
    """How many `user` could take now, or has taken: the count beside the place, counted as far as
    a place says."""
    mine = and_(Callback.state == CallbackState.TAKEN.value, Callback.owner_id == user.id)
    waits = visible_to(user).where(
        Callback.closed_at.is_(None), or_(mine, and_(offered_to(user, at), _of_the_team(user)))
    )
    some = waits.with_only_columns(Callback.id).order_by(None).limit(MOST_COUNTED + 1)
    return db.session.scalar(select(func.count()).select_from(some.subquery())) or 0


def calls_waiting(user: User, since: datetime, at: datetime) -> int:
    """What rings now, and whom `user` could call back."""
    rings = select(func.count()).where(
        Call.state == CallState.RINGING.value, Call.initialised_at >= since
    )
    return (db.session.scalar(rings) or 0) + callbacks_waiting(user, at)


def owed_numbers(numbers: Iterable[str | None]) -> set[str | None]:
    """Of these numbers those that somebody is to call back anyway."""
    wanted = [number for number in numbers if number]
    rows = select(Callback.e164).where(Callback.e164.in_(wanted), Callback.closed_at.is_(None))
    return set(db.session.scalars(rows))


@dataclass(frozen=True)
class Reminder:
    """What its owner should do about call-backs now."""

    due: int
    overdue: int
    first: Callback


def reminder_for(user: User, at: datetime, ahead: timedelta) -> Reminder | None:
    """Mine that are due within `ahead` or late; the first of them is the one to call."""
    mine = (
        visible_to(user)
        .where(
            Callback.owner_id == user.id,
            Callback.closed_at.is_(None),
            Callback.state.in_(WORKABLE),
            Callback.due_at <= at + ahead,
            or_(Callback.window_from.is_(None), Callback.window_from <= at + ahead),
        )
        .order_by(Callback.due_at, Callback.id)
    )
    found = db.session.scalars(mine.limit(100)).all()
    if not found:
        return None
    late = sum(callback.due_at < at for callback in found)
    return Reminder(len(found) - late, late, found[0])


def contacts_readable_by(user: User, client_id: int, today: datetime) -> Select[Contact]:
    """What a client said last in matters that `user` may see and whose words he may read."""
    readable = Ticket.visible_to(user).where(policy.words_seen(user, Ticket, today))
    return Contact.of_client(client_id).where(
        Contact.ticket_id.in_(readable.with_only_columns(Ticket.id))
    )


def open_of_ticket(ticket_id: int) -> Callback | None:
    """What is owed about a ticket."""
    return db.session.scalars(
        select(Callback)
        .where(Callback.ticket_id == ticket_id, Callback.closed_at.is_(None))
        .order_by(Callback.id.desc())
        .limit(1)
    ).first()
