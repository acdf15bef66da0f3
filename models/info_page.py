"""The dossier: pages that tell everybody what clients would otherwise have to ask.

What people do with pages stands in `models.info_page_change`.
"""

from collections.abc import Collection
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Self

from sqlalchemy import ColumnElement, ForeignKey, Index, Select, UniqueConstraint, func, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, SafeJSON, db
from models.measure import Measure, MeasureVersion
from models.topic import LANGUAGES
from models.user import User


class PageState(StrEnum):
    """How far a version of a page has come."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    REPLACED = "replaced"
    """Was published and a later version took its place; or a draft that was thrown away."""
    ARCHIVED = "archived"
    """Was published, and the page is shown no more."""


OPEN = (PageState.DRAFT.value, PageState.SCHEDULED.value)
"""What is still being written; a page has one of these at most."""


class InfoPage(Base):
    """A page by its address; what it says stands in its versions."""

    __tablename__ = "info_page"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    topic_id: Mapped[str | None] = mapped_column(ForeignKey("topic.id"), index=True)
    subtopic_id: Mapped[str | None]
    measure_id: Mapped[int | None] = mapped_column(ForeignKey("measure.id"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    archived_at: Mapped[datetime | None]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    measure: Mapped[Measure | None] = relationship(lazy="joined")

    @classmethod
    def at(cls, slug: str) -> Self | None:
        return db.session.scalar(select(cls).where(cls.slug == slug))

    @classmethod
    def everything(cls) -> Select[Self]:
        """Archived ones too, in the order of the dossier."""
        return select(cls).order_by(cls.topic_id, cls.position, cls.id)

    @classmethod
    def published(cls) -> Select[Self]:
        """The pages that readers see now."""
        shown = select(InfoPageVersion.page_id).where(
            InfoPageVersion.state == PageState.PUBLISHED.value
        )
        return cls.everything().where(cls.archived_at.is_(None), cls.id.in_(shown))


class InfoPageVersion(Base):
    """What a page said, in up to four languages; never edited once it was published."""

    __tablename__ = "info_page_version"
    __table_args__ = (
        UniqueConstraint("page_id", "number"),
        Index(
            "uq_info_page_published",
            "page_id",
            unique=True,
            postgresql_where="state = 'published'",
        ),
        Index("ix_info_page_scheduled", "publish_at", postgresql_where="state = 'scheduled'"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    page_id: Mapped[int] = mapped_column(ForeignKey("info_page.id"))
    number: Mapped[int]
    state: Mapped[str] = mapped_column(default=PageState.DRAFT.value)
    titles: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    summaries: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    bodies: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    """Markdown, by language."""
    changes: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    """What is new, for readers, by language; empty for a correction that nobody need notice."""
    source: Mapped[str] = mapped_column(default="")
    author_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    restored_from_id: Mapped[int | None] = mapped_column(ForeignKey("info_page_version.id"))
    publish_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    ended_at: Mapped[datetime | None]
    """When another version took its place, or the page was archived."""
    review_by: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)
    """Of the row: who saves over another's draft is told."""
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    page: Mapped[InfoPage] = relationship(lazy="joined", innerjoin=True)
    author: Mapped[User | None] = relationship(foreign_keys=[author_id])

    __mapper_args__ = {"version_id_col": version}

    @classmethod
    def current(cls, page: InfoPage) -> Self | None:
        """What readers see of the page now; None for one that is not published."""
        return db.session.scalar(
            select(cls).where(cls.page_id == page.id, cls.state == PageState.PUBLISHED.value)
        )

    @classmethod
    def being_written(cls, page: InfoPage) -> Self | None:
        """The draft of a page, or what waits for its day."""
        return db.session.scalar(
            select(cls)
            .where(cls.page_id == page.id, cls.state.in_(OPEN))
            .order_by(cls.number.desc())
            .limit(1)
        )

    @classmethod
    def of_page(cls, page: InfoPage) -> Select[Self]:
        """Every version, the newest first."""
        return select(cls).where(cls.page_id == page.id).order_by(cls.number.desc())

    @classmethod
    def numbered(cls, page: InfoPage, number: int) -> Self | None:
        return db.session.scalar(select(cls).where(cls.page_id == page.id, cls.number == number))

    @classmethod
    def last_thrown_away(cls, page: InfoPage) -> Self | None:
        """The last draft that nobody wanted."""
        return db.session.scalar(
            cls.of_page(page)
            .where(cls.state == PageState.REPLACED.value, cls.published_at.is_(None))
            .limit(1)
        )

    @classmethod
    def of_pages(cls, page_ids: Collection[int]) -> Select[Self]:
        return select(cls).where(cls.page_id.in_(page_ids)).order_by(cls.page_id, cls.number.desc())

    @classmethod
    def shown(cls) -> Select[Self]:
        """What readers see now, of every page."""
        return (
            select(cls)
            .join(InfoPage, InfoPage.id == cls.page_id)
            .where(cls.state == PageState.PUBLISHED.value, InfoPage.archived_at.is_(None))
            .order_by(InfoPage.topic_id, InfoPage.position, InfoPage.id)
        )

    @classmethod
    def announced(cls, limit: int = 50) -> Select[Self]:
        """Of the pages that are shown, every version that told its readers of something new."""
        return (
            select(cls)
            .where(
                cls.published_at.is_not(None),
                cls.state.in_([PageState.PUBLISHED.value, PageState.REPLACED.value]),
                cls.page_id.in_(InfoPage.published().with_only_columns(InfoPage.id).order_by(None)),
                or_(*(func.coalesce(cls.changes[code].astext, "") != "" for code in LANGUAGES)),
            )
            .order_by(cls.published_at.desc(), cls.id.desc())
            .limit(limit)
        )

    @classmethod
    def announced_of(cls, page: InfoPage, limit: int) -> Select[Self]:
        """The same of one page that is shown; a page may have hundreds of versions."""
        return cls.announced(limit).where(cls.page_id == page.id)

    @property
    def languages(self) -> list[str]:
        """Those in which it has a title and a text."""
        return [
            code
            for code in LANGUAGES
            if str(self.titles.get(code) or "").strip() and str(self.bodies.get(code) or "").strip()
        ]

    @property
    def missing(self) -> list[str]:
        return [code for code in LANGUAGES if code not in self.languages]

    def in_question(self, day: date) -> bool:
        """Whether somebody should look whether it is still right."""
        return self.review_by is not None and self.review_by < day


