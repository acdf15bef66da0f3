"""What was counted on each day of a figure: as it was kept, else counted now by the same rule.

These are sums for arithmetic, of all that the house has; what a reader may be told of them is for
`models/kpi.py` to say.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, select, true

from models import calendar
from models.base import db, now
from models.daily_figure import DailyFigure
from models.kpi_kinds import EVERYTHING, Cut, Kpi, Span, cut_to
from models.kpi_registry import KPIS

MOST_COUNTED_NOW = 62
"""Days of one question that are counted now because nobody has yet; others stay unknown."""

COLUMNS = {
    "channel": DailyFigure.channel,
    "topic": DailyFigure.topic_id,
    "team": DailyFigure.team_id,
    "language": DailyFigure.language,
}
Sums = dict[date, dict[str, tuple[float, float]]]
"""(part, whole) by day and by what a line is split into; a day that is not known is missing."""


def sums(
    kpi: Kpi,
    first: date,
    last: date,
    *,
    cut: Cut = EVERYTHING,
    split: str | None = None,
    at: datetime | None = None,
) -> Sums:
    """Of the days that were counted, and of those since the house began that are counted now."""
    at = at or now()
    today = calendar.business_day(at)
    over = min(last, today - timedelta(days=1))
    found = _kept(kpi, first, over, cut, split) if first <= over else {}
    days = (first + timedelta(days=step) for step in range((last - first).days + 1))
    owed = [day for day in days if day not in found and day <= today]
    begun = (DailyFigure.begun() or date.max) if owed and owed[0] < today else today
    for day in [one for one in owed if one >= begun or one == today][-MOST_COUNTED_NOW:]:
        found[day] = _counted_now(kpi, day, cut, split, at)
    return found


def contacts(days: Iterable[date]) -> dict[date, int]:
    """How many contacts came in on each of these days on which any came."""
    asked = set(days)
    if not asked:
        return {}
    found = sums(KPIS["inflow"], min(asked), max(asked))
    return {
        day: int(of_day[""][0])
        for day, of_day in found.items()
        if day in asked and of_day.get("", (0.0, 0.0))[0]
    }


def contacts_by(split: str, first: date, last: date) -> dict[str, dict[date, int]]:
    """The same for each channel, topic or language; '' is one that is not known."""
    by_key: dict[str, dict[date, int]] = {}
    for day, of_day in sums(KPIS["inflow"], first, last, split=split).items():
        for key, (part, _whole) in of_day.items():
            if part:
                by_key.setdefault(key, {})[day] = int(part)
    return by_key


def _kept(kpi: Kpi, first: date, last: date, cut: Cut, split: str | None) -> Sums:
    """A day that was counted and on which nothing of this happened is a day with nothing."""
    inside = and_(true(), *(COLUMNS[name] == value for name, value in cut.given().items()))
    cells: list[Any] = [COLUMNS[split].label("key")] if split else []
    part = func.coalesce(func.sum(DailyFigure.part).filter(inside), 0.0).label("part")
    whole = func.coalesce(func.sum(DailyFigure.whole).filter(inside), 0.0).label("whole")
    counted = (
        select(DailyFigure.day, part, whole, *cells)
        .where(DailyFigure.kpi == kpi.code, DailyFigure.day >= first, DailyFigure.day <= last)
        .group_by(DailyFigure.day, *cells)
    )
    found: Sums = {}
    for row in db.session.execute(counted).mappings():
        of_day = found.setdefault(row["day"], {})
        if split is None or row["part"] or row["whole"]:
            of_day[str(row.get("key", ""))] = (row["part"], row["whole"])
    return found


def _counted_now(
    kpi: Kpi, day: date, cut: Cut, split: str | None, at: datetime
) -> dict[str, tuple[float, float]]:
    facts = kpi.facts(Span.of(day, day, at)).subquery()
    both = [func.sum(facts.c.part), func.sum(facts.c.whole)]
    if split is None:
        row = db.session.execute(cut_to(select(*both).select_from(facts), facts, cut)).one()
        return {"": (float(row[0] or 0), float(row[1] or 0))}
    key = facts.c[split]
    rows = db.session.execute(cut_to(select(key, *both), facts, cut).group_by(key))
    return {str(name): (float(part or 0), float(whole or 0)) for name, part, whole in rows}
