"""The pictures of the days to come, laid out: inflow by day and half hour, and hours of work."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property

from flask_babel import gettext as _

from classifiers.forecast import bounds
from models import calendar, forecast, forecast_past
from models.forecast import Expected
from models.topic import Topic
from triage.chart_columns import Column, ColumnChart, stacks
from triage.chart_lines import Happened, Line, LineChart, Spot, lines
from triage.dashboards.ahead_plan import DAYS, Plan
from triage.dashboards.ahead_words import count, hours, whole
from triage.display import label

BEFORE = 14
EIGHT_OF_TEN, HALF = 0.8, 0.5


@dataclass(frozen=True)
class What:
    """What a forecast is looked at for: everything, a channel, or a topic."""

    channel: str = ""
    topic: Topic | None = None

    @property
    def topic_id(self) -> str:
        return self.topic.id if self.topic else ""


@dataclass(frozen=True)
class Row:
    """A day or half hour; `came` is None where it is still to come."""

    word: str
    short: str
    came: int | None
    said: Expected | None
    notes: str = ""

    @cached_property
    def eight(self) -> tuple[float, float] | None:
        return band_of(self.said, EIGHT_OF_TEN)

    @cached_property
    def half(self) -> tuple[float, float] | None:
        return band_of(self.said, HALF)


def band_of(said: Expected | None, share: float) -> tuple[float, float] | None:
    return bounds(said.expected, said.dispersion, share) if said is not None else None


def day_rows(what: What, today: date, notes: Mapping[date, str], open_days: set[date]) -> list[Row]:
    """The last two weeks and the next four, without days off."""
    first, last = today - timedelta(days=BEFORE), today + timedelta(days=DAYS - 1)
    said = {row.day: row for row in forecast.expected(first, last, what.channel, what.topic_id)}
    came = came_by_day(what, first, today)
    begun = min(came, default=today)
    days = [first + timedelta(days=step) for step in range((last - first).days + 1)]
    return [
        Row(
            whole(day),
            axis(day),
            came.get(day, 0) if begun <= day < today else None,
            said.get(day),
            notes.get(day, ""),
        )
        for day in days
        if day in open_days
    ]


def came_by_day(what: What, first: date, today: date) -> dict[date, int]:
    yesterday = today - timedelta(days=1)
    if what.topic_id:
        return forecast_past.by_topic(first, yesterday).get(what.topic_id, {})
    channels = forecast_past.by_channel(first, yesterday)
    if what.channel:
        return channels.get(what.channel, {})
    return forecast_past.total(list(channels.values()))


def half_hour_rows(what: What, day: date, at: datetime) -> list[Row]:
    """Those in which somebody came or is expected; topics have none."""
    said = {row.starts_at: row for row in forecast.expected_half_hours(day, day, what.channel)}
    today = calendar.business_day(at) == day
    came = forecast_past.of_day(day, what.channel) if today else {}
    found = []
    for place in range(48):
        moment = time(place // 2, 30 * (place % 2))
        starts_at = calendar.start_of(day, moment)
        one, seen = said.get(starts_at), came.get(place)
        if one is None and seen is None:
            continue
        over = today and starts_at + timedelta(minutes=30) <= at
        word = f"{moment:%H:%M}"
        found.append(Row(word, word, (seen or 0) if over else None, one))
    return found


def drawn(rows: Sequence[Row], notes: bool = True) -> LineChart:
    """What came, what is expected, and the band in which eight of ten lie."""
    expected = [
        Spot(
            row.word,
            row.short,
            row.said.expected if row.said else None,
            f"{count(row.said.expected)}{between(row.eight)}" if row.said else "",
        )
        for row in rows
    ]
    came = [
        Spot(row.word, row.short, row.came, count(row.came) if row.came is not None else "")
        for row in rows
    ]
    marks = [
        Happened(place, row.notes, "known", day=row.word)
        for place, row in enumerate(rows)
        if notes and row.notes and row.came is None
    ]
    drawn_lines = [Line(_("expected"), expected, "now")]
    if any(one.value is not None for one in came):
        drawn_lines.append(Line(_("came"), came, "part"))
    return lines(drawn_lines, count, band=[row.eight for row in rows], happened=marks, whole=True)


def axis(day: date) -> str:
    return f"{day.day}/{day.month}"


def between(band: tuple[float, float] | None) -> str:
    return f" ({count(band[0])}–{count(band[1])})" if band else ""


def work(plan: Plan) -> ColumnChart:
    """Hours of work that come in on each open day, by channel."""
    days = [one for one in plan.days if one.capacity or one.needed >= 1]
    names = [
        name for name in ("phone", "email", "form", "post") if any(d.hours.get(name) for d in days)
    ]
    return stacks(
        [str(label("channel", name)) for name in names],
        [
            Column(
                whole(day.on),
                axis(day.on),
                [day.hours.get(name, 0.0) for name in names],
                hours(day.needed),
            )
            for day in days
        ],
        count,
    )
