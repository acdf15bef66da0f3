"""What is known of a day before anybody writes: holidays, payment days, quarter ends, mailings.

Payment days and quarter ends are dated data of the catalog; the rest is what people have noted.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from classifiers.rhythm import Day, Occasion
from models import calendar
from models.external_event import EventKind, ExternalEvent
from triage import catalog

AFTER_HOLIDAY = "after_holiday"


@dataclass(frozen=True)
class Known:
    """One thing that moves contacts; `event` where a person has noted it."""

    kind: str
    first_on: date
    last_on: date
    topic_id: str | None = None
    names: tuple[tuple[str, str], ...] = ()
    """What the catalog calls it, by language."""
    source: str = ""
    """Where the catalog has it from."""
    event: ExternalEvent | None = None

    @property
    def factor(self) -> float | None:
        return self.event.factor if self.event else None

    def name(self, language: str) -> str:
        """What a person wrote, or its name in that language; empty where the kind says all."""
        return self.event.text if self.event else dict(self.names).get(language, "")


def events_on(day: date) -> list[Known]:
    """What moves contacts on `day`: from the calendar first, then what people have noted."""
    known = [one for one in from_catalog(day, day) if one.first_on <= day <= one.last_on]
    if calendar.working_day(day) and calendar.after_holiday(day):
        known.append(Known(AFTER_HOLIDAY, day, day))
    return known + [noted(one) for one in ExternalEvent.acting(day, day)]


def described(days: Sequence[date]) -> list[Day]:
    """These days, the earliest first, with all that is known to act on them."""
    if not days:
        return []
    known = from_catalog(days[0], days[-1])
    known += [noted(one) for one in ExternalEvent.acting(days[0], days[-1])]
    return [
        Day(
            on=day,
            free=not calendar.working_day(day),
            after_holiday=calendar.after_holiday(day),
            occasions=tuple(
                Occasion(one.kind, one.topic_id, one.factor)
                for one in known
                if one.first_on <= day <= one.last_on
            ),
        )
        for day in days
    ]


def noted(event: ExternalEvent) -> Known:
    """A payment run that people note is one like those of the catalog."""
    kind = "payment_day" if event.kind == EventKind.PAYMENT_RUN else event.kind
    return Known(kind, event.first_on, event.acts_until, event.topic_id, event=event)


def from_catalog(first: date, last: date) -> list[Known]:
    """The occasions of the catalog that touch these days."""
    found = []
    for entry in _entries():
        for on in _dates(entry, first - timedelta(days=14), last + timedelta(days=14)):
            begins = calendar.working_day_before(on, entry.get("days_before", 0))
            ends = calendar.working_day_after(on, entry.get("days_after", 0))
            if begins <= last and ends >= first:
                names = tuple(sorted(entry["names"].items()))
                found.append(
                    Known(entry["kind"], begins, ends, entry.get("topic"), names, entry["source"])
                )
    return sorted(found, key=lambda one: (one.first_on, one.kind))


def _dates(entry: dict[str, Any], first: date, last: date) -> Iterator[date]:
    """The days of an entry's rule while it is valid: the nth weekday of each month, a working
    day later where that is none, or fixed days of each year."""
    first = max(first, date.fromisoformat(entry["valid_from"]))
    last = min(last, date.fromisoformat(entry.get("valid_to", "9999-12-31")))
    rule = entry["rule"]
    for step in range((last - first).days + 1):
        day = first + timedelta(days=step)
        if "dates" in rule:
            if f"{day:%m-%d}" in rule["dates"]:
                yield day
        elif day.weekday() == rule["weekday"] and (day.day - 1) // 7 + 1 == rule["nth"]:
            yield day if calendar.working_day(day) else calendar.working_day_after(day)


@lru_cache(maxsize=1)
def _entries() -> list[dict[str, Any]]:
    return list(catalog.read("occasions"))
