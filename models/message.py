"""What we send: written once with a fixed Message-ID, and sent from the outbox only."""

import re
from datetime import datetime
from enum import StrEnum
from typing import Self

from sqlalchemy import ForeignKey, Select, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, db
from models.files import Blob
from models.keys import ring
from models.mailbox import Mailbox
from models.outbox import Job, later
from models.user import User


class Kind(StrEnum):
    """Why a message goes out."""

    REPLY = "reply"
    ACKNOWLEDGEMENT = "acknowledgement"


class Sending(StrEnum):
    """How far a message has come."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


class Message(Base):
    """One e-mail of ours. `cause` makes it unique: the same cause never writes twice."""

    __tablename__ = "message"
    __table_args__ = (UniqueConstraint("kind", "ticket_id", "cause"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    cause: Mapped[str]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    recipient: Mapped[str]
    subject: Mapped[str]
    text: Mapped[str]
    language: Mapped[str]
    message_id: Mapped[str] = mapped_column(index=True)
    reply_to: Mapped[str]
    in_reply_to: Mapped[str | None]
    references: Mapped[str] = mapped_column("reference_ids", default="")
    mailbox_id: Mapped[int | None] = mapped_column(ForeignKey("mailbox.id"))
    """The mailbox of ours that it leaves from."""
    quotes_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"))
    """What the client had said, shown below it."""
    not_before: Mapped[datetime | None]
    written_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default=Sending.WAITING.value)
    sent_at: Mapped[datetime | None]
    last_error: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    by: Mapped[User | None] = relationship()
    mailbox: Mapped[Mailbox | None] = relationship()
    files: Mapped[list["MessageFile"]] = relationship(order_by="MessageFile.id")

    @classmethod
    def named(cls, message_id: int) -> Self | None:
        return db.session.get(cls, message_id)

    @classmethod
    def of_ticket(cls, ticket_id: int) -> Select[Self]:
        return select(cls).where(cls.ticket_id == ticket_id).order_by(cls.written_at, cls.id)

    @classmethod
    def last_reply_at(cls, ticket_id: int) -> datetime | None:
        """When a person's answer last left."""
        return db.session.scalar(
            select(func.max(cls.sent_at)).where(
                cls.ticket_id == ticket_id,
                cls.kind == Kind.REPLY.value,
                cls.state == Sending.SENT.value,
            )
        )

    @classmethod
    def called(cls, message_ids: list[str]) -> Select[Self]:
        return select(cls).where(cls.message_id.in_(message_ids)).order_by(cls.id.desc())

    @classmethod
    def exists(cls, kind: Kind, ticket_id: int, cause: str) -> bool:
        one = select(cls.id).where(
            cls.kind == kind.value, cls.ticket_id == ticket_id, cls.cause == cause
        )
        return db.session.scalar(one) is not None

    @classmethod
    def automatic_to(cls, recipient: str, since: datetime) -> int:
        """How many automatic mails this address has had since then."""
        count = select(func.count()).where(
            cls.recipient == recipient,
            cls.kind == Kind.ACKNOWLEDGEMENT.value,
            cls.written_at >= since,
        )
        return db.session.scalar(count) or 0

    def promise(self) -> None:
        """Hand it to the outbox."""
        db.session.add(self)
        db.session.flush()
        later(Job.SEND, self.id, not_before=self.not_before, priority=3)

    @classmethod
    def leaving(cls, message_id: int) -> Self | None:
        """The message as it stands now, held until the transaction ends: nobody takes it back."""
        return db.session.scalar(
            select(cls)
            .where(cls.id == message_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )

    def withdraw(self) -> bool:
        """Undo within the grace period; False when it has gone or is just leaving."""
        standing = db.session.scalar(
            select(Message.state).where(Message.id == self.id).with_for_update(skip_locked=True)
        )
        if standing != Sending.WAITING:
            return False
        self.state = Sending.WITHDRAWN.value
        return True

    def went(self, at: datetime) -> None:
        self.state, self.sent_at, self.last_error = Sending.SENT.value, at, None

    def bounced(self, error: str) -> None:
        self.state, self.last_error = Sending.FAILED.value, error[:2000]


class MessageFile(Base):
    """A file that leaves with a message."""

    __tablename__ = "message_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"), index=True)
    name: Mapped[str]
    content_type: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(ForeignKey("blob.sha256"))

    blob: Mapped[Blob] = relationship()


def message_id_for(ticket_id: int, cause: str, domain: str) -> str:
    """A Message-ID that we recognise as ours when it comes back."""
    word = ring().sign("word", ticket_id, cause)[:12]
    return f"<t{ticket_id}.{word}.{ring().sign('message', ticket_id, word)}@{domain}>"


def ticket_of_message_id(message_id: str) -> int | None:
    """The ticket that one of our own Message-IDs names; None for a foreign or a forged one."""
    parts = message_id.strip("<> ").split("@")[0].split(".")
    ticket_id = _ticket_id(parts[0])
    if len(parts) != 3 or ticket_id is None:
        return None
    return ticket_id if ring().vouches(parts[2], "message", ticket_id, parts[1]) else None


def reply_address(mailbox_address: str, ticket_id: int) -> str:
    """The mailbox's address with the ticket and a signature in its plus part."""
    local, _, host = mailbox_address.rpartition("@")
    return f"{local}+t{ticket_id}.{ring().sign('reply', ticket_id)}@{host}"


def ticket_of_address(address: str) -> int | None:
    """The ticket that a signed reply address names; None when the signature is not ours."""
    local = address.rpartition("@")[0].lower()
    tag = local.partition("+")[2]
    name, _, signature = tag.partition(".")
    ticket_id = _ticket_id(name)
    if ticket_id is None:
        return None
    return ticket_id if ring().vouches(signature, "reply", ticket_id) else None


def _ticket_id(word: str) -> int | None:
    """7 for `t7`; anybody may write anything there."""
    found = re.fullmatch(r"t([0-9]{1,12})", word)
    return int(found[1]) if found else None
