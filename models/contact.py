"""Contacts: one thing a client said once. Never lost, never edited."""

from datetime import datetime
from typing import Any, Self

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Index,
    Select,
    and_,
    false,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy import text as condition
from sqlalchemy.dialects.postgresql import TSVECTOR, distinct_on
from sqlalchemy.orm import Mapped, mapped_column, relationship, selectinload

from models import wording
from models.base import Base, SafeJSON, db
from models.client import Client
from models.files import Attachment
from models.intake import Channel, Intake
from models.prediction import Correction, Decision, Prediction
from models.topic import Intent, Topic
from models.user import User


class Contact(Base):
    """An e-mail, call, form or letter of one client. Texts are masked; the raw is in `Intake`."""

    __tablename__ = "contact"
    __table_args__ = (
        Index("ix_contact_said_at", "said_at"),
        Index("ix_contact_message", "mailbox_id", "message_id"),
        Index("ix_contact_search", "search", postgresql_using="gin"),
        Index(
            "ix_contact_taken",
            "taken_by_id",
            "received_at",
            postgresql_where=condition("taken_by_id IS NOT NULL"),
        ),
        Index("ix_contact_unread", "intake_id", postgresql_where=condition("NOT fully_read")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    intake_id: Mapped[int] = mapped_column(ForeignKey("intake.id"), unique=True)
    channel: Mapped[str]
    client_id: Mapped[int | None] = mapped_column(ForeignKey("client.id"), index=True)
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)
    """The ticket it belongs to now; the history of that is in `TicketContact`."""
    mailbox_id: Mapped[int | None] = mapped_column(ForeignKey("mailbox.id"))
    said_at: Mapped[datetime]
    received_at: Mapped[datetime]
    language: Mapped[str | None]
    sender: Mapped[str] = mapped_column(default="")
    subject: Mapped[str] = mapped_column(default="")
    text: Mapped[str] = mapped_column(default="")
    new_text: Mapped[str] = mapped_column(default="")
    message_id: Mapped[str | None]
    in_reply_to: Mapped[str | None]
    copies: Mapped[list[Any]] = mapped_column(SafeJSON, default=list, server_default="[]")
    """The addresses to which the client sent a copy."""
    content_hash: Mapped[str | None]
    automatic: Mapped[str | None]
    fully_read: Mapped[bool] = mapped_column(default=True)
    defects: Mapped[list[Any]] = mapped_column(SafeJSON, default=list)
    fields: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    taken_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    """The agent who wrote the note of a call or typed a letter."""

    topic_id: Mapped[str | None] = mapped_column(ForeignKey("topic.id"), index=True)
    subtopic_id: Mapped[str | None]
    intent_id: Mapped[str | None] = mapped_column(ForeignKey("intent.id"))
    decision: Mapped[str | None]
    urgency: Mapped[float] = mapped_column(default=0.0)
    dissatisfied: Mapped[float] = mapped_column(default=0.0)
    repeated: Mapped[bool] = mapped_column(default=False)
    """The same client came back about the same topic within seven days."""
    supplied_again: Mapped[bool] = mapped_column(default=False, server_default=false())
    """It brought a document that we had to ask for twice."""
    health: Mapped[bool] = mapped_column(default=False)
    """Something about somebody's health was said in it."""
    collected: Mapped[bool] = mapped_column(default=False, server_default=false())
    """One more of very many of its sender: figures count them once, by the first."""
    erased_at: Mapped[datetime | None]
    search: Mapped[Any | None] = mapped_column(TSVECTOR, deferred=True)

    client: Mapped[Client | None] = relationship()
    intake: Mapped[Intake] = relationship()
    topic: Mapped[Topic | None] = relationship(foreign_keys=[topic_id])
    intent: Mapped[Intent | None] = relationship()
    attachments: Mapped[list[Attachment]] = relationship(order_by=Attachment.id)

    @property
    def first_line(self) -> str:
        """What a list shows of it."""
        words = " ".join(self.new_text.split())
        if len(words) > 160:
            words = words[:159].rstrip() + "…"
        return words or self.subject or "—"

    @property
    def first_writer(self) -> tuple[str, str]:
        """(name, address) of who wrote what a colleague has passed on; empty when nobody did.

        The address stands in the last brackets: a name may hold commas, and whole addresses.
        """
        name, _, address = str(self.fields.get("forwarded_from") or "").rpartition("<")
        return (name.strip(), address.rstrip(">")) if "@" in address else ("", "")

    @property
    def by_machine(self) -> bool:
        """No person's new word. Who only asks us for no automatic answer is a person."""
        return self.automatic not in (None, "suppress")

    @classmethod
    def by_people(cls) -> ColumnElement[bool]:
        """The contrary of `by_machine`, for queries."""
        return func.coalesce(cls.automatic, "suppress") == "suppress"

    @property
    def failure(self) -> bool:
        """Failure demand: caused by something we did not do, or did not do right."""
        again = self.repeated or self.supplied_again
        return again or bool(self.intent and self.intent.failure)

    @property
    def prediction(self) -> Prediction | None:
        return db.session.scalars(Prediction.of(self.id).limit(1)).first()

    @classmethod
    def named(cls, contact_id: int) -> Self | None:
        return db.session.get(cls, contact_id)

    @classmethod
    def several(cls, ids: list[int]) -> list[Self]:
        return list(db.session.scalars(select(cls).where(cls.id.in_(ids)).order_by(cls.id)))

    @classmethod
    def inflow(cls, since: datetime) -> dict[str, dict[str, float]]:
        """How many contacts of people were about each topic, and with each intent: as a person
        said, or as the machine was sure of."""
        said = select(Correction.id).where(Correction.contact_id == cls.id).exists()
        sure = or_(cls.decision == Decision.AUTO.value, said)
        kept = cls.by_people(), ~cls.collected, cls.said_at >= since, sure
        columns = {"topic": cls.topic_id, "intent": cls.intent_id}
        return {
            axis: {
                str(label): float(count)
                for label, count in db.session.execute(
                    select(column, func.count()).where(column.is_not(None), *kept).group_by(column)
                )
            }
            for axis, column in columns.items()
        }

    @classmethod
    def any(cls) -> bool:
        """Whether anybody has ever said anything."""
        return db.session.scalar(select(cls.id).limit(1)) is not None

    @classmethod
    def of_client(cls, client_id: int) -> Select[Self]:
        return select(cls).where(cls.client_id == client_id).order_by(cls.said_at.desc())

    @classmethod
    def of_ticket(cls, ticket_id: int) -> Select[Self]:
        return select(cls).where(cls.ticket_id == ticket_id).order_by(cls.said_at, cls.id)

    @classmethod
    def shown_in(cls, ticket_id: int) -> Select[Self]:
        """A thread's contacts with who said each, and its files."""
        return cls.of_ticket(ticket_id).options(
            selectinload(cls.client), selectinload(cls.attachments)
        )

    @classmethod
    def written_in(cls, ticket_id: int, client_id: int | None) -> Select[Self]:
        """What the client wrote in a matter, by mail or form, the newest first; no machine's."""
        return (
            select(cls)
            .where(
                cls.ticket_id == ticket_id,
                cls.client_id == client_id,
                cls.channel.in_([Channel.EMAIL.value, Channel.FORM.value]),
                cls.by_people(),
            )
            .order_by(cls.said_at.desc(), cls.id.desc())
        )

    @classmethod
    def taken_by(cls, user: User, since: datetime) -> Select[Self]:
        """The calls and letters that `user` has written down, the newest first."""
        mine = select(cls).where(cls.taken_by_id == user.id, cls.received_at >= since)
        return mine.order_by(cls.received_at.desc(), cls.id.desc())

    @classmethod
    def between(cls, start: datetime, end: datetime) -> Select[Self]:
        return select(cls).where(cls.said_at >= start, cls.said_at < end).order_by(cls.id)

    @classmethod
    def counted(cls, start: datetime, end: datetime) -> ColumnElement[bool]:
        """What a figure of that time counts: a burst once."""
        return and_(cls.said_at >= start, cls.said_at < end, ~cls.collected)

    @classmethod
    def of_message(cls, mailbox_id: int | None, message_id: str) -> Select[Self]:
        return select(cls).where(cls.mailbox_id == mailbox_id, cls.message_id == message_id)

    @classmethod
    def first_of_messages(cls, mailbox_id: int | None, message_ids: list[str]) -> dict[str, Self]:
        """The first mail of this mailbox under each of these Message-IDs."""
        found = db.session.scalars(
            select(cls)
            .where(cls.mailbox_id == mailbox_id, cls.message_id.in_(message_ids))
            .order_by(cls.id.desc())
        )
        return {contact.message_id or "": contact for contact in found}

    @classmethod
    def with_content(cls, mailbox_id: int | None, content_hash: str) -> Self | None:
        """A mail without Message-ID is recognised by what it says."""
        return db.session.scalar(
            select(cls).where(
                cls.mailbox_id == mailbox_id,
                cls.content_hash == content_hash,
                cls.message_id.is_(None),
            )
        )

    @classmethod
    def from_intake(cls, intake_id: int) -> Self | None:
        return db.session.scalar(select(cls).where(cls.intake_id == intake_id))

    @classmethod
    def predictions_of(cls, ticket_ids: list[int]) -> dict[int, Prediction]:
        """What the machine said last of each ticket."""
        rows = db.session.execute(
            select(cls.ticket_id, Prediction)
            .join(Prediction, Prediction.contact_id == cls.id)
            .where(cls.ticket_id.in_(ticket_ids))
            .ext(distinct_on(cls.ticket_id))
            .order_by(cls.ticket_id, Prediction.id.desc())
        )
        return {row.ticket_id: row.Prediction for row in rows}

    def believe(self, prediction: Prediction) -> None:
        """Take over what the classifier says, unless a person has spoken."""
        db.session.add(prediction)
        if self.topic_id is None or not self.corrected:
            self.topic_id = prediction.topic_id
            self.subtopic_id = prediction.subtopic_id
            self.intent_id = prediction.intent_id
            self.decision = prediction.decision
        self.language = prediction.language
        self.urgency = prediction.urgency
        self.dissatisfied = prediction.dissatisfied

    @property
    def corrected(self) -> bool:
        return bool(
            db.session.scalar(
                select(select(Correction.id).where(Correction.contact_id == self.id).exists())
            )
        )

    def correct(
        self,
        topic_id: str,
        subtopic_id: str | None,
        intent_id: str | None,
        *,
        by: User,
        at: datetime,
    ) -> Correction:
        """A person's word: stored beside the prediction, and valid from now on."""
        last = self.prediction
        correction = Correction(
            contact_id=self.id,
            prediction_id=last.id if last else None,
            by_id=by.id,
            at=at,
            topic_id=topic_id,
            subtopic_id=subtopic_id,
            intent_id=intent_id or self.intent_id,
            changed=last is None
            or last.topic_id != topic_id
            or bool(intent_id and last.intent_id != intent_id),
        )
        db.session.add(correction)
        self.topic_id = topic_id
        self.subtopic_id = subtopic_id
        if intent_id:
            self.intent_id = intent_id
        self.decision = Decision.HUMAN.value
        return correction

    def collect(self) -> None:
        """Count it as one more of a burst: who writes it has not come back, but goes on."""
        self.collected, self.repeated = True, False

    def make_searchable(self) -> None:
        """Index the masked words by the rules of the contact's own language, and plainly."""
        self.search = wording.indexed(
            self.language, literal(f"{self.subject}\n{self.sender}\n{self.text}"[: wording.LONGEST])
        )


__all__ = ["Attachment", "Channel", "Contact"]
