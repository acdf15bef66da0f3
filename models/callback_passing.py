"""Call-backs passed on: of who is away, and of two clients who are one person."""

from collections.abc import Sequence
from datetime import datetime

from models.base import db, now
from models.callback_row import CallbackRow, in_turn
from models.callback_states import CallbackState, Outcome
from models.client import Client
from models.user import User


class PassedOn(CallbackRow):
    """A call-back that can be somebody else's."""

    __abstract__ = True

    @classmethod
    def release(cls, user: User, by: User, at: datetime) -> list[int]:
        """What `user` had taken or was given is anybody's again; `give_back` undoes it."""
        held = cls.locked(cls.owner_id == user.id, cls.closed_at.is_(None))
        for callback in held:
            callback.owner_id = callback.taken_at = None
            if callback.state == CallbackState.TAKEN:
                callback.state = CallbackState.OPEN.value
            callback.record("callback.released", by, at, before=user.id)
        return [callback.id for callback in held]

    @classmethod
    def give_back(cls, ids: Sequence[int], to: User, *, by: User, at: datetime) -> list[int]:
        """Undo a release: what nobody else has taken since is `to`'s again."""
        free = cls.locked(cls.id.in_(ids), cls.closed_at.is_(None), cls.owner_id.is_(None))
        for callback in free:
            callback.owner_id = to.id
            callback.record("callback.given", by, at, after=to.id)
        return [callback.id for callback in free]

    @classmethod
    def move(
        cls,
        from_client: Client,
        to_client: Client,
        *,
        by: User | None = None,
        at: datetime | None = None,
    ) -> list[int]:
        """All call-backs of one client become another's (they are one person); returns which.

        Where both are owed a call about the same topic, the moved one goes on in the other.
        """
        at = at or now()
        in_turn([(from_client.id, None), (to_client.id, None)])
        rows = cls.locked(cls.client_id == from_client.id)
        for callback in rows:
            twin = None
            if callback.closed_at is None:
                twin = cls.open_for(to_client, None, "", callback.topic_id)
            callback.client_id = to_client.id
            if twin is not None:
                twin.asked += callback.asked
                twin.due_at = min(twin.due_at, callback.due_at)
                callback.end(CallbackState.CANCELLED, Outcome.JOINED, str(twin.id), by=by, at=at)
        db.session.flush()
        return [callback.id for callback in rows]

    @classmethod
    def move_back(
        cls,
        ids: Sequence[int],
        to_client: Client,
        *,
        by: User | None = None,
        at: datetime | None = None,
    ) -> None:
        """Undo a move: the same rows are `to_client`'s again, and what was joined is open again."""
        at = at or now()
        rows = cls.locked(cls.id.in_(ids))
        for callback in rows:
            callback.client_id = to_client.id
            if callback.outcome == Outcome.JOINED:
                twin = cls.named(int(callback.outcome_note))
                if twin is not None:
                    twin.asked = max(twin.asked - callback.asked, 1)
                callback.open_again(by=by, at=at)
        db.session.flush()
