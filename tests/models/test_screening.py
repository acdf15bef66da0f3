from datetime import UTC, date, datetime, timedelta
from threading import Thread

import pytest
from sqlalchemy import select

from models.action import Action, ActionKind, Outsider
from models.base import db, transaction
from models.decision import Decided, Escalation
from models.event import Event
from models.frozen import Frozen, FrozenCard
from models.problem import Problem, ProblemState
from models.screening import Screening
from models.user import User

DAY = date(2026, 5, 4)
AT = datetime(2026, 5, 4, 6, 40, tzinfo=UTC)
DUE = date(2026, 5, 8)
LATER = AT + timedelta(minutes=9)


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
        screening.take_back(decided, by=koen, at=LATER)
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
        screening.take_back(second, by=koen, at=LATER)
    assert (problem.state, problem.owner_id, problem.due_on) == (ProblemState.ACTING, koen.id, DUE)


def test_only_the_newest_decision_can_be_taken_back(screening, problem, koen):
    first = acting(screening, problem, koen)
    with transaction():
        screening.decide(problem, ProblemState.IGNORED, by=koen, at=AT + timedelta(minutes=5))
    with pytest.raises(ValueError, match="later decision"), transaction():
        screening.take_back(first, by=koen, at=LATER)


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


# --- the meeting ----------------------------------------------------------------------------


def frozen(*problems: Problem, at: datetime = AT) -> Frozen:
    return Frozen(
        at=at,
        since=AT - timedelta(days=1),
        contacts=412,
        read=400,
        cards=[
            FrozenCard(problem.id, rank, "pressing", "new", {"clients": 41 + rank, "contacts": 50})
            for rank, problem in enumerate(problems, 1)
        ],
        deck=[problem.id for problem in problems],
    )


def held(day: date, by: User, *problems: Problem) -> Screening:
    with transaction():
        made = Screening.on(day)
        made.open(frozen(*problems), by=by, at=AT)
        made.close(by=by, at=AT + timedelta(minutes=10))
    return made


def test_opening_freezes_order_and_numbers_for_good(screening, problem, koen, ingrid):
    with transaction():
        screening.open(frozen(problem), by=koen, at=AT)
        screening.open(frozen(), by=ingrid, at=LATER)
    board = screening.board
    assert board is not None and board.deck == [problem.id] and board.share == 400 / 412
    card = board.card(problem.id)
    assert card is not None and card.row(DAY).clients == 42
    assert (screening.opened_at, screening.opened_by) == (AT, koen)
    assert not list(db.session.new)


def test_a_skipped_day_is_not_the_last_meeting(app, koen):
    friday, monday, tuesday = date(2026, 5, 1), date(2026, 5, 4), date(2026, 5, 5)
    before = held(date(2026, 4, 30), koen)
    with transaction():
        Screening.on(friday).say({"fr": "Mai est payé."}, by=koen)  # a day without a meeting
        Screening.on(monday).open(frozen(), by=koen, at=AT)  # opened, and never closed
    assert Screening.last_held(tuesday) is before
    assert Screening.last_held(date(2026, 4, 30)) is None


def test_a_teams_meeting_is_another_than_everybodys(app, koen):
    team = koen.teams[0]
    with transaction():
        own, all_ = Screening.on(DAY, team.id), Screening.on(DAY)
        assert own is not all_ and own.team is team
        own.open(frozen(), by=koen, at=AT)
        own.close(by=koen, at=LATER)
    assert Screening.last_held(DUE, team.id) is own
    assert Screening.last_held(DUE) is None


def test_what_was_not_reached_is_carried_over(screening, problem, koen):
    with transaction():
        other = Problem(thing="letter", first_seen_at=AT, last_seen_at=AT, founded_on=DAY)
        db.session.add(other)
        db.session.flush()
        screening.open(frozen(problem, other), by=koen, at=AT)
        screening.decide(problem, ProblemState.WATCHING, by=koen, at=AT)
        screening.close(by=koen, at=LATER)
    assert screening.carried == {"problems": [other.id]}
    assert not screening.running


