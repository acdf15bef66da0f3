"""Reports that somebody keeps: what is asked of the figures, under a name, by one or for all."""

from datetime import datetime
from typing import Any, Self

from sqlalchemy import ForeignKey, Select, func, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, SafeJSON, db
from models.event import record
from models.policy import Verb, may
from models.user import User

LONGEST_NAME = 80
LONGEST_HEADING = 120
MOST_VIEWS = 12
MOST_OWN = 50


class Outdated(Exception):
    """Somebody else has changed it since; carries how it stands now."""

    def __init__(self, report: "SavedReport") -> None:
        super().__init__(report.id)
        self.report = report


class SavedReport(Base):
    """One or more questions to the figures, in their order, each perhaps with a heading."""

    __tablename__ = "saved_report"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    owner_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    shared: Mapped[bool] = mapped_column(default=False)
    asked: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    """`views`: the questions as they stand in an address, with a `heading`."""
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    changed_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    archived_at: Mapped[datetime | None]

    owner: Mapped[User] = relationship(foreign_keys=[owner_id])

    @property
    def views(self) -> list[dict[str, str]]:
        return [dict(one) for one in self.asked.get("views", [])]

    @classmethod
    def seen_by(cls, user: User) -> Select[Self]:
        """One's own and those that are everybody's, by name."""
        return (
            select(cls)
            .where(cls.archived_at.is_(None), or_(cls.owner_id == user.id, cls.shared))
            .order_by(func.lower(cls.name), cls.id)
        )

    @classmethod
    def for_user(cls, user: User, report_id: int) -> Self | None:
        """The report of that id, if this person sees it."""
        return db.session.scalar(cls.seen_by(user).where(cls.id == report_id))

    @classmethod
    def named(cls, report_id: int) -> Self | None:
        return db.session.get(cls, report_id)

    def changed_by(self, user: User) -> bool:
        """Whether this person may change, archive and send it: who made it, or who leads."""
        if not may(user, Verb.SEE_FIGURES):
            return False
        return self.owner_id == user.id or (self.shared and may(user, Verb.LEAD))

    @classmethod
    def keep(
        cls, name: str, views: list[dict[str, str]], *, by: User, at: datetime, shared: bool = False
    ) -> Self:
        """A new report; raises ValueError without a name or a view, or where there are too many."""
        own = select(func.count()).where(cls.owner_id == by.id, cls.archived_at.is_(None))
        if (db.session.scalar(own) or 0) >= MOST_OWN:
            raise ValueError("too many reports")
        report = cls(
            name=_named(name),
            owner_id=by.id,
            shared=shared and may(by, Verb.LEAD),
            asked={"views": _viewed(views)},
            changed_at=at,
        )
        db.session.add(report)
        db.session.flush()
        record("report.saved", by=by, at=at, report=report.id, shared=report.shared)
        return report

    def change(
        self,
        name: str,
        views: list[dict[str, str]],
        *,
        by: User,
        at: datetime,
        seen: int,
        shared: bool | None = None,
    ) -> None:
        """Another name, other views, another circle of readers; `seen` is the version changed.

        Raises Outdated where somebody else was faster, ValueError without a name or a view.
        """
        self.hold()
        if seen != self.version:
            raise Outdated(self)
        self.name, self.asked = _named(name), {"views": _viewed(views)}
        if shared is not None and may(by, Verb.LEAD):
            self.shared = shared
        self.version, self.changed_at = self.version + 1, at
        record("report.changed", by=by, at=at, report=self.id, shared=self.shared)

    def copied(self, name: str, *, by: User, at: datetime) -> Self:
        """The same questions as a report of one's own."""
        return self.keep(name, self.views, by=by, at=at)

    def archive(self, *, by: User, at: datetime) -> None:
        """Out of every list, and it leaves by mail no more; `restore` brings it back."""
        self.archived_at = at
        record("report.archived", by=by, at=at, report=self.id)

    @classmethod
    def restore(cls, report_id: int, *, by: User, at: datetime) -> Self | None:
        """Undo `archive`; None when there is nothing that this person may bring back."""
        report = db.session.get(cls, report_id)
        if report is None or not report.changed_by(by):
            return None
        report.archived_at = None
        record("report.restored", by=by, at=at, report=report.id)
        return report

    def hold(self) -> None:
        """Nobody else changes it, or when it leaves, until this is written."""
        held = select(type(self)).where(SavedReport.id == self.id).with_for_update(of=SavedReport)
        db.session.scalar(held.execution_options(populate_existing=True))


def _named(name: str) -> str:
    plain = " ".join(name.split())[:LONGEST_NAME]
    if not plain:
        raise ValueError("a report has a name")
    return plain


def _viewed(views: list[dict[str, str]]) -> list[dict[str, str]]:
    if not 0 < len(views) <= MOST_VIEWS:
        raise ValueError(f"a report has one to {MOST_VIEWS} views")
    return [
        {**view, "heading": " ".join(view.get("heading", "").split())[:LONGEST_HEADING]}
        for view in views
    ]
