"""The answer to one question about figures over time, for one reader: numbers only, no words.

Page, print, table and mail show this; what the reader may not know is not in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import cast

from models import history, history_marks, kpi
from models.calendar import business_day
from models.history_marks import Mark
from models.kpi import KPIS, Absent, Kpi, Point, Split, Value
from models.kpi_kinds import value_of
from models.user import User
from triage.report_asked import Asked, Days

MOST_PARTS = 12
LEAST_KNOWN = 0.5
"""Of the places of a line: what is known of less is held against nothing."""
HEAT_LEAST = timedelta(days=6)


@dataclass(frozen=True)
class Part:
    """One line of a split; `key` is the channel, topic, team or language, '' what has none."""

    key: str
    points: Sequence[Point]
    total: Value


@dataclass(frozen=True)
class Heat:
    """Contacts on average by weekday and half hour; `days` says of how many of each weekday."""

    means: dict[history.Place, float]
    days: dict[int, int]


@dataclass(frozen=True)
class View:
    """One figure over a time. `before` has a point for each of `points`, in their order."""

    asked: Asked
    kpi: Kpi
    days: Days
    days_beside: Days | None
    points: Sequence[Point]
    before: Sequence[Point]
    total: Value
    total_before: Value | None
    parts: Sequence[Part]
    more_parts: int
    """So many lines more there are, each smaller than those shown."""
    marks: Sequence[Mark]
    heat: Heat | None
    as_of: datetime

    @property
    def known(self) -> bool:
        return any(point.value is not None for point in self.points)

    @property
    def why_not(self) -> Absent | None:
        return self.total.why_not

    @property
    def pairs(self) -> list[tuple[Point, Point]]:
        """What is known of both times, place by place."""
        together = zip(self.points, self.before, strict=False)
        return [(now, then) for now, then in together if None not in (now.value, then.value)]

    @property
    def held(self) -> tuple[float, float] | None:
        """(the figure, what it is held against), over what is known of both; None where that is
        too little to say anything."""
        pairs = self.pairs
        if not pairs or len(pairs) < LEAST_KNOWN * len(self.points):
            return None
        if self.kpi.stands or self.kpi.values is not None:
            now, then = self.total.value, self.total_before.value if self.total_before else None
            return None if now is None or then is None else (now, then)
        sums = [
            value_of(self.kpi, sum(one.part for one in side), sum(one.whole for one in side))
            for side in zip(*pairs, strict=True)
        ]
        now, then = sums
        return None if now is None or then is None else (now, then)

    @property
    def change(self) -> float | None:
        """By how much it moved against what it is held beside, as a share of that."""
        held = self.held
        return held[0] / held[1] - 1 if held and held[1] else None


def view_of(asked: Asked, user: User, at: datetime, today: date | None = None) -> View:
    """Answer a question as of `today`, the day of `at` if nothing else is said."""
    today = today or business_day(at)
    figure, days, beside = KPIS[asked.kpi], asked.days(today), asked.days_beside(today)
    points = _series(asked, days, user, at)
    parts, more = _parts(asked, days, user, at)
    before = _series(asked, beside, user, at) if beside else []
    return View(
        asked=asked,
        kpi=figure,
        days=days,
        days_beside=beside,
        points=points,
        before=before[: len(points)],
        total=_total(asked, days, user, at),
        total_before=_total(asked, beside, user, at) if beside else None,
        parts=parts,
        more_parts=more,
        marks=history_marks.marks(days.first, days.last, user=user, topic_id=asked.cut.topic_id),
        heat=_heat(asked, days, user),
        as_of=at,
    )


def _series(asked: Asked, days: Days, user: User, at: datetime) -> list[Point]:
    return kpi.series(asked.kpi, days.first, days.last, asked.by.value, None, asked.cut, user, at)


def _total(asked: Asked, days: Days, user: User, at: datetime) -> Value:
    """The figure of the whole time; of what stands, as it stood on the last day."""
    return kpi.measure(asked.kpi, days.first, days.last, cut=asked.cut, user=user, at=at)


def _parts(asked: Asked, days: Days, user: User, at: datetime) -> tuple[list[Part], int]:
    """The lines of the split, the largest first, and how many are left out."""
    if asked.split is None or not KPIS[asked.kpi].supports(asked.cut, asked.split):
        return [], 0
    split = cast(Split, asked.split)
    if KPIS[asked.kpi].values is not None:
        return [], 0
    points = kpi.series(
        asked.kpi, days.first, days.last, asked.by.value, split, asked.cut, user, at
    )
    lines: dict[str, list[Point]] = {}
    for point in points:
        lines.setdefault(point.key, []).append(point)
    weight = {
        key: max(sum(p.whole for p in of), sum(p.part for p in of)) for key, of in lines.items()
    }
    largest = sorted(lines, key=lambda key: (-weight[key], key))
    shown = [Part(key, lines[key], _whole(asked, lines[key], days)) for key in largest[:MOST_PARTS]]
    return shown, max(0, len(largest) - MOST_PARTS)


def _weight(points: Sequence[Point]) -> float:
    return max(sum(point.whole for point in points), sum(point.part for point in points))


def _whole(asked: Asked, points: Sequence[Point], days: Days) -> Value:
    """The figure of a line's whole time, of what its points may tell."""
    figure = KPIS[asked.kpi]
    told = [point for point in points if point.value is not None]
    if figure.stands:
        told = told[-1:]
    part, whole = sum(point.part for point in told), sum(point.whole for point in told)
    value = value_of(figure, part, whole) if told else None
    why = None if value is not None else next(iter({point.why_not for point in points}), None)
    return Value(part, whole, value, why, days.last, days.first)


def _heat(asked: Asked, days: Days, user: User) -> Heat | None:
    """Only contacts are counted by half hours, and by team nobody knows them."""
    short = days.last - days.first < HEAT_LEAST
    if asked.kpi != "inflow" or asked.cut.team_id is not None or short:
        return None
    counted = history.weekdays(days.first, days.last)
    sums = history.half_hours(days.first, days.last, asked.cut, user=user)
    if not counted or not sums:
        return None
    means = {place: count / counted[place[0]] for place, count in sums.items() if counted[place[0]]}
    return Heat(means, dict(counted))
