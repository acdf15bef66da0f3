"""Forecasts beat last week's same weekday, say how sure they are, and follow a crisis."""

from datetime import date

import numpy as np
import pytest

from benchmarks import forecast as bench
from benchmarks.forecast import CHANNELS, HARD, described, judged
from classifiers import forecast_hours
from classifiers.forecast import DayAhead, outlook, with_wave
from classifiers.rhythm import USUAL_HOURS

MONDAY = date(2026, 3, 2)
SEEDS = [1, 2]


@pytest.mark.parametrize("channel", CHANNELS)
def test_over_26_weeks_it_beats_last_week_and_its_bands_hold_what_they_promise(
    channel: str,
) -> None:
    found = judged(CHANNELS[channel], SEEDS, every=13)
    assert found.mase() < 0.95
    assert found.mase(1, 5) < 0.95
    assert 0.70 < found.covered(0.8) < 0.95
    assert found.covered(0.5) < found.covered(0.8) < found.covered(0.9)


@pytest.mark.parametrize("stream", HARD)
def test_hard_streams_are_foreseen_no_worse_than_by_last_week(stream: str) -> None:
    found = judged(HARD[stream], SEEDS, every=13)
    assert found.mase() < 1.05
    assert found.covered(0.9) > 0.65


def test_a_week_after_a_crisis_has_come_the_new_level_is_expected() -> None:
    days = described(MONDAY, 100)
    counts = [0.0 if day.free else 20.0 if place < 60 else 4500.0 for place, day in enumerate(days)]
    found = outlook(days[:67], counts[:67], days[67:74])
    working = [
        one.expected for one, day in zip(found.days, days[67:], strict=False) if not day.free
    ]
    assert np.median(working) == pytest.approx(4500, rel=0.3)


def test_one_wild_day_is_no_new_level() -> None:
    days = described(MONDAY, 63)
    counts = [0.0 if day.free else 100.0 for day in days]
    wild = next(place for place in range(50, 63) if not days[place].free)
    counts[wild] = 600.0
    found = outlook(days[:56], counts[:56], days[56:])
    working = [one.expected for one, day in zip(found.days, days[56:], strict=True) if not day.free]
    assert max(working) < 160


def test_with_few_days_it_says_that_it_is_not_enough_and_is_wide() -> None:
    days = described(MONDAY, 120)
    counts = [0.0 if day.free else 100.0 + place % 7 for place, day in enumerate(days)]
    few = outlook(days[:7], counts[:7], days[7:14])
    many = outlook(days[:112], counts[:112], days[112:119])
    assert not few.enough
    assert many.enough
    assert width(few.days[0]) > 1.5 * width(many.days[0])


def test_without_a_past_nothing_is_said() -> None:
    assert outlook([], [], described(MONDAY, 5)).days == ()
    assert outlook(described(MONDAY, 3), [None, None, None], described(MONDAY, 5)).days == ()


def test_days_of_which_nothing_is_known_do_not_count_as_quiet() -> None:
    days = described(MONDAY, 63)
    counts = [
        None if place % 9 == 0 else 0.0 if day.free else 100.0 for place, day in enumerate(days)
    ]
    found = outlook(days[:56], counts[:56], days[56:])
    working = [one.expected for one, day in zip(found.days, days[56:], strict=True) if not day.free]
    assert np.mean(working) == pytest.approx(100, rel=0.1)


def test_closed_weekends_stay_empty_and_open_ones_do_not() -> None:
    days = described(MONDAY, 63)
    for on_free, least, most in ((0.0, 0.0, 8.0), (40.0, 30.0, 50.0)):
        counts = [on_free if day.free else 100.0 for day in days]
        found = outlook(days[:56], counts[:56], days[56:])
        sunday = found.days[-1].expected
        assert least <= sunday <= most


def test_a_mailing_adds_its_contacts_and_its_doubt() -> None:
    usual = DayAhead(MONDAY, 100, 0.02)
    heavy = with_wave(usual, 100, 50)
    assert heavy.expected == 200
    assert width(heavy) > 1.4 * width(usual)


def test_half_hours_add_up_to_the_day_and_follow_the_house() -> None:
    counted = [[0.0] * 48 for _ in range(7)]
    for weekday in range(5):
        counted[weekday][20] = 5000.0
    shares = forecast_hours.profile(counted, 1)
    assert shares.sum() == pytest.approx(1)
    assert shares[20] > 0.9


def test_without_a_past_half_hours_are_the_usual_ones() -> None:
    shares = forecast_hours.profile([[0.0] * 48 for _ in range(7)], 2)
    assert int(shares.argmax()) // 2 == int(np.argmax(USUAL_HOURS))


def test_the_half_year_is_made_anew_alike() -> None:
    days = described(bench.FIRST, 40)
    first, again = bench.PHONE.counts(days, 3), bench.PHONE.counts(days, 3)
    assert first.tolist() == again.tolist()


def width(one: DayAhead) -> float:
    low, high = one.between(0.8)
    return (high - low) / one.expected
