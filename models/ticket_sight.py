"""Which tickets somebody sees and what waits; what is done with one is in `ticket`."""

from collections.abc import Iterable
from datetime import datetime
from typing import Self

from sqlalchemy import ColumnElement, Select, and_, false, select

from models import policy
from models.base import db
from models.ticket_row import TicketRow
from models.ticket_states import Status
from models.user import User

LARGEST_NUMBER = 2**31 - 1


class TicketSight(TicketRow):
    """Questions to all tickets; those of a person leave out what that person may not see."""

    __abstract__ = True

    @classmethod
    def visible_to(cls, user: User) -> Select[Self]:
        return select(cls).where(policy.sees_ticket(user, cls))

    @classmethod
    def numbered(cls, user: User, number: int) -> Self | None:
        """The ticket of that number, if `user` may see it."""
        return db.session.scalar(cls.visible_to(user).where(cls.has_number(number)))

    @classmethod
    def seen_of(cls, user: User, ids: list[int | None]) -> dict[int, Self]:
        """Of these tickets, by id, those that `user` may see."""
        rows = db.session.scalars(cls.visible_to(user).where(cls.id.in_(set(ids) - {None})))
        return {ticket.id: ticket for ticket in rows}

    @classmethod
    def named(cls, ticket_id: int | None) -> Self | None:
        return db.session.get(cls, ticket_id) if ticket_id else None

    @classmethod
    def with_number(cls, number: int) -> Self | None:
        """For the machine only: a person's way to a ticket is `numbered`."""
        return db.session.scalar(select(cls).where(cls.has_number(number)))

    @classmethod
    def has_number(cls, number: int) -> ColumnElement[bool]:
        """Anybody may write any digits: more than the column holds are no ticket's."""
        return cls.number == number if number <= LARGEST_NUMBER else false()

    @classmethod
    def hold(cls, user: User | None, ids: Iterable[int]) -> list[Self]:
        """These tickets as they stand now, those that `user` may see, or all for taking back what
        was done; nobody else changes them until the transaction ends."""
        seen = select(cls) if user is None else cls.visible_to(user)
        held = seen.where(cls.id.in_(list(ids))).order_by(cls.id)
        locked = held.with_for_update(of=cls).execution_options(populate_existing=True)
        return list(db.session.scalars(locked))

    @classmethod
    def versions_of(cls, user: User, numbers: Iterable[int]) -> dict[int, int]:
        """The versions of tickets that `user` may see, by id."""
        known = [number for number in numbers if number <= LARGEST_NUMBER]
        return cls.versions(cls.visible_to(user).where(cls.number.in_(known)))

    @classmethod
    def versions(cls, chosen: Select[Self]) -> dict[int, int]:
        rows = db.session.execute(chosen.with_only_columns(cls.id, cls.version))
        return {row.id: row.version for row in rows}

    @classmethod
    def numbers_of(cls, user: User, ids: Iterable[int]) -> dict[int, int]:
        """The numbers of tickets that `user` may see, by id."""
        rows = db.session.execute(
            cls.visible_to(user).where(cls.id.in_(list(ids))).with_only_columns(cls.id, cls.number)
        )
        return {row.id: row.number for row in rows}

    @classmethod
    def open_of(cls, user: User, client_id: int) -> Select[Self]:
        """A client's open tickets that `user` may see, the newest contact first."""
        return (
            cls.visible_to(user)
            .where(
                cls.client_id == client_id,
                cls.status != Status.CLOSED.value,
                cls.merged_into_id.is_(None),
            )
            .order_by(cls.last_contact_at.desc())
        )

    @classmethod
    def waits(cls) -> ColumnElement[bool]:
        """What we owe something, for queries; what was merged away waits elsewhere."""
        owed = [Status.NEW.value, Status.OPEN.value]
        return and_(cls.status.in_(owed), cls.merged_into_id.is_(None))

    @classmethod
    def waiting_since(cls, since: datetime) -> Select[Self]:
        """What still waits for us, the oldest first."""
        return (
            select(cls)
            .where(cls.waits(), cls.last_contact_at >= since)
            .order_by(cls.last_contact_at, cls.id)
        )
