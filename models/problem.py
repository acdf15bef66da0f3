"""Problems: recurring causes of contacts, with an identity that lasts from day to day."""

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Self

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Index,
    LargeBinary,
    Select,
    Sequence,
    func,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models import policy
from models.base import Base, SafeJSON, db
from models.contact import Contact
from models.event import record
from models.ticket import Ticket
from models.user import User

NUMBERS = Sequence("problem_number", start=1, metadata=Base.metadata)


class ProblemState(StrEnum):
    """Where a problem stands on the board."""

    NEW = "new"
    WATCHING = "watching"
    ACTING = "acting"
    SHIPPED = "shipped"
    VERIFIED = "verified"
    NOT_EFFECTIVE = "not_effective"
    IGNORED = "ignored"
    CLOSED = "closed"
    NOT_A_PROBLEM = "not_a_problem"
    ARCHIVED = "archived"
    """Off the board until it rises again."""


class Trend(StrEnum):
    """How today compares with what was expected."""

    NEW = "new"
    RISING = "rising"
    STEADY = "steady"
    FALLING = "falling"
    REGRESSED = "regressed"
    """It had fallen after an action, and is back."""


PRESSING = (Trend.NEW, Trend.RISING, Trend.REGRESSED)
"""What a meeting looks at first."""


