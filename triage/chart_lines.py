"""Lines over time, with a band, and marks of what happened: where each part of the picture lies.

Pure. What was not measured is a gap, never a zero; the axis begins at zero.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from triage.chart_scale import Scale, across, anchor, apart, sparse, ticks

HEIGHT = 200
SMALL_HEIGHT = 90
LABEL_GAP = 15
CLOSE, MARK_WIDTH = 2.5, 18
"""Marks closer than so many percent are moved apart by so many pixels."""
FAR_RIGHT = 85
"""Beyond so many percent they are moved to the left."""
MOST_DOTS = 40
"""More are only shown under the pointer."""


@dataclass(frozen=True)
class Spot:
    """One value of a line. `label` is its whole date, `short` what may stand below the axis."""

    label: str
    short: str
    value: float | None
    shown: str = ""
    url: str | None = None


@dataclass(frozen=True)
class Line:
    """A line and its name; `role`: now (the accent), before (dashed), part or usual (grey)."""

    name: str
    spots: Sequence[Spot]
    role: str = "now"


@dataclass(frozen=True)
class Happened:
    """Something on the time axis: between or on the places of the first line."""

    index: float
    label: str
    kind: str
    url: str | None = None
    day: str = ""


@dataclass(frozen=True)
class DrawnSpot:
    x: float
    y: float
    anchor: str
    alone: bool
    spot: Spot


@dataclass(frozen=True)
class DrawnLine:
    name: str
    role: str
    path: str
    spots: Sequence[DrawnSpot]
    label_y: float | None
    """Where its name stands beside its end; None where it has no value."""


@dataclass(frozen=True)
class DrawnMark:
    x: float
    shift: int
    """Pixels aside, where others stand at the same place."""
    number: int
    happened: Happened


@dataclass(frozen=True)
class LineChart:
    """A picture laid out: heights in pixels, everything across in percent."""

    height: float
    step: float
    """The width of one place."""
    levels: Sequence[tuple[float, str]]
    words: Sequence[tuple[float, str, str]]
    """(where, how it stands there, word) below the axis."""
    lines: Sequence[DrawnLine]
    band: str
    marks: Sequence[DrawnMark]
    dotted: bool
    rows: Sequence[tuple[str, Sequence[Spot | None]]]
    """The same as a table: a label, and one value for each line."""

    @property
    def empty(self) -> bool:
        return all(one.spot.value is None for line in self.lines for one in line.spots)


def lines(
    drawn: Sequence[Line],
    shown: Callable[[float], str],
    *,
    band: Sequence[tuple[float, float] | None] = (),
    happened: Iterable[Happened] = (),
    top: float | None = None,
    height: float = HEIGHT,
    whole: bool = False,
    words: int = 5,
) -> LineChart:
    """Lay lines out over the places of the first; `shown` writes a number of the axis.

    `band` has (low, high) for each place, or None; `top` is given where several charts share one
    scale; `whole` keeps fractions off the axis.
    """
    count = max((len(line.spots) for line in drawn), default=0)
    values = [one.value for line in drawn for one in line.spots if one.value is not None]
    highest = top if top is not None else max([*values, *(pair[1] for pair in band if pair)] or [0])
    levels = ticks(highest, 5 if height >= HEIGHT else 3, whole=whole)
    scale = Scale(levels[-1], height)
    laid = [_line(line, scale, count) for line in drawn]
    return LineChart(
        height=height,
        step=round(100 / max(count, 1), 3),
        levels=[(scale.y(level), shown(level)) for level in levels],
        words=_words(drawn[0].spots, words) if drawn else [],
        lines=_labelled(laid, height),
        band=_band(band, scale, count),
        marks=_marks(happened, count),
        dotted=count <= MOST_DOTS and height >= HEIGHT,
        rows=_rows(drawn, count),
    )


def multiples(
    drawn: Sequence[Line], shown: Callable[[float], str], *, whole: bool = False
) -> list[LineChart]:
    """One small chart for each line, all on one scale so that they can be compared."""
    values = [one.value for line in drawn for one in line.spots if one.value is not None]
    return [
        lines(
            [line], shown, top=max(values, default=0.0), height=SMALL_HEIGHT, whole=whole, words=2
        )
        for line in drawn
    ]


def _line(line: Line, scale: Scale, count: int) -> DrawnLine:
    spots, pieces, before = [], [], False
    known = [one.value is not None for one in line.spots]
    for index, one in enumerate(line.spots):
        if one.value is None:
            before = False
            continue
        x, y = across(index, count), scale.y(one.value)
        pieces.append(f"{'L' if before else 'M'}{x:g} {y:g}")
        after = index + 1 < len(known) and known[index + 1]
        spots.append(DrawnSpot(x, y, anchor(x), not before and not after, one))
        before = True
    end = spots[-1].y if spots else None
    return DrawnLine(line.name, line.role, "".join(pieces), spots, end)


def _marks(happened: Iterable[Happened], count: int) -> list[DrawnMark]:
    """Numbered along the axis; those that would cover each other stand side by side."""
    ordered = sorted(happened, key=lambda one: one.index)
    places = [across(one.index, count) for one in ordered]
    drawn: list[DrawnMark] = []
    for number, (x, one) in enumerate(zip(places, ordered, strict=True), start=1):
        earlier = sum(0 <= x - other < CLOSE for other in places[: number - 1])
        later = sum(0 <= other - x < CLOSE for other in places[number:])
        aside = -later if x > FAR_RIGHT else earlier
        drawn.append(DrawnMark(x, aside * MARK_WIDTH, number, one))
    return drawn


def _labelled(laid: Sequence[DrawnLine], height: float) -> list[DrawnLine]:
    """The names beside the ends, moved apart where lines end close together."""
    ends = [line.label_y for line in laid if line.label_y is not None]
    places = iter(apart(ends, LABEL_GAP, 10, max(height, LABEL_GAP * len(ends))))
    return [
        DrawnLine(
            line.name,
            line.role,
            line.path,
            line.spots,
            next(places) if line.label_y is not None else None,
        )
        for line in laid
    ]


def _rows(drawn: Sequence[Line], count: int) -> list[tuple[str, list[Spot | None]]]:
    rows = []
    for index in range(count):
        cells = [line.spots[index] if index < len(line.spots) else None for line in drawn]
        rows.append((next(one.label for one in cells if one is not None), cells))
    return rows


def _words(spots: Sequence[Spot], most: int) -> list[tuple[float, str, str]]:
    places = [(across(index, len(spots)), spots[index].short) for index in sparse(len(spots), most)]
    return [(x, anchor(x), word) for x, word in places]


def _band(band: Sequence[tuple[float, float] | None], scale: Scale, count: int) -> str:
    """One closed path for each run of places that have a band."""
    runs: list[list[tuple[float, float, float]]] = [[]]
    for index, pair in enumerate(band):
        if pair is None:
            runs.append([])
        else:
            runs[-1].append((across(index, count), scale.y(pair[0]), scale.y(pair[1])))
    paths = []
    for run in filter(None, runs):
        there = "L".join(f"{x:g} {high:g}" for x, _low, high in run)
        back = "L".join(f"{x:g} {low:g}" for x, low, _high in reversed(run))
        paths.append(f"M{there}L{back}Z")
    return "".join(paths)
