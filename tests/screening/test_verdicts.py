"""Verdicts are kept when enough days have passed, and what was solved and is back is said to be."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from models import calendar
from models.action import Action, ActionKind, ActionState
from models.base import db, now, transaction
from models.contact import Contact
from models.daily_figure import DailyFigure
from models.effect import Verdict, effect_of
from models.event import Event
from models.problem import Problem, ProblemState, Trend
from models.problem_day import ProblemDay
from models.settings import Setting
from models.user import User
from tests.people import Person
from triage.screening import verdicts
from triage.screening.expecting import count_day

LIVE = date(2026, 6, 9)
FALL = [40, 38, 43, 39, 41, None, 12, 11, 13, 12, 10]


def morning_after(days: int, hour: int = 8) -> datetime:
    """So many working days after the action went live."""
    return calendar.start_of(calendar.working_day_after(LIVE, days)) + timedelta(hours=hour)


@pytest.fixture
def problem(app: object) -> Problem:
    return made("form")


def made(thing: str) -> Problem:
    with transaction():
        at = calendar.start_of(date(2026, 6, 2))
        problem = Problem(
            thing=thing, first_seen_at=at, last_seen_at=at, founded_on=date(2026, 6, 2)
        )
        db.session.add(problem)
    return problem


@pytest.fixture
def acted(problem: Problem, koen: User) -> Action:
    """Something that went live on 9 June."""
    with transaction():
        action = Action(
            problem_id=problem.id,
            kind=ActionKind.FORM_FIX.value,
            owner_id=koen.id,
            due_on=LIVE,
            decided_at=calendar.start_of(LIVE),
        )
        db.session.add(action)
        db.session.flush()
        action.finish(by=koen, at=calendar.start_of(LIVE) + timedelta(hours=12))
    return action


@pytest.fixture
def draws(problem: Problem) -> Callable[..., None]:
    """Call it with contacts per working day from the fifth before the action on."""
    other = made("letter")

    def draw(counts: list[int | None], others: int = 60) -> None:
        with transaction():
            day = calendar.working_day_before(LIVE, 5)
            for count in counts:
                if count is not None:
                    write(problem, day, count)
                    write(other, day, others)
                day = calendar.working_day_after(day)

    return draw


def write(problem: Problem, day: date, count: int, trend: Trend = Trend.STEADY) -> None:
    ProblemDay.write(
        problem.id,
        day,
        contacts=count,
        clients=count,
        trend=trend.value,
        total=300,
        total_clients=280,
    )


def judge(at: datetime) -> None:
    with transaction():
        verdicts.after_count(at)


def kinds(problem: Problem) -> list[str]:
    return [event.kind for event in db.session.scalars(Event.of_problem(problem.id))]


def test_a_clear_fall_is_kept_after_five_days(
    problem: Problem, acted: Action, draws: Callable[..., None]
) -> None:
    draws(FALL)
    judge(morning_after(5))
    assert acted.state == ActionState.LIVE  # the fifth day is not over
    judge(morning_after(6))
    assert acted.state == ActionState.VERIFIED
    assert acted.verdict_at == morning_after(6)
    assert problem.state == ProblemState.VERIFIED
    assert kinds(problem)[-1] == "action.verdict"
    effect = effect_of(acted, morning_after(30))
    assert effect is not None and effect.verdict == Verdict.FELL and effect.days_after == 5
    assert effect.contacts is not None and round(effect.contacts.before) == 134


def test_a_verdict_waits_for_the_early_morning_and_is_looked_for_once_a_day(
    acted: Action, draws: Callable[..., None]
) -> None:
    draws(FALL)
    judge(morning_after(6, hour=2))
    assert acted.verdict is None
    with transaction():
        Setting.write("judged_day", calendar.working_day_after(LIVE, 6).isoformat())
    judge(morning_after(6))
    assert acted.verdict is None
    judge(morning_after(7))
    assert acted.verdict == Verdict.FELL


def test_what_changes_nothing_is_told_after_ten_days(
    problem: Problem, acted: Action, draws: Callable[..., None]
) -> None:
    draws([40, 41, 39, 40, 40, None, 41, 40, 39, 42, 40, 41, 39, 40, 41, 40], others=300)
    judge(morning_after(10))
    assert acted.verdict is None
    judge(morning_after(11))
    assert acted.verdict == Verdict.NO_CHANGE and acted.state == ActionState.NOT_EFFECTIVE
    assert problem.state == ProblemState.NOT_EFFECTIVE


def test_what_stays_unclear_settles_the_action_and_not_the_problem(
    problem: Problem, acted: Action, draws: Callable[..., None]
) -> None:
    draws([9, 22, 4, 17, 12, None, 4, 19, 8, 21, 2, 14, 6, 18, 9, 11])
    judge(morning_after(11))
    assert acted.verdict == Verdict.UNCLEAR and acted.state == ActionState.SETTLED
    assert problem.state == ProblemState.SHIPPED


def test_a_handful_of_contacts_gets_no_more_than_that_verdict(
    acted: Action, draws: Callable[..., None]
) -> None:
    draws([1, 1, 0, 1, 0, None, 0, 0, 0, 1, 0])
    judge(morning_after(6))
    assert acted.verdict == Verdict.TOO_FEW


def test_a_decision_of_people_is_not_overruled_by_a_verdict(
    problem: Problem, acted: Action, koen: User, draws: Callable[..., None]
) -> None:
    draws(FALL)
    with transaction():
        problem.decide(ProblemState.WATCHING, by=koen)
    judge(morning_after(6))
    assert acted.verdict == Verdict.FELL and problem.state == ProblemState.WATCHING


def test_a_corrected_start_is_measured_anew(
    problem: Problem, acted: Action, koen: User, draws: Callable[..., None]
) -> None:
    draws(FALL)
    judge(morning_after(6))
    with transaction():
        acted.change(
            by=koen,
            at=morning_after(6),
            owner=koen,
            due_on=LIVE,
            kind=ActionKind.FORM_FIX,
            what="",
            effective_at=calendar.start_of(LIVE) + timedelta(hours=20),
        )
    assert acted.state == ActionState.LIVE and problem.state == ProblemState.SHIPPED


def test_a_solved_problem_that_is_back_stands_on_the_board_as_new(
    problem: Problem, acted: Action, draws: Callable[..., None]
) -> None:
    draws([*FALL, 12, 14])
    day = calendar.working_day_after(LIVE, 7)
    judge(morning_after(6))
    judge(morning_after(7))
    assert problem.state == ProblemState.VERIFIED
    assert verdicts.levels_after()[problem.id].a_day == 11.6
    with transaction():
        write(problem, day, 45, Trend.REGRESSED)
    for hour in (14, 15):
        judge(morning_after(7, hour))
    assert problem.state == ProblemState.NEW and verdicts.levels_after() == {}
    assert kinds(problem).count("problem.regressed") == 1
    told = db.session.scalar(select(Event).where(Event.kind == "problem.regressed"))
    assert told is not None and told.facts["clients"] == 45 and told.facts["level"] == 11.6


def test_a_card_says_all_day_that_its_problem_is_back(
    problem: Problem, acted: Action, draws: Callable[..., None]
) -> None:
    draws(FALL)
    day = calendar.working_day_after(LIVE, 7)
    judge(morning_after(6))
    with transaction():
        write(problem, day, 45, Trend.REGRESSED)
    judge(morning_after(7, hour=10))
    with transaction():
        write(problem, day, 61, Trend.RISING)  # the next count of the day, for which it is new
        verdicts.after_count(morning_after(7, hour=11))
    row = ProblemDay.on(problem.id, day)
    assert row is not None and row.trend == Trend.REGRESSED and row.clients == 61


def test_two_actions_within_three_days_are_looked_at_as_one(
    problem: Problem, acted: Action, koen: User, draws: Callable[..., None]
) -> None:
    draws([40, 38, 43, 39, 41, 30, 35, 12, 11, 13, 12, 10, 11])
    with transaction():
        second = Action(
            problem_id=problem.id,
            kind=ActionKind.MAILING.value,
            owner_id=koen.id,
            due_on=LIVE,
            decided_at=calendar.start_of(LIVE),
            effective_at=calendar.start_of(calendar.working_day_after(LIVE)),
        )
        db.session.add(second)
    effects = [effect_of(action, morning_after(8)) for action in (acted, second)]
    assert effects[0] == effects[1] and effects[0] is not None
    assert (effects[0].together, effects[0].before, effects[0].days_after) == (1, 40.2, 6)


def test_a_later_action_ends_the_days_of_the_one_before(
    problem: Problem, acted: Action, koen: User, draws: Callable[..., None]
) -> None:
    draws([40, 38, 43, 39, 41, None, 30, 31, 29, 30, 28, 5, 4, 5, 6])
    with transaction():
        second = Action(
            problem_id=problem.id,
            kind=ActionKind.MAILING.value,
            owner_id=koen.id,
            due_on=LIVE,
            decided_at=calendar.start_of(LIVE),
            effective_at=calendar.start_of(calendar.working_day_after(LIVE, 5)),
        )
        db.session.add(second)
    first, then = (effect_of(action, morning_after(10)) for action in (acted, second))
    assert first is not None and (first.before, first.after, first.days_after) == (40.2, 30.0, 4)
    assert then is not None and (then.before, then.after, then.days_before) == (30.0, 5.0, 4)
    judge(morning_after(10))
    assert acted.verdict is not None


@time_machine.travel(calendar.start_of(LIVE) + timedelta(hours=15), tick=False)
def test_clients_who_come_back_are_counted_against_the_level_after_the_action(
    koen: User, found: Callable[..., Problem], says: Callable[..., Contact]
) -> None:
    problem, today = found(), calendar.business_day(now())
    with transaction():
        for back in range(30, 0, -1):
            day = calendar.working_day_before(today, back)
            write(problem, day, 12 if back > 10 else 1)
            db.session.add(
                DailyFigure(
                    kpi="inflow",
                    day=day,
                    channel="form",
                    topic_id="deferral",
                    language="fr",
                    part=30,
                )
            )
        problem.state = ProblemState.VERIFIED.value
        problem.founded_on = calendar.working_day_before(today, 30)
        solved = Action(
            problem_id=problem.id,
            kind=ActionKind.FORM_FIX.value,
            owner_id=koen.id,
            due_on=today,
            decided_at=now() - timedelta(days=20),
            effective_at=now() - timedelta(days=15),
            verdict="fell",
            verdict_at=now() - timedelta(days=5),
            verdict_figures={"effect": {}, "level": {"clients": 5, "days": 5}},
        )
        db.session.add(solved)
    for one in range(14):
        says(Person(f"Client {one}", f"client{one}@example.com", "", "fr"), "Refusé.", problem)
    with transaction():
        count_day(now())
        verdicts.watch_solved(now())
    row = ProblemDay.on(problem.id, today)
    assert row is not None and row.trend == Trend.REGRESSED
    assert problem.state == ProblemState.NEW
