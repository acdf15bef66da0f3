"""Whether the classifier's work has shifted: seen once an hour, told where people look anyway."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from classifiers.drift import Day, Shift, mean, shift
from models.calendar import business_day
from models.job_slot import JobSlot
from models.settings import Setting
from models.watch import Watched, watched

KEY = "classifier.drift"
RECENT = 7
EARLIER = 28
"""Days: today and the six before it, against the four weeks before these."""
FREE = timedelta(days=4)
"""Days in a row without contacts: a long weekend."""
STALE = timedelta(hours=26)


@dataclass(frozen=True)
class Signal:
    """One thing that is watched, and what to do when it shifts."""

    name: str
    word: LazyString
    advice: LazyString
    of: Callable[[Watched], Day]
    bad: int
    matters: float
    reviewed: bool = False
    """Whether the review list helps, which not everybody may read."""


def _part(count: int, hits: int) -> Day:
    return Day(count, hits, hits)


SIGNALS = (
    Signal(
        "other",
        _("Other / unclear"),
        _(
            "Something new may be coming in that no topic stands for. Look at the review list and "
            "at the board’s new problems, and make a topic of it."
        ),
        lambda day: _part(day.contacts, day.other),
        bad=1,
        matters=0.05,
        reviewed=True,
    ),
    Signal(
        "alone",
        _("Routed by itself"),
        _(
            "It is less sure than it was. Some contacts should be labelled on the review list, "
            "then it learns anew. Until then more waits for a choice."
        ),
        lambda day: _part(day.contacts, day.alone),
        bad=-1,
        matters=0.08,
        reviewed=True,
    ),
    Signal(
        "confidence",
        _("Mean confidence"),
        _(
            "Clients write otherwise than before. Some contacts should be labelled on the review "
            "list, then it learns anew."
        ),
        lambda day: Day(day.contacts, day.confidence, day.confidence_squares),
        bad=-1,
        matters=0.04,
        reviewed=True,
    ),
    Signal(
        "corrected",
        _("Corrected by people"),
        _(
            "It is wrong more often. See below which topics it mixes up; if it began with the last "
            "version, go back to the one before."
        ),
        lambda day: _part(day.looked_at, day.corrected),
        bad=1,
        matters=0.08,
    ),
)


def look(at: datetime) -> None:
    """Compare today and the last week with the four weeks before, and write down what shifted."""
    today = business_day(at)
    first = today - timedelta(days=RECENT + EARLIER - 1)
    days = watched(first, today)
    recent = [day for day in days if day.day > today - timedelta(days=RECENT)]
    earlier = [day for day in days if day not in recent]
    now_on = [day for day in recent if day.day == today]
    # Four weeks must have passed: a house that has just begun differs from day to day.
    known = any(day.contacts for day in earlier if day.day < first + FREE)
    found = [_seen(signal, now_on, recent, earlier if known else []) for signal in SIGNALS]
    Setting.write(KEY, {"at": at.isoformat(), "known": known, "signals": found})


def tend(at: datetime) -> None:
    """Look once an hour."""
    if JobSlot.take("classifier drift", f"{at:%Y-%m-%dT%H}"):
        look(at)


def standing(at: datetime) -> dict[str, Any] | None:
    """What was last seen; None when nobody has looked for a day."""
    seen: dict[str, Any] | None = Setting.read(KEY)
    if not seen or at - datetime.fromisoformat(seen["at"]) > STALE:
        return None
    return seen


def alarms(at: datetime) -> list[tuple[Signal, dict[str, Any]]]:
    """What has shifted, each with its figures."""
    seen = standing(at)
    known = {signal.name: signal for signal in SIGNALS}
    signals = seen["signals"] if seen else []
    return [(known[one["name"]], one) for one in signals if one["alarm"] and one["name"] in known]


def _seen(
    signal: Signal, today: Sequence[Watched], recent: Sequence[Watched], earlier: Sequence[Watched]
) -> dict[str, Any]:
    now_on, week, before = ([signal.of(day) for day in days] for days in (today, recent, earlier))
    found: dict[str, Shift | None] = {
        name: shift(days, before, bad=signal.bad, matters=signal.matters)
        for name, days in (("today", now_on), ("week", week))
    }
    return {
        "name": signal.name,
        "today": mean(now_on),
        "week": mean(week),
        "before": mean(before),
        "count_today": sum(day.count for day in now_on),
        "count_week": sum(day.count for day in week),
        "count_before": sum(day.count for day in before),
        "alarm": next((name for name, one in found.items() if one), ""),
    }
