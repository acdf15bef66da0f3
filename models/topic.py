"""Topics in two levels and intents: the two axes of every contact. All of it is data."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self

from sqlalchemy import ForeignKey, Select, func, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, SafeJSON, db, read_once
from models.event import record
from models.team import Team
from models.user import User

LANGUAGES = ("fr", "nl", "de", "en")


class Topic(Base):
    """What a contact is about. A sub-topic's id is `parent/own`."""

    __tablename__ = "topic"

    id: Mapped[str] = mapped_column(primary_key=True)
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("topic.id"), index=True)
    names: Mapped[dict[str, Any]] = mapped_column(SafeJSON)
    counts: Mapped[str] = mapped_column(default="")
    not_this: Mapped[str] = mapped_column(default="")
    seed_words: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    """Words that speak for it, by language: what a new topic is known by on its first day."""
    position: Mapped[int] = mapped_column(default=0)
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"))
    restricted: Mapped[bool] = mapped_column(default=False)
    """Health or privacy: only the team itself sees it, and nobody is ever quoted from it."""
    answer_days: Mapped[int] = mapped_column(default=3)
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    team: Mapped[Team | None] = relationship(lazy="joined")

    def name(self, language: str) -> str:
        """In that language, else in English, else in any: a young topic may have one name only."""
        known = [self.names.get(language), self.names.get("en"), *self.names.values()]
        return str(next((name for name in known if name), self.id))

    def give_rules(self, team: Team | None, restricted: bool, answer_days: int) -> None:
        """Who takes it, who may see it and how long an answer takes; its sub-topics follow."""
        self.team = team
        for topic in (self, *db.session.scalars(type(self).below(self.id))):
            topic.restricted, topic.answer_days = restricted, answer_days

    @classmethod
    def begin(
        cls,
        topic_id: str,
        names: dict[str, str],
        seed_words: dict[str, list[str]],
        team: Team,
        *,
        answer_days: int,
        restricted: bool,
        by: User,
    ) -> Self:
        """A new topic, before all others in every list: it is what everybody looks for now."""
        first = db.session.scalar(select(func.min(cls.position))) or 0
        topic = cls(
            id=topic_id,
            names=names,
            seed_words=seed_words,
            team=team,
            answer_days=answer_days,
            restricted=restricted,
            position=first - 1,
        )
        db.session.add(topic)
        db.session.flush()
        record("topic.added", by=by, topic=topic_id, names=names, team=team.slug)
        return topic

    def retire(self, *, by: User) -> None:
        """It is no longer offered nor learned; what was filed under it keeps it."""
        self.active = False
        record("topic.retired", by=by, topic=self.id)

    def resume(self, *, by: User) -> None:
        self.active = True
        record("topic.resumed", by=by, topic=self.id)

    @classmethod
    def retired(cls) -> set[str]:
        """The topics of the first level that are no longer offered."""
        return set(db.session.scalars(select(cls.id).where(cls.parent_id.is_(None), ~cls.active)))

    @classmethod
    def first_level(cls) -> Select[Self]:
        return select(cls).where(cls.parent_id.is_(None), cls.active).order_by(cls.position)

    @classmethod
    def below(cls, topic_id: str) -> Select[Self]:
        return select(cls).where(cls.parent_id == topic_id, cls.active).order_by(cls.position)

    @classmethod
    def everything(cls) -> dict[str, Self]:
        """All topics of both levels by id."""
        return dict(read_once("topics", cls._by_id))

    @classmethod
    def _by_id(cls) -> dict[str, Self]:
        return {topic.id: topic for topic in db.session.scalars(select(cls))}

    @classmethod
    def tree(cls, known: Mapping[str, Self] | None = None) -> list[tuple[Self, list[Self]]]:
        """Every topic in use with those below it, in order; of `known`, where all are at hand."""
        every = cls.everything() if known is None else known
        ordered = sorted(every.values(), key=lambda topic: topic.position)
        return [
            (top, [below for below in ordered if below.parent_id == top.id and below.active])
            for top in ordered
            if top.parent_id is None and top.active
        ]

    @classmethod
    def named(cls, topic_id: str | None) -> Self | None:
        return db.session.get(cls, topic_id) if topic_id else None


class Intent(Base):
    """What the person wants us to do."""

    __tablename__ = "intent"

    id: Mapped[str] = mapped_column(primary_key=True)
    names: Mapped[dict[str, Any]] = mapped_column(SafeJSON)
    position: Mapped[int] = mapped_column(default=0)
    failure: Mapped[bool] = mapped_column(default=False)
    """Whether it is failure demand by itself: something was not done, or not done right."""

    def name(self, language: str) -> str:
        return str(self.names.get(language) or self.names.get("en") or self.id)

    @classmethod
    def in_order(cls) -> Select[Self]:
        return select(cls).order_by(cls.position)

    @classmethod
    def everything(cls) -> list[Self]:
        return list(db.session.scalars(cls.in_order()))
