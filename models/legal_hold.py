"""Legal holds: what must not be erased for now, why, and until when."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Self

from sqlalchemy import ForeignKey, Select, func, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, db
from models.client import Client
from models.contact import Contact
from models.erasure_reach import Reach
from models.event import record
from models.ticket import Ticket
from models.user import User


class LegalHold(Base):
    """What must not be erased for now, and why."""

    __tablename__ = "legal_hold"

    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[int | None] = mapped_column(ForeignKey("client.id"), index=True)
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)
    reason: Mapped[str]
    until: Mapped[date | None]
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    lifted_at: Mapped[datetime | None]
    lifted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    by: Mapped[User] = relationship(foreign_keys=[by_id])

    @classmethod
    def named(cls, hold_id: int) -> Self | None:
        return db.session.get(cls, hold_id)

    @classmethod
    def ticket_called(cls, number: int) -> Ticket | None:
        """The ticket of that number, for who may lay a hold without reading it."""
        return db.session.scalar(select(Ticket).where(Ticket.number == number)) if number else None

    @classmethod
    def in_order(cls) -> Select[Self]:
        """Those that stand first, then the lifted ones, the newest first."""
        return select(cls).order_by(cls.lifted_at.is_not(None), cls.id.desc())

    @classmethod
    def standing(cls, day: date) -> Select[Self]:
        """Those that still forbid something on `day`."""
        return select(cls).where(
            cls.lifted_at.is_(None), or_(cls.until.is_(None), cls.until >= day)
        )

    @classmethod
    def over(cls, client_ids: list[int], ticket_ids: list[int], day: date) -> list[Self]:
        """Those that forbid to erase any of these clients and tickets, or what went into them."""
        went = select(Ticket.id).where(Ticket.merged_into_id.in_(ticket_ids))
        meant = or_(
            cls.client_id.in_(relatives(client_ids)),
            cls.ticket_id.in_(ticket_ids),
            cls.ticket_id.in_(went),
        )
        return list(db.session.scalars(cls.standing(day).where(meant).order_by(cls.id)))

    @classmethod
    def on(cls, reach: Reach, day: date) -> list[Self]:
        """Those that forbid an erasure: on the clients it is about or whose words it would take, on
        its tickets, and on those in which its contacts stand."""
        said = select(Contact.client_id, Contact.ticket_id).where(Contact.id.in_(reach["contact"]))
        rows = db.session.execute(said).all()
        tickets = reach["ticket"] | {row.ticket_id for row in rows if row.ticket_id}
        whose = select(Ticket.client_id).where(
            Ticket.id.in_(tickets), Ticket.client_id.is_not(None)
        )
        clients = reach["client"] | {row.client_id for row in rows if row.client_id}
        clients |= {found for found in db.session.scalars(whose) if found}
        return cls.over(sorted(clients), sorted(tickets), day)

    @classmethod
    def covered(cls, day: date) -> Select[int]:
        """The tickets of which nothing may go on `day`, themselves or by one of their clients."""
        standing = db.session.scalars(cls.standing(day)).all()
        clients = relatives({one.client_id for one in standing if one.client_id})
        tickets = [one.ticket_id for one in standing if one.ticket_id]
        went = select(Ticket.merged_into_id).where(
            Ticket.id.in_(tickets), Ticket.merged_into_id.is_not(None)
        )
        said = select(Contact.ticket_id).where(
            Contact.client_id.in_(clients), Contact.ticket_id.is_not(None)
        )
        return select(Ticket.id).where(
            or_(
                Ticket.id.in_(tickets),
                Ticket.id.in_(went),
                Ticket.client_id.in_(clients),
                Ticket.id.in_(said),
            )
        )

    @classmethod
    def lay(
        cls,
        client_id: int | None,
        ticket_id: int | None,
        reason: str,
        until: date | None,
        *,
        by: User,
        at: datetime,
    ) -> Self:
        """A person's word that nothing of it may go; for whom and why stays written down."""
        made = cls(
            client_id=client_id,
            ticket_id=ticket_id,
            reason=reason.strip()[:500],
            until=until,
            by_id=by.id,
            at=at,
        )
        db.session.add(made)
        db.session.flush()
        record(
            "hold.laid",
            by=by,
            at=at,
            client_id=client_id,
            ticket_id=ticket_id,
            hold=made.id,
            until=until.isoformat() if until else None,
        )
        return made

    def lift(self, *, by: User, at: datetime) -> None:
        if self.lifted_at is None:
            self.lifted_at, self.lifted_by_id = at, by.id
            record(
                "hold.lifted",
                by=by,
                at=at,
                client_id=self.client_id,
                ticket_id=self.ticket_id,
                hold=self.id,
            )

    def lay_again(self, *, by: User, at: datetime) -> None:
        """A lifting that was a mistake is taken back."""
        if self.lifted_at is not None:
            self.lifted_at = self.lifted_by_id = None
            record(
                "hold.laid",
                by=by,
                at=at,
                client_id=self.client_id,
                ticket_id=self.ticket_id,
                hold=self.id,
            )


def relatives(client_ids: Iterable[int]) -> set[int]:
    """These clients under every record that went into theirs, or into which theirs went."""
    found, new = set(client_ids), set(client_ids)
    while new:
        into = select(Client.merged_into_id).where(Client.id.in_(new))
        rows = select(Client.id).where(or_(Client.merged_into_id.in_(new), Client.id.in_(into)))
        new = set(db.session.scalars(rows)) - found
        found |= new
    return found
