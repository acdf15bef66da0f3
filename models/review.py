"""What a person should look at: the few contacts a day whose label teaches most, and doubtful
labels. Restricted topics are never among them, and nobody is shown what the policy hides."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple, Self

from sqlalchemy import (
    ColumnElement,
    Float,
    ForeignKey,
    Select,
    and_,
    exists,
    func,
    select,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import JSONB, distinct_on, insert
from sqlalchemy.orm import Mapped, aliased, mapped_column

from models.base import Base, db
from models.contact import Contact
from models.lesson import Lesson
from models.model_version import Doubt, ModelVersion, TrainingState
from models.policy import restricted, sees_ticket
from models.prediction import Correction, Prediction
from models.ticket import Ticket
from models.user import User

NEWEST = 5_000
"""Of so many newest contacts the most telling are sought: a flood must not make the page slow."""


class Outcome(StrEnum):
    """What came of a contact that was put before people."""

    CONFIRMED = "confirmed"
    CORRECTED = "corrected"
    SKIPPED = "skipped"


class Pick(Base):
    """A contact that was put on the review list of a day; nobody is asked twice about it."""

    __tablename__ = "review_pick"

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), unique=True)
    day: Mapped[date] = mapped_column(index=True)
    position: Mapped[int]
    unfamiliar: Mapped[bool]
    """It was chosen because nothing known is like it, not because two topics are."""
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    outcome: Mapped[str | None]

    @classmethod
    def keep(cls, day: date, chosen: Sequence[tuple[int, bool]]) -> None:
        """Put these (contact, unfamiliar) at the end of the day's list."""
        last = db.session.scalar(select(func.max(cls.position)).where(cls.day == day)) or 0
        for position, (contact_id, unfamiliar) in enumerate(chosen, last + 1):
            row = insert(cls).values(
                contact_id=contact_id, day=day, position=position, unfamiliar=unfamiliar
            )
            db.session.execute(row.on_conflict_do_nothing())

    @classmethod
    def next_for(cls, user: User, day: date) -> Self | None:
        """The first of the day that still waits and that `user` may read."""
        return db.session.scalars(
            select(cls)
            .join(Contact, Contact.id == cls.contact_id)
            .join(Ticket, Ticket.id == Contact.ticket_id)
            .where(cls.day == day, cls.settled_at.is_(None), ~_labelled(Contact.id))
            .where(_readable(user))
            .order_by(cls.position)
            .limit(1)
        ).first()

    @classmethod
    def named(cls, pick_id: int) -> Self | None:
        return db.session.get(cls, pick_id)

    @classmethod
    def progress(cls, day: date) -> tuple[int, int]:
        """(looked at, of how many); a word said elsewhere counts as looked at."""
        done = func.count().filter(cls.settled_at.is_not(None) | _labelled(cls.contact_id))
        row = db.session.execute(select(done, func.count()).where(cls.day == day)).one()
        return row[0], row[1]

    @classmethod
    def last_settled(cls, by: User, since: datetime) -> Self | None:
        """`by`'s last decision since then."""
        settled = select(cls).where(cls.settled_by_id == by.id, cls.settled_at >= since)
        return db.session.scalar(settled.order_by(cls.settled_at.desc(), cls.id.desc()).limit(1))

    def settle(self, outcome: Outcome, *, by: User, at: datetime) -> None:
        self.settled_at, self.settled_by_id, self.outcome = at, by.id, outcome.value

    def ask_again(self) -> None:
        self.settled_at = self.settled_by_id = self.outcome = None


def candidates(since: datetime, day: date, most: int) -> list[Contact]:
    """Contacts without a person's word since then, those between two topics first; none of a
    client who is on the day's list already."""
    asked = aliased(Contact)
    clients = (
        select(asked.client_id)
        .join(Pick, Pick.contact_id == asked.id)
        .where(Pick.day == day, asked.client_id.is_not(None))
    )
    newest = (
        select(Contact.id)
        .where(
            Contact.said_at >= since,
            Contact.by_people(),
            ~Contact.collected,
            Contact.ticket_id.is_not(None),
            func.btrim(Contact.new_text) != "",
            ~restricted(Contact.topic_id),
            ~Contact.health,
            ~_labelled(Contact.id),
            ~exists().where(Pick.contact_id == Contact.id),
            Contact.client_id.not_in(clients),
        )
        .order_by(Contact.said_at.desc())
        .limit(NEWEST)
        .subquery()
    )
    said = (
        select(Prediction.contact_id, _margin().label("margin"))
        .join(newest, newest.c.id == Prediction.contact_id)
        .ext(distinct_on(Prediction.contact_id))
        .order_by(Prediction.contact_id, Prediction.id.desc())
        .subquery()
    )
    rows = select(Contact).join(said, said.c.contact_id == Contact.id)
    return list(db.session.scalars(rows.order_by(said.c.margin, Contact.id).limit(most)))


def readable(user: User, contact_id: int) -> Contact | None:
    """The contact, if `user` may read it and it is of no restricted topic."""
    return db.session.scalar(
        select(Contact)
        .join(Ticket, Ticket.id == Contact.ticket_id)
        .where(Contact.id == contact_id, _readable(user))
    )


# --- doubtful labels ------------------------------------------------------------------------