class Problem(Base):
    """One recurring cause, across topics, channels and languages."""

    __tablename__ = "problem"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(NUMBERS, server_default=NUMBERS.next_value(), unique=True)
    state: Mapped[str] = mapped_column(default=ProblemState.NEW.value, index=True)
    thing: Mapped[str | None]
    symptom: Mapped[str | None]
    stage: Mapped[str | None]
    """before, during or after a filing"""
    topic_id: Mapped[str | None] = mapped_column(ForeignKey("topic.id"))
    titles: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    """What people call it, per language; empty: the title is made of thing, symptom and topic."""
    terms: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    """The words that set it apart, per language."""
    sentence: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    """What agents may say of it, per language: shown only once somebody has approved it."""
    sentence_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    sentence_at: Mapped[datetime | None]
    """When it was approved."""
    sentence_in_mail: Mapped[bool] = mapped_column(default=False)
    """Whether acknowledgements may say it to clients whose contact is surely a case."""
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    due_on: Mapped[date | None]
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    founded_on: Mapped[date]
    centre: Mapped[bytes | None] = mapped_column(LargeBinary)
    """What the engine remembers of it since the last run, in the engine's own layout."""
    centre_before: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The same before the day of the last run: from here that day is grouped anew."""
    centred_on: Mapped[date | None]
    engine: Mapped[str] = mapped_column(default="")
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("problem.id"))
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    owner: Mapped[User | None] = relationship(foreign_keys=[owner_id])

    __mapper_args__ = {"version_id_col": version}

    @classmethod
    def named(cls, problem_id: int | None) -> Self | None:
        return db.session.get(cls, problem_id) if problem_id else None

    @classmethod
    def several(cls, ids: Iterable[int]) -> dict[int, Self]:
        rows = db.session.scalars(select(cls).where(cls.id.in_(list(ids))))
        return {row.id: row for row in rows}

    @classmethod
    def numbered(cls, number: int) -> Self | None:
        return db.session.scalar(select(cls).where(cls.number == number))

    @classmethod
    def alive(cls) -> Select[Self]:
        """All that the engine may still add contacts to, hidden ones included."""
        return select(cls).where(cls.merged_into_id.is_(None)).order_by(cls.id)

    @classmethod
    def everything(cls) -> Select[Self]:
        """Also what was merged away: the engine must know what it had been."""
        return select(cls).order_by(cls.id)

    @classmethod
    def gone_up_in(cls, problem_id: int) -> list[Self]:
        """The problems that people found to be this one."""
        return list(db.session.scalars(select(cls).where(cls.merged_into_id == problem_id)))

    @classmethod
    def became(cls, ids: Iterable[int]) -> dict[int, int]:
        """Of these, each that was found to be another one, and which."""
        rows = db.session.execute(
            select(cls.id, cls.merged_into_id).where(
                cls.id.in_(list(ids)), cls.merged_into_id.is_not(None)
            )
        )
        return {row.id: row.merged_into_id for row in rows}

    @classmethod
    def about(cls, thing: str) -> Select[Self]:
        """Problems with a thing, the one with most contacts first."""
        size = (
            select(func.count())
            .where(Occurrence.problem_id == cls.id, Occurrence.until.is_(None))
            .scalar_subquery()
        )
        return cls.shown().where(cls.thing == thing).order_by(None).order_by(size.desc())

    @classmethod
    def shown(cls) -> Select[Self]:
        return cls.alive().where(cls.state != ProblemState.NOT_A_PROBLEM.value)

    def contacts(self) -> Select[Contact]:
        """Its contacts, the newest first."""
        return (
            select(Contact)
            .join(Occurrence, Occurrence.contact_id == Contact.id)
            .where(Occurrence.problem_id == self.id, Occurrence.until.is_(None))
            .order_by(Contact.said_at.desc())
        )

    def quotable(self) -> Select[Contact]:
        """The contacts whose words may be shown to a meeting: none about health or privacy."""
        return self.contacts().where(~private_matter())

    def placed_by_people(self) -> Select[Contact]:
        """The contacts that a person's word has brought here, the newest first."""
        return self.contacts().where(Occurrence.by_id.is_not(None))

    def occurrences(self) -> Select["Occurrence"]:
        return select(Occurrence).where(
            Occurrence.problem_id == self.id, Occurrence.until.is_(None)
        )

    def others(self) -> Select[Self]:
        """The problems with which this one may be the same, those seen last first."""
        return (
            type(self)
            .shown()
            .where(type(self).id != self.id)
            .order_by(None)
            .order_by(type(self).last_seen_at.desc(), type(self).id)
        )

    @property
    def judged(self) -> bool:
        """Whether a person has decided on it, named it, or written what to say of it."""
        return bool(
            self.state != ProblemState.NEW
            or self.titles
            or self.owner_id
            or self.merged_into_id
            or self.sentence
        )

    @property
    def touched(self) -> bool:
        """The same, or whether a person has moved a contact in or out."""
        if self.judged:
            return True
        taught = select(Constraint.id).where(Constraint.problem_id == self.id)
        return db.session.scalar(taught.limit(1)) is not None

    # --- decided ----------------------------------------------------------------------------

    def decide(
        self,
        state: ProblemState,
        *,
        by: User,
        at: datetime | None = None,
        owner: User | None = None,
        outside: str = "",
        due_on: date | None = None,
    ) -> None:
        """Ignore, watch or act. Acting needs an owner and a date; raises ValueError without.

        `outside` names an owner who has no account.
        """
        if state == ProblemState.ACTING and ((owner is None and not outside) or due_on is None):
            raise ValueError("acting on a problem needs an owner and a due date")
        before = self.state
        self.state = state.value
        if state == ProblemState.ACTING:
            self.owner_id = owner.id if owner else None
            self.due_on = due_on
        record(
            "problem.decided",
            by=by,
            at=at,
            problem_id=self.id,
            before=before,
            after=state.value,
            owner=self.owner_id,
            due=str(due_on) if due_on else None,
            outside=outside or None,
        )

    def hold(self) -> None:
        """Nobody else decides on it until the present transaction ends."""
        db.session.flush()
        db.session.refresh(self, with_for_update=True)

    def rename(self, title: str, language: str, *, by: User) -> None:
        before = self.titles.get(language)
        self.titles = {**self.titles, language: title.strip()[:200]}
        if not title.strip():
            self.titles.pop(language)
        record(
            "problem.renamed",
            by=by,
            problem_id=self.id,
            language=language,
            before=before,
            after=title.strip()[:200],
        )


