"""What was expected of a problem, and what the board says of today."""

from datetime import date, timedelta

import numpy as np
import pytest

from classifiers import counts, trends
from classifiers.rhythm import Day, Occasion, Rhythm, learn, share_gone
from classifiers.sensitivity import CAP, Sensitivity, delay
from classifiers.trends import Background, Observed, board

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
    assert known.expected == pytest.approx(6)
    assert known.trend == "steady"


def test_three_times_as_many_is_a_rise():
    assert card(36, [9, 11, 10, 8, 12, 10, 9, 11]).trend == "rising"


def test_a_little_more_is_chance():
    assert card(13, [9, 11, 10, 8, 12, 10, 9, 11]).trend == "steady"


def test_slow_growth_day_after_day_is_a_rise():
    assert card(11, [2, 3, 2, 3, 2, 2, 3, 4, 5, 7, 9]).trend == "rising"


def test_three_clients_never_make_a_rise():
    assert card(3, [0, 1, 0, 0, 1, 0, 0, 0, 1, 0]).trend != "rising"


def test_hardly_anybody_after_many_is_a_fall():
    assert card(0, [20, 22, 19, 21, 20, 18, 22] * 2).trend == "falling"


def test_half_a_day_is_compared_with_half_of_what_was_expected():
    morning = card(5, [10] * 10, share=0.5)
    assert morning.expected == pytest.approx(5)
    assert morning.trend == "steady"


def calm(chance: np.random.Generator, problems: int, days: int) -> np.ndarray:
    """Counts of problems that do not change, most of them small."""
    means = np.exp(chance.normal(1.8, 0.6, problems))
    return chance.negative_binomial(1 / 0.12, 1 / (1 + 0.12 * means[:, None]), (problems, days))


def told(days: np.ndarray, **wanted: object) -> list[trends.Card]:
    """The board of the last of these days."""
    observed = [Observed(n, int(row[-1]), row[:-1].tolist()) for n, row in enumerate(days)]
    return board(MONDAY, observed, **wanted)


def working_days(count: int) -> list[Day]:
    """So many working days until Monday, the last one included."""
    found = []
    on = MONDAY
    while len(found) < count:
        if on.weekday() < 5:
            found.append(Day(on))
        on -= timedelta(days=1)
    return found[::-1]


def test_the_interval_holds_nine_days_of_ten():
    days = calm(np.random.default_rng(3), 400, 41)
    inside = [one.low <= days[one.problem, -1] <= one.high for one in told(days)]
    assert 0.87 < np.mean(inside) < 0.97


def test_calm_problems_seem_to_rise_less_often_than_the_cap():
    days = calm(np.random.default_rng(4), 2_000, 41)
    rising = [one.trend == "rising" for one in told(days, sensitivity=Sensitivity(1e9))]
    assert np.mean(rising) <= CAP


def test_a_board_of_calm_problems_keeps_to_its_budget():
    chance = np.random.default_rng(4)
    false = sum(card.trend == "rising" for _ in range(20) for card in told(calm(chance, 300, 41)))
    assert false <= 20 * 2 / 5 + 4  # four weeks of two, and what chance may add


@pytest.mark.parametrize(("a_day", "times", "within"), [(5, 2, 7), (10, 3, 2)])
def test_a_change_is_told_in_time_in_four_of_five_runs(a_day: int, times: int, within: int):
    chance = np.random.default_rng(6)
    days = calm(chance, 1_500, 40 + within)
    for row in range(500):
        means = np.array([a_day] * 40 + [a_day * times] * within)
        days[row] = chance.negative_binomial(1 / 0.12, 1 / (1 + 0.12 * means))
    seen = np.zeros(500, dtype=bool)
    for day in range(within):
        for one in told(days[:, day : day + 41], sensitivity=Sensitivity(1e9)):
            if one.problem < 500 and one.trend == "rising":
                seen[one.problem] = True
    assert np.mean(seen) >= 0.8


def test_where_many_change_at_once_the_budget_does_not_hide_them():
    chance = np.random.default_rng(8)
    days = calm(chance, 300, 41)
    days[:150, -1] = chance.negative_binomial(1 / 0.12, 1 / (1 + 0.12 * 60), 150)
    rising = [one.problem for one in told(days) if one.trend == "rising"]
    alone = Sensitivity().share(300)
    assert alone < CAP / 4
    assert len([problem for problem in rising if problem < 150]) > 120
    assert len([problem for problem in rising if problem >= 150]) < 4


