"""Columns made of parts, one over the other: where each lies. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from triage.chart_scale import Scale, across, anchor, sparse, ticks

HEIGHT = 200
FILLED = 0.72
"""Of the width of its place, how much a column takes."""


@dataclass(frozen=True)
class Column:
    """One place of the axis: its parts from the ground up, in the order of the names."""

    label: str
    short: str
    values: Sequence[float | None]
    shown: str = ""
    url: str | None = None


@dataclass(frozen=True)
class DrawnPart:
    x: float
    width: float
    y: float
    height: float
    part: int
    """Which name it has, from 1."""


@dataclass(frozen=True)
class DrawnColumn:
    x: float
    middle: float
    anchor: str
    top: float
    parts: Sequence[DrawnPart]
    column: Column


@dataclass(frozen=True)
class ColumnChart:
    """A picture laid out: heights in pixels, everything across in percent."""

    height: float
    step: float
    names: Sequence[str]
    levels: Sequence[tuple[float, str]]
    words: Sequence[tuple[float, str, str]]
    columns: Sequence[DrawnColumn]


def stacks(
    names: Sequence[str],
    columns: Sequence[Column],
    shown: Callable[[float], str],
    *,
    height: float = HEIGHT,
    whole: bool = True,
) -> ColumnChart:
    """Lay columns out; a part that was not measured takes no room."""
    tops = [sum(value or 0 for value in column.values) for column in columns]
    levels = ticks(max(tops, default=0), whole=whole)
    scale, count = Scale(levels[-1], height), len(columns)
    spread = sparse(count)
    return ColumnChart(
        height=height,
        step=round(100 / max(count, 1), 3),
        names=names,
        levels=[(scale.y(level), shown(level)) for level in levels],
        words=[(x := across(i, count), anchor(x), columns[i].short) for i in spread],
        columns=[_column(one, index, count, scale) for index, one in enumerate(columns)],
    )


def _column(column: Column, index: int, count: int, scale: Scale) -> DrawnColumn:
    width = round(100 / count * FILLED, 3)
    middle = across(index, count)
    x, ground, parts = round(middle - width / 2, 3), 0.0, []
    for number, value in enumerate(column.values, start=1):
        if not value:
            continue
        bottom, top = scale.y(ground), scale.y(ground + value)
        parts.append(DrawnPart(x, width, top, round(bottom - top, 1), number))
        ground += value
    place = round(index * 100 / count, 3)
    return DrawnColumn(place, middle, anchor(middle), scale.y(ground), parts, column)