def test_a_meeting_is_closed_reopened_and_corrected(screening, problem, koen):
    with pytest.raises(ValueError, match="no meeting"), transaction():
        screening.close(by=koen, at=AT)
    with transaction():
        screening.open(frozen(problem), by=koen, at=AT)
        during = screening.decide(problem, ProblemState.WATCHING, by=koen, at=AT)
        screening.close(by=koen, at=LATER)
        screening.reopen(by=koen, at=LATER + timedelta(hours=1))
        assert screening.running
        after = screening.decide(
            problem, ProblemState.IGNORED, by=koen, at=LATER + timedelta(hours=2), reason=" one  "
        )
        screening.close(by=koen, at=LATER + timedelta(hours=3))
    assert screening.first_closed_at == LATER
    assert not screening.corrected(during) and screening.corrected(after)
    assert after.reason == "one"
    with transaction():
        screening.take_back(after, by=koen, at=LATER + timedelta(hours=4))
        screening.take_back(during, by=koen, at=LATER + timedelta(hours=4))
    assert screening.corrected(during)
    assert len(db.session.scalars(Decided.ever_of(screening.id)).all()) == 2
    kinds = [event.kind for event in db.session.scalars(select(Event).order_by(Event.id))]
    assert [kind for kind in kinds if kind.startswith("screening.")] == [
        "screening.opened",
        "screening.closed",
        "screening.reopened",
        "screening.closed",
    ]


def test_a_decision_whose_action_is_done_cannot_be_taken_back(screening, problem, koen):
    decided = acting(screening, problem, koen)
    with transaction():
        the_action().finish(by=koen, at=LATER)
    with pytest.raises(ValueError, match="done already"), transaction():
        screening.take_back(decided, by=koen, at=LATER)
    assert the_action().done_at == LATER


def test_after_the_close_an_action_is_dropped_and_stays_on_record(screening, problem, koen):
    with transaction():
        screening.open(frozen(problem), by=koen, at=AT)
    decided = acting(screening, problem, koen)
    with transaction():
        screening.close(by=koen, at=LATER)
        screening.take_back(decided, by=koen, at=LATER)
    assert the_action().cancelled_at == LATER
    assert problem.state == ProblemState.NEW


def test_somebody_outside_can_own_an_action(screening, problem, koen):
    with transaction():
        screening.decide(
            problem,
            ProblemState.ACTING,
            by=koen,
            at=AT,
            outside=Outsider("Web team", "web@example.be", "nl"),
            due_on=DUE,
        )
    action = the_action()
    assert (action.owner, action.owner_name, action.owner_email) == (
        None,
        "Web team",
        "web@example.be",
    )
    assert (action.owner_language, action.screening_id) == ("nl", screening.id)


def test_a_team_sends_a_card_upward_until_everybodys_meeting_decides(screening, problem, koen):
    with transaction():
        team = Screening.on(DAY, koen.teams[0].id)
        with pytest.raises(ValueError, match="why"):
            Escalation.ask(problem, team.id, " ", by=koen, at=AT)
        Escalation.ask(problem, team.id, "the payments office must help", by=koen, at=AT)
        team.decide(problem, ProblemState.WATCHING, by=koen, at=AT)
    assert Escalation.waiting()[problem.id].reason == "the payments office must help"
    assert set(Escalation.asked_in(team.id)) == {problem.id}
    with transaction():
        decided = screening.decide(problem, ProblemState.WATCHING, by=koen, at=LATER)
    db.session.expire_all()
    assert Escalation.waiting() == {}
    with transaction():
        screening.take_back(decided, by=koen, at=LATER)
    db.session.expire_all()
    assert set(Escalation.waiting()) == {problem.id}


def test_the_meeting_knows_where_it_is_and_who_was_there(screening, problem, koen):
    with transaction():
        screening.open(frozen(), by=koen, at=AT)
        screening.move("decide", problem.id, AT)
        screening.move("close", None, LATER)
        screening.attend([koen], ["Guest  One", "", "Guest One"], by=koen)
        screening.note(" Staffing: two more on the phone. ", by=koen)
        screening.take_more([problem.id])
    assert screening.place["block"] == "close" and screening.place["seen"] == [problem.id]
    assert screening.attendees == {"people": [koen.id], "others": ["Guest One"]}
    assert screening.notes == "Staffing: two more on the phone."
    assert screening.left() == [problem.id]
