"""What is kept of a ticket: its columns and indexes. What can be done with it is in `ticket`."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, Sequence, text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from models.base import Base
from models.client import Client
from models.prediction import Decision
from models.team import Team
from models.ticket_states import Status
from models.topic import Topic
from models.user import User

NUMBERS = Sequence("ticket_number", start=100001, metadata=Base.metadata)

_PRESSING_UNTIL = "LEAST(due_at,\nCASE\n    WHEN urgent THEN urgent_until\n    ELSE NULL\nEND)"
"""In the lines in which PostgreSQL tells it, so that model and schema can be compared."""


class TicketRow(Base):
    """One matter of one client, as a row."""

    __abstract__ = True
    __tablename__ = "ticket"
    __table_args__ = (
        Index("ix_ticket_merged", "merged_into_id", postgresql_where="merged_into_id IS NOT NULL"),
        Index(
            "ix_ticket_pressing",
            text("(snoozed_until IS NULL)"),
            text("(status = 'waiting')"),
            text("urgent DESC"),
            text(_PRESSING_UNTIL),
            "id",
            postgresql_where="status <> 'closed'",
        ),
        Index(
            "ix_ticket_open_team",
            "team_id",
            "urgent",
            "due_at",
            postgresql_where="status <> 'closed'",
        ),
        Index("ix_ticket_open_due", "due_at", "id", postgresql_where="status <> 'closed'"),
        Index("ix_ticket_open_seen", "last_contact_at", postgresql_where="status <> 'closed'"),
        Index(
            "ix_ticket_urgent_until", "urgent_until", postgresql_where="urgent_until IS NOT NULL"
        ),
        Index("ix_ticket_attention", "attention", postgresql_where="attention IS NOT NULL"),
        Index("ix_ticket_burst", "burst_of", postgresql_where="burst_of IS NOT NULL"),
        Index("ix_ticket_client", "client_id", "topic_id", "last_contact_at"),
        Index("ix_ticket_open_deadline", "deadline_on", postgresql_where="status <> 'closed'"),
        Index("ix_ticket_snoozed", "snoozed_until", postgresql_where="snoozed_until IS NOT NULL"),
        Index("ix_ticket_opened", "opened_at"),
        Index(
            "ix_ticket_answered",
            "first_answer_at",
            postgresql_where="first_answer_at IS NOT NULL",
        ),
        Index("ix_ticket_closed", "closed_at", "id", postgresql_where="status = 'closed'"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(NUMBERS, server_default=NUMBERS.next_value(), unique=True)
    client_id: Mapped[int | None] = mapped_column(ForeignKey("client.id"))
    subject: Mapped[str] = mapped_column(default="")
    preview: Mapped[str] = mapped_column(default="")
    channel: Mapped[str]
    language: Mapped[str | None]
    topic_id: Mapped[str | None] = mapped_column(ForeignKey("topic.id"), index=True)
    subtopic_id: Mapped[str | None]
    intent_id: Mapped[str | None] = mapped_column(ForeignKey("intent.id"))
    decision: Mapped[str] = mapped_column(default=Decision.HUMAN.value)
    needs_choice: Mapped[bool] = mapped_column(default=True, index=True)
    """A person must choose the topic: it waits on the review list."""
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"))
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    status: Mapped[str] = mapped_column(default=Status.NEW.value)
    urgent: Mapped[bool] = mapped_column(default=False)
    urgent_until: Mapped[datetime | None]
    """When the machine's word that it is urgent expires; None for a person's, or for none."""
    contacts_count: Mapped[int] = mapped_column(default=0)
    opened_at: Mapped[datetime]
    last_contact_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    first_answer_at: Mapped[datetime | None]
    status_key: Mapped[str] = mapped_column(default="")
    """What the links to its public page are signed over; another one makes old links worthless."""
    mailing_id: Mapped[int | None] = mapped_column(ForeignKey("mailing.id"), index=True)
    """The mailing that it answers."""
    closed_at: Mapped[datetime | None]
    disposition: Mapped[str | None]
    told: Mapped[str] = mapped_column(default="")
    """What we told the client on the phone, in two lines."""
    flagged: Mapped[bool] = mapped_column(default=False)
    """An agent says: this keeps happening."""
    attention: Mapped[str | None]
    """Why a person must look at it beside its words, for example `reopened_too_often`."""
    burst_of: Mapped[str | None]
    """The sender whose many mails are collected here."""
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"))
    snoozed_until: Mapped[datetime | None]
    snoozed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    clock_stopped_at: Mapped[datetime | None]
    """Since when the client is the one to act."""
    warned_at: Mapped[datetime | None]
    breached_at: Mapped[datetime | None]
    deadline_on: Mapped[date | None]
    """The next day on which the client loses something: the measure's, not ours."""
    deadline_version_id: Mapped[int | None] = mapped_column(ForeignKey("measure_version.id"))
    deadline_name: Mapped[str | None]
    """What must be done by then: a `models.deadline.Due`."""
    deadline_quarter: Mapped[str | None]
    """The quarter that the client named, as `2020/2`."""
    health: Mapped[bool] = mapped_column(default=False)
    """Something about somebody's health was said in it."""
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    @property
    def private(self) -> bool:
        """Whether a mail or an open page may not even name a document of it."""
        return self.health or (self.topic is not None and self.topic.restricted)

    @declared_attr
    def client(cls) -> Mapped[Client | None]:
        return relationship()

    @declared_attr
    def topic(cls) -> Mapped[Topic | None]:
        return relationship()

    @declared_attr
    def team(cls) -> Mapped[Team | None]:
        return relationship()

    @declared_attr
    def assignee(cls) -> Mapped[User | None]:
        return relationship(foreign_keys=f"{cls.__name__}.assignee_id")
