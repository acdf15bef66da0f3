"""How a measure stands today: in force, coming or ended, and what somebody should look at."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from models.base import db
from models.measure import Measure, MeasureVersion
from models.measure_question import MeasureQuestion


class State(StrEnum):
    IN_FORCE = "in_force"
    COMING = "coming"
    ENDED = "ended"
    RETIRED = "retired"


class Mark(StrEnum):
    """Why somebody should look at a measure that agents read, or soon will."""

    ENDS = "ends"
    REVIEW = "review"
    UNCONFIRMED = "unconfirmed"
    MISSING = "missing"
    QUESTIONS = "questions"
    WAITING = "waiting"


@dataclass(frozen=True)
class Standing:
    """One measure with the version that counts today, and what waits behind it."""

    measure: Measure
    version: MeasureVersion
    state: State
    waiting: MeasureVersion | None
    """A version whose day is still to come."""
    unanswered: int
    """Questions of clients that nobody has answered."""
    ends_in: int | None
    """Days until it ends, or until what it asks for must be done, when that is soon."""
    stale: bool

    @property
    def marks(self) -> list[Mark]:
        if self.state not in (State.IN_FORCE, State.COMING):
            return []
        found = {
            Mark.ENDS: self.ends_in is not None,
            Mark.REVIEW: self.stale,
            Mark.UNCONFIRMED: not self.version.confirmed,
            Mark.MISSING: bool(self.version.unanswered),
            Mark.QUESTIONS: self.unanswered > 0,
            Mark.WAITING: self.waiting is not None,
        }
        return [mark for mark, true in found.items() if true]


def everything(day: date) -> list[Standing]:
    """All measures as they stand on `day`, by topic and name."""
    by_measure: dict[int, list[MeasureVersion]] = {}
    for version in db.session.scalars(MeasureVersion.uncorrected()):
        by_measure.setdefault(version.measure_id, []).append(version)
    unanswered = MeasureQuestion.unanswered_counts()
    return [
        standing(versions, day, unanswered.get(measure_id, 0))
        for measure_id, versions in by_measure.items()
    ]


def standing(versions: Sequence[MeasureVersion], day: date, unanswered: int) -> Standing:
    """`versions` are those of one measure that no other one corrects."""
    begun = [one for one in versions if one.valid_from is None or one.valid_from <= day]
    ahead = sorted(
        (one for one in versions if one not in begun), key=lambda one: one.valid_from or day
    )
    present = (
        max(begun, key=lambda one: (one.valid_from or date.min, one.version)) if begun else ahead[0]
    )
    return Standing(
        measure=present.measure,
        version=present,
        state=state_of(present, day),
        waiting=ahead[0] if begun and ahead else None,
        unanswered=unanswered,
        ends_in=present.ends_in(day),
        stale=present.stale(day),
    )


def state_of(version: MeasureVersion, day: date) -> State:
    if version.measure.retired_at is not None:
        return State.RETIRED
    if version.valid_from is not None and version.valid_from > day:
        return State.COMING
    if version.valid_to is not None and version.valid_to < day:
        return State.ENDED
    return State.IN_FORCE
