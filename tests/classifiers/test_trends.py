"""What was expected of a problem, and what the board says of today."""

from datetime import date

import numpy as np

from classifiers import trends
from classifiers.trends import Observed, board

MONDAY = date(2020, 3, 30)


def card(seen: int, history: list[int], severe: int = 0, share: float = 1.0) -> trends.Card:
    return board(MONDAY, [Observed(7, seen, history, severe)], share)[0]


def test_a_problem_without_a_past_is_new_and_has_no_expectation():
    first = card(3, [])
    assert (first.trend, first.expected, first.low, first.high) == ("new", None, None, None)


def test_days_on_which_it_did_not_exist_are_no_past():
    assert card(3, [0, 0, 0, 0]).trend == "new"


def test_the_expectation_rests_on_the_days_since_it_began():
    known = card(6, [0, 0, 0, 6, 6, 6])
    assert known.expected == 6
    assert known.trend == "steady"


def test_three_times_as_many_is_a_rise():
    assert card(30, [9, 11, 10, 8, 12, 10, 9, 11]).trend == "rising"


def test_a_little_more_is_chance():
    assert card(13, [9, 11, 10, 8, 12, 10, 9, 11]).trend == "steady"


def test_slow_growth_day_after_day_is_a_rise():
    assert card(9, [2, 2, 3, 4, 5, 7]).trend == "rising"


def test_three_clients_never_make_a_rise():
    assert card(3, [0, 1, 0, 0, 1, 0, 0, 0, 1, 0]).trend != "rising"


def test_hardly_anybody_after_many_is_a_fall():
    assert card(1, [20, 22, 19, 21, 20, 18, 22]).trend == "falling"


def test_half_a_day_is_compared_with_half_of_what_was_expected():
    morning = card(5, [10] * 10, share=0.5)
    assert morning.expected == 5
    assert morning.trend == "steady"


def test_the_interval_holds_nine_days_of_ten():
    chance = np.random.default_rng(3)
    means = np.exp(chance.normal(1.8, 0.6, 400))
    counts = chance.negative_binomial(1 / 0.15, 1 / (1 + 0.15 * means[:, None]), (400, 21))
    cards = board(
        MONDAY,
        [Observed(n, int(row[20]), row[:20].tolist()) for n, row in enumerate(counts)],
    )
    inside = [
        one.low <= counts[one.problem, 20] <= one.high
        for one in cards
        if one.low is not None and one.high is not None
    ]
    assert len(inside) > 350
    assert 0.87 < np.mean(inside) < 0.97


def test_of_a_hundred_calm_problems_few_seem_to_rise():
    chance = np.random.default_rng(4)
    means = np.exp(chance.normal(1.8, 0.6, 600))
    counts = chance.negative_binomial(1 / 0.15, 1 / (1 + 0.15 * means[:, None]), (600, 21))
    cards = board(
        MONDAY,
        [Observed(n, int(row[20]), row[:20].tolist()) for n, row in enumerate(counts)],
    )
    assert np.mean([one.trend == "rising" for one in cards]) < 0.035


def test_the_dispersion_is_learned_over_all_problems():
    chance = np.random.default_rng(5)
    wild = chance.negative_binomial(1 / 0.6, 1 / (1 + 0.6 * 20), (60, 20)).tolist()
    calm = chance.poisson(20, (60, 20)).tolist()
    assert trends.pooled_dispersion(wild) > 0.4
    assert trends.pooled_dispersion(calm) < 0.06


def test_a_busy_weekday_is_expected_to_be_busy():
    weeks = [30, 10, 10, 10, 10] * 4
    busy = board(MONDAY, [Observed(1, 30, weeks), Observed(2, 30, weeks)])[0]
    assert busy.expected is not None and busy.expected > 20
    assert busy.trend != "rising"


def test_a_small_grave_problem_ranks_above_a_calm_one_of_its_size():
    calm, grave = Observed(1, 3, [2, 3, 2, 3]), Observed(2, 3, [2, 3, 2, 3], severe=3)
    assert [one.problem for one in board(MONDAY, [calm, grave])] == [2, 1]


def test_a_small_grave_new_problem_is_not_drowned_by_large_steady_ones():
    large = [Observed(n, 40, [40, 41, 39, 40, 40]) for n in range(1, 8)]
    ranked = board(MONDAY, [*large, Observed(99, 4, [], severe=4)])
    assert ranked[0].problem == 99


def test_when_everything_surges_the_share_of_the_day_decides():
    surging = [Observed(1, 900, [4] * 10), Observed(2, 300, [2] * 10), Observed(3, 90, [1] * 10)]
    assert [one.problem for one in board(MONDAY, surging)] == [1, 2, 3]


def test_equal_cards_keep_an_order():
    twins = [Observed(2, 5, [5, 5]), Observed(1, 5, [5, 5])]
    assert [one.problem for one in board(MONDAY, twins)] == [1, 2]


def test_a_day_without_problems_is_an_empty_board():
    assert board(MONDAY, []) == []
