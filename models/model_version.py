"""The classifier's versions: who asked for one, how its training went, which one is in use."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from sqlalchemy import ForeignKey, Select, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from models.base import Base, SafeJSON, db, one_at_a_time
from models.contact import Contact
from models.event import record
from models.lesson import Lesson
from models.policy import restricted, sees_ticket
from models.prediction import Correction, Prediction
from models.ticket import Ticket
from models.topic import Topic
from models.user import User

SILENCE = timedelta(seconds=60)
"""A training that has given no sign of life for so long is dead."""
MOST_TRIES = 2


class TrainingState(StrEnum):
    """How far a version has come."""

    ASKED = "asked"
    TRAINING = "training"
    READY = "ready"
    FAILED = "failed"


class TrainingReason(StrEnum):
    """Why a version was trained."""

    FIRST = "first"
    REPAIR = "repair"
    ASKED = "asked"
    NIGHT = "night"
    TOPIC = "topic"


UNDER_WAY = (TrainingState.ASKED.value, TrainingState.TRAINING.value)


class ModelVersion(Base):
    """One training and the model that came of it."""

    __tablename__ = "model_version"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[str | None] = mapped_column(index=True)
    """The model's directory; known once it is trained. The same rows give the same version."""
    state: Mapped[str]
    reason: Mapped[str]
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    started_at: Mapped[datetime | None]
    heartbeat_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    step: Mapped[str] = mapped_column(default="")
    progress: Mapped[float] = mapped_column(default=0.0)
    """From 0 to 1."""
    error: Mapped[str | None]
    last_correction_id: Mapped[int | None]
    """The newest correction that there was when it began to learn; it may have been taken back."""
    manifest: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    figures: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    stale_at: Mapped[datetime | None]
    """Since when it holds what somebody has had erased, and should be trained anew."""

    asked_by: Mapped[User | None] = relationship()

    @property
    def under_way(self) -> bool:
        return self.state in UNDER_WAY

    @property
    def ready(self) -> bool:
        return self.state == TrainingState.READY

    # --- found ------------------------------------------------------------------------------

    @classmethod
    def newest_first(cls) -> Select[Self]:
        return select(cls).order_by(cls.id.desc())

    @classmethod
    def shown(cls, most: int) -> list[Self]:
        """The newest trainings with who asked for them."""
        rows = cls.newest_first().options(joinedload(cls.asked_by)).limit(most)
        return list(db.session.scalars(rows))

    @classmethod
    def named(cls, row_id: int) -> Self | None:
        return db.session.get(cls, row_id)

    @classmethod
    def of(cls, version: str | None) -> Self | None:
        """The newest training that gave this version."""
        made = cls.newest_first().where(cls.version == version, cls.state == TrainingState.READY)
        return db.session.scalar(made.limit(1)) if version else None

    @classmethod
    def open(cls) -> Self | None:
        """The training that is under way, or the next one that was asked for."""
        waits = select(cls).where(cls.state.in_(UNDER_WAY))
        return db.session.scalar(waits.order_by(cls.state.desc(), cls.id).limit(1))

    @classmethod
    def last_ready(cls) -> Self | None:
        """The last one trained; one that was only written down, not trained here, counts least."""
        ready = select(cls).where(cls.state == TrainingState.READY)
        latest = ready.order_by(cls.started_at.desc().nulls_last(), cls.id.desc())
        return db.session.scalar(latest.limit(1))

    @classmethod
    def made_stale(cls, at: datetime) -> None:
        """Somebody has just been erased whom every version may have learned from, the one that is
        being trained at this moment too."""
        learned = [TrainingState.READY.value, TrainingState.TRAINING.value]
        db.session.execute(
            update(cls)
            .where(cls.state.in_(learned), cls.stale_at.is_(None))
            .values(stale_at=at)
            .execution_options(synchronize_session=False)
        )

    @classmethod
    def stale_versions(cls) -> set[str]:
        """Those that were not trained again since, with the same result."""
        fresh = select(cls.version).where(cls.version.is_not(None), cls.stale_at.is_(None))
        stale = select(cls.version).where(
            cls.version.is_not(None), cls.stale_at.is_not(None), cls.version.not_in(fresh)
        )
        return {version for version in db.session.scalars(stale) if version}

    @classmethod
    def asked_since(cls, at: datetime) -> bool:
        return bool(db.session.scalar(select(cls.id).where(cls.asked_at > at).limit(1)))

    # --- asked for, trained -----------------------------------------------------------------

    @classmethod
    def ask(cls, reason: TrainingReason, *, by: User | None, at: datetime) -> Self:
        """Ask for a training; one that has not begun yet will do, and a new topic's reason wins."""
        one_at_a_time("training", "asked")
        waits = db.session.scalar(select(cls).where(cls.state == TrainingState.ASKED).limit(1))
        if waits is not None and waits.tries == 0:
            if reason == TrainingReason.TOPIC:
                waits.reason = reason.value
            return waits
        asked = cls(
            state=TrainingState.ASKED.value,
            reason=reason.value,
            asked_at=at,
            asked_by_id=by.id if by else None,
        )
        db.session.add(asked)
        db.session.flush()
        record("classifier.training_asked", by=by, at=at, training=asked.id, reason=reason.value)
        return asked

    @classmethod
    def adopt(cls, version: str, figures: dict[str, Any], at: datetime) -> None:
        """Write down a model that was trained without a row."""
        made = cls(state=TrainingState.ASKED.value, reason=TrainingReason.FIRST.value, asked_at=at)
        made.learned(version, {}, figures, at)
        db.session.add(made)
        db.session.flush()

    @classmethod
    def next_to_train(cls, at: datetime) -> Self | None:
        """Take up the next training that was asked for; None while one is at work.

        A training that died is noticed here by its silence, and asked for again once.
        """
        if not db.session.scalar(select(cls.id).where(cls.state.in_(UNDER_WAY)).limit(1)):
            return None
        one_at_a_time("training", "begun")
        for working in db.session.scalars(select(cls).where(cls.state == TrainingState.TRAINING)):
            if working.heartbeat_at is not None and at - working.heartbeat_at <= SILENCE:
                return None
            working.lose("it gave no sign of life for a minute", at)
        db.session.flush()
        asked = select(cls).where(cls.state == TrainingState.ASKED).order_by(cls.id).limit(1)
        found = db.session.scalar(asked)
        if found is not None:
            found.begin(at)
        return found

    @classmethod
    def ask_and_begin(cls, reason: TrainingReason, at: datetime) -> Self:
        """Ask for a training and take it up oneself, so that nobody else does."""
        one_at_a_time("training", "begun")
        asked = cls.ask(reason, by=None, at=at)
        asked.begin(at)
        return asked

    def begin(self, at: datetime) -> None:
        self.state = TrainingState.TRAINING.value
        self.started_at = self.heartbeat_at = at
        self.stale_at = None  # what was erased before is not learned now
        self.tries, self.step, self.progress = self.tries + 1, "", 0.0

    def beat(self, step: str, progress: float, at: datetime) -> None:
        self.step, self.progress, self.heartbeat_at = step, round(progress, 3), at

    def learned(
        self, version: str, manifest: dict[str, Any], figures: dict[str, Any], at: datetime
    ) -> None:
        self.version, self.manifest, self.figures = version, manifest, figures
        self.state, self.finished_at, self.progress = TrainingState.READY.value, at, 1.0
        self.error = None

    def lose(self, error: str, at: datetime) -> None:
        """Its process is gone: once more, then no more."""
        if self.tries < MOST_TRIES:
            self.state, self.error = TrainingState.ASKED.value, error
        else:
            self.fail(error, at)

    def give_back(self) -> None:
        """It was stopped in order, with everything else: it begins anew later."""
        self.state, self.tries = TrainingState.ASKED.value, max(0, self.tries - 1)

    def fail(self, error: str, at: datetime) -> None:
        self.state, self.error, self.finished_at = TrainingState.FAILED.value, error[:2000], at

    @classmethod
    def newest_word(cls) -> int | None:
        """The newest correction that there is: what a training that begins now has learned."""
        return db.session.scalar(select(func.max(Correction.id)))

    # --- what is new since ------------------------------------------------------------------

    def taught_since(self) -> int:
        """How many words of people it has not learned from: corrections, lessons, topics."""
        since = self.started_at or self.asked_at
        words = select(func.count()).select_from(Correction)
        later = Correction.id > (self.last_correction_id or 0)
        lessons = select(func.count()).select_from(Lesson)
        typed = or_(Lesson.at > since, Lesson.withdrawn_at > since)
        topics = select(func.count()).select_from(Topic)
        counts = (
            words.where(later, ~Correction.excluded),
            lessons.where(typed),
            topics.where(Topic.created_at > since, Topic.parent_id.is_(None)),
        )
        return sum(db.session.scalar(count) or 0 for count in counts)

    def labelled_since(self) -> int:
        """On how many contacts people have spoken since it began to learn."""
        spoken = select(func.count(Correction.contact_id.distinct()))
        later = Correction.id > (self.last_correction_id or 0)
        return db.session.scalar(spoken.where(later, ~Correction.excluded)) or 0


