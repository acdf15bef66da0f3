"""What we send: written once with a fixed Message-ID, and sent from the outbox only."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from sqlalchemy import Computed, ForeignKey, Index, Select, UniqueConstraint, func, select
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column, relationship, selectinload

from models import wording
from models.base import Base, db
from models.contact import Contact
from models.files import Blob
from models.keys import ring
from models.mailbox import Mailbox
from models.outbox import Job, hurry, later
from models.refusal import Reason, reason_of
from models.user import User

SIGNATURE_LINE = "-- "
"""What stands between a text and its signature: mail programs know it."""
LONGEST_LOCAL = 64
"""Octets before the @, by RFC 5321."""


class Kind(StrEnum):
    """Why a message goes out."""

    REPLY = "reply"
    MAILING = "mailing"
    """One of many: let go by people, written by none for this client alone."""
    ACKNOWLEDGEMENT = "acknowledgement"
    NOTICE = "notice"
    HOUSE = "house"
    """To our own people and those who work for us: about no ticket, never to a client."""


AUTOMATIC = (Kind.ACKNOWLEDGEMENT.value, Kind.NOTICE.value, Kind.HOUSE.value)
"""What leaves without a person having written it."""


class Sending(StrEnum):
    """How far a message has come."""

    HELD = "held"
    """A colleague reads it first; it never leaves by itself."""
    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


class Message(Base):
    """One e-mail of ours. `cause` makes it unique: the same cause never writes twice."""

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("kind", "ticket_id", "cause"),
        Index("uq_message_house", "cause", unique=True, postgresql_where="ticket_id IS NULL"),
        Index("ix_message_search", "search", postgresql_using="gin"),
        Index("ix_message_recipient", "recipient", "written_at"),
        Index("ix_message_quotes", "quotes_id", postgresql_where="quotes_id IS NOT NULL"),
        Index(
            "ix_message_not_sent",
            "written_at",
            postgresql_where="state IN ('waiting', 'failed')",
        ),
        Index("ix_message_held", "written_at", postgresql_where="state = 'held'"),
        Index(
            "ix_message_answer",
            "answer_version_id",
            postgresql_where="answer_version_id IS NOT NULL",
        ),
        Index(
            "ix_message_template",
            "template_version_id",
            postgresql_where="template_version_id IS NOT NULL",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)
    """Empty for a mail to the house alone."""
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
    mailing_id: Mapped[int | None] = mapped_column(ForeignKey("mailing.id"), index=True)
    quotes_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"))
    """What the client had said, shown below it."""
    template_version_id: Mapped[int | None] = mapped_column(ForeignKey("reply_template_version.id"))
    answer_version_id: Mapped[int | None] = mapped_column(ForeignKey("measure_version.id"))
    """Which approved answer stands in it."""
    second_reader_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    read_at: Mapped[datetime | None]
    """When a colleague let it go, or sent it back."""
    sent_back: Mapped[str] = mapped_column(default="")
    """What the colleague asks to change."""
    as_written: Mapped[str | None]
    """What its author had written, where the colleague changed it before it left."""
    closes_as: Mapped[str | None]
    """The disposition with which the ticket ends once this may leave."""
    warned_at: Mapped[datetime | None]
    """When it was said that nobody had read it yet."""
    not_before: Mapped[datetime | None]
    written_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default=Sending.WAITING.value)
    sent_at: Mapped[datetime | None]
    last_error: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    search: Mapped[Any | None] = mapped_column(
        TSVECTOR,
        Computed(wording.computed("subject || E'\\n' || text", "language"), persisted=True),
        deferred=True,
    )

    by: Mapped[User | None] = relationship(foreign_keys=[by_id])
    second_reader: Mapped[User | None] = relationship(foreign_keys=[second_reader_id])
    mailbox: Mapped[Mailbox | None] = relationship()
    mailing: Mapped[Any | None] = relationship("Mailing", viewonly=True)
    quotes: Mapped[Contact | None] = relationship()
    files: Mapped[list["MessageFile"]] = relationship(order_by="MessageFile.id")

    @property
    def automatic(self) -> bool:
        return self.kind in AUTOMATIC

    @property
    def words(self) -> str:
        """What was written, without the signature below it."""
        return unsigned(self.text)[0]

    @property
    def signature(self) -> str:
        return unsigned(self.text)[1]

    @property
    def reason(self) -> Reason | None:
        """Why it has not arrived, as far as anybody has said."""
        return reason_of(self.last_error) if self.last_error else None

    @classmethod
    def named(cls, message_id: int) -> Self | None:
        return db.session.get(cls, message_id)

    @classmethod
    def of_ticket(cls, ticket_id: int) -> Select[Self]:
        return select(cls).where(cls.ticket_id == ticket_id).order_by(cls.written_at, cls.id)

    @classmethod
    def shown_in(cls, ticket_id: int) -> Select[Self]:
        """A thread's messages with the files that left with each."""
        return cls.of_ticket(ticket_id).options(selectinload(cls.files))

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
    def next_cause(cls, ticket_id: int) -> str:
        """The number of the next answer: never one that was given, whatever came and went."""
        given = select(cls.cause).where(cls.ticket_id == ticket_id, cls.kind == Kind.REPLY.value)
        numbers = [int(cause) for cause in db.session.scalars(given) if cause.isdecimal()]
        return str(max(numbers, default=0) + 1)

    @classmethod
    def exists(cls, kind: Kind, ticket_id: int, cause: str) -> bool:
        one = select(cls.id).where(
            cls.kind == kind.value, cls.ticket_id == ticket_id, cls.cause == cause
        )
        return db.session.scalar(one) is not None

    @classmethod
    def newest_to(cls, recipient: str, since: datetime) -> Self | None:
        """What we sent last to an address."""
        sent = select(cls).where(
            cls.recipient == recipient,
            cls.state == Sending.SENT.value,
            cls.sent_at >= since,
        )
        return db.session.scalar(sent.order_by(cls.sent_at.desc()).limit(1))

    @classmethod
    def let_go_by(cls, reader_id: int, since: datetime) -> Self | None:
        """What that reader has let go since then and what has not left yet."""
        fresh = select(cls).where(
            cls.second_reader_id == reader_id,
            cls.state == Sending.WAITING.value,
            cls.read_at >= since,
        )
        return db.session.scalar(fresh.order_by(cls.read_at.desc()).limit(1))

    def promise(self, *, priority: int = 3) -> None:
        """Hand it to the outbox."""
        db.session.add(self)
        db.session.flush()
        later(Job.SEND, self.id, not_before=self.not_before, priority=priority)

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
        if standing not in (Sending.WAITING, Sending.HELD):
            return False
        self.state = Sending.WITHDRAWN.value
        return True

    def went(self, at: datetime) -> None:
        self.state, self.sent_at, self.last_error = Sending.SENT.value, at, None

    def bounced(self, error: str) -> None:
        self.state, self.last_error = Sending.FAILED.value, error[:2000]

    def enclose(self, files: Iterable["Enclosure"]) -> None:
        for file in files:
            self.files.append(
                MessageFile(
                    name=file.name,
                    content_type=file.content_type,
                    size=file.size,
                    sha256=file.sha256,
                )
            )

    def send_again(self, at: datetime, recipient: str | None = None, *, priority: int = 3) -> None:
        """Promise it once more, with the same Message-ID; perhaps to another address."""
        self.recipient = recipient or self.recipient
        self.state, self.sent_at, self.last_error = Sending.WAITING.value, None, None
        self.not_before, self.created_at = None, at
        later(Job.SEND, self.id, cause=f"again {at.isoformat()}", priority=priority)

    def hurry(self) -> bool:
        """Try at once what waits for its next try; False when nothing of it waits."""
        return self.state == Sending.WAITING and hurry(Job.SEND, self.id)


