"""Bursts: so many new mails of one sender within an hour that one ticket collects them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select

from models.base import db
from models.contact import Contact
from models.intake import Channel
from models.thread import TicketContact
from models.ticket import Status, Ticket
from models.user import User

WINDOW = timedelta(hours=1)
OVER = timedelta(days=1)
"""A burst that was closed so long ago is not the next one."""
COLLECTED = "burst"
"""The rule by which a mail joins a burst."""
NEW = ("opened", COLLECTED)


def reached(contact: Contact, limit: int) -> bool:
    """Whether the sender has already written `limit` new, unthreaded mails within the hour.

    Of mails that are read at once by several, the later may be read first.
    """
    since, until = contact.received_at - WINDOW, contact.received_at + WINDOW
    lately = select(Contact.id).where(
        Contact.channel == Channel.EMAIL.value,
        Contact.id != contact.id,
        Contact.received_at > since,
        Contact.received_at < until,
    )
    if contact.client_id is not None:
        lately = lately.where(Contact.client_id == contact.client_id)
    else:
        lately = lately.where(Contact.sender == contact.sender, Contact.said_at > since)
    new = (
        lately.join(TicketContact, TicketContact.contact_id == Contact.id)
        .where(TicketContact.until.is_(None), TicketContact.rule.in_(NEW))
        .limit(limit)
    )
    count = db.session.scalar(select(func.count()).select_from(new.subquery())) or 0
    return count >= limit


def collecting(sender: str, mailbox_id: int | None, at: datetime) -> Ticket | None:
    """The ticket that collects this sender's mails to that mailbox now."""
    came_here = select(Contact.id).where(
        Contact.ticket_id == Ticket.id, Contact.mailbox_id.is_not_distinct_from(mailbox_id)
    )
    newest = select(Ticket).where(
        Ticket.burst_of == sender, Ticket.merged_into_id.is_(None), came_here.exists()
    )
    found = db.session.scalar(newest.order_by(Ticket.id.desc()).limit(1))
    if found is None or (found.closed_at is not None and at - found.closed_at > OVER):
        return None
    return found


@dataclass(frozen=True)
class Burst:
    """One burst on the board; `ticket` only for who may see it."""

    contacts: int
    since: datetime
    last: datetime
    ticket: Ticket | None


def bursts_for(user: User, since: datetime) -> list[Burst]:
    """What still comes or is still open, the largest first."""
    rows = db.session.scalars(_standing(since)).all()
    visible = Ticket.seen_of(user, [ticket.id for ticket in rows])
    return [
        Burst(
            contacts=ticket.contacts_count,
            since=ticket.opened_at,
            last=ticket.last_contact_at,
            ticket=visible.get(ticket.id),
        )
        for ticket in rows
    ]


def _standing(since: datetime) -> Select[Ticket]:
    return (
        select(Ticket)
        .where(
            Ticket.burst_of.is_not(None),
            Ticket.merged_into_id.is_(None),
            (Ticket.status != Status.CLOSED.value) | (Ticket.last_contact_at >= since),
        )
        .order_by(Ticket.contacts_count.desc())
        .limit(20)
    )
