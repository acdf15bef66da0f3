"""Texts that are sent often, in four languages, each with all its versions.

What was sent keeps the version that it was made of; a version is never edited.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from sqlalchemy import ForeignKey, Select, UniqueConstraint, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, SafeJSON, db, one_at_a_time
from models.event import record
from models.settings import Setting
from models.team import Team
from models.topic import LANGUAGES, Topic
from models.user import User

FALLBACK = "texts.fallback"
"""The setting that says in which order other national languages take a missing one's place."""
NATIONAL = ("fr", "nl", "de")
LONGEST = 20_000


class TemplateKind(StrEnum):
    """What a text is for."""

    REPLY = "reply"
    REDIRECT = "redirect"
    """Right client, wrong body: whom to turn to instead."""


class ReplyTemplate(Base):
    """A text by name; what it says stands in its versions."""

    __tablename__ = "reply_template"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str] = mapped_column(default=TemplateKind.REPLY.value)
    topic_id: Mapped[str | None] = mapped_column(ForeignKey("topic.id"))
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"))
    position: Mapped[int] = mapped_column(default=0)
    retired_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    topic: Mapped[Topic | None] = relationship()
    team: Mapped[Team | None] = relationship()

    @classmethod
    def named(cls, template_id: int | None) -> Self | None:
        return db.session.get(cls, template_id) if template_id else None

    @classmethod
    def coded(cls, code: str) -> Self | None:
        return db.session.scalar(select(cls).where(cls.code == code))

    @classmethod
    def in_order(cls) -> Select[Self]:
        """All of them: those in use first, by kind and place."""
        return select(cls).order_by(
            cls.retired_at.is_not(None), cls.kind.desc(), cls.topic_id.nulls_first(), cls.position
        )

    @classmethod
    def offered(
        cls,
        topic_id: str | None,
        team_id: int | None,
        kind: TemplateKind | str = TemplateKind.REPLY,
        language: str = "fr",
    ) -> list["Offer"]:
        """What can be said about a topic in that language, else in the next best one.

        Those of the sub-topic come first, then those of its topic, then those of all topics.
        """
        wanted = cls._fitting(topic_id, team_id).where(cls.kind == str(kind))
        templates = db.session.scalars(wanted).all()
        versions = ReplyTemplateVersion.newest_of([template.id for template in templates])
        order = languages_for(language)
        offers = [
            Offer.of(template, versions[template.id], language, order)
            for template in templates
            if template.id in versions
        ]
        nearest = sorted(offers, key=lambda offer: -len(offer.template.topic_id or ""))
        return [offer for offer in nearest if offer.text]

    @classmethod
    def _fitting(cls, topic_id: str | None, team_id: int | None) -> Select[Self]:
        topics = [part for part in (topic_id, (topic_id or "").partition("/")[0]) if part]
        return (
            select(cls)
            .where(
                cls.retired_at.is_(None),
                or_(cls.topic_id.is_(None), cls.topic_id.in_(topics)),
                or_(cls.team_id.is_(None), cls.team_id == team_id),
            )
            .order_by(cls.position, cls.id)
        )

    def suits(self, topic_id: str | None, team_id: int | None) -> bool:
        """Whether it is offered for this topic and team."""
        fitting = self._fitting(topic_id, team_id).where(ReplyTemplate.id == self.id)
        return db.session.scalar(fitting) is not None

    @property
    def current(self) -> "ReplyTemplateVersion | None":
        return ReplyTemplateVersion.newest_of([self.id]).get(self.id)

    def offer(self, language: str) -> "Offer | None":
        """What it says now in that language, or in the next best one."""
        version = self.current
        return Offer.of(self, version, language, languages_for(language)) if version else None

    @property
    def versions(self) -> list["ReplyTemplateVersion"]:
        """All of them, the newest first."""
        mine = select(ReplyTemplateVersion).where(ReplyTemplateVersion.template_id == self.id)
        return list(db.session.scalars(mine.order_by(ReplyTemplateVersion.version.desc())))

    # --- written ----------------------------------------------------------------------------

    @classmethod
    def begin(
        cls,
        code: str,
        kind: TemplateKind,
        topic_id: str | None = None,
        team_id: int | None = None,
        *,
        position: int = 0,
    ) -> Self:
        """A text that still says nothing."""
        made = cls(
            code=code, kind=kind.value, topic_id=topic_id, team_id=team_id, position=position
        )
        db.session.add(made)
        db.session.flush()
        return made

    def write(
        self,
        names: Mapping[str, str],
        texts: Mapping[str, str],
        spoken: Mapping[str, str],
        change: str,
        *,
        by: User | None,
        at: datetime,
    ) -> "ReplyTemplateVersion":
        """A new version with what it changes, in its author's words; the standing one where
        nothing differs."""
        one_at_a_time("reply template", str(self.id))
        before = self.current
        said = (_said(names), _said(texts), _said(spoken))
        if before is not None and said == (before.names, before.texts, before.spoken):
            return before
        made = ReplyTemplateVersion(
            template_id=self.id,
            version=(before.version if before else 0) + 1,
            names=said[0],
            texts=said[1],
            spoken=said[2],
            change=change.strip()[:500],
            author_id=by.id if by else None,
            created_at=at,
        )
        db.session.add(made)
        db.session.flush()
        record("text.written", by=by, at=at, template=self.code, version=made.version)
        return made

    def restore(
        self, version: "ReplyTemplateVersion", change: str, *, by: User, at: datetime
    ) -> "ReplyTemplateVersion":
        """What an earlier version said holds again, as a new version."""
        return self.write(version.names, version.texts, version.spoken, change, by=by, at=at)

    def offer_for(self, topic_id: str | None, team_id: int | None, *, by: User) -> None:
        """Offered for that topic and team from now on; None: for all."""
        before, after = [self.topic_id, self.team_id], [topic_id, team_id]
        if before != after:
            self.topic_id, self.team_id = topic_id, team_id
            record("text.offered", by=by, template=self.code, before=before, after=after)

    def retire(self, *, by: User, at: datetime) -> None:
        """It is no longer offered; what was sent with it stays as it is."""
        self.retired_at = at
        record("text.retired", by=by, at=at, template=self.code)

    def resume(self, *, by: User) -> None:
        self.retired_at = None
        record("text.resumed", by=by, template=self.code)


