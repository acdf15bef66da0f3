"""Mails to our own people and to those who work for us: minutes, links to what they have to do.

They leave by the same outbox as letters to clients, hang on no ticket, and one cause writes once.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, select

from models.base import db
from models.keys import ring
from models.mailbox import Mailbox
from models.message import Kind, Message
from models.user import User


def write_to_house(
    recipient: str,
    subject: str,
    text: str,
    *,
    cause: str,
    language: str,
    domain: str,
    at: datetime,
    by: User | None = None,
) -> Message:
    """Promise a mail; what the same cause has written before is returned as it stands.

    `domain` is the installation's own; answers go to the first mailbox.
    """
    written = db.session.scalar(of_cause(cause))
    if written is not None:
        return written
    mailbox = Mailbox.first()
    message = Message(
        kind=Kind.HOUSE.value,
        cause=cause,
        by_id=by.id if by else None,
        recipient=recipient,
        subject=" ".join(subject.split())[:200],
        text=text,
        language=language,
        message_id=f"<h.{ring().sign('house', cause)}@{domain}>",
        reply_to=mailbox.address if mailbox else f"contact@{domain}",
        mailbox=mailbox,
        written_at=at,
    )
    message.promise()
    return message


def of_cause(cause: str) -> Select[Message]:
    return select(Message).where(
        Message.kind == Kind.HOUSE.value, Message.ticket_id.is_(None), Message.cause == cause
    )


def of_causes(beginning: str) -> Sequence[Message]:
    """The mails whose cause begins so, in the order in which they were written."""
    return db.session.scalars(
        select(Message)
        .where(Message.kind == Kind.HOUSE.value, Message.cause.startswith(beginning))
        .order_by(Message.id)
    ).all()


def address_of(user: User, domain: str) -> str:
    """A person's own address: as given, else the login, which is one or stands before the @ of
    our house."""
    if user.email:
        return user.email
    if "@" in user.login:
        return user.login
    mailbox = Mailbox.first()
    return f"{user.login}@{mailbox.address.rpartition('@')[2] if mailbox else domain}"
