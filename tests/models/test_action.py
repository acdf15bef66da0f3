"""How far an action is, who does it, and what is told of it."""

from datetime import UTC, date, datetime, timedelta

import pytest

from models.action import Action, ActionKind, ActionState, Outsider
from models.base import db, transaction
from models.event import Event
from models.problem import Problem, ProblemState
from models.user import User

AT = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
DUE = date(2026, 5, 8)


@pytest.fixture
def action(koen: User) -> Action:
    with transaction():
        problem = Problem(
            thing="form",
            first_seen_at=AT,
            last_seen_at=AT,
            founded_on=AT.date(),
            state=ProblemState.ACTING.value,
        )
        db.session.add(problem)
        db.session.flush()
        made = Action(
            problem_id=problem.id,
            kind=ActionKind.FORM_FIX.value,
            owner_id=koen.id,
            due_on=DUE,
            decided_at=AT,
        )
        db.session.add(made)
    return made


def told(action: Action) -> list[Event]:
    return list(db.session.scalars(Event.of_problem(action.problem_id)))


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ({}, ActionState.PLANNED),
        ({"blocked_at": AT}, ActionState.BLOCKED),
        ({"effective_at": AT, "done_at": AT}, ActionState.LIVE),
        ({"effective_at": AT, "verdict": "fell"}, ActionState.VERIFIED),
        ({"effective_at": AT, "verdict": "rose"}, ActionState.NOT_EFFECTIVE),
        ({"effective_at": AT, "verdict": "no_change"}, ActionState.NOT_EFFECTIVE),
        ({"effective_at": AT, "verdict": "unclear"}, ActionState.SETTLED),
        ({"effective_at": AT, "verdict": "too_few"}, ActionState.SETTLED),
        ({"effective_at": AT, "verdict": "fell", "cancelled_at": AT}, ActionState.CANCELLED),
    ],
)
def test_the_state_follows_from_what_happened(facts: dict[str, object], state: str) -> None:
    assert Action(**facts).state == state


@pytest.mark.parametrize(("day", "late"), [(DUE, False), (DUE + timedelta(days=1), True)])
def test_it_is_late_from_the_day_after(action: Action, day: date, late: bool) -> None:
    assert action.overdue(day) is late
    with transaction():
        action.finish(by=None, at=AT)
    assert not action.overdue(day)


def test_each_kind_of_waiting_has_its_list(action: Action, koen: User) -> None:
    def lists() -> list[bool]:
        found = (Action.open(), Action.unsettled(), Action.settled(), Action.cancelled())
        return [action in db.session.scalars(one).all() for one in found]

    assert lists() == [True, False, False, False]
    with transaction():
        action.finish(by=koen, at=AT)
    assert lists() == [False, True, False, False]
    with transaction():
        action.settle("fell", {"effect": {}, "level": {}}, AT)
    assert lists() == [False, False, True, False]
    with transaction():
        action.resume(by=koen, at=AT)
        action.cancel(by=koen, at=AT)
    assert lists() == [False, False, False, True]
    assert action.verdict_figures == {}


def test_every_change_is_told_with_who_made_it(action: Action, koen: User) -> None:
    with transaction():
        action.block("Waits for the supplier", by=koen, at=AT)
        action.unblock(by=koen, at=AT)
        action.finish(by=koen, at=AT, effective_at=AT - timedelta(hours=20))
        action.settle("unclear", {"effect": {}, "level": {}}, AT)
    assert [(event.kind, event.actor_id) for event in told(action)] == [
        ("action.blocked", koen.id),
        ("action.unblocked", koen.id),
        ("action.done", koen.id),
        ("action.verdict", None),
    ]
    assert all(event.facts["action"] == action.id for event in told(action))
    assert action.effective_at == AT - timedelta(hours=20) and action.done_at == AT


def test_an_owner_outside_is_written_to_once_and_has_one_link(action: Action, koen: User) -> None:
    web_team = Outsider("Webteam", "web@bureau.example", "nl")
    with transaction():
        action.change(
            by=koen, at=AT, owner=web_team, due_on=DUE, kind=ActionKind.IT_FIX, what=" Mend it "
        )
    assert (action.outsider, action.who, action.what) == (web_team, "Webteam", "Mend it")
    assert db.session.scalars(Action.uninvited()).all() == [action] and not action.linked
    with transaction():
        action.fresh_link(by=None, at=AT)
    first = action.link_key
    assert action.linked and db.session.scalars(Action.uninvited()).all() == []
    with transaction():
        action.fresh_link(by=koen, at=AT)
    assert action.linked and action.link_key != first
    with transaction():
        action.revoke_link(by=koen, at=AT)
    assert not action.linked and db.session.scalars(Action.uninvited()).all() == []


def test_a_problem_follows_the_verdict_unless_people_decided_otherwise(
    action: Action, koen: User
) -> None:
    with transaction():
        action.finish(by=koen, at=AT)
        action.settle("no_change", {"effect": {}, "level": {}}, AT)
    assert action.problem.state == ProblemState.NOT_EFFECTIVE
    with transaction():
        action.resume(by=koen, at=AT)
        action.finish(by=koen, at=AT)
        action.problem.decide(ProblemState.CLOSED, by=koen)
        action.settle("fell", {"effect": {}, "level": {}}, AT)
    assert action.problem.state == ProblemState.CLOSED


@pytest.mark.parametrize("said", ["ignored", "closed", "archived", "not_a_problem"])
def test_an_action_that_ends_later_does_not_undo_what_people_decided(
    action: Action, said: str
) -> None:
    with transaction():
        action.problem.state = said
        action.finish(by=None, at=AT)
    assert action.problem.state == said
    with transaction():
        action.resume(by=None, at=AT)
    assert action.problem.state == said and action.to_do


def test_whoever_leads_takes_the_problem_up_again_with_its_action(
    action: Action, koen: User
) -> None:
    with transaction():
        action.finish(by=koen, at=AT)
        action.problem.state = ProblemState.CLOSED.value
        action.resume(by=koen, at=AT)
    assert action.problem.state == ProblemState.ACTING
