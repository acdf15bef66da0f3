"""The meetings of the ten days: every morning, but on the fifth, when nobody had the time."""

from datetime import date, datetime, time, timedelta

from models import calendar
from models.base import db
from models.decision import Decided
from models.figures import read_between
from models.frozen import Frozen, FrozenCard
from models.problem_day import ProblemDay
from models.screening import Screening
from models.user import User
from triage.demo.contacts import DAYS, chance

SKIPPED = 5
BEGINS, DECIDES = time(8, 31), time(8, 36)
SHORTEST, LONGEST = 420, 690
"""Seconds."""


def hold(number: int, day: date, leader: User, there: list[User]) -> None:
    """The meeting of a day that is over, with what was decided in it; today's is still to come."""
    if number in (1, SKIPPED, DAYS):
        return
    began = calendar.start_of(day, BEGINS)
    since = calendar.start_of(calendar.working_day_before(day), BEGINS)
    screening = Screening.on(day)
    decided = [one.problem_id for one in db.session.scalars(Decided.of(screening.id))]
    contacts, read = read_between(since, began)
    screening.open(Frozen(began, since, contacts, read, cards(day), decided), by=leader, at=began)
    screening.attend(there, [], by=leader)
    seconds = chance(day.isoformat(), "meeting").randrange(SHORTEST, LONGEST)
    screening.close(by=leader, at=began + timedelta(seconds=seconds))


def cards(day: date) -> list[FrozenCard]:
    """The board of that day."""
    rows = db.session.scalars(ProblemDay.board(day))
    return [
        FrozenCard.of(row, rank, "pressing", row.problem.state) for rank, row in enumerate(rows, 1)
    ]


def decided_at(day: date) -> datetime:
    """When the meeting of a day decides."""
    return calendar.start_of(day, DECIDES)
