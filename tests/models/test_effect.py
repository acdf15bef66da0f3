"""Did contacts fall? Before against after, next to the other problems, and no word too early."""

from datetime import date, timedelta

import numpy as np
import pytest

from benchmarks import effect as benchmark
from models import calendar
from models.action import Action, ActionKind
from models.base import db, now, transaction
from models.before_after import DayOfContacts
from models.effect import Effect, Verdict, effect_of, final, measure
from models.problem import Problem
from models.problem_day import ProblemDay
from models.user import User


def days(own: list[int], others: int = 100) -> list[DayOfContacts]:
    return [DayOfContacts(count, others) for count in own]


def test_before_two_whole_days_nothing_is_claimed() -> None:
    effect = measure(days([40, 42, 38]), days([2]))
    assert effect.verdict == Verdict.TOO_EARLY
    assert effect.days_left == 1 and effect.change is None


def test_a_fall_is_told_with_its_interval() -> None:
    effect = measure(days([40, 42, 38, 41]), days([9, 8]))
    assert effect.verdict == Verdict.FELL
    assert effect.change is not None and -0.85 < effect.change < -0.7
    assert effect.low is not None and effect.high is not None
    assert effect.low < effect.change < effect.high < 0
    assert effect.before == 40.25 and effect.after == 8.5


def test_a_fall_of_everything_is_not_an_effect() -> None:
    effect = measure(days([40, 42, 38, 41], others=200), days([20, 21], others=100))
    assert effect.verdict == Verdict.UNCLEAR
    assert effect.others is not None and round(effect.others, 3) == -0.5


def test_a_fall_to_nothing_is_a_fall() -> None:
    assert measure(days([12, 14, 11]), days([0, 0, 0])).verdict == Verdict.FELL


def test_a_rise_is_told_as_well() -> None:
    assert measure(days([10, 11, 9]), days([40, 38])).verdict == Verdict.ROSE


def test_a_handful_of_contacts_shows_nothing() -> None:
    assert measure(days([1, 1, 0]), days([0, 0])).verdict == Verdict.TOO_FEW
    assert measure([], days([0, 0])).verdict == Verdict.TOO_FEW


def test_days_that_differ_wildly_make_the_claim_weaker() -> None:
    steady = measure(days([30, 30, 30, 30]), days([12, 12]))
    wild = measure(days([3, 90, 1, 26]), days([12, 12]))
    assert steady.verdict == Verdict.FELL and wild.verdict == Verdict.UNCLEAR


def test_without_other_problems_the_fall_is_told_uncorrected() -> None:
    effect = measure(days([40, 42, 38], others=0), days([5, 6], others=0))
    assert effect.verdict == Verdict.FELL and effect.others is None


def test_the_day_of_the_action_and_the_present_day_are_left_out(koen: User) -> None:
    at = calendar.start_of(date(2026, 6, 12)) + timedelta(hours=7)
    live = calendar.start_of(date(2026, 6, 9)) + timedelta(hours=12)
    with transaction():
        ours, other = problem(), problem()
        absorbed = problem(merged_into_id=ours.id)
        for day, own in {4: 20, 5: 22, 8: 21, 9: 999, 10: 3, 11: 4, 12: 999}.items():
            draw(ours, date(2026, 6, day), own)
            draw(other, date(2026, 6, day), 50)
        draw(absorbed, date(2026, 6, 8), 3)
        action = Action(
            problem_id=ours.id,
            kind=ActionKind.FORM_FIX.value,
            owner_id=koen.id,
            due_on=date(2026, 6, 10),
            decided_at=live,
            effective_at=live,
        )
        db.session.add(action)
    effect = effect_of(action, at)
    assert effect is not None and effect.verdict == Verdict.FELL
    assert effect.before == 22.0 and effect.after == 3.5


