"""What clients ask about a measure, and what is answered; a new measure inherits the questions."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Self

from sqlalchemy import ForeignKey, Select, func, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, SafeJSON, db
from models.calendar import bounds, start_of
from models.contact import Contact
from models.event import record
from models.measure import Measure, MeasureVersion
from models.problem import Occurrence, Problem
from models.topic import LANGUAGES
from models.user import User

LONGEST = 1000
MOST_PROPOSED = 8


class MeasureQuestion(Base):
    """One question about one measure, in the languages in which somebody wrote it."""

    __tablename__ = "measure_question"

    id: Mapped[int] = mapped_column(primary_key=True)
    measure_id: Mapped[int] = mapped_column(ForeignKey("measure.id"), index=True)
    inherited_from_id: Mapped[int | None] = mapped_column(ForeignKey("measure_question.id"))
    problem_id: Mapped[int | None] = mapped_column(ForeignKey("problem.id"))
    texts: Mapped[dict[str, Any]] = mapped_column(SafeJSON)
    answers: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    asked: Mapped[int] = mapped_column(default=0)
    position: Mapped[int] = mapped_column(default=0)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    withdrawn_at: Mapped[datetime | None]

    inherited_from: Mapped["MeasureQuestion | None"] = relationship(remote_side=[id])

    @classmethod
    def of_measure(cls, measure_id: int) -> Select[Self]:
        """What still stands, what nobody has answered yet first."""
        return (
            select(cls)
            .where(cls.measure_id == measure_id, cls.withdrawn_at.is_(None))
            .order_by(cls.answered_at.is_not(None), cls.position, cls.id)
        )

    @classmethod
    def answered(cls, measure_ids: Collection[int]) -> dict[int, list[Self]]:
        """The answered questions of each of these measures, in order."""
        found: dict[int, list[Self]] = defaultdict(list)
        if measure_ids:
            rows = select(cls).where(
                cls.measure_id.in_(measure_ids),
                cls.withdrawn_at.is_(None),
                cls.answered_at.is_not(None),
            )
            for one in db.session.scalars(rows.order_by(cls.position, cls.id)):
                found[one.measure_id].append(one)
        return found

    @classmethod
    def unanswered_counts(cls) -> dict[int, int]:
        """How many questions of each measure wait for an answer."""
        rows = (
            select(cls.measure_id, func.count())
            .where(cls.withdrawn_at.is_(None), cls.answered_at.is_(None))
            .group_by(cls.measure_id)
        )
        return dict(db.session.execute(rows).all())

    @classmethod
    def proposed_by_problems(
        cls, measure: Measure, version: MeasureVersion
    ) -> list[tuple[Problem, int]]:
        """(problem of its topic, how many clients had it while the measure held), most first.

        Not those of which somebody has made a question already.
        """
        taken = select(cls.problem_id).where(
            cls.measure_id == measure.id, cls.problem_id.is_not(None)
        )
        clients = func.count(Contact.client_id.distinct())
        found = (
            select(Problem, clients)
            .join(Occurrence, Occurrence.problem_id == Problem.id)
            .join(Contact, Contact.id == Occurrence.contact_id)
            .where(
                Problem.topic_id == measure.topic_id,
                Problem.merged_into_id.is_(None),
                Problem.id.not_in(taken),
                Occurrence.until.is_(None),
            )
            .group_by(Problem.id)
            .order_by(clients.desc(), Problem.id)
            .limit(MOST_PROPOSED)
        )
        if version.valid_from is not None:
            found = found.where(Contact.said_at >= start_of(version.valid_from))
        if version.valid_to is not None:
            found = found.where(Contact.said_at < bounds(version.valid_to)[1])
        return [(problem, count) for problem, count in db.session.execute(found)]

    @classmethod
    def numbered(cls, measure_id: int, question_id: int) -> Self | None:
        found = db.session.get(cls, question_id)
        return found if found is not None and found.measure_id == measure_id else None

    @classmethod
    def ask(
        cls,
        measure: Measure,
        texts: Mapping[str, str],
        *,
        by: User,
        problem_id: int | None = None,
        asked: int = 0,
    ) -> Self:
        """A new question, behind those that stand."""
        made = cls(
            measure_id=measure.id,
            texts=_written(texts),
            position=_last_position(measure.id) + 1,
            by_id=by.id,
            problem_id=problem_id,
            asked=asked,
        )
        db.session.add(made)
        db.session.flush()
        record("measure.asked", by=by, measure=measure.code, question=made.id, problem=problem_id)
        return made

    @classmethod
    def inherit(cls, measure: Measure, *, by: User | None = None) -> list[Self]:
        """The questions that other measures of the topic drew, each once, still to be answered."""
        earlier = db.session.scalars(
            select(cls)
            .join(Measure, Measure.id == cls.measure_id)
            .where(
                Measure.topic_id == measure.topic_id,
                cls.measure_id != measure.id,
                cls.withdrawn_at.is_(None),
            )
            .order_by(cls.asked.desc(), cls.id)
        )
        made: list[Self] = []
        known: set[str] = set()
        for one in earlier:
            wording = {" ".join(str(text).casefold().split()) for text in one.texts.values()}
            if wording & known:
                continue
            known |= wording
            made.append(
                cls(
                    measure_id=measure.id,
                    inherited_from_id=one.id,
                    problem_id=one.problem_id,
                    texts=one.texts,
                    position=len(made) + 1,
                    by_id=by.id if by else None,
                )
            )
        db.session.add_all(made)
        db.session.flush()
        return made

    def answer(self, texts: Mapping[str, str], *, by: User, at: datetime) -> None:
        """What agents see under the measure's answer; with no text in any language it waits again.

        `answers` of a measure's version and those of its questions are told apart: these are short.
        """
        self.answers = _written(texts)
        self.answered_at, self.answered_by_id = (at, by.id) if self.answers else (None, None)
        record("measure.question_answered", by=by, at=at, question=self.id, answers=self.answers)

    def word(self, texts: Mapping[str, str], *, by: User) -> None:
        self.texts = _written(texts)
        record("measure.question_worded", by=by, question=self.id, texts=self.texts)

    def withdraw(self, *, by: User, at: datetime) -> None:
        self.withdrawn_at = at
        record("measure.question_withdrawn", by=by, at=at, question=self.id)

    def bring_back(self, *, by: User, at: datetime) -> None:
        self.withdrawn_at = None
        record("measure.question_brought_back", by=by, at=at, question=self.id)

    def move(self, up: bool, *, by: User) -> None:
        """One place up or down among the questions that stand."""
        standing = list(
            db.session.scalars(
                select(MeasureQuestion)
                .where(
                    MeasureQuestion.measure_id == self.measure_id,
                    MeasureQuestion.withdrawn_at.is_(None),
                    MeasureQuestion.answered_at.is_not(None)
                    if self.answered_at is not None
                    else MeasureQuestion.answered_at.is_(None),
                )
                .order_by(MeasureQuestion.position, MeasureQuestion.id)
            )
        )
        here = standing.index(self)
        there = here - 1 if up else here + 1
        if not 0 <= there < len(standing):
            return
        standing[here], standing[there] = standing[there], standing[here]
        for position, one in enumerate(standing, 1):
            one.position = position
        record("measure.question_moved", by=by, question=self.id, up=up)


def _written(texts: Mapping[str, str]) -> dict[str, str]:
    """What was written, by language, without empty ones."""
    said = {code: str(texts.get(code) or "").strip()[:LONGEST] for code in LANGUAGES}
    return {code: text for code, text in said.items() if text}


def _last_position(measure_id: int) -> int:
    last = select(func.max(MeasureQuestion.position)).where(
        MeasureQuestion.measure_id == measure_id
    )
    return db.session.scalar(last) or 0
