"""The daily screening: its day, how its meeting is held, and what it decides."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any, Self

from sqlalchemy import ForeignKey, Index, Select, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.action import Action, ActionKind, Outsider
from models.base import Base, SafeJSON, db
from models.decision import LONGEST_REASON, Decided, Escalation
from models.event import record
from models.frozen import Frozen
from models.problem import Problem, ProblemState
from models.team import Team
from models.user import User

LONGEST_NOTES = 8_000


class Screening(Base):
    """The meeting of one day: of everybody, or of one team."""

    __tablename__ = "screening"
    __table_args__ = (
        Index(
            "uq_screening_day_team",
            "day",
            "team_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date]
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"))
    """Whose meeting it is; empty: everybody's."""
    opened_at: Mapped[datetime | None]
    opened_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    closed_at: Mapped[datetime | None]
    first_closed_at: Mapped[datetime | None]
    """What is decided or undone after this is a correction."""
    reopened_at: Mapped[datetime | None]
    attendees: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    """`people`: the ids of those with an account; `others`: names."""
    notes: Mapped[str] = mapped_column(default="")
    frozen: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    """The cards in their order with their figures, as they stood when the meeting was opened."""
    place: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    """How far the meeting has come: a second screen, or a lost connection, goes on from there."""
    carried: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    """`problems`: what was not reached when it was closed."""
    sentence: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    """Today's sentence for everybody, per language."""

    team: Mapped[Team | None] = relationship()
    opened_by: Mapped[User | None] = relationship()

    @classmethod
    def on(cls, day: date, team_id: int | None = None) -> Self:
        """The screening of that day, made when it is first asked for."""
        found = cls.if_held(day, team_id)
        if found is None:  # somebody else may be asking for it at this very moment
            values = {"day": day, "team_id": team_id}
            db.session.execute(insert(cls).values(**values).on_conflict_do_nothing())
            found = cls.if_held(day, team_id)
        assert found is not None
        return found

    @classmethod
    def if_held(cls, day: date, team_id: int | None = None) -> Self | None:
        return db.session.scalar(
            select(cls).where(cls.day == day, cls.team_id.is_not_distinct_from(team_id))
        )

    @classmethod
    def named(cls, screening_id: int) -> Self | None:
        return db.session.get(cls, screening_id)

    @classmethod
    def last_held(cls, before: date, team_id: int | None = None) -> Self | None:
        """The newest meeting before that day that was opened and closed: a skipped one is none."""
        return db.session.scalar(
            cls.held(team_id).where(cls.day < before).order_by(cls.day.desc()).limit(1)
        )

    @classmethod
    def last_that_decided(cls, before: date, team_id: int | None = None) -> Self | None:
        """The newest screening before that day with a decision, held as a meeting or not."""
        decided = select(Decided.id).where(Decided.screening_id == cls.id, ~Decided.undone)
        return db.session.scalar(
            select(cls)
            .where(cls.day < before, cls.team_id.is_not_distinct_from(team_id), decided.exists())
            .order_by(cls.day.desc())
            .limit(1)
        )

    @classmethod
    def held(cls, team_id: int | None = None) -> Select[Self]:
        return select(cls).where(
            cls.opened_at.is_not(None),
            cls.first_closed_at.is_not(None),
            cls.team_id.is_not_distinct_from(team_id),
        )

    @classmethod
    def opened_between(cls, first: date, last: date) -> Select[Self]:
        """Every meeting, of everybody and of teams, that was at least opened; the newest first."""
        return (
            select(cls)
            .where(cls.opened_at.is_not(None), cls.day >= first, cls.day <= last)
            .order_by(cls.day.desc(), cls.team_id.is_not(None), cls.team_id)
        )

    # --- held -------------------------------------------------------------------------------

    @property
    def opened(self) -> bool:
        return self.opened_at is not None

    @property
    def running(self) -> bool:
        return self.opened_at is not None and self.closed_at is None

    @property
    def board(self) -> Frozen | None:
        """The frozen board; None before the meeting is opened."""
        if not self.frozen:
            return None
        board = Frozen.from_json(self.frozen)
        return board.joined(Problem.became([*board.deck, *board.carried, *board.escalated]))

    def open(self, frozen: Frozen, *, by: User, at: datetime) -> bool:
        """Freeze the board and begin; of two who begin at once the first one's board holds.

        False for the second.
        """
        self._alone()
        if self.opened:
            return False
        self.opened_at, self.opened_by_id = at, by.id
        self.frozen = frozen.as_json()
        record("screening.opened", by=by, at=at, day=str(self.day), team=self.team_id)
        return True

    def attend(self, people: list[User], others: list[str], *, by: User) -> None:
        names = [" ".join(name.split())[:100] for name in others]
        ids = [person.id for person in people]
        guests = list(dict.fromkeys(name for name in names if name))[:50]
        there = {"people": ids, "others": guests}
        if there != self.attendees:
            self.attendees = there
            record("screening.attendance", by=by, day=str(self.day), people=ids, others=guests)

    def note(self, text: str, *, by: User, seen: str | None = None) -> None:
        """Write down what was said beside; `seen` are the notes that the writer began with.

        What somebody else has written since stays, above it.
        """
        text = _plain(text)
        if seen is not None and _plain(seen) not in (text, self.notes) and text != self.notes:
            text = _plain(f"{self.notes}\n{text}")
        elif seen is not None and _plain(seen) == text:
            return
        if text != self.notes:
            self.notes = text
            record("screening.noted", by=by, day=str(self.day), team=self.team_id)

    def move(self, block: str, problem_id: int | None, at: datetime) -> None:
        """Where the meeting is; what it has looked at is remembered."""
        seen = list(self.place.get("seen", []))
        if problem_id is not None and problem_id not in seen:
            seen.append(problem_id)
        self.place = {"block": block, "card": problem_id, "since": at.isoformat(), "seen": seen}

    def take_more(self, problem_ids: list[int]) -> None:
        """More cards than the ten minutes were meant for."""
        if self.frozen:
            board = Frozen.from_json(self.frozen)
            more = [one for one in problem_ids if one not in board.deck]
            self.frozen = replace(board, deck=[*board.deck, *more]).as_json()

    def close(self, *, by: User, at: datetime) -> None:
        """The end; cards that were not reached are carried over to the next meeting."""
        self._alone()
        if not self.running:
            raise ValueError("no meeting is being held")
        self.closed_at = at
        self.first_closed_at = self.first_closed_at or at
        self.carried = {"problems": self.left()}
        record(
            "screening.closed",
            by=by,
            at=at,
            day=str(self.day),
            team=self.team_id,
            carried=self.carried["problems"],
        )

    def reopen(self, *, by: User, at: datetime) -> None:
        """Go on, or correct; what is decided from now on is told as a correction."""
        self._alone()
        if self.closed_at is None:
            raise ValueError("it is not closed")
        self.closed_at, self.reopened_at = None, at
        record("screening.reopened", by=by, at=at, day=str(self.day), team=self.team_id)

    def _alone(self) -> None:
        """Of two who press the same key at once, the second sees what the first has done."""
        db.session.flush()
        db.session.refresh(self, with_for_update=True)

    def left(self) -> list[int]:
        """The cards of the deck on which nothing was decided, in their order."""
        board = self.board
        if board is None:
            return []
        settled = {*self.decided_on(), *Escalation.asked_in(self.id)}
        return [one for one in board.deck if one not in settled]

    def decided_on(self) -> dict[int, Decided]:
        """What this meeting has decided, by problem; what was decided on one that is another one
        now counts there, unless that has its own."""
        decided = Decided.newest_in(self.id)
        became = Problem.became(decided)
        return {became[one]: decided[one] for one in became} | {
            one: made for one, made in decided.items() if one not in became
        }

    def say(self, words: dict[str, str], *, by: User) -> None:
        """The sentence for everybody, per language; an empty one is not shown."""
        said = {language: text.strip()[:300] for language, text in words.items() if text.strip()}
        if said != self.sentence:
            self.sentence = said
            record("screening.sentence", by=by, day=str(self.day))

    # --- decided ----------------------------------------------------------------------------

    def decide(
        self,
        problem: Problem,
        choice: ProblemState,
        *,
        by: User,
        at: datetime,
        owner: User | None = None,
        outside: Outsider | None = None,
        due_on: date | None = None,
        kind: ActionKind | None = None,
        what: str = "",
        reason: str = "",
    ) -> Decided:
        """Write down what was decided on a problem; acting also makes the action.

        Raises ValueError for acting without an owner (of the house or outside) or a date.
        """
        before = problem.state
        problem.decide(
            choice,
            by=by,
            at=at,
            owner=owner,
            outside=outside.name if outside else "",
            due_on=due_on,
        )
        decided = Decided(
            screening_id=self.id,
            problem_id=problem.id,
            choice=choice.value,
            before=before,
            by_id=by.id,
            at=at,
            owner_id=owner.id if owner else None,
            due_on=due_on,
            reason=" ".join(reason.split())[:LONGEST_REASON],
        )
        db.session.add(decided)
        if choice == ProblemState.ACTING and due_on is not None:
            db.session.add(
                Action(
                    problem_id=problem.id,
                    screening_id=self.id,
                    kind=(kind or ActionKind.PROCESS_FIX).value,
                    what=what,
                    owner_id=owner.id if owner else None,
                    owner_name=outside.name if outside and owner is None else "",
                    owner_email=outside.email if outside and owner is None else "",
                    owner_language=outside.language if outside and owner is None else "",
                    due_on=due_on,
                    decided_at=at,
                )
            )
        if self.team_id is None:
            Escalation.take_up(problem.id, at)
        db.session.flush()
        return decided

    def take_back(self, decided: Decided, *, by: User, at: datetime) -> None:
        """Undo a decision: the problem is again where it was.

        Only the newest decision on a problem can be undone, and none whose action has been
        done: raises ValueError. An action that somebody may know of already is dropped and stays
        on record; one that nobody has seen yet disappears.
        """
        problem = db.session.get_one(Problem, decided.problem_id)
        problem.hold()
        db.session.refresh(decided)
        if (
            decided.undone
            or Decided.newest([decided.problem_id]).get(decided.problem_id) != decided
        ):
            raise ValueError("a later decision stands")
        actions = db.session.scalars(
            select(Action).where(
                Action.problem_id.in_(decided.problem_ids), Action.decided_at == decided.at
            )
        ).all()
        if any(action.done_at or action.effective_at for action in actions):
            raise ValueError("what was decided is done already")
        problem.state = decided.before
        decided.undone, decided.undone_at, decided.undone_by_id = True, at, by.id
        db.session.flush()
        acted = db.session.scalar(Decided.to_act_on(problem.id).limit(1))
        problem.owner_id = acted.owner_id if acted else None
        problem.due_on = acted.due_on if acted else None
        for action in actions:
            if self.closed_at is not None or action.link_key or action.blocked_at:
                if action.to_do:
                    action.cancel(by=by, at=at)
            else:
                db.session.delete(action)
        if self.team_id is None:
            Escalation.ask_again(decided.problem_id, decided.at)
        record("problem.decision_undone", by=by, problem_id=problem.id, state=decided.before)

    def corrected(self, decided: Decided) -> bool:
        """Whether it was decided, or taken back, only after the meeting had first been closed."""
        if self.first_closed_at is None:
            return False
        return max(decided.at, decided.undone_at or decided.at) > self.first_closed_at


def _plain(text: str) -> str:
    """As it is kept: browsers send other line ends than they were given."""
    return "\n".join(text.splitlines()).strip()[:LONGEST_NOTES]