def test_excess_that_lasts_is_learned_and_hardly_adds_alarms():
    chance = np.random.default_rng(9)
    noise = np.zeros((500, 41))
    noise[:, 0] = chance.normal(size=500)
    for day in range(1, 41):
        noise[:, day] = 0.6 * noise[:, day - 1] + 0.8 * chance.normal(size=500)
    days = chance.poisson(8 * np.exp(0.35 * noise))
    series = trends.series_of(
        [Observed(n, int(row[-1]), row[:-1].tolist()) for n, row in enumerate(days)],
        1.0,
        None,
        Sensitivity(),
    )
    assert trends.learned_spread(series).memory > 0.3
    rising = [one.trend == "rising" for one in told(days, sensitivity=Sensitivity(1e9))]
    assert np.mean(rising) < 0.015


def test_one_wild_day_of_the_past_does_not_become_what_is_usual():
    wild = card(24, [5, 6, 4, 5, 60, 5, 4, 6, 5, 5, 5, 4, 6, 5, 5])
    assert wild.expected is not None and wild.expected < 7
    assert wild.trend == "rising"


def test_at_half_past_eight_what_rose_yesterday_still_rises():
    usual = [10, 9, 11, 10, 12, 8, 10, 9, 11, 10] * 3
    assert card(2, [*usual, 32], share=0.09).trend == "rising"
    assert card(1, [*usual, 11], share=0.09).trend == "steady"


def test_a_jump_of_the_early_morning_rises_at_once():
    assert card(9, [10, 9, 11, 10, 12, 8, 10, 9, 11, 10] * 3, share=0.09).trend == "rising"


def test_calm_mornings_keep_to_the_cap():
    chance = np.random.default_rng(14)
    days = calm(chance, 2_000, 41)
    days[:, -1] = chance.binomial(days[:, -1], 0.09)
    cards = told(days, share=0.09, sensitivity=Sensitivity(1e9))
    assert np.mean([one.trend == "rising" for one in cards]) <= CAP


def test_less_than_a_week_of_history_is_said_to_be_unsure():
    assert card(5, [5, 5, 5]).unsure
    assert not card(5, [5] * 5).unsure


# --- beside everything else -----------------------------------------------------------------


def beside(histories: list[list[int]], seen: list[int], inflow: list[float]) -> list[str]:
    observed = [Observed(n, seen[n], histories[n]) for n in range(len(histories))]
    background = Background(working_days(len(inflow)), inflow=inflow)
    cards = board(MONDAY, observed, background=background)
    return [card.trend for card in sorted(cards, key=lambda card: card.problem)]


def test_in_a_surge_of_everything_nothing_rises():
    histories = [[10] * 20, [20] * 20, [6] * 20]
    assert beside(histories, [100, 200, 60], [200.0] * 20 + [2000.0]) == ["steady"] * 3


def test_what_grows_against_a_surge_rises():
    histories = [[10] * 20, [20] * 20, [6] * 20]
    assert beside(histories, [100, 200, 300], [200.0] * 20 + [2200.0])[2] == "rising"


def test_a_problem_that_rises_alone_rises_although_it_is_most_of_the_inflow():
    assert beside([[40] * 20], [160], [60.0] * 20 + [180.0]) == ["rising"]


def test_a_quiet_day_makes_no_rise_of_what_stays_as_it_was():
    assert beside([[10] * 20, [4] * 20], [10, 2], [200.0] * 20 + [100.0])[0] == "steady"


def test_an_inflow_that_was_not_counted_makes_nothing_rise():
    uncounted = [200.0] * 15 + [3.0] * 6
    assert beside([[10] * 20, [20] * 20, [6] * 20], [12, 22, 8], uncounted) == ["steady"] * 3


# --- new, back, gone ------------------------------------------------------------------------


def test_what_was_founded_since_the_last_meeting_is_new():
    assert board(MONDAY, [Observed(1, 9, [4], fresh=True)])[0].trend == "new"


def test_what_is_above_its_level_after_an_action_has_regressed():
    past = [20] * 15 + [4] * 10
    back = Observed(1, 16, past, settled=4.0, settled_days=10)
    assert board(MONDAY, [back])[0].trend == "regressed"
    still = Observed(1, 5, past, settled=4.0, settled_days=10)
    assert board(MONDAY, [still])[0].trend != "regressed"


# --- the rhythm -----------------------------------------------------------------------------


def test_weekdays_and_the_day_after_a_holiday_are_learned():
    days = working_days(60)
    heavy = {0: 1.5, 1: 1.1, 2: 0.9, 3: 0.8, 4: 0.7}
    days[30] = Day(days[30].on, after_holiday=True)
    totals = [300 * heavy[day.on.weekday()] * (1.6 if day.after_holiday else 1) for day in days]
    found = learn(days, totals, {})
    assert found.of(Day(MONDAY)).value == pytest.approx(1.5, rel=0.06)
    assert 1.3 < found.marks["after_holiday"].value < 1.6
    assert found.of(Day(MONDAY)).doubt < Rhythm().of(Day(MONDAY, after_holiday=True)).doubt