class Suspect(NamedTuple):
    """A label of which a model that never saw it is sure of the contrary."""

    correction_id: int
    topic_id: str
    confidence: float


def raise_doubts(found: Sequence[Suspect], version: str, at: datetime) -> int:
    """Keep what this model doubts; how many are new.

    What a person has settled stays settled. A doubt that this model no longer has is settled by
    nobody, and raised again when a later model has it again. A word that was taken back while the
    model learned is doubted no more, nor is one on a contact that a person has made an example:
    the example is looked after at its topic.
    """
    said = select(Correction.id).where(
        Correction.id.in_([one.correction_id for one in found]), ~_is_example(Correction)
    )
    # Held until the end: nobody takes one back between the question and the doubt.
    still = set(db.session.scalars(said.with_for_update(read=True)))
    found = [suspect for suspect in found if suspect.correction_id in still]
    standing = {
        doubt.correction_id: doubt
        for doubt in db.session.scalars(select(Doubt).where(Doubt.settled_by_id.is_(None)))
    }
    doubted = {suspect.correction_id for suspect in found}
    for correction_id, doubt in standing.items():
        if correction_id not in doubted and doubt.settled_at is None:
            doubt.settled_at = at
    fresh = 0
    for suspect in found:
        known = standing.get(suspect.correction_id)
        if known is None:
            row = insert(Doubt).values(**suspect._asdict(), model_version=version, raised_at=at)
            added = db.session.execute(row.on_conflict_do_nothing().returning(Doubt.id))
            fresh += len(added.all())
            continue
        known.topic_id, known.confidence = suspect.topic_id, suspect.confidence
        known.model_version, known.settled_at = version, None
    db.session.flush()
    return fresh


class Doubtful(NamedTuple):
    """A doubt with all that a person needs to settle it."""

    doubt: Doubt
    said: Correction
    contact: Contact
    ticket: Ticket


def doubts_for(user: User, most: int) -> list[Doubtful]:
    """What waits to be looked at and `user` may read, the most confident first."""
    rows = db.session.execute(_doubts(user).order_by(Doubt.confidence.desc(), Doubt.id).limit(most))
    return [Doubtful._make(row) for row in rows]


def doubt_for(user: User, doubt_id: int) -> Doubtful | None:
    """One doubt, settled or not, if `user` may read its contact."""
    row = db.session.execute(_doubts(user, open_only=False).where(Doubt.id == doubt_id)).first()
    return Doubtful._make(row) if row is not None else None


def last_settled_doubt(by: User, since: datetime) -> Doubtful | None:
    """`by`'s last decision since then on a contact that is still theirs to read."""
    settled = _doubts(by, open_only=False).where(
        Doubt.settled_by_id == by.id, Doubt.settled_at >= since
    )
    row = db.session.execute(
        settled.order_by(Doubt.settled_at.desc(), Doubt.id.desc()).limit(1)
    ).first()
    return Doubtful._make(row) if row is not None else None


def labels_checked() -> bool:
    """Whether a model has been trained since people said their first word on a contact."""
    first = select(func.min(Correction.id)).scalar_subquery()
    checked = select(ModelVersion.id).where(
        ModelVersion.state == TrainingState.READY, ModelVersion.last_correction_id >= first
    )
    known = db.session.scalar(select(checked.exists() | select(Doubt.id).exists()))
    return bool(known)


def doubts_waiting(user: User) -> int:
    return db.session.scalar(select(func.count()).select_from(_doubts(user).subquery())) or 0


def settle(doubt: Doubt, *, by: User, at: datetime) -> None:
    doubt.settled_at, doubt.settled_by_id = at, by.id


def unsettle(doubt: Doubt) -> None:
    doubt.settled_at = doubt.settled_by_id = None


def _doubts(user: User, *, open_only: bool = True) -> Select[Doubt, Correction, Contact, Ticket]:
    """A doubt is about the last word on a contact: who has said another since has settled it."""
    later = aliased(Correction)
    rows = (
        select(Doubt, Correction, Contact, Ticket)
        .join(Correction, Correction.id == Doubt.correction_id)
        .join(Contact, Contact.id == Correction.contact_id)
        .join(Ticket, Ticket.id == Contact.ticket_id)
        .where(_readable(user))
    )
    if not open_only:
        return rows
    overtaken = exists().where(later.contact_id == Correction.contact_id, later.id > Correction.id)
    return rows.where(
        Doubt.settled_at.is_(None), ~Correction.excluded, ~overtaken, ~_is_example(Correction)
    )


def _is_example(said: type[Correction]) -> ColumnElement[bool]:
    return exists().where(Lesson.contact_id == said.contact_id, Lesson.withdrawn_at.is_(None))


def _readable(user: User) -> ColumnElement[bool]:
    return and_(sees_ticket(user, Ticket), ~restricted(Contact.topic_id), ~Contact.health)


def _labelled(contact_id: Any) -> ColumnElement[bool]:
    return exists().where(Correction.contact_id == contact_id)


def _margin() -> ColumnElement[float]:
    """By how much the first topic is likelier than the second."""
    second = type_coerce(Prediction.alternatives, JSONB)[0]["confidence"].astext.cast(Float)
    return Prediction.topic_confidence - func.coalesce(second, 0.0)
