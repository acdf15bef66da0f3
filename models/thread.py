"""What holds a ticket together: which contacts belong to it, which tickets it knows of, who takes
part."""

from collections.abc import Sequence
from datetime import datetime
from typing import Self

from sqlalchemy import ForeignKey, Index, Select, delete, or_, select, type_coerce
from sqlalchemy.dialects.postgresql import JSONB, array, insert
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, db, now
from models.client import ClientAddress, normal
from models.contact import Contact
from models.files import Attachment
from models.mailbox import Mailbox
from models.mandate import Represented
from models.stale_day import StaleDay

MERGED = "merged"
"""The rule by which contacts stand in the ticket into which theirs was merged."""


class TicketContact(Base):
    """Which contact belonged to which ticket, from when to when: a merge can be undone."""

    __tablename__ = "ticket_contact"
    __table_args__ = (
        Index("uq_ticket_contact_now", "contact_id", unique=True, postgresql_where="until IS NULL"),
        Index("ix_ticket_contact_ticket", "ticket_id"),
        Index("ix_ticket_contact_meant", "meant_id", postgresql_where="meant_id IS NOT NULL"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    rule: Mapped[str]
    since: Mapped[datetime]
    until: Mapped[datetime | None]
    meant_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"))
    """The ticket that the contact itself named, where that one had been merged into this."""

    @classmethod
    def of_contact(cls, contact_id: int) -> Select[Self]:
        """Where a contact has belonged, the present place last."""
        return select(cls).where(cls.contact_id == contact_id).order_by(cls.id)

    @classmethod
    def meant_by(cls, contact_id: int) -> int | None:
        """The ticket to which a contact belongs when nothing is merged: whoever answers it means
        that one."""
        places = db.session.scalars(
            select(cls).where(cls.contact_id == contact_id, cls.rule != MERGED)
        ).all()
        last = max(places, key=lambda place: place.id, default=None)
        return None if last is None else last.meant_id or last.ticket_id

    @classmethod
    def move(cls, contact: Contact, ticket_id: int, rule: str, meant_id: int | None = None) -> None:
        """`contact` belongs to `ticket_id` from now on; where it was before stays known."""
        since = contact.received_at
        if contact.ticket_id is not None:
            since = now()
            for place in db.session.scalars(cls.of_contact(contact.id).where(cls.until.is_(None))):
                place.until = since
            db.session.flush()
        contact.ticket_id = ticket_id
        place = cls(ticket_id=ticket_id, contact_id=contact.id, since=since, rule=rule)
        place.meant_id = meant_id if meant_id != ticket_id else None
        db.session.add(place)
        StaleDay.mark(contact.said_at)


class TicketFile(Base):
    """A file that a ticket shows though its contact belongs to another one."""

    __tablename__ = "ticket_file"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True)
    attachment_id: Mapped[int] = mapped_column(
        ForeignKey("attachment.id"), primary_key=True, index=True
    )

    @classmethod
    def shown_in(cls, ticket_id: int, attachment_id: int) -> bool:
        return db.session.get(cls, (ticket_id, attachment_id)) is not None

    @classmethod
    def of_ticket(cls, ticket_id: int) -> list[Attachment]:
        """The files that a ticket shows beside those of its contacts."""
        files = select(Attachment).join(cls).where(cls.ticket_id == ticket_id)
        return list(db.session.scalars(files.order_by(Attachment.id)))


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
    def of_ticket(cls, ticket_id: int) -> Select[Self]:
        return select(cls).where(or_(cls.ticket_id == ticket_id, cls.other_id == ticket_id))

    @classmethod
    def drop(cls, ticket_id: int, other_id: int) -> str | None:
        """The reason for which they were linked; None when they were not."""
        both = [ticket_id, other_id]
        gone = delete(cls).where(cls.ticket_id.in_(both), cls.other_id.in_(both))
        return db.session.scalars(gone.returning(cls.why)).first()

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
            ClientAddress.client_id.in_(_spoke_for(ticket_ids)),
        ),
    )
    in_copy = select(Contact.id).where(
        said, type_coerce(Contact.copies, JSONB).has_any(array(asked))
    )
    return db.session.scalar(select(or_(of_clients.exists(), in_copy.exists()))) or False


def _spoke_for(ticket_ids: Sequence[int]) -> Select[int | None]:
    """The representatives out of whose contacts these tickets were made."""
    return (
        select(Contact.client_id)
        .join(Represented, Represented.contact_id == Contact.id)
        .where(Represented.ticket_id.in_(ticket_ids))
    )


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