@dataclass(frozen=True)
class Enclosure:
    """A file that is to leave with a message; its content is kept already."""

    name: str
    content_type: str
    size: int
    sha256: str


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


def signed(text: str, signature: str) -> str:
    """A text with its signature below it, as it leaves and as it is kept."""
    if not signature.strip():
        return text
    return f"{text.rstrip()}\n\n{SIGNATURE_LINE}\n{signature.strip()}"


def unsigned(text: str) -> tuple[str, str]:
    """(a text, the signature below it)."""
    words, _, signature = text.partition(f"\n\n{SIGNATURE_LINE}\n")
    return words, signature


def thread_of(
    ticket_id: int, client_id: int | None, domain: str
) -> tuple[Contact | None, list[str]]:
    """(the client's last words in writing, the Message-IDs that keep a mail in its thread).

    The first id is never sent as a mail: it stands for the ticket, so that a client's program
    keeps together even what answers nothing.
    """
    said = db.session.scalars(Contact.written_in(ticket_id, client_id).limit(20)).all()
    ours = db.session.scalars(
        select(Message)
        .where(
            Message.ticket_id == ticket_id,
            Message.kind.in_([Kind.REPLY.value, Kind.MAILING.value]),
            Message.state.not_in([Sending.WITHDRAWN.value, Sending.HELD.value]),
        )
        .order_by(Message.id.desc())
        .limit(20)
    )
    dated = [(contact.received_at, contact.message_id) for contact in said if contact.message_id]
    dated += [(message.written_at, message.message_id) for message in ours]
    answers = said[0].message_id if said else None
    ids = [name for _, name in sorted(dated) if name != answers]
    root = message_id_for(ticket_id, "root", domain)
    return said[0] if said else None, [root, *ids, *([answers] if answers else [])]


def message_id_for(ticket_id: int, cause: str, domain: str) -> str:
    """A Message-ID that we recognise as ours when it comes back."""
    word = ring().sign("word", ticket_id, cause)[:12]
    return f"<t{ticket_id}.{word}.{ring().sign('message', ticket_id, word)}@{domain}>"


def ticket_of_message_id(message_id: str) -> int | None:
    """The ticket that one of our own Message-IDs names; None for a foreign or a forged one."""
    parts = message_id.strip("<> ").split("@")[0].split(".")
    ticket_id = _numbered(parts[0])
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
    ticket_id = _numbered(name)
    if ticket_id is None:
        return None
    return ticket_id if ring().vouches(signature, "reply", ticket_id) else None


def bounce_address(mailbox_address: str, message_id: int) -> str:
    """Where what cannot be delivered comes back to: it names the very message.

    The plain address where the mailbox's name leaves no room for that.
    """
    local, _, host = mailbox_address.rpartition("@")
    signature = ring().sign("bounce", message_id)
    named = f"{local}+b{message_id}.{signature}"
    return f"{named}@{host}" if len(named) < LONGEST_LOCAL else mailbox_address


def message_of_bounce_address(address: str) -> int | None:
    """The message that a signed bounce address names; None when the signature is not ours."""
    tag = address.rpartition("@")[0].lower().partition("+")[2]
    name, _, signature = tag.partition(".")
    message_id = _numbered(name, "b")
    if message_id is None:
        return None
    return message_id if ring().vouches(signature, "bounce", message_id) else None


def _numbered(word: str, letter: str = "t") -> int | None:
    """7 for `t7`; anybody may write anything there."""
    found = re.fullmatch(rf"{letter}([0-9]{{1,12}})", word)
    return int(found[1]) if found else None
