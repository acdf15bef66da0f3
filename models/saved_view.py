"""Lists of tickets that somebody has named, alone or for a team."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Self

from sqlalchemy import ForeignKey, Select, func, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models import ticket_list
from models.base import Base, SafeJSON, db
from models.event import record
from models.policy import Verb, may
from models.team import Team
from models.ticket_choice import Kept
from models.ticket_list import TicketFilter
from models.user import User

LONGEST_NAME = 40
MOST_OWN = 30
"""Nobody walks through more lists than that."""


class SavedView(Base):
    """A filter with a name; one with a team is everybody's in it."""

    __tablename__ = "saved_view"

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"), index=True)
    name: Mapped[str]
    query: Mapped[dict[str, Any]] = mapped_column(SafeJSON)
    position: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    removed_at: Mapped[datetime | None]

    team: Mapped[Team | None] = relationship(lazy="joined")

    @property
    def wanted(self) -> TicketFilter:
        return TicketFilter.read(Kept(self.query))

    @classmethod
    def seen_by(cls, user: User) -> Select[Self]:
        """One's own and those of one's teams, in their order."""
        return (
            select(cls)
            .where(
                cls.removed_at.is_(None),
                or_(cls.owner_id == user.id, cls.team_id.in_(user.team_ids or [-1])),
            )
            .order_by(cls.team_id.is_(None), cls.position, cls.id)
        )

    @classmethod
    def for_user(cls, user: User, view_id: int | None) -> Self | None:
        """The view of that id, if this person sees it."""
        return db.session.scalar(cls.seen_by(user).where(cls.id == view_id)) if view_id else None

    def changed_by(self, user: User) -> bool:
        """Whether this person may rename, move and remove it: who made it, or who leads."""
        shared = self.team_id in user.team_ids and may(user, Verb.LEAD)
        return self.owner_id == user.id or shared

    @classmethod
    def keep(cls, name: str, wanted: TicketFilter, *, by: User, team_id: int | None = None) -> Self:
        """A new view, the last of its list; raises ValueError without a name or a place for it."""
        if team_id is not None and team_id not in by.team_ids:
            raise ValueError("a view is shared with a team of one's own")
        own = select(func.count(), func.max(cls.position)).where(
            cls.owner_id == by.id, cls.removed_at.is_(None)
        )
        count, last = db.session.execute(own).one()
        if count >= MOST_OWN:
            raise ValueError("too many views")
        view = cls(
            owner_id=by.id,
            team_id=team_id,
            name=_named(name),
            query=wanted.query(),
            position=(last or 0) + 1,
        )
        db.session.add(view)
        db.session.flush()
        record("view.saved", by=by, view=view.id, team=team_id)
        return view

    def change(self, name: str, wanted: TicketFilter | None, *, by: User) -> None:
        """Another name, and another filter where one is given."""
        self.name = _named(name)
        if wanted is not None:
            self.query = wanted.query()
        record("view.changed", by=by, view=self.id)

    def move(self, places: int, *, by: User) -> None:
        """So many places down among its like, or up when negative."""
        like = self._like()
        here = like.index(self)
        like.insert(min(max(here + places, 0), len(like) - 1), like.pop(here))
        for position, view in enumerate(like, start=1):
            view.position = position
        record("view.moved", by=by, view=self.id, places=places)

    def remove(self, *, by: User, at: datetime) -> None:
        """Out of every list; `restore` brings it back."""
        self.removed_at = at
        record("view.removed", by=by, view=self.id)

    @classmethod
    def restore(cls, view_id: int, *, by: User) -> Self | None:
        """Undo `remove`; None when there is nothing that this person may bring back."""
        view = db.session.get(cls, view_id)
        if view is None or not view.changed_by(by):
            return None
        view.removed_at = None
        record("view.restored", by=by, view=view.id)
        return view

    def _like(self) -> list[Self]:
        cls = type(self)
        whose = cls.team_id == self.team_id if self.team_id else cls.owner_id == self.owner_id
        rows = select(cls).where(cls.removed_at.is_(None), whose)
        if self.team_id is None:
            rows = rows.where(cls.team_id.is_(None))
        return list(db.session.scalars(rows.order_by(cls.position, cls.id)))


def counts_of(views: Sequence[SavedView], user: User, at: datetime) -> dict[int, int]:
    """How many tickets each holds, counted no further than a page of lists needs."""
    found = ticket_list.counts_of([view.wanted for view in views], user, at)
    return dict(zip((view.id for view in views), found, strict=True))


def _named(name: str) -> str:
    plain = " ".join(name.split())[:LONGEST_NAME]
    if not plain:
        raise ValueError("a view has a name")
    return plain