class Occurrence(Base):
    """One contact seen as a case of a problem, and why."""

    __tablename__ = "occurrence"
    __table_args__ = (
        Index("uq_occurrence_now", "contact_id", unique=True, postgresql_where="until IS NULL"),
        Index("ix_occurrence_problem", "problem_id", postgresql_where="until IS NULL"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    problem_id: Mapped[int] = mapped_column(ForeignKey("problem.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    score: Mapped[float] = mapped_column(default=1.0)
    reason: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    since: Mapped[datetime]
    until: Mapped[datetime | None]

    problem: Mapped[Problem] = relationship()
    contact: Mapped[Contact] = relationship()

    @classmethod
    def named(cls, occurrence_id: int) -> Self | None:
        return db.session.get(cls, occurrence_id)

    @classmethod
    def of_contact(cls, contact_id: int) -> Self | None:
        return db.session.scalar(
            select(cls).where(cls.contact_id == contact_id, cls.until.is_(None))
        )

    @classmethod
    def problems_of(cls, ticket_ids: list[int]) -> dict[int, Problem]:
        """The problem of which each ticket's latest placed contact is a case."""
        rows = db.session.execute(
            select(Contact.ticket_id, Problem)
            .join(cls, cls.contact_id == Contact.id)
            .join(Problem, Problem.id == cls.problem_id)
            .where(
                Contact.ticket_id.in_(ticket_ids),
                cls.until.is_(None),
                Problem.merged_into_id.is_(None),
                Problem.state != ProblemState.NOT_A_PROBLEM.value,
            )
            .ext(distinct_on(Contact.ticket_id))
            .order_by(Contact.ticket_id, Contact.id.desc())
        )
        return {row.ticket_id: row.Problem for row in rows}

    @classmethod
    def of_contacts(cls, contact_ids: list[int]) -> dict[int, Self]:
        rows = db.session.scalars(
            select(cls).where(cls.contact_id.in_(contact_ids), cls.until.is_(None))
        )
        return {row.contact_id: row for row in rows}

    @classmethod
    def several(cls, ids: list[int]) -> list[Self]:
        return list(db.session.scalars(select(cls).where(cls.id.in_(ids)).order_by(cls.id)))


class Constraint(Base):
    """What people taught the grouping; it holds for every later run, until it is undone."""

    __tablename__ = "grouping_constraint"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    """together (contact in problem), apart (contact not in problem), same (two problems are one),
    different (two problems are two)"""
    problem_id: Mapped[int] = mapped_column(ForeignKey("problem.id"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"), index=True)
    other_problem_id: Mapped[int | None] = mapped_column(ForeignKey("problem.id"))
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
    undone_at: Mapped[datetime | None]

    @classmethod
    def add(
        cls,
        kind: str,
        *,
        by: User,
        at: datetime,
        problem_id: int,
        contact_id: int | None = None,
        other_problem_id: int | None = None,
    ) -> Self:
        made = cls(
            kind=kind,
            problem_id=problem_id,
            contact_id=contact_id,
            other_problem_id=other_problem_id,
            by_id=by.id,
            at=at,
        )
        db.session.add(made)
        return made

    @classmethod
    def in_force(cls) -> list[Self]:
        return list(db.session.scalars(select(cls).where(cls.undone_at.is_(None)).order_by(cls.id)))

    @classmethod
    def several(cls, ids: list[int]) -> list[Self]:
        return list(db.session.scalars(select(cls).where(cls.id.in_(ids)).order_by(cls.id)))

    @classmethod
    def on_contacts(cls, kind: str, contact_ids: list[int], problem_id: int | None) -> list[Self]:
        """Those in force on any of the contacts, with one problem or with any."""
        wanted = select(cls).where(
            cls.kind == kind, cls.contact_id.in_(contact_ids), cls.undone_at.is_(None)
        )
        if problem_id is not None:
            wanted = wanted.where(cls.problem_id == problem_id)
        return list(db.session.scalars(wanted.order_by(cls.id)))

    @classmethod
    def of_pair(cls, kind: str, one_id: int, other_id: int) -> list[Self]:
        """Those in force on two problems, whichever was named first."""
        both = [one_id, other_id]
        return list(
            db.session.scalars(
                select(cls).where(
                    cls.kind == kind,
                    cls.problem_id.in_(both),
                    cls.other_problem_id.in_(both),
                    cls.undone_at.is_(None),
                )
            )
        )


def private_matter() -> ColumnElement[bool]:
    """Whether a contact, or the ticket it belongs to, is about health or privacy."""
    of_ticket = select(Ticket.id).where(
        Ticket.id == Contact.ticket_id, policy.restricted(Ticket.topic_id)
    )
    private = or_(policy.restricted(Contact.topic_id), of_ticket.correlate(Contact).exists())
    return or_(Contact.health, private)
