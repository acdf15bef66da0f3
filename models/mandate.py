"""Who may speak for whom: a representative's mandate, its scope and its dates; and the clients for
whom a contact of a representative speaks."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from sqlalchemy import ForeignKey, Select, UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, SafeJSON, db
from models.calendar import business_day, start_of
from models.client import Client
from models.event import record
from models.user import User

SOON = timedelta(days=30)
"""A mandate that ends within so many days is warned of."""
GIVEN, ENDED, RESUMED = "mandate.given", "mandate.ended", "mandate.resumed"


class Speaks(StrEnum):
    """Whether a representative may be told something about a client."""

    MAY = "may"
    OTHER_TOPIC = "other_topic"
    NOT_YET = "not_yet"
    EXPIRED = "expired"
    WITHOUT = "without"


class Mandate(Base):
    """A representative may act for a client, in these topics (none: in all), in these days."""

    __tablename__ = "mandate"

    id: Mapped[int] = mapped_column(primary_key=True)
    representative_id: Mapped[int] = mapped_column(ForeignKey("client.id"), index=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"), index=True)
    topics: Mapped[list[Any]] = mapped_column(SafeJSON, default=list)
    first_day: Mapped[date]
    last_day: Mapped[date | None]
    proof: Mapped[str] = mapped_column(default="")
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    representative: Mapped[Client] = relationship(foreign_keys=[representative_id])
    client: Mapped[Client] = relationship(foreign_keys=[client_id])

    @classmethod
    def named(cls, mandate_id: int) -> Self | None:
        return db.session.get(cls, mandate_id)

    @classmethod
    def of_client(cls, client_id: int) -> Select[Self]:
        """Who may or might speak for a client, the newest first."""
        return select(cls).where(cls.client_id == client_id).order_by(cls.id.desc())

    @classmethod
    def of_representative(cls, client_id: int) -> Select[Self]:
        """For whom a representative may or might speak, by the client's name."""
        return (
            select(cls)
            .join(Client, Client.id == cls.client_id)
            .where(cls.representative_id == client_id)
            .order_by(Client.name, cls.id.desc())
        )

    @classmethod
    def give(
        cls,
        representative: Client,
        client: Client,
        *,
        topics: list[str],
        first_day: date,
        last_day: date | None,
        proof: str,
        by: User,
        at: datetime,
    ) -> Self:
        """A person has seen the mandate; raises ValueError when nobody could have given it."""
        if representative.id == client.id or (last_day is not None and last_day < first_day):
            raise ValueError("a mandate is somebody else's and ends after it begins")
        made = cls(
            representative_id=representative.id,
            client_id=client.id,
            topics=topics,
            first_day=first_day,
            last_day=last_day,
            proof=proof.strip()[:300],
            by_id=by.id,
            at=at,
        )
        db.session.add(made)
        db.session.flush()
        made._tell(GIVEN, by, at)
        return made

    def end(self, *, by: User, at: datetime) -> None:
        """From now on the representative speaks no more for this client."""
        if self.ended_at is None:
            self.ended_at = at
            self._tell(ENDED, by, at)

    def resume(self, *, by: User, at: datetime) -> None:
        """It was ended by mistake."""
        if self.ended_at is not None:
            self.ended_at = None
            self._tell(RESUMED, by, at)

    def _tell(self, kind: str, by: User, at: datetime) -> None:
        facts = {"mandate": self.id, "representative": self.representative_id}
        record(kind, by=by, at=at, client_id=self.client_id, **facts)

    # --- what it says -----------------------------------------------------------------------

    def speaks(self, topic_id: str | None, at: datetime) -> Speaks:
        """What it allows at that time; a matter without a topic is held to be within it."""
        day = business_day(at)
        if self.ended_at is not None and self.ended_at <= at:
            return Speaks.EXPIRED
        if day < self.first_day:
            return Speaks.NOT_YET
        if self.last_day is not None and day > self.last_day:
            return Speaks.EXPIRED
        if self.topics and topic_id is not None and topic_id not in self.topics:
            return Speaks.OTHER_TOPIC
        return Speaks.MAY

    def in_force(self, at: datetime) -> bool:
        return self.speaks(None, at) is Speaks.MAY

    def ends_soon(self, at: datetime) -> bool:
        return (
            self.in_force(at)
            and self.last_day is not None
            and self.last_day - business_day(at) <= SOON
        )

    @property
    def ends_on(self) -> datetime | None:
        """The beginning of its last day, as pages show days."""
        return start_of(self.last_day) if self.last_day is not None else None


@dataclass(frozen=True)
class Standing:
    """What a representative may be told about one client's matter, and by which mandate."""

    client: Client
    speaks: Speaks
    mandate: Mandate | None

    @property
    def fine(self) -> bool:
        return self.speaks is Speaks.MAY


def standings(
    representative_id: int, clients: list[Client], topic_id: str | None, at: datetime
) -> list[Standing]:
    """For each of these clients: whether the representative may speak for them in this topic."""
    return standings_in(representative_id, [(client, topic_id) for client in clients], at)


def standings_in(
    representative_id: int, matters: list[tuple[Client, str | None]], at: datetime
) -> list[Standing]:
    """The same for each client in a topic of its own."""
    known: dict[int, list[Mandate]] = {}
    rows = db.session.scalars(
        select(Mandate)
        .where(
            Mandate.representative_id == representative_id,
            Mandate.client_id.in_([client.id for client, _topic in matters]),
        )
        .order_by(Mandate.id.desc())
    )
    for row in rows:
        known.setdefault(row.client_id, []).append(row)
    return [_best(client, known.get(client.id, []), topic, at) for client, topic in matters]


def _best(client: Client, mandates: list[Mandate], topic_id: str | None, at: datetime) -> Standing:
    """The mandate that allows most; the order of `Speaks` tells which."""
    order = list(Speaks)
    judged = [(order.index(one.speaks(topic_id, at)), one) for one in mandates]
    if not judged:
        return Standing(client, Speaks.WITHOUT, None)
    place, best = min(judged, key=lambda pair: pair[0])
    return Standing(client, order[place], best)


def ending_soon(at: datetime) -> Select[Mandate]:
    """Mandates in force whose last day comes within a month, the nearest first."""
    day = business_day(at)
    return (
        select(Mandate)
        .where(
            or_(Mandate.ended_at.is_(None), Mandate.ended_at > at),
            Mandate.first_day <= day,
            Mandate.last_day >= day,
            Mandate.last_day <= day + SOON,
        )
        .order_by(Mandate.last_day, Mandate.id)
    )


class Represented(Base):
    """A client for whom a contact of a representative speaks, and that client's own ticket."""

    __tablename__ = "represented"
    __table_args__ = (UniqueConstraint("contact_id", "client_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"), index=True)
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)
    part: Mapped[str] = mapped_column(default="")
    """The words of the contact that are about this client, masked."""
    files: Mapped[list[Any]] = mapped_column(SafeJSON, default=list)
    """The ids of the contact's files that are about this client."""
    to_client: Mapped[bool] = mapped_column(default=False)
    """Answers go to the client; else to the representative who wrote."""
    rule: Mapped[str]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]

    client: Mapped[Client] = relationship()

    @classmethod
    def of_contact(cls, contact_id: int) -> Select[Self]:
        return select(cls).where(cls.contact_id == contact_id).order_by(cls.id)

    @classmethod
    def of_ticket(cls, ticket_id: int) -> Self | None:
        """Out of which part of which contact a client's ticket was made."""
        found = select(cls).where(cls.ticket_id == ticket_id).order_by(cls.id).limit(1)
        return db.session.scalar(found)
