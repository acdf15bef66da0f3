"""What holds a ticket together: which contacts belong to it, which tickets it knows of, who takes
part."""

from collections.abc import Sequence
from datetime import datetime
from typing import Self

from sqlalchemy import ForeignKey, Index, Select, or_, select, type_coerce
from sqlalchemy.dialects.postgresql import JSONB, array, insert
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, db, now
from models.client import ClientAddress, normal
from models.contact import Contact
from models.mailbox import Mailbox


class TicketContact(Base):
    """Which contact belonged to which ticket, from when to when: a merge can be undone."""

    __tablename__ = "ticket_contact"
    __table_args__ = (
        Index("uq_ticket_contact_now", "contact_id", unique=True, postgresql_where="until IS NULL"),
        Index("ix_ticket_contact_ticket", "ticket_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    rule: Mapped[str]
    since: Mapped[datetime]
    until: Mapped[datetime | None]

    @classmethod
    def of_contact(cls, contact_id: int) -> Select[Self]:
        """Where a contact has belonged, the present place last."""
        return select(cls).where(cls.contact_id == contact_id).order_by(cls.id)

    @classmethod
    def move(cls, contact: Contact, ticket_id: int, rule: str) -> None:
        """`contact` belongs to `ticket_id` from now on; where it was before stays known."""
        since = contact.received_at
        if contact.ticket_id is not None:
            since = now()
            for place in db.session.scalars(cls.of_contact(contact.id).where(cls.until.is_(None))):
                place.until = since
            db.session.flush()
        contact.ticket_id = ticket_id
        db.session.add(cls(ticket_id=ticket_id, contact_id=contact.id, since=since, rule=rule))


class TicketLink(Base):
    """Two tickets that know of each other."""

    __tablename__ = "ticket_link"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True)
    other_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True, index=True)
    why: Mapped[str]

    @classmethod
    def keep(cls, ticket_id: int, other_id: int, why: str) -> None:
        """Linked twice is linked once, for the first reason; nothing is linked with itself."""
        if ticket_id != other_id:
            link = insert(cls).values(ticket_id=ticket_id, other_id=other_id, why=why)
            db.session.execute(link.on_conflict_do_nothing())

    @classmethod
    def reasons(cls, ticket_id: int) -> dict[int, str]:
        """Why each of the tickets that it knows of is linked, by their ids."""
        rows = db.session.execute(
            select(cls.ticket_id, cls.other_id, cls.why).where(
                or_(cls.ticket_id == ticket_id, cls.other_id == ticket_id)
            )
        )
        return {
            row.other_id if row.ticket_id == ticket_id else row.ticket_id: row.why for row in rows
        }


def takes_part(ticket_ids: Sequence[int], client_id: int | None, addresses: Sequence[str]) -> bool:
    """Whether one of these addresses is the client's, has written in these tickets, or had a copy
    of what was written."""
    asked = sorted({normal(address) for address in addresses if address})
    if not asked:
        return False
    said = Contact.ticket_id.in_(ticket_ids)
    of_clients = select(ClientAddress.id).where(
        ClientAddress.address.in_(asked),
        or_(
            ClientAddress.client_id == client_id,
            ClientAddress.client_id.in_(select(Contact.client_id).where(said)),
        ),
    )
    in_copy = select(Contact.id).where(
        said, type_coerce(Contact.copies, JSONB).has_any(array(asked))
    )
    return db.session.scalar(select(or_(of_clients.exists(), in_copy.exists()))) or False


def same_mail(contact: Contact) -> Select[Contact]:
    """The very same mail as it came to our other mailboxes."""
    others = select(Mailbox.id).where(Mailbox.id != contact.mailbox_id)
    return (
        select(Contact)
        .where(
            Contact.mailbox_id.in_(others),
            Contact.message_id == contact.message_id,
            Contact.content_hash == contact.content_hash,
            Contact.id != contact.id,
        )
        .order_by(Contact.id)
    )
