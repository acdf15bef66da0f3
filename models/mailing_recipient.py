"""One client of one mailing, once: left out with the reason, or told; and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Index,
    Select,
    UniqueConstraint,
    case,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, SafeJSON, db
from models.client import Client
from models.event import record
from models.message import Message
from models.ticket import Ticket
from models.user import User


class RecipientState(StrEnum):
    """What became of one recipient."""

    QUEUED = "queued"
    LEFT_OUT = "left_out"
    PROMISED = "promised"
    """Its mail is written and in the outbox."""
    SENT = "sent"
    BOUNCED = "bounced"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Why(StrEnum):
    """Why somebody gets no mail; `other_language` alone stands at people who get one."""

    OTHER_LANGUAGE = "other_language"
    """Nothing is written in the client's own language: told in another one."""
    OPTED_OUT = "opted_out"
    UNDELIVERABLE = "undeliverable"
    NO_ADDRESS = "no_address"
    SAME_ADDRESS = "same_address"
    """Another recipient has the same address: it gets one mail."""
    NO_TEXT = "no_text"
    NO_FIELD = "no_field"
    """The text names something that is not known of this client."""
    PRIVATE = "private"
    """About health or privacy: answered by a person who has read it."""
    COMPLAINT = "complaint"
    CONTESTED = "contested"
    CLOSED = "closed"
    NO_CASE = "no_case"
    WITHDRAWN = "withdrawn"
    ANSWERED = "answered"
    """A person has answered about it already."""
    TOLD = "told"
    """Another mailing has told the same lately."""
    OTHER_MAILING = "other_mailing"
    """Another mailing about the same problem is on its way to the same client."""
    UNSURE = "unsure"
    """Only the machine thinks that it is a case, and not firmly: somebody must look."""
    BY_HAND = "by_hand"


FINAL = frozenset(
    {
        Why.OPTED_OUT,
        Why.UNDELIVERABLE,
        Why.NO_ADDRESS,
        Why.SAME_ADDRESS,
        Why.NO_TEXT,
        Why.NO_FIELD,
        Why.PRIVATE,
        Why.COMPLAINT,
        Why.CONTESTED,
    }
)
"""Nobody puts these back."""
SETTLED = frozenset(
    {
        RecipientState.LEFT_OUT,
        RecipientState.SENT,
        RecipientState.BOUNCED,
        RecipientState.FAILED,
        RecipientState.CANCELLED,
    }
)


