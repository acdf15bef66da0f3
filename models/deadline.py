"""Time limits that follow from a quarter, an event or a day of the year. Pure: rules are data.

A rule is the JSON object that stands on a version of a measure; nothing here knows any measure.
"""

import calendar
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Protocol, Self, TypeVar

from models.calendar import working_day_after

Kind = TypeVar("Kind", bound=StrEnum)

MOST_QUARTERS, MOST_MONTHS, MOST_DAYS = 80, 240, 3660
FIRST_YEAR, LAST_YEAR = 1950, 2200
"""Beyond these nothing is meant, and no rule may reckon past the end of all dates."""
SEARCHED = 24
"""So many quarters back is the oldest whose window may still be open."""


class Due(StrEnum):
    """What must be done by the day."""

    REQUEST = "request_by"
    PAY = "pay_by"
    TELL = "tell_by"


class Start(StrEnum):
    """From which day a rule counts."""

    QUARTER_START = "quarter_start"
    QUARTER_END = "quarter_end"
    MONTH_END = "month_end"
    EVENT = "event"
    YEARLY = "yearly"
    FIXED = "fixed"


class Unnamed(StrEnum):
    """Which quarter a rule means when nobody has named one."""

    NONE = ""
    CURRENT = "current"
    PREVIOUS = "previous"
    OLDEST_OPEN = "oldest_open"


class RuleError(ValueError):
    """A rule that cannot be reckoned with; `reason` is one word, for pages that translate it."""

    def __init__(self, reason: str, said: str) -> None:
        super().__init__(said)
        self.reason = reason


@dataclass(frozen=True, order=True)
class Quarter:
    """A quarter of a year, written `2020/2`."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> Self:
        return cls(day.year, (day.month + 2) // 3)

    @classmethod
    def read(cls, written: str) -> Self:
        """Raises RuleError for what is no quarter."""
        year, _, number = written.partition("/")
        known = year.isascii() and year.isdigit() and len(year) == 4
        if not (known and FIRST_YEAR <= int(year) <= LAST_YEAR and number in ("1", "2", "3", "4")):
            raise RuleError("quarter", f"“{written}” is no quarter: write it as 2020/2")
        return cls(int(year), int(number))

    def __str__(self) -> str:
        return f"{self.year}/{self.number}"

    @property
    def first(self) -> date:
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def last(self) -> date:
        return self.later(1).first - timedelta(days=1)

    def later(self, count: int) -> "Quarter":
        year, number = divmod(4 * self.year + self.number - 1 + count, 4)
        return Quarter(year, number + 1)


class Dated(Protocol):
    """What is needed of a version of a measure."""

    @property
    def request_by(self) -> date | None: ...
    @property
    def pay_by(self) -> date | None: ...
    @property
    def rules(self) -> list[Any]: ...
    @property
    def quarters(self) -> list[Any]: ...


@dataclass(frozen=True)
class Deadline:
    """A last day; of a fixed one (`request_by`, `pay_by`) the names are empty.

    `assumed`: nobody named the quarter, the present one or the one before it was taken.
    """

    on: date
    due: Due
    names: Mapping[str, str] = field(default_factory=dict)
    quarter: Quarter | None = None
    version: Any = None
    assumed: bool = False


@dataclass(frozen=True)
class Rule:
    """How one time limit is reckoned: a start, moved on, and perhaps only until the day before."""

    names: Mapping[str, str]
    due: Due
    start: Start
    on: str = ""
    quarters: int = 0
    months: int = 0
    days: int = 0
    working_days: int = 0
    before: bool = False
    unnamed: Unnamed = Unnamed.NONE

    @classmethod
    def read(cls, written: Any) -> Self:
        """The rule that JSON holds; raises RuleError with what is wrong."""
        if not isinstance(written, Mapping):
            raise RuleError("shape", "a rule is an object")
        unknown = set(written) - set(cls.__dataclass_fields__)
        if unknown:
            raise RuleError("unknown", f"a rule knows no “{min(unknown)}”")
        names = written.get("names")
        if not isinstance(names, Mapping) or not any(str(name).strip() for name in names.values()):
            raise RuleError("name", "a rule needs a name in one language at least")
        start = _one_of(Start, written.get("start"), "start")
        rule = cls(
            names={str(code): str(name) for code, name in names.items()},
            due=_one_of(Due, written.get("due", Due.REQUEST), "due"),
            start=start,
            on=str(written.get("on") or ""),
            quarters=_count(written, "quarters", MOST_QUARTERS),
            months=_count(written, "months", MOST_MONTHS),
            days=_count(written, "days", MOST_DAYS),
            working_days=_count(written, "working_days", MOST_DAYS),
            before=bool(written.get("before", False)),
            unnamed=_one_of(Unnamed, written.get("unnamed", ""), "unnamed"),
        )
        if rule.quarters and not rule.of_quarter:
            raise RuleError("moves", "only what starts from a quarter moves on by quarters")
        if start in (Start.FIXED, Start.YEARLY):
            rule._fixed(2024 if start is Start.YEARLY else None)
        elif rule.on:
            raise RuleError("on", f"“{start}” has no day of its own")
        return rule

    @property
    def of_quarter(self) -> bool:
        return self.start in (Start.QUARTER_START, Start.QUARTER_END)

    @property
    def assumes(self) -> bool:
        """Whether it takes a quarter that depends on nothing but the calendar."""
        return self.unnamed in (Unnamed.CURRENT, Unnamed.PREVIOUS)

    def last_day(
        self, day: date, quarter: Quarter | None = None, event: date | None = None
    ) -> date | None:
        """The last day, seen from `day`; None while the quarter or event it needs is unknown."""
        if self.start is Start.YEARLY:
            years = (self._moved(self._fixed(day.year + more)) for more in (-1, 0, 1, 2))
            return next((found for found in years if found >= day), None)
        start = self._start(day, self.meant(day, quarter, event), event)
        return None if start is None else self._moved(start)

    def meant(
        self, day: date, quarter: Quarter | None = None, event: date | None = None
    ) -> Quarter | None:
        """The quarter that counts: the one named, else the event's, else the one of the rule."""
        if not self.of_quarter:
            return None
        if quarter is not None or event is not None:
            return quarter or Quarter.of(event or day)
        present = Quarter.of(day)
        if self.unnamed is Unnamed.CURRENT:
            return present
        if self.unnamed is Unnamed.PREVIOUS:
            return present.later(-1)
        if self.unnamed is Unnamed.OLDEST_OPEN:
            earlier = (present.later(-count) for count in range(SEARCHED, -1, -1))
            return next((one for one in earlier if self._closes(one) >= day), present)
        return None

    def _closes(self, quarter: Quarter) -> date:
        start = quarter.later(self.quarters)
        return self._moved(start.first if self.start is Start.QUARTER_START else start.last)

    def _start(self, day: date, quarter: Quarter | None, event: date | None) -> date | None:
        if self.start is Start.FIXED:
            return self._fixed()
        if self.start is Start.EVENT:
            return event
        if self.start is Start.MONTH_END:
            return end_of_month(event or day)
        if quarter is None:
            return None
        moved = quarter.later(self.quarters)
        return moved.first if self.start is Start.QUARTER_START else moved.last

    def _moved(self, start: date) -> date:
        moved = months_later(start, self.months)
        if self.start in (Start.MONTH_END, Start.QUARTER_END):
            moved = end_of_month(moved)
        moved += timedelta(days=self.days)
        if self.working_days:
            moved = working_day_after(moved, self.working_days)
        return moved - timedelta(days=1) if self.before else moved

    def _fixed(self, year: int | None = None) -> date:
        written = self.on if year is None else f"{year}-{self.on}"
        try:
            found = date.fromisoformat(written)
            if FIRST_YEAR <= found.year <= LAST_YEAR:
                return found
            raise ValueError(written)
        except ValueError:
            if year is not None and self.on == "02-29":
                return date(year, 2, 28)
            wanted = "2020-06-15" if year is None else "06-30"
            raise RuleError("on", f"“{self.on}” is no day: write it as {wanted}") from None


