"""Where the parts of a chart lie: round ticks from zero, gaps where nothing was measured."""

import pytest

from triage.chart_columns import Column, stacks
from triage.chart_heat import heat
from triage.chart_lines import Happened, Line, Spot, lines, multiples
from triage.chart_scale import Scale, anchor, apart, sparse, ticks


def spots(*values: float | None) -> list[Spot]:
    return [
        Spot(f"day {number}", str(number), value, str(value)) for number, value in enumerate(values)
    ]


@pytest.mark.parametrize(
    ("top", "expected"),
    [
        (0, [0, 1]),
        (7, [0, 2, 4, 6, 8]),
        (100, [0, 25, 50, 75, 100]),
        (0.83, [0, 0.25, 0.5, 0.75, 1.0]),
        (412, [0, 200, 400, 600]),
        (1_000_000, [0, 250_000, 500_000, 750_000, 1_000_000]),
    ],
)
def test_ticks_are_round_and_begin_at_zero(top: float, expected: list[float]) -> None:
    assert ticks(top) == expected


def test_counts_have_no_fractions_on_their_axis() -> None:
    assert ticks(2, whole=True) == [0, 1, 2]


def test_zero_lies_on_the_ground_and_the_highest_at_the_top() -> None:
    scale = Scale(50, 200)

    assert (scale.y(0), scale.y(50), scale.y(25)) == (200, 0, 100)


def test_the_last_place_always_has_its_word() -> None:
    assert sparse(28)[-1] == 27
    assert len(sparse(365)) <= 6


def test_words_at_the_edges_stay_inside() -> None:
    assert [anchor(x) for x in (2, 50, 98)] == ["start", "middle", "end"]


def test_names_that_end_together_are_moved_apart_and_stay_inside() -> None:
    placed = apart([100, 101, 199], 15, 10, 200)

    assert placed[1] - placed[0] >= 15
    assert max(placed) <= 200


def test_what_was_not_measured_is_a_gap() -> None:
    chart = lines([Line("contacts", spots(10, None, 20, 20))], str)

    path = chart.lines[0].path
    assert path.count("M") == 2
    assert path.count("L") == 1
    assert chart.lines[0].spots[0].alone
    assert len(chart.rows) == 4
    assert not chart.empty


def test_a_chart_without_any_value_is_empty() -> None:
    assert lines([Line("contacts", spots(None, None))], str).empty


def test_a_band_is_closed_and_breaks_where_it_is_unknown() -> None:
    chart = lines([Line("contacts", spots(1, 2, 3))], str, band=[(0, 2), None, (2, 4)], whole=True)

    assert chart.band.count("Z") == 2
    assert chart.levels[-1][1] == "4.0"


def test_what_happened_is_numbered_along_the_axis() -> None:
    chart = lines(
        [Line("contacts", spots(1, 2, 3, 4))],
        str,
        happened=[Happened(3, "form fixed", "action"), Happened(1, "mailing", "mailing")],
    )

    assert [(mark.number, mark.happened.label) for mark in chart.marks] == [
        (1, "mailing"),
        (2, "form fixed"),
    ]
    assert chart.marks[0].x == 37.5


def test_two_things_of_one_day_stand_side_by_side() -> None:
    chart = lines(
        [Line("contacts", spots(1, 2, 3, 4))],
        str,
        happened=[Happened(1, "one", "event"), Happened(1, "other", "event")],
    )

    assert [mark.shift for mark in chart.marks] == [0, 18]


def test_small_charts_share_one_scale() -> None:
    small, large = multiples([Line("nl", spots(1, 2)), Line("fr", spots(50, 100))], str)

    assert small.levels == large.levels
    assert small.lines[0].spots[0].y > large.lines[0].spots[0].y


def test_parts_stand_on_each_other_and_an_unknown_one_takes_no_room() -> None:
    chart = stacks(
        ["mail", "phone"], [Column("Monday", "Mo", [30, 10]), Column("d", "d", [None, 5])], str
    )

    first, second = chart.columns
    assert [part.part for part in first.parts] == [1, 2]
    assert first.parts[0].y == first.parts[1].y + first.parts[1].height
    assert [part.part for part in second.parts] == [2]
    assert second.parts[0].y + second.parts[0].height == chart.height


def test_warmth_has_five_steps_and_a_day_that_never_was_has_no_zero() -> None:
    found = heat({(0, 18): 10.0, (0, 19): 1.0, (2, 20): 5.0}, str, days={0: 4, 1: 4, 2: 4})

    cells = {(c.weekday, c.half_hour): c for _, row in found.rows for c in row}
    assert [cells[key].step for key in ((0, 18), (0, 19), (2, 20), (1, 18))] == [5, 1, 3, 0]
    assert cells[(1, 18)].value == 0
    assert cells[(3, 18)].value is None
    assert found.weekdays == [0, 1, 2, 3, 4]
    assert found.busiest == cells[(0, 18)]


def test_night_hours_show_where_something_came() -> None:
    found = heat({(6, 46): 1.0}, str, days={6: 1})

    assert found.rows[-1][0] == "23:00"
    assert 6 in found.weekdays
