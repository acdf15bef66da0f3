"""A week by half hours: how full each cell is, in five steps of one colour. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

STEPS = 5
QUIET_HOURS = (16, 36)
"""Half hours of the day that are shown even if nothing came: 08:00 to 18:00."""


@dataclass(frozen=True)
class Cell:
    """One half hour of one weekday; `step` is 0 for none and 1-5 for ever more."""

    weekday: int
    half_hour: int
    value: float | None
    step: int
    shown: str


@dataclass(frozen=True)
class HeatMap:
    """Rows are half hours, columns the days of the week."""

    first: int
    last: int
    """Half hours of the day, `last` not included."""
    weekdays: Sequence[int]
    rows: Sequence[tuple[str, Sequence[Cell]]]
    levels: Sequence[str]
    """What the five steps stand for, in words."""
    busiest: Cell | None


def heat(
    means: Mapping[tuple[int, int], float],
    shown: Callable[[float], str],
    *,
    days: Mapping[int, int],
) -> HeatMap:
    """`means` by (weekday, half hour of the day); `days` says how many of each weekday there were.

    A weekday without a single day has no cells that could be read as zero.
    """
    with_something = [half for (_, half), value in means.items() if value]
    first = min([QUIET_HOURS[0], *with_something])
    last = max([QUIET_HOURS[1], *(half + 1 for half in with_something)])
    top = max(means.values(), default=0.0)
    open_days = [day for day in range(7) if day < 5 or any(means.get((day, h)) for h in range(48))]

    def cell(weekday: int, half: int) -> Cell:
        if not days.get(weekday):
            return Cell(weekday, half, None, 0, "")
        value = means.get((weekday, half), 0.0)
        return Cell(weekday, half, value, _step(value, top), shown(value))

    rows = [
        (f"{half // 2:02}:{half % 2 * 30:02}", [cell(weekday, half) for weekday in open_days])
        for half in range(first, last)
    ]
    cells = [one for _, row in rows for one in row if one.value]
    return HeatMap(
        first=first,
        last=last,
        weekdays=open_days,
        rows=rows,
        levels=[shown(top * number / STEPS) for number in range(1, STEPS + 1)],
        busiest=max(cells, key=lambda one: one.value or 0.0, default=None),
    )


def _step(value: float, top: float) -> int:
    return min(STEPS, ceil(STEPS * value / top - 1e-9)) if value > 0 and top > 0 else 0
