"""What happened: every change of state leaves a row; boards, histories and figures read rows."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Self

from sqlalchemy import ForeignKey, Index, Select, func, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.audit import Audit
from models.base import Base, SafeJSON, db
from models.user import User
from models.wordless import wordless


class Event(Base):
    """One thing that happened, to a ticket, contact, client, problem or screening."""

    __tablename__ = "event"
    __table_args__ = (
        Index("ix_event_ticket", "ticket_id", "id"),
        Index("ix_event_problem", "problem_id", "id"),
        Index("ix_event_kind_at", "kind", "at"),
        Index("ix_event_contact", "contact_id", postgresql_where="contact_id IS NOT NULL"),
        Index("ix_event_client", "client_id", "id", postgresql_where="client_id IS NOT NULL"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    kind: Mapped[str]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"))
    client_id: Mapped[int | None] = mapped_column(ForeignKey("client.id"))
    problem_id: Mapped[int | None] = mapped_column(ForeignKey("problem.id"))
    facts: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)

    actor: Mapped[User | None] = relationship(lazy="joined")

    @classmethod
    def named(cls, event_id: int) -> Self | None:
        return db.session.get(cls, event_id)

    @classmethod
    def last_facts(cls, kind: str, at: datetime, **facts: Any) -> dict[str, Any]:
        """What the last event of that kind at that moment told; empty where there is none."""
        found = select(cls.facts).where(cls.kind == kind, cls.at == at, cls.facts.contains(facts))
        return db.session.scalars(found.order_by(cls.id.desc()).limit(1)).first() or {}

    @classmethod
    def of_ticket(cls, ticket_id: int) -> Select[Self]:
        return select(cls).where(cls.ticket_id == ticket_id).order_by(cls.id)

    @classmethod
    def of_tickets(cls, ticket_ids: list[int]) -> Select[Self]:
        return select(cls).where(cls.ticket_id.in_(ticket_ids)).order_by(cls.id)

    @classmethod
    def of_problem(cls, problem_id: int, *others: int) -> Select[Self]:
        return select(cls).where(cls.problem_id.in_([problem_id, *others])).order_by(cls.id)


recorded: list[Callable[[Event], object]] = []
"""Called with each event as it is left, in the transaction of its reason."""


def record(
    kind: str,
    *,
    by: User | None = None,
    at: datetime | None = None,
    ticket_id: int | None = None,
    contact_id: int | None = None,
    client_id: int | None = None,
    problem_id: int | None = None,
    **facts: Any,
) -> None:
    """Leave an event; what a person did also enters the audit chain.

    The machine's own acts stay out of the chain: its lock must never slow intake down. Words about
    clients stand in the event alone, from which an erasure can take them.
    """
    event = Event(
        kind=kind,
        actor_id=by.id if by else None,
        ticket_id=ticket_id,
        contact_id=contact_id,
        client_id=client_id,
        problem_id=problem_id,
        facts=facts,
    )
    if at is not None:
        event.at = at
    db.session.add(event)
    if by is not None:
        things = {
            "ticket": ticket_id,
            "contact": contact_id,
            "client": client_id,
            "problem": problem_id,
        }
        named = {k: v for k, v in things.items() if v is not None}
        Audit.append(by.id, kind, named, wordless(kind, facts))
    for follow in recorded:
        follow(event)
