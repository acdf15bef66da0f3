"""What has shifted is told; what chance, few contacts or restless days explain is not."""

import numpy as np
import pytest

from classifiers.drift import Day, mean, shift


def days(count: int, share: float, number: int = 28) -> list[Day]:
    return [Day(count, round(count * share), round(count * share)) for _ in range(number)]


def test_a_share_that_doubles_is_told():
    found = shift(days(100, 0.2, 7), days(100, 0.1), bad=1, matters=0.05)
    assert found is not None
    assert (found.now, found.before, found.count) == (0.2, 0.1, 700)
    assert found.difference == pytest.approx(0.1)


def test_a_share_that_falls_where_a_rise_is_bad_is_not_told():
    assert shift(days(100, 0.1, 7), days(100, 0.2), bad=1, matters=0.05) is None
    assert shift(days(100, 0.1, 7), days(100, 0.2), bad=-1, matters=0.05) is not None


@pytest.mark.parametrize(
    ("now", "before"),
    [
        (days(6, 0.9, 7), days(100, 0.1)),
        (days(100, 0.9, 7), days(5, 0.1)),
        (days(100, 0.9, 7), days(200, 0.1, 4)),
        ([], days(100, 0.1)),
    ],
    ids=["few now", "few before", "few days", "nothing yet"],
)
def test_small_numbers_never_alarm(now, before):
    assert shift(now, before, bad=1, matters=0.05) is None


def test_what_is_sure_and_too_small_to_matter_is_not_told():
    assert shift(days(100_000, 0.12, 7), days(100_000, 0.10), bad=1, matters=0.05) is None


def test_where_days_differ_anyway_one_more_such_day_is_not_told():
    restless = [one for share in (0.05, 0.35) for one in days(200, share, 14)]
    assert shift(days(200, 0.35, 1), restless, bad=1, matters=0.05) is None
    assert shift(days(200, 0.35, 1), days(200, 0.2), bad=1, matters=0.05) is not None


def test_a_mean_confidence_that_falls_is_told():
    sure, unsure = Day(100, 90.0, 82.0), Day(100, 80.0, 66.0)
    assert shift([unsure], [sure] * 28, bad=-1, matters=0.04) is not None
    assert shift([sure], [sure] * 28, bad=-1, matters=0.04) is None


def test_chance_alone_hardly_ever_alarms():
    chance = np.random.default_rng(7)
    told = 0
    for _ in range(2_000):
        drawn = [Day(80, hits, hits) for hits in chance.binomial(80, 0.2, 35).tolist()]
        told += shift(drawn[:7], drawn[7:], bad=1, matters=0.0) is not None
    assert told <= 4


def test_nothing_has_no_mean():
    assert mean([]) is None
    assert mean([Day(0, 0, 0)]) is None