def test_what_everything_else_did_is_no_effect_when_all_contacts_are_known() -> None:
    """A surge of everything: the problem grew with it, and its rate stayed."""
    before = [DayOfContacts(20, 80, 300), DayOfContacts(22, 78, 310), DayOfContacts(18, 84, 290)]
    after = [DayOfContacts(61, 240, 900), DayOfContacts(58, 250, 910)]
    effect = measure(before, after)
    assert effect.verdict == Verdict.UNCLEAR and effect.contacts is not None
    assert round(effect.contacts.before) == 67 and round(effect.contacts.after) == 66
    assert effect.others is not None and effect.others > 1.9


def test_no_change_is_said_only_where_no_fall_worth_the_name_is_left() -> None:
    steady = measure(days([200] * 10, others=2_000), days([200] * 10, others=2_000))
    assert steady.verdict == Verdict.NO_CHANGE and steady.low is not None and steady.low > -0.2
    assert measure(days([20] * 4), days([20] * 3)).verdict == Verdict.UNCLEAR


def test_clients_are_measured_beside_contacts() -> None:
    one_caller = [DayOfContacts(10 + back, 50, 400, 10, 50, 380) for back in range(4)]
    calmer = [DayOfContacts(10, 50, 400, 10, 50, 380)] * 4
    effect = measure(one_caller, calmer)
    assert effect.clients is not None and abs(effect.clients.change) < 0.05
    assert effect.change is not None and effect.change < -0.1


def test_an_effect_is_kept_and_read_again() -> None:
    effect = measure([DayOfContacts(40, 90, 500, 38, 80, 450)] * 5, [DayOfContacts(9, 90, 480)] * 5)
    assert Effect.kept(effect.figures()) == effect
    early = measure(days([40, 42, 38]), days([2]))
    assert Effect.kept(early.figures()) == early


def test_only_what_is_beyond_doubt_is_kept_at_the_first_look() -> None:
    before = days([40, 42, 38, 41, 39])
    assert final(before, days([10] * 4)) is None
    kept = final(before, days([10] * 5))
    assert kept is not None and kept[0].verdict == Verdict.FELL and len(kept[1]) == 5
    doubtful = days([31, 30, 33, 29, 32] * 2)
    assert final(before, doubtful[:5]) is None and final(before, doubtful[:9]) is None
    late = final(before, doubtful)
    assert late is not None and late[0].days_after == 10
    closed = final(before, doubtful[:4], closed=True)
    assert closed is not None and closed[0].days_after == 4


@pytest.mark.parametrize(
    "scene",
    [
        benchmark.Scene(level=10, after=3),
        benchmark.Scene(level=40, after=10),
        benchmark.Scene(level=10, factor=0.38, after=5),
        benchmark.Scene(level=20, surge=3.0),
    ],
)
def test_the_interval_holds_the_truth_as_often_as_it_says(scene: benchmark.Scene) -> None:
    told = benchmark.told(scene, np.random.default_rng(7), 400)
    assert 0.92 <= told["interval holds"] <= 0.985
    assert told["fell"] <= 0.045 or scene.factor < 1


def test_two_looks_find_a_fall_in_nothing_no_more_often_than_one() -> None:
    generator = np.random.default_rng(8)
    nothing = benchmark.kept(benchmark.Scene(level=10, after=10), generator, 300)
    assert nothing.get("fell", 0) <= 0.045
    clear = benchmark.kept(benchmark.Scene(level=40, factor=0.38, after=10), generator, 100)
    assert clear["fell"] >= 0.95 and clear["days"] < 8


def test_an_action_that_is_not_live_has_no_effect(koen: User) -> None:
    assert effect_of(Action(effective_at=None), now()) is None


def problem(merged_into_id: int | None = None) -> Problem:
    at = now()
    made = Problem(
        first_seen_at=at,
        last_seen_at=at,
        founded_on=calendar.business_day(at),
        merged_into_id=merged_into_id,
    )
    db.session.add(made)
    db.session.flush()
    return made


def draw(of: Problem, day: date, contacts: int) -> None:
    ProblemDay.write(of.id, day, contacts=contacts, clients=contacts, trend="steady")
