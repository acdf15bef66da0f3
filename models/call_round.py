"""A call-back round: those whom a problem has let down are called, with one script."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self

from sqlalchemy import ForeignKey, Index, Select, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, SafeJSON, db
from models.event import record
from models.problem import Problem
from models.topic import LANGUAGES
from models.user import User

LONGEST = 2_000


class CallRound(Base):
    """One round of calls about one problem."""

    __tablename__ = "call_round"

    id: Mapped[int] = mapped_column(primary_key=True)
    problem_id: Mapped[int] = mapped_column(ForeignKey("problem.id"), index=True)
    action_id: Mapped[int | None] = mapped_column(ForeignKey("action.id"))
    name: Mapped[str] = mapped_column(default="")
    who: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    """By which rules its people were found: dissatisfied, wrongly informed since, complained."""
    scripts: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    """What is said, by language."""
    changed: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    """You said, we changed: what was changed, by language."""
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
    closed_at: Mapped[datetime | None]

    problem: Mapped[Problem] = relationship()
    by: Mapped[User] = relationship()

    @classmethod
    def named(cls, round_id: int | None) -> Self | None:
        return db.session.get(cls, round_id) if round_id else None

    @classmethod
    def several(cls, ids: list[int]) -> dict[int, Self]:
        rows = db.session.scalars(select(cls).where(cls.id.in_(ids)))
        return {row.id: row for row in rows}

    @classmethod
    def everything(cls) -> Select[Self]:
        """The running ones first, the newest of each first."""
        return select(cls).order_by(cls.closed_at.is_not(None), cls.id.desc())

    @classmethod
    def of_problem(cls, problem_id: int) -> Select[Self]:
        return cls.everything().where(cls.problem_id == problem_id)

    @classmethod
    def begin(
        cls,
        problem: Problem,
        name: str,
        who: Mapping[str, Any],
        texts: Mapping[str, Mapping[str, str]],
        *,
        by: User,
        at: datetime,
    ) -> Self:
        """A new round with its `scripts` and what was `changed`; nobody is asked to call yet."""
        made = cls(
            problem_id=problem.id,
            name=name.strip()[:200],
            who=dict(who),
            scripts=_texts(texts.get("scripts", {})),
            changed=_texts(texts.get("changed", {})),
            by_id=by.id,
            at=at,
        )
        db.session.add(made)
        db.session.flush()
        record("problem.round_begun", by=by, at=at, problem_id=problem.id, round=made.id)
        return made

    def rewrite(self, texts: Mapping[str, Mapping[str, str]], *, by: User, at: datetime) -> bool:
        """Another script or another word about what was changed; False when it says the same."""
        scripts, changed = _texts(texts.get("scripts", {})), _texts(texts.get("changed", {}))
        if (scripts, changed) == (self.scripts, self.changed):
            return False
        before = {"scripts": dict(self.scripts), "changed": dict(self.changed)}
        self.scripts, self.changed = scripts, changed
        record(
            "problem.round_rewritten",
            by=by,
            at=at,
            problem_id=self.problem_id,
            round=self.id,
            before=before,
        )
        return True

    def script(self, language: str | None) -> tuple[str, str]:
        """(what is said, its language): in the client's language, else in the first there is."""
        return _in_language(self.scripts, language)

    def what_changed(self, language: str | None) -> tuple[str, str]:
        """(what was changed, its language), in the same way."""
        return _in_language(self.changed, language)


class Helped(Base):
    """Whether what was changed has helped a client: asked once per change."""

    __tablename__ = "helped"
    __table_args__ = (
        UniqueConstraint("round_id", "client_id"),
        Index("ix_helped_problem", "problem_id", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    problem_id: Mapped[int] = mapped_column(ForeignKey("problem.id"))
    round_id: Mapped[int | None] = mapped_column(ForeignKey("call_round.id"))
    mailing_id: Mapped[int | None] = mapped_column(ForeignKey("mailing.id"), index=True)
    client_id: Mapped[int | None] = mapped_column(ForeignKey("client.id"), index=True)
    callback_id: Mapped[int | None] = mapped_column(ForeignKey("callback.id"), index=True)
    answer: Mapped[str]
    """yes, partly, no"""
    how: Mapped[str]
    """link, call"""
    intake_id: Mapped[int | None] = mapped_column(ForeignKey("intake.id"), index=True)
    """The words that came with it: a contact like any other."""
    at: Mapped[datetime]
    """When it was first answered: for a day it can be changed."""
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())


def _texts(given: Mapping[str, str]) -> dict[str, str]:
    return {code: text for code in LANGUAGES if (text := given.get(code, "").strip()[:LONGEST])}


def _in_language(texts: Mapping[str, Any], language: str | None) -> tuple[str, str]:
    for code in (language, *LANGUAGES):
        if code and texts.get(code):
            return str(texts[code]), code
    return "", language or LANGUAGES[0]