def test_what_earlier_mailings_did_to_a_topic_is_expected_of_the_next():
    days = working_days(60)
    mailing = Occasion("mailing", "deferral")
    for place in (12, 25, 40):
        days[place] = Day(days[place].on, occasions=(mailing,))
    topic = [90.0 if day.occasions else 30.0 for day in days]
    found = learn(days, [400.0 + count for count in topic], {"deferral": topic})
    expected = found.of(Day(MONDAY, occasions=(mailing,)), "deferral")
    assert expected.value == pytest.approx(3, rel=0.25)
    assert found.of(Day(MONDAY, occasions=(mailing,)), "exemption").value == pytest.approx(
        found.of(Day(MONDAY)).value
    )


def test_an_occasion_that_was_never_seen_is_expected_with_doubt():
    unknown = Rhythm().of(Day(MONDAY, occasions=(Occasion("mailing"),)))
    given = Rhythm().of(Day(MONDAY, occasions=(Occasion("mailing", factor=2.0),)))
    assert unknown.value > 1 and unknown.doubt > given.doubt
    assert given.value == 2


def test_a_mailing_of_yesterday_makes_no_rise_of_what_it_explains():
    days = working_days(31)
    known = [*days[:-1], Day(MONDAY, occasions=(Occasion("mailing", "deferral", 3.0),))]
    seen = Observed(1, 30, [10] * 30, topic="deferral")
    assert board(MONDAY, [seen], background=Background(days))[0].trend == "rising"
    expected = board(MONDAY, [seen], background=Background(known))[0]
    assert expected.trend == "steady"
    assert expected.expected == pytest.approx(30)


def test_the_share_of_the_day_follows_the_houses_own_hours():
    nothing = [[0.0] * 24] * 7
    assert share_gone(nothing, 0, 0.0) < 0.02
    assert share_gone(nothing, 0, 24.0) == 1
    early = [[0.0] * 6 + [5_000.0] + [0.0] * 17] * 7
    assert share_gone(early, 0, 8.5) > 0.9 > share_gone(nothing, 0, 8.5)


# --- what it costs --------------------------------------------------------------------------


def test_the_budget_is_what_a_calm_week_brings_at_most():
    assert Sensitivity(2.0).false_alarms(500) == pytest.approx(2.0)
    assert Sensitivity(2.0).false_alarms(10) == pytest.approx(10 * 5 * CAP)


def test_a_larger_budget_tells_sooner():
    sooner = delay(5, 2, Sensitivity(20.0), 200, 0.12)
    later = delay(5, 2, Sensitivity(0.5), 200, 0.12)
    assert sooner.days is not None
    assert later.days is None or sooner.days <= later.days
    assert sooner.within_week > later.within_week


# --- the machinery ---------------------------------------------------------------------------


def test_the_dispersion_is_learned_over_all_problems():
    chance = np.random.default_rng(5)
    wild = chance.negative_binomial(1 / 0.6, 1 / (1 + 0.6 * 20), (60, 20)).astype(float)
    calm = chance.poisson(20, (60, 20)).astype(float)
    always = np.ones((60, 20), dtype=bool)
    assert counts.spread(wild, np.full((60, 20), 20.0), always).dispersion > 0.4
    assert counts.spread(calm, np.full((60, 20), 20.0), always).dispersion < 0.06


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


def in_window(history: list[int], *shares: float, beside: float = 0.0) -> trends.Interval | None:
    observed = [Observed(7, 0, history, lately=12)]
    window = trends.Window(shares, beside)
    return board(MONDAY, observed, share=0.1, window=window)[0].lately


def test_a_window_expects_the_sum_of_its_days_by_their_shares():
    found = in_window([10] * 20, 0.9, 1.0)
    assert found is not None
    assert found.expected == pytest.approx(10, rel=0.05)  # 0.9 of yesterday, 0.1 of today
    assert 3 <= found.low < 10 < found.high <= 18
    with_weekend = in_window([10] * 20, 0.9, 1.0, beside=0.5)
    assert with_weekend is not None and with_weekend.expected == pytest.approx(15, rel=0.05)


def test_three_days_vary_less_for_their_size_than_one():
    one, three = in_window([10] * 20, 1.0, 0.0), in_window([10] * 20, 1.0, 1.0, 1.0, 0.0)
    assert one is not None and three is not None
    assert three.expected == pytest.approx(3 * one.expected, rel=0.01)
    assert three.high / three.expected < one.high / one.expected


def test_what_began_in_the_window_has_nothing_to_compare():
    assert in_window([0, 0, 0, 0, 12], 0.9, 1.0) is None


def test_a_window_longer_than_the_history_still_has_an_expectation():
    found = in_window([10, 10], 1.0, 1.0, 1.0, 1.0)
    assert found is not None and found.expected == pytest.approx(31, rel=0.2)
