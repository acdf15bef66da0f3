"""Who opened which client or ticket: one row for each person, thing and hour, written at no cost to
whoever reads."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    ForeignKey,
    Index,
    Row,
    Select,
    UniqueConstraint,
    and_,
    func,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, db
from models.ticket import Ticket
from models.user import User


class Thing(StrEnum):
    """What was opened."""

    CLIENT = "client"
    TICKET = "ticket"


class Look(Base):
    """Somebody has had a page of a client's in front of them, once or more within an hour."""

    __tablename__ = "look"
    __table_args__ = (
        UniqueConstraint("user_id", "thing", "thing_id", "hour"),
        Index("ix_look_thing", "thing", "thing_id", "hour"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    thing: Mapped[str]
    thing_id: Mapped[int]
    hour: Mapped[datetime]

    @classmethod
    def keep(cls, user: User, thing: Thing, thing_id: int, at: datetime) -> None:
        """Note that `user` opened it; opened again within the hour it is the same row."""
        hour = at.replace(minute=0, second=0, microsecond=0)
        row = insert(cls).values(user_id=user.id, thing=thing.value, thing_id=thing_id, hour=hour)
        db.session.execute(row.on_conflict_do_nothing())

    @classmethod
    def page_at_client(
        cls, client_ids: list[int], number: int, size: int
    ) -> Sequence[Row[datetime, User, int]]:
        """(hour, user, ticket number or None) of one page and one row more, the newest first."""
        rows = cls._at_client(client_ids).offset((number - 1) * size).limit(size + 1)
        return db.session.execute(rows).all()

    @classmethod
    def _at_client(cls, client_ids: list[int]) -> Select[datetime, User, int]:
        """Pages of these clients and of their tickets."""
        their_tickets = select(Ticket.id).where(Ticket.client_id.in_(client_ids))
        of_client = and_(cls.thing == Thing.CLIENT.value, cls.thing_id.in_(client_ids))
        of_ticket = and_(cls.thing == Thing.TICKET.value, cls.thing_id.in_(their_tickets))
        return (
            select(cls.hour, User, Ticket.number)
            .select_from(cls)
            .join(User, User.id == cls.user_id)
            .outerjoin(Ticket, and_(cls.thing == Thing.TICKET.value, Ticket.id == cls.thing_id))
            .where(or_(of_client, of_ticket))
            .order_by(cls.hour.desc(), cls.id.desc())
        )

    @classmethod
    def count(cls, user: User, since: datetime) -> int:
        """How many different things somebody has opened."""
        found = select(func.count()).where(cls.user_id == user.id, cls.hour >= since)
        return db.session.scalar(found) or 0
