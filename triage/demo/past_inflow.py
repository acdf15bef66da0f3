"""An invented half year of counters before the demo's ten days: counts alone, nobody's words.

Without it nothing could be foreseen, nor judged. It stops the day before the first contact.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np

from classifiers import forecast_hours
from classifiers.rhythm import Day
from models import calendar, forecast_past
from models.base import transaction
from models.forecast_past import Days
from models.settings import Setting
from triage import forecasting

LAID = "demo.past_inflow"
"""From when to when the counters are invented."""
WEEKS = 26
QUIETER = 0.75
"""Than the demo's first days, of a crisis that grows."""
WEEKDAYS = (1.3, 1.1, 1.0, 0.9, 0.7)
AFTER_HOLIDAY, PAYMENT, QUARTER, DAY_OFF = 1.35, 1.5, 1.2, 0.04
DISPERSION, WANDER = 0.015, 0.015
FIRST_DAYS = 4
TOPICS = 5
SEED = 2026


def lay(at: datetime) -> None:
    """The counters, and what would have been foreseen on the last of their days and on the ten."""
    with transaction():
        begun = forecast_past.first_day()
        if begun is None:
            return
        first = begun - timedelta(weeks=WEEKS)
        last = begun - timedelta(days=1)
        forecast_past.lay_down(list(half_hours(first, last, begun)))
        Setting.write(LAID, [first.isoformat(), last.isoformat()])
    with transaction():
        forecasting.look_back(at)
        forecasting.make(at)


def half_hours(first: date, last: date, begun: date) -> Iterator[dict[str, Any]]:
    chance = np.random.default_rng(SEED)
    until = begun + timedelta(days=FIRST_DAYS + 2)
    levels = {name: usual(days) for name, days in forecast_past.by_channel(begun, until).items()}
    topics = shares(forecast_past.by_topic(begun, until))
    days = forecasting.days_of(first, last, {})
    level = np.exp(np.cumsum(chance.normal(0, WANDER, len(days)))[::-1])
    empty = [[0.0] * forecast_hours.SLOTS for _ in range(7)]
    for place, day in enumerate(days):
        slots = forecast_hours.profile(empty, day.on.weekday(), day.free)
        for channel, mean in levels.items():
            excess = chance.gamma(1 / DISPERSION, DISPERSION)
            count = chance.poisson(QUIETER * mean * level[place] * heavy(day) * excess)
            drawn = chance.multinomial(count, np.outer(slots, list(topics.values())).ravel())
            for cell in np.flatnonzero(drawn):
                slot, topic = divmod(int(cell), len(topics))
                yield {
                    "starts_at": calendar.start_of(day.on, time(slot // 2, 30 * (slot % 2))),
                    "channel": channel,
                    "topic_id": list(topics)[topic],
                    "language": "",
                    "contacts": int(drawn[cell]),
                }


def usual(days: Days) -> float:
    working = [count for day, count in days.items() if calendar.working_day(day)]
    return sum(working) / max(1, len(working))


def shares(topics: Mapping[str, Days]) -> dict[str, float]:
    """Of the largest topics, as parts of one."""
    sums = {name: sum(days.values()) for name, days in topics.items() if name}
    largest = sorted(sums, key=lambda name: (-sums[name], name))[:TOPICS]
    whole = sum(sums[name] for name in largest)
    return {name: sums[name] / whole for name in largest}


def heavy(day: Day) -> float:
    if day.free:
        return DAY_OFF
    kinds = {one.kind for one in day.occasions}
    found = WEEKDAYS[day.on.weekday()]
    found *= AFTER_HOLIDAY if day.after_holiday else 1
    found *= PAYMENT if "payment_day" in kinds else 1
    return float(found * (QUARTER if "quarter_end" in kinds else 1))
