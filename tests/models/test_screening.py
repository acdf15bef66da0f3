from datetime import UTC, date, datetime, timedelta
from threading import Thread

import pytest
from sqlalchemy import select

from models.action import Action, ActionKind
from models.base import db, transaction
from models.event import Event
from models.problem import Problem, ProblemState
from models.screening import Decided, Screening

DAY = date(2026, 5, 4)
AT = datetime(2026, 5, 4, 6, 40, tzinfo=UTC)
DUE = date(2026, 5, 8)


@pytest.fixture
def problem(app) -> Problem:
    with transaction():
        made = Problem(thing="form", first_seen_at=AT, last_seen_at=AT, founded_on=DAY)
        db.session.add(made)
    return made


@pytest.fixture
def screening(app) -> Screening:
    with transaction():
        return Screening.on(DAY)


def acting(screening: Screening, problem: Problem, koen, at: datetime = AT) -> Decided:
    with transaction():
        return screening.decide(
            problem,
            ProblemState.ACTING,
            by=koen,
            at=at,
            owner=koen,
            due_on=DUE,
            kind=ActionKind.FORM_FIX,
            what="Repair the form",
        )


def the_action() -> Action:
    found = db.session.scalar(select(Action))
    assert found is not None
    return found


def test_a_day_has_one_screening(screening):
    with transaction():
        assert Screening.on(DAY) is screening
    assert Screening.if_held(DAY + timedelta(days=1)) is None


def test_two_who_open_the_day_at_once_open_the_same(app):
    found: list[int] = []

    def open_the_day() -> None:
        with app.app_context(), transaction():
            found.append(Screening.on(DAY).id)

    with transaction():
        mine = Screening.on(DAY)
        other = Thread(target=open_the_day)
        other.start()
        other.join(0.5)
    other.join(10)
    assert found == [mine.id]


def test_watching_is_written_in_the_minutes(screening, problem, koen):
    with transaction():
        screening.decide(problem, ProblemState.WATCHING, by=koen, at=AT)
    (decided,) = db.session.scalars(Decided.of(screening.id)).all()
    assert (decided.choice, decided.before, decided.by_id) == ("watching", "new", koen.id)
    assert db.session.scalar(select(Action)) is None


def test_acting_makes_an_action_with_an_owner_and_a_date(screening, problem, koen):
    acting(screening, problem, koen)
    action = the_action()
    assert (action.kind, action.what) == (ActionKind.FORM_FIX, "Repair the form")
    assert (action.owner_id, action.due_on, action.to_do) == (koen.id, DUE, True)
    assert problem.state == ProblemState.ACTING


def test_acting_without_an_owner_leaves_nothing_behind(screening, problem, koen):
    with pytest.raises(ValueError, match="owner"), transaction():
        screening.decide(problem, ProblemState.ACTING, by=koen, at=AT)
    assert db.session.scalars(Decided.of(screening.id)).all() == []


def test_a_decision_taken_back_leaves_the_problem_where_it_was(screening, problem, koen):
    decided = acting(screening, problem, koen)
    with transaction():
        screening.take_back(decided, by=koen)
    assert (problem.state, problem.owner_id, problem.due_on) == (ProblemState.NEW, None, None)
    assert db.session.scalar(select(Action)) is None
    assert db.session.scalars(Decided.of(screening.id)).all() == []
    assert db.session.scalars(Event.of_problem(problem.id)).all()[-1].kind == (
        "problem.decision_undone"
    )


def test_taking_back_a_second_owner_gives_it_to_the_first(screening, problem, koen, ingrid):
    acting(screening, problem, koen)
    second = acting(screening, problem, ingrid, AT + timedelta(minutes=5))
    with transaction():
        screening.take_back(second, by=koen)
    assert (problem.state, problem.owner_id, problem.due_on) == (ProblemState.ACTING, koen.id, DUE)


def test_only_the_newest_decision_can_be_taken_back(screening, problem, koen):
    first = acting(screening, problem, koen)
    with transaction():
        screening.decide(problem, ProblemState.IGNORED, by=koen, at=AT + timedelta(minutes=5))
    with pytest.raises(ValueError, match="later decision"), transaction():
        screening.take_back(first, by=koen)


def test_an_action_is_done_and_its_effect_awaited(screening, problem, koen):
    acting(screening, problem, koen)
    with transaction():
        the_action().finish(by=koen, at=AT + timedelta(days=1))
    assert the_action().effective_at == the_action().done_at == AT + timedelta(days=1)
    assert problem.state == ProblemState.SHIPPED
    assert db.session.scalars(Action.open()).all() == []
    assert db.session.scalars(Action.recently_done(AT)).all() == [the_action()]


def test_an_action_that_was_not_done_after_all_goes_on(screening, problem, koen):
    acting(screening, problem, koen)
    with transaction():
        the_action().finish(by=koen, at=AT)
        the_action().resume(by=koen, at=AT)
    assert (the_action().effective_at, the_action().to_do) == (None, True)
    assert problem.state == ProblemState.ACTING


def test_an_action_that_will_not_be_done_is_no_longer_open(screening, problem, koen):
    acting(screening, problem, koen)
    with transaction():
        the_action().cancel(by=koen, at=AT)
    assert db.session.scalars(Action.open()).all() == []
    assert not the_action().to_do


def test_todays_sentence_is_said_per_language(screening, koen):
    with transaction():
        screening.say({"fr": " Le formulaire est réparé. ", "nl": "", "en": "x" * 400}, by=koen)
    assert screening.sentence["fr"] == "Le formulaire est réparé."
    assert set(screening.sentence) == {"fr", "en"}
    assert len(screening.sentence["en"]) == 300


def test_the_last_decision_on_each_problem(screening, problem, koen):
    with transaction():
        screening.decide(problem, ProblemState.WATCHING, by=koen, at=AT)
    with transaction():
        second = screening.decide(
            problem, ProblemState.IGNORED, by=koen, at=AT + timedelta(minutes=1)
        )
    assert Decided.newest([problem.id]) == {problem.id: second}
    assert Decided.newest([problem.id], before=second.at)[problem.id].choice == "watching"
    assert Decided.newest_in(screening.id) == {problem.id: second}
