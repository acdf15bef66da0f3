"""What people teach the classifier: examples typed or vetted for it, and their word on contacts."""

from datetime import datetime
from typing import Any, NamedTuple, Self

from sqlalchemy import ColumnElement, ForeignKey, Select, and_, exists, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, db
from models.client import Client
from models.contact import Contact
from models.event import record
from models.policy import restricted
from models.prediction import Correction, Prediction
from models.topic import Topic
from models.user import User

LONGEST = 2_000
"""Letters of an example: of more nothing is learned."""


class Lesson(Base):
    """One example of a topic, typed by a manager or taken from a contact after a person read it.

    The text holds no name and no identifier: it may be shown as the nearest known text of another
    client's contact. Whoever erases a client must also withdraw and empty the lessons taken from
    the client's contacts (`contact_id`) and train anew: the words of a lesson are theirs.
    """

    __tablename__ = "lesson"

    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]
    language: Mapped[str]
    topic_id: Mapped[str] = mapped_column(ForeignKey("topic.id"), index=True)
    subtopic_id: Mapped[str | None] = mapped_column(ForeignKey("topic.id"))
    intent_id: Mapped[str | None] = mapped_column(ForeignKey("intent.id"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"), index=True)
    """Whence it was taken; None when it was typed."""
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    by: Mapped[User] = relationship(foreign_keys=[by_id])

    @classmethod
    def teach(
        cls,
        topic: Topic,
        text: str,
        language: str,
        *,
        by: User,
        at: datetime,
        contact: Contact | None = None,
    ) -> Self | None:
        """Keep an example; None when the topic has this very text already."""
        text = " ".join(text.split())[:LONGEST]
        known = cls.of_topic(topic.id).where(func.lower(cls.text) == text.lower()).limit(1)
        if not text or db.session.scalar(known) is not None:
            return None
        lesson = cls(
            text=text,
            language=language,
            topic_id=topic.id,
            contact_id=contact.id if contact else None,
            by_id=by.id,
            at=at,
        )
        db.session.add(lesson)
        db.session.flush()
        record(
            "lesson.taught",
            by=by,
            at=at,
            contact_id=lesson.contact_id,
            topic=topic.id,
            lesson=lesson.id,
        )
        return lesson

    def withdraw(self, *, by: User, at: datetime) -> None:
        """The next model does not learn from it."""
        self.withdrawn_at, self.withdrawn_by_id = at, by.id
        record("lesson.withdrawn", by=by, at=at, topic=self.topic_id, lesson=self.id)

    def put_back(self, *, by: User, at: datetime) -> None:
        self.withdrawn_at = self.withdrawn_by_id = None
        record("lesson.put_back", by=by, at=at, topic=self.topic_id, lesson=self.id)

    @classmethod
    def valid(cls) -> Select[Self]:
        """What is learned and shown: not what was withdrawn, nor what a client said of a matter
        that is private by now."""
        return select(cls).where(cls._counts()).order_by(cls.id)

    @classmethod
    def _counts(cls) -> ColumnElement[bool]:
        private = exists().where(
            Contact.id == cls.contact_id, or_(restricted(Contact.topic_id), Contact.health)
        )
        open_matter = and_(~restricted(cls.topic_id), ~private)
        return and_(cls.withdrawn_at.is_(None), or_(cls.contact_id.is_(None), open_matter))

    @classmethod
    def of_topic(cls, topic_id: str) -> Select[Self]:
        return cls.valid().where(cls.topic_id == topic_id)

    @classmethod
    def named(cls, lesson_id: int) -> Self | None:
        return db.session.get(cls, lesson_id)

    @classmethod
    def per_topic(cls) -> dict[str, int]:
        """How many valid examples each topic has."""
        counted = select(cls.topic_id, func.count()).where(cls._counts()).group_by(cls.topic_id)
        return {row[0]: row[1] for row in db.session.execute(counted)}


class Said(NamedTuple):
    """A contact and the last word that a person said on it."""

    correction_id: int
    contact_id: int
    at: datetime
    topic_id: str
    subtopic_id: str | None
    intent_id: str | None
    """Only where the person chose another than the machine's."""
    changed: bool
    client_id: int
    client_name: str
    sender: str
    channel: str
    language: str | None
    subject: str
    text: str
    fields: dict[str, Any]
    content_hash: str | None


def last_words(most_of_topic: int) -> list[Said]:
    """The last word on each contact that may be learned from, the oldest first.

    Left out: what somebody excluded, restricted topics, contacts whose client is gone, machines'
    mail, empty texts, the mails of a burst after its first, and what is an example of the same
    topic already: twins that are held out one without the other flatter the figures. Of a topic
    the corrections come before the confirmations and the newest before the older, up to
    `most_of_topic`.
    """
    last = (
        select(Correction)
        .ext(distinct_on(Correction.contact_id))
        .order_by(Correction.contact_id, Correction.id.desc())
        .subquery()
    )
    turn = func.row_number().over(
        partition_by=last.c.topic_id,
        order_by=(last.c.changed.desc(), last.c.at.desc(), last.c.contact_id),
    )
    twin = (
        exists()
        .where(Lesson.contact_id == Contact.id, Lesson.topic_id == last.c.topic_id)
        .where(Lesson.withdrawn_at.is_(None))
    )
    eligible = (
        select(
            last.c.id.label("correction_id"),
            Contact.id.label("contact_id"),
            last.c.at,
            last.c.topic_id,
            last.c.subtopic_id,
            func.nullif(last.c.intent_id, Prediction.intent_id).label("intent_id"),
            last.c.changed,
            Client.id.label("client_id"),
            Client.name.label("client_name"),
            Contact.sender,
            Contact.channel,
            Contact.language,
            Contact.subject,
            Contact.new_text.label("text"),
            Contact.fields,
            Contact.content_hash,
            turn.label("turn"),
        )
        .join(Contact, Contact.id == last.c.contact_id)
        .join(Client, Client.id == Contact.client_id)
        .outerjoin(Prediction, Prediction.id == last.c.prediction_id)
        .where(
            ~last.c.excluded,
            ~restricted(last.c.topic_id),
            ~restricted(Contact.topic_id),
            ~Contact.health,
            ~twin,
            Contact.by_people(),
            ~Contact.collected,
            func.btrim(Contact.new_text) != "",
        )
        .subquery()
    )
    rows = db.session.execute(
        select(*(eligible.c[name] for name in Said._fields))
        .where(eligible.c.turn <= most_of_topic)
        .order_by(eligible.c.correction_id)
    )
    return [Said(*row) for row in rows]