class NotNow(ValueError):
    """What was asked cannot be done as things stand; the reason in one word."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class RecipientFilter:
    """Which recipients of a mailing somebody looks at."""

    states: tuple[str, ...] = ()
    language: str = ""
    why: str = ""
    replied: bool = False
    words: str = ""
    """In the name or the address."""

    def conditions(self) -> list[ColumnElement[bool]]:
        one = MailingRecipient
        chosen: list[ColumnElement[bool]] = []
        if self.states:
            chosen.append(one.state.in_(self.states))
        if self.language:
            chosen.append(one.language == self.language)
        if self.why:
            chosen.append(one.why == self.why)
        if self.replied:
            chosen.append(one.replied_at.is_not(None))
        if self.words.strip():
            sought = self.words.strip()
            chosen.append(
                or_(
                    one.name.icontains(sought, autoescape=True),
                    one.address.icontains(sought, autoescape=True),
                )
            )
        return chosen


class MailingRecipient(Base):
    """One client of one mailing, once; with what became of the mail."""

    __tablename__ = "mailing_recipient"
    __table_args__ = (
        UniqueConstraint("mailing_id", "client_id"),
        UniqueConstraint("mailing_id", "address"),
        Index("ix_mailing_recipient_state", "mailing_id", "state", "id"),
        Index("ix_mailing_recipient_client", "client_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    mailing_id: Mapped[int] = mapped_column(ForeignKey("mailing.id"))
    client_id: Mapped[int | None] = mapped_column(ForeignKey("client.id"))
    address: Mapped[str | None]
    name: Mapped[str] = mapped_column(default="")
    language: Mapped[str]
    """In which it is told."""
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)
    """The matter for which it was chosen; on its thread, where the mailing is one on threads."""
    prepared_id: Mapped[int | None] = mapped_column(ForeignKey("prepared_answer.id"))
    fields: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    """Further placeholders, from the columns of a CSV."""
    state: Mapped[str] = mapped_column(default=RecipientState.QUEUED.value)
    why: Mapped[str] = mapped_column(default="")
    """Why left out, by which rule or by whom; of a failure, what the server said."""
    by_hand: Mapped[bool] = mapped_column(default=False)
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"), unique=True)
    reply_ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)
    """Where the client's answer to it was filed."""
    replied_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended: Mapped[dict[str, Any] | None] = mapped_column(SafeJSON)
    """How its ticket stood before the mail closed it, so that it can be opened again as it was."""

    mailing: Mapped[Any] = relationship("Mailing")
    client: Mapped[Client | None] = relationship()
    ticket: Mapped[Ticket | None] = relationship(foreign_keys=[ticket_id])
    reply_ticket: Mapped[Ticket | None] = relationship(foreign_keys=[reply_ticket_id])
    message: Mapped[Message | None] = relationship()

    @classmethod
    def named(cls, recipient_id: int | None) -> Self | None:
        return db.session.get(cls, recipient_id) if recipient_id else None

    @classmethod
    def of_message(cls, message_id: int) -> Self | None:
        return db.session.scalar(select(cls).where(cls.message_id == message_id))

    @classmethod
    def of_mailing(cls, mailing_id: int, wanted: RecipientFilter | None = None) -> Select[Self]:
        """Those that `wanted` asks for, in the order in which they are told."""
        chosen = wanted.conditions() if wanted is not None else []
        return select(cls).where(cls.mailing_id == mailing_id, *chosen).order_by(cls.id)

    @classmethod
    def of_clients(cls, client_ids: Sequence[int]) -> Select[Self]:
        """What mailings have told these clients, the newest first."""
        told = cls.state.not_in([RecipientState.LEFT_OUT, RecipientState.CANCELLED])
        return select(cls).where(cls.client_id.in_(client_ids), told).order_by(cls.id.desc())

    @property
    def final(self) -> bool:
        """Whether no person can put it back."""
        return self.why in FINAL

    @property
    def told(self) -> bool:
        return self.state in (RecipientState.SENT, RecipientState.BOUNCED)

    # --- by hand ----------------------------------------------------------------------------

    def leave_out(self, *, by: User, at: datetime) -> None:
        """A person's word that this client gets no mail; raises `NotNow` once it is written."""
        if self.state != RecipientState.QUEUED:
            raise NotNow("not_queued")
        self._hold()
        if self.state != RecipientState.QUEUED:
            raise NotNow("not_queued")
        self.state, self.why, self.by_hand = RecipientState.LEFT_OUT, Why.BY_HAND, True
        self._record("mailing.left_out", by, at)

    def put_back(self, *, by: User, at: datetime) -> None:
        """A person's word that it gets one after all; raises `NotNow` where none can be."""
        self._hold()
        if self.state != RecipientState.LEFT_OUT or self.final:
            raise NotNow("final")
        self.state, self.why, self.by_hand = RecipientState.QUEUED, "", True
        self._record("mailing.put_back", by, at)

    def _hold(self) -> None:
        db.session.flush()
        db.session.refresh(self, with_for_update=True)

    def _record(self, kind: str, by: User, at: datetime) -> None:
        record(
            kind,
            by=by,
            at=at,
            client_id=self.client_id,
            mailing=self.mailing_id,
            recipient=self.id,
        )

    # --- what became of it ------------------------------------------------------------------

    @classmethod
    def went(cls, message_id: int, at: datetime) -> None:
        """Its mail has left; one statement, so that nothing else can be in its way."""
        cls._settle(message_id, state=RecipientState.SENT.value, ended_at=at)

    @classmethod
    def refused(cls, message_id: int, why: str, at: datetime) -> None:
        """No server took it."""
        cls._settle(message_id, state=RecipientState.FAILED.value, why=why[:500], ended_at=at)

    @classmethod
    def came_back(cls, message_id: int, why: str, at: datetime) -> None:
        """It was taken, and has come back since."""
        cls._settle(message_id, state=RecipientState.BOUNCED.value, why=why[:500], ended_at=at)

    @classmethod
    def on_its_way(cls, message_id: int) -> None:
        """It is sent once more."""
        cls._settle(message_id, state=RecipientState.PROMISED.value, why="", ended_at=None)

    @classmethod
    def overtaken(cls, message_id: int, at: datetime) -> None:
        """An agent answered before it left."""
        left_out = RecipientState.LEFT_OUT.value
        cls._settle(message_id, state=left_out, why=Why.ANSWERED.value, ended_at=at)

    @classmethod
    def gone_back(cls, message_id: int, at: datetime) -> None:
        """Its mail was withdrawn before it left."""
        cls._settle(message_id, state=RecipientState.CANCELLED.value, ended_at=at)

    @classmethod
    def _settle(cls, message_id: int, **values: Any) -> None:
        db.session.execute(update(cls).where(cls.message_id == message_id).values(**values))

    @classmethod
    def answered_on(cls, ticket_id: int, at: datetime) -> None:
        """The client wrote on a ticket on which a mailing had told something."""
        db.session.execute(
            update(cls)
            .where(
                cls.ticket_id == ticket_id,
                cls.state == RecipientState.SENT.value,
                cls.replied_at.is_(None),
                cls.message_id.in_(
                    select(Message.id).where(
                        Message.ticket_id == ticket_id, Message.mailing_id.is_not(None)
                    )
                ),
            )
            .values(replied_at=at, reply_ticket_id=ticket_id)
        )

    def answered_in(self, ticket: Ticket, at: datetime) -> None:
        """The client's answer to it was filed in that ticket; the first moment counts."""
        self.reply_ticket_id = ticket.id
        self.replied_at = self.replied_at or at

    @classmethod
    def counted(cls, mailing_id: int) -> list[tuple[str, str, str, int, int]]:
        """(state, language, why, how many, how many replied); a server's words are no reason."""
        ours = case((cls.why.in_([why.value for why in Why]), cls.why), else_="")
        rows = db.session.execute(
            select(
                cls.state,
                cls.language,
                ours.label("why"),
                func.count().label("many"),
                func.count(cls.replied_at).label("replied"),
            )
            .where(cls.mailing_id == mailing_id)
            .group_by(cls.state, cls.language, ours)
        )
        return [(row.state, row.language, row.why, row.many, row.replied) for row in rows]
