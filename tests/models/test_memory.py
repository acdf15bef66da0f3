"""What the machine keeps of a problem, and how it is written beside people's own words."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import update

from models.base import db, transaction
from models.memory import Memory
from models.problem import Problem, ProblemState

DAY = date(2026, 5, 4)
AT = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)


@pytest.fixture
def problem(app) -> Problem:
    with transaction():
        made = Problem(
            thing="form",
            symptom="unreachable",
            first_seen_at=AT,
            last_seen_at=AT,
            founded_on=DAY,
        )
        db.session.add(made)
    return made


def test_a_day_is_grouped_from_what_was_known_before_it(problem):
    memory = Memory.of(problem)
    memory.remember(b"monday morning", "v1", DAY)
    memory.remember(b"monday evening", "v1", DAY)
    assert memory.centre_at_start_of(DAY) is None
    assert memory.centre_at_start_of(DAY + timedelta(days=1)) == b"monday evening"
    memory.remember(b"tuesday", "v1", DAY + timedelta(days=1))
    assert memory.centre_at_start_of(DAY + timedelta(days=1)) == b"monday evening"


def test_what_people_have_touched_is_not_founded_anew(problem, koen):
    with transaction():
        problem.decide(ProblemState.WATCHING, by=koen)
    memory = Memory.everything()[problem.id]
    memory.remember(b"monday", "v1", DAY)
    assert memory.centre_at_start_of(DAY) == b"monday"


def test_only_what_has_changed_is_written(problem):
    memory = Memory.everything()[problem.id]
    assert not memory.changed
    memory.seen([AT + timedelta(hours=1), AT - timedelta(hours=1)])
    memory.thing = "letter"
    with transaction():
        Memory.write([memory])
    assert not memory.changed
    assert (problem.thing, problem.symptom) == ("letter", "unreachable")
    assert problem.first_seen_at == AT - timedelta(hours=1)
    assert problem.last_seen_at == AT + timedelta(hours=1)


def test_a_decision_made_meanwhile_stands(problem, koen):
    memory = Memory.everything()[problem.id]
    with transaction():
        problem.decide(ProblemState.IGNORED, by=koen)
        db.session.execute(update(Problem).values(last_seen_at=AT + timedelta(days=1)))
    memory.seen([AT + timedelta(hours=1)])
    memory.symptom = "slow"
    with transaction():
        Memory.write([memory])
    assert (problem.state, problem.symptom) == (ProblemState.IGNORED, "slow")
    assert problem.last_seen_at == AT + timedelta(days=1)