class Promotion(Base):
    """A version was put to use; the last row names the one in use."""

    __tablename__ = "promotion"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[str]
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    """None: the first model, or one that came by night and was no worse."""
    back: Mapped[bool] = mapped_column(default=False)
    """It was in use before: a return to it."""

    by: Mapped[User | None] = relationship()

    @classmethod
    def newest_first(cls) -> Select[Self]:
        return select(cls).order_by(cls.id.desc()).options(joinedload(cls.by))

    @classmethod
    def shown(cls, most: int) -> list[Self]:
        return list(db.session.scalars(cls.newest_first().limit(most)))

    @classmethod
    def last(cls) -> Self | None:
        return db.session.scalar(cls.newest_first().limit(1))

    @classmethod
    def ever(cls, version: str) -> bool:
        """Whether this version has been in use."""
        return bool(db.session.scalar(select(cls.id).where(cls.version == version).limit(1)))

    @classmethod
    def before(cls, version: str) -> str | None:
        """The version that was in use before this one was last put to use."""
        last = select(func.max(cls.id)).where(cls.version == version).scalar_subquery()
        earlier = select(cls.version).where(cls.id < last, cls.version != version)
        return db.session.scalar(earlier.order_by(cls.id.desc()).limit(1))

    @classmethod
    def log(cls, version: str, *, by: User | None, at: datetime, back: bool = False) -> None:
        db.session.add(cls(version=version, at=at, by_id=by.id if by else None, back=back))
        db.session.flush()
        record("classifier.promoted", by=by, at=at, version=version, back=back)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a version said of a contact before a person gave it its topic."""

    correction_id: int
    contact_id: int
    ticket_id: int | None
    language: str
    truth: str
    told: str
    confidence: float


def answers_of(version: str, most: int = 5_000) -> list[Answer]:
    """A version's answers to contacts that a person has labelled since: it cannot have learned
    them. The last word on each contact counts; restricted topics are left out."""
    latest = (
        select(Correction)
        .where(~Correction.excluded)
        .ext(distinct_on(Correction.contact_id))
        .order_by(Correction.contact_id, Correction.id.desc())
        .subquery()
    )
    rows = db.session.execute(
        select(
            latest.c.id,
            Contact.id,
            Contact.ticket_id,
            Prediction.language,
            latest.c.topic_id,
            Prediction.topic_id,
            Prediction.topic_confidence,
        )
        .join(Prediction, Prediction.id == latest.c.prediction_id)
        .join(Contact, Contact.id == latest.c.contact_id)
        .where(Prediction.model_version == version, ~restricted(latest.c.topic_id))
        .order_by(latest.c.id.desc())
        .limit(most)
    )
    return [Answer(*row) for row in rows]


def read_lately(version: str, most: int) -> list[tuple[Contact, Prediction]]:
    """The newest contacts of people that a version has read, with what it said; bursts once,
    restricted topics left out."""
    rows = db.session.execute(
        select(Contact, Prediction)
        .join(Prediction, Prediction.contact_id == Contact.id)
        .where(
            Prediction.model_version == version,
            Contact.by_people(),
            ~Contact.collected,
            ~restricted(Contact.topic_id),
            ~Contact.health,
        )
        .order_by(Prediction.id.desc())
        .limit(most)
    )
    return [(row.Contact, row.Prediction) for row in rows]


def not_yet_classified(contact_ids: Sequence[int], since: datetime) -> dict[int, Contact]:
    """Those of the contacts, said since then, on which neither model nor person has spoken."""
    predicted = exists().where(Prediction.contact_id == Contact.id)
    labelled = exists().where(Correction.contact_id == Contact.id)
    rows = select(Contact).where(
        Contact.id.in_(contact_ids), Contact.said_at >= since, ~predicted, ~labelled
    )
    return {row.id: row for row in db.session.scalars(rows.order_by(Contact.id))}


def visible_contacts(viewer: User, contact_ids: Sequence[int]) -> dict[int, tuple[Contact, int]]:
    """Those of the contacts that `viewer` may see, with the number of their ticket."""
    rows = db.session.execute(
        select(Contact, Ticket.number)
        .join(Ticket, Ticket.id == Contact.ticket_id)
        .where(Contact.id.in_(contact_ids), sees_ticket(viewer, Ticket))
    )
    return {row.Contact.id: (row.Contact, row.number) for row in rows}


class Doubt(Base):
    """A model that never saw a correction is sure of something else: somebody should look again."""

    __tablename__ = "doubt"

    id: Mapped[int] = mapped_column(primary_key=True)
    correction_id: Mapped[int] = mapped_column(
        ForeignKey("correction.id", ondelete="CASCADE"), unique=True
    )
    """A word that is taken back takes its doubt with it."""
    model_version: Mapped[str]
    topic_id: Mapped[str]
    """What the model says instead."""
    confidence: Mapped[float]
    raised_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