def months_later(day: date, count: int) -> date:
    """The same day of a later month, or that month's last day."""
    year, month = divmod(12 * day.year + day.month - 1 + count, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def end_of_month(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def deadlines(
    version: Dated, day: date, quarter: Quarter | None = None, event: date | None = None
) -> list[Deadline]:
    """All last days of a version, seen from `day`, the earliest first; past ones too.

    Without a named quarter, the quarters that the version itself covers count.
    """
    found = [
        Deadline(on, due, version=version)
        for due, on in ((Due.REQUEST, version.request_by), (Due.PAY, version.pay_by))
        if on is not None
    ]
    for rule in map(Rule.read, version.rules):
        for meant in _quarters(rule, version, day, quarter, event):
            on = rule.last_day(day, meant, event)
            if on is not None:
                named = quarter is not None or event is not None or bool(version.quarters)
                assumed = rule.assumes and not named
                found.append(Deadline(on, rule.due, rule.names, meant, version, assumed))
    ruled = {(one.on, one.due) for one in found if one.names}
    once = [one for one in found if one.names or (one.on, one.due) not in ruled]
    return sorted(once, key=lambda one: (one.on, one.due))


def next_deadline(
    versions: Iterable[Dated], day: date, quarter: Quarter | None = None
) -> Deadline | None:
    """The first last day that has not passed on `day`, of all these versions; none assumed."""
    ahead = [
        one
        for version in versions
        for one in deadlines(version, day, quarter)
        if one.on >= day and not one.assumed
    ]
    return min(ahead, key=lambda one: one.on, default=None)


def _quarters(
    rule: Rule, version: Dated, day: date, quarter: Quarter | None, event: date | None
) -> list[Quarter | None]:
    if rule.of_quarter and quarter is None and event is None and version.quarters:
        return [Quarter.read(str(one)) for one in version.quarters]
    return [rule.meant(day, quarter, event)]


def _count(written: Mapping[str, Any], name: str, most: int) -> int:
    value = written.get(name, 0)
    if isinstance(value, bool) or not isinstance(value, int) or not -most <= value <= most:
        raise RuleError(name, f"“{name}” must be a whole number between {-most} and {most}")
    return value


def _one_of(kind: type[Kind], value: Any, name: str) -> Kind:
    try:
        return kind(value)
    except ValueError:
        known = ", ".join(word for word in kind if word)
        raise RuleError(name, f"“{value}” is no {name}: use one of {known}") from None