class ReplyTemplateVersion(Base):
    """What a template said from some moment on."""

    __tablename__ = "reply_template_version"
    __table_args__ = (UniqueConstraint("template_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    template_id: Mapped[int] = mapped_column(ForeignKey("reply_template.id"))
    version: Mapped[int]
    names: Mapped[dict[str, Any]] = mapped_column(SafeJSON)
    texts: Mapped[dict[str, Any]] = mapped_column(SafeJSON)
    spoken: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    """The shorter words to read out on the telephone, by language."""
    change: Mapped[str] = mapped_column(default="")
    author_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    author: Mapped[User | None] = relationship()
    template: Mapped[ReplyTemplate] = relationship()

    @classmethod
    def named(cls, version_id: int | None) -> Self | None:
        return db.session.get(cls, version_id) if version_id else None

    @classmethod
    def newest_of(cls, template_ids: list[int]) -> dict[int, Self]:
        """What each of these templates says now, by the template's id."""
        if not template_ids:
            return {}
        newest = (
            select(cls)
            .where(cls.template_id.in_(template_ids))
            .ext(distinct_on(cls.template_id))
            .order_by(cls.template_id, cls.version.desc())
        )
        return {version.template_id: version for version in db.session.scalars(newest)}

    def name(self, language: str) -> str:
        """In that language, else in English, else in any."""
        known = [self.names.get(language), self.names.get("en"), *self.names.values()]
        return str(next((name for name in known if name), ""))

    @property
    def missing(self) -> list[str]:
        """The languages in which it says nothing."""
        return [code for code in LANGUAGES if not self.texts.get(code)]


@dataclass(frozen=True)
class Offer:
    """What a template says in a client's language, or in the language that takes its place."""

    template: ReplyTemplate
    version: ReplyTemplateVersion
    wanted: str
    language: str
    text: str
    spoken: str

    @classmethod
    def of(
        cls,
        template: ReplyTemplate,
        version: ReplyTemplateVersion,
        wanted: str,
        order: tuple[str, ...],
    ) -> Self:
        language = next((code for code in order if version.texts.get(code)), wanted)
        text = str(version.texts.get(language) or "")
        spoken = next((version.spoken[code] for code in order if version.spoken.get(code)), "")
        return cls(template, version, wanted, language, text, str(spoken))

    @property
    def missing(self) -> bool:
        """Whether the client's own language is missing."""
        return self.language != self.wanted

    def name(self, language: str) -> str:
        return self.version.name(language)


def languages_for(language: str) -> tuple[str, ...]:
    """The client's language, the other national ones in the house's order, then English."""
    house = [code for code in Setting.read(FALLBACK, NATIONAL) if code in LANGUAGES]
    return tuple(dict.fromkeys([language, *house, *NATIONAL, "en"]))


def _said(words: Mapping[str, str]) -> dict[str, str]:
    """The languages in which something is said."""
    tidy = {code: words.get(code, "").replace("\r\n", "\n").strip() for code in LANGUAGES}
    return {code: text[:LONGEST] for code, text in tidy.items() if text}
