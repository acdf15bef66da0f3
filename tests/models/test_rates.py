"""The arithmetic of rates: textbook values, and intervals that hold what they promise."""

from math import exp, isclose, log

import pytest

from models.rates import Count, change, dispersion, student


@pytest.mark.parametrize(
    ("freedom", "quantile"), [(3, 3.182), (5, 2.571), (10, 2.228), (30, 2.042), (1000, 1.962)]
)
def test_students_quantile_is_that_of_the_tables(freedom: int, quantile: float) -> None:
    assert isclose(student(1.959964, freedom), quantile, rel_tol=0.01)


def test_days_that_differ_as_chance_makes_them_have_no_dispersion() -> None:
    assert dispersion([10, 11, 9, 10], [10, 10, 10, 10], 3) == 0
    assert dispersion([], [], 1) == 0


def test_dispersion_makes_pearsons_statistic_what_is_expected() -> None:
    seen, expected = [4, 22, 9, 31, 12], [15.6] * 5
    found = dispersion(seen, expected, 4)
    assert isclose(
        sum((count - 15.6) ** 2 / (15.6 + found * 15.6**2) for count in seen), 4, rel_tol=1e-6
    )


def test_a_rate_is_taken_of_its_exposure() -> None:
    before = [Count(20, 200), Count(10, 100)]
    after = [Count(30, 600), Count(20, 400)]
    found = change(before, after)
    assert isclose(found.share, 50.5 / 1000 / (30.5 / 300) - 1)
    low, high = found.interval()
    assert low < found.share < high


def test_wilder_days_and_fewer_of_them_make_a_wider_interval() -> None:
    steady = [Count(10, 1)] * 6
    wild = [Count(count, 1) for count in (1, 22, 5, 17, 3, 12)]
    widths = [
        exp(log(1 + high) - log(1 + low))
        for low, high in (
            change(steady, steady).interval(),
            change(wild, steady).interval(),
            change(wild[:2], steady[:2]).interval(),
        )
    ]
    assert widths == sorted(widths)


def test_what_everything_did_is_taken_off() -> None:
    own = change([Count(40, 1)] * 4, [Count(20, 1)] * 4)
    general = change([Count(400, 1)] * 4, [Count(200, 1)] * 4)
    rest = own.against(general)
    assert abs(rest.share) < 0.02
    assert rest.variance == own.variance + general.variance
    assert own.freedom <= rest.freedom <= own.freedom + general.freedom


def test_a_fall_to_nothing_has_an_end() -> None:
    low, high = change([Count(12, 1)] * 3, [Count(0, 1)] * 3).interval()
    assert -1 < low < high < 0
