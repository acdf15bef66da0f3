"""Who is there: what people choose themselves, and who has left without saying so."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, select, update

from models.base import db
from models.event import record
from models.user import ABSOLUTE, IDLE, Presence, User, UserSession


def choose(
    user: User,
    presence: Presence,
    at: datetime,
    *,
    note: str = "",
    until: datetime | None = None,
) -> None:
    """A person's own word on where he or she is."""
    before = user.presence
    user.be(presence, at, note=note, until=until)
    record("user.presence", by=user, at=at, before=before, after=presence.value)


def come_in(user: User, at: datetime) -> None:
    """Whoever signs in is there."""
    if user.presence == Presence.AWAY:
        user.be(Presence.AVAILABLE, at)


def leave(user: User, at: datetime) -> None:
    """Whoever has no open browser left is away."""
    if user.presence != Presence.AWAY and not db.session.scalar(_signed_in(at, user.id).limit(1)):
        user.be(Presence.AWAY, at)


def sweep(at: datetime) -> Sequence[int]:
    """Once a minute: away is whose last session has ended by itself; returns who."""
    gone = (
        update(User)
        .where(User.presence != Presence.AWAY.value, User.id.not_in(_signed_in(at)))
        .values(
            presence=Presence.AWAY.value,
            available=False,
            presence_since=at,
            presence_note="",
            presence_until=None,
        )
        .returning(User.id)
    )
    return db.session.scalars(gone).all()


def _signed_in(at: datetime, user_id: int | None = None) -> Select[int]:
    """The people with a browser that may still be open."""
    alive = select(UserSession.user_id).where(
        UserSession.revoked_at.is_(None),
        UserSession.last_seen_at >= at - IDLE,
        UserSession.created_at >= at - ABSOLUTE,
    )
    return alive if user_id is None else alive.where(UserSession.user_id == user_id)
