"""Erlang C gives the published values, and never a number of seconds where the queue only grows."""

import pytest

from classifiers.erlang import Line

KNOWN = [
    (67, 300, 8, 5.583, 0.2673, 0.772, 33.2),
    (67, 300, 9, 5.583, 0.1396, 0.889, 12.3),
    (67, 420, 10, 7.817, 0.3695, 0.667, 71.1),
    (67, 420, 11, 7.817, 0.2179, 0.813, 28.7),
    (204, 420, 28, 23.8, 0.3114, 0.745, 31.1),
    (204, 420, 29, 23.8, 0.2253, 0.824, 18.2),
]


@pytest.mark.parametrize(("calls", "seconds", "agents", "load", "waits", "in_time", "wait"), KNOWN)
def test_known_values(
    calls: int, seconds: int, agents: int, load: float, waits: float, in_time: float, wait: float
) -> None:
    line = Line(calls, seconds)
    assert line.load == pytest.approx(load, abs=5e-4)
    assert line.waits(agents) == pytest.approx(waits, abs=5e-5)
    assert line.in_time(agents) == pytest.approx(in_time, abs=5e-4)
    assert line.mean_wait(agents) == pytest.approx(wait, abs=0.05)


@pytest.mark.parametrize(
    ("calls", "seconds", "agents"), [(67, 300, 9), (67, 420, 11), (204, 420, 29)]
)
def test_one_person_decides_whether_the_target_is_met(
    calls: int, seconds: int, agents: int
) -> None:
    assert Line(calls, seconds).agents_for() == agents


def test_with_too_few_people_the_queue_grows_by_so_many_calls_an_hour() -> None:
    line = Line(67, 420)
    assert line.mean_wait(7) is None
    assert line.in_time(7) is None
    assert line.growth(7) == pytest.approx(7.0)
    assert line.growth(8) == 0


def test_a_crisis_of_thousands_of_calls_is_still_counted() -> None:
    line = Line(15_000, 420)
    agents = line.agents_for()
    assert line.load < agents < 1.05 * line.load
    assert (line.in_time(agents) or 0) >= 0.8


def test_nobody_is_needed_where_nobody_calls() -> None:
    assert Line(0, 300).agents_for() == 0
    assert Line(0, 300).in_time(1) == 1