class InfoPageProblem(Base):
    """A problem that a page is to answer."""

    __tablename__ = "info_page_problem"

    page_id: Mapped[int] = mapped_column(ForeignKey("info_page.id"), primary_key=True)
    problem_id: Mapped[int] = mapped_column(ForeignKey("problem.id"), primary_key=True, index=True)
    action_id: Mapped[int | None] = mapped_column(ForeignKey("action.id"))
    """The decided action that this page is."""
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    @classmethod
    def everything(cls) -> list[Self]:
        return list(db.session.scalars(select(cls).order_by(cls.problem_id, cls.page_id)))

    @classmethod
    def of_page(cls, page: InfoPage) -> list[Self]:
        return list(
            db.session.scalars(select(cls).where(cls.page_id == page.id).order_by(cls.problem_id))
        )


def pages_about(
    *,
    topic_id: str | None = None,
    subtopic_id: str | None = None,
    measure_id: int | None = None,
    problem_id: int | None = None,
) -> list[InfoPageVersion]:
    """What readers can be sent to about a matter: published pages only, the nearest first.

    Nearest is a page made for the problem, then one of the measure, of the very part, of the topic.
    """
    linked = (
        set(
            db.session.scalars(
                select(InfoPageProblem.page_id).where(InfoPageProblem.problem_id == problem_id)
            )
        )
        if problem_id
        else set()
    )
    wanted: list[ColumnElement[bool]] = [InfoPage.id.in_(linked)] if linked else []
    wanted += [InfoPage.measure_id == measure_id] if measure_id else []
    wanted += [InfoPage.topic_id == topic_id] if topic_id else []
    if not wanted:
        return []

    def distance(one: InfoPageVersion) -> int:
        if one.page_id in linked:
            return 0
        if measure_id and one.page.measure_id == measure_id:
            return 1
        if subtopic_id and one.page.subtopic_id == subtopic_id:
            return 2
        return 3 if one.page.subtopic_id is None or subtopic_id is None else ELSEWHERE

    found = list(db.session.scalars(InfoPageVersion.shown().where(or_(*wanted))))
    return sorted((one for one in found if distance(one) < ELSEWHERE), key=distance)


def put_in(codes: Collection[str], measure_id: int | None, day: date) -> list[MeasureVersion]:
    """What holds on `day` of the measures that a page names, and of its own."""
    return list(
        db.session.scalars(
            MeasureVersion.holding_on(day).where(
                MeasureVersion.measure.has(
                    or_(Measure.code.in_(codes), Measure.id == (measure_id or 0))
                )
            )
        )
    )


ELSEWHERE = 9
"""How far a page about another part of the topic is: too far."""
