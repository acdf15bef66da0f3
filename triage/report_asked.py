"""What somebody asks of the figures over time: one question, the same in an address and a report.

Pure. Whatever an address says becomes a question that has an answer; nothing in it is trusted.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from models.kpi_kinds import DIMENSIONS, Cut

DEFAULT = "inflow"
NONE = "-"
LONGEST = timedelta(days=366 * 3)
MOST_POINTS = 120
"""More points than that are drawn by the week or the month."""
BIRTH, LATEST = date(2000, 1, 1), date(2100, 1, 1)
NAMES = ("kpi", "period", "first", "last", "by", "split", "beside", *DIMENSIONS)
"""What an address may say of a question; `heading` is a report's own."""


class Period(StrEnum):
    """How far back; each ends with the last whole day, so that it moves on by itself."""

    WEEK = "7d"
    FOUR_WEEKS = "4w"
    QUARTER = "13w"
    YEAR = "year"
    FREE = "free"


DAYS = {Period.WEEK: 7, Period.FOUR_WEEKS: 28, Period.QUARTER: 91, Period.YEAR: 364}
"""Whole weeks, so that each weekday counts as often as any other."""


MONTHS = {Period.WEEK: 1, Period.FOUR_WEEKS: 1, Period.QUARTER: 3, Period.YEAR: 12}


class By(StrEnum):
    """How long one point is."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


Choice = TypeVar("Choice", bound=StrEnum)
FINEST = {By.DAY: 1, By.WEEK: 7, By.MONTH: 30}


class Beside(StrEnum):
    """What a line is held against."""

    BEFORE = "before"
    YEAR = "year"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Days:
    """From `first` to `last`, both included."""

    first: date
    last: date

    @property
    def count(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def months(self) -> int:
        """How many months it touches."""
        return (self.last.year - self.first.year) * 12 + self.last.month - self.first.month + 1

    def earlier(self, days: int) -> "Days":
        step = timedelta(days=days)
        return Days(self.first - step, self.last - step)


@dataclass(frozen=True)
class Asked:
    """One figure over a time, cut and split as somebody wants it."""

    kpi: str = DEFAULT
    period: Period = Period.FOUR_WEEKS
    first: date | None = None
    last: date | None = None
    by: By = By.DAY
    split: str | None = None
    beside: Beside = Beside.BEFORE
    cut: Cut = Cut()

    @classmethod
    def read(cls, said: Mapping[str, str], known: Iterable[str]) -> "Asked":
        """The question of an address or of a report; `known` are the codes of figures."""
        code = said.get("kpi", DEFAULT)
        first, last = _day(said.get("first")), _day(said.get("last"))
        period = _one(Period, said.get("period"), Period.FOUR_WEEKS)
        if period is Period.FREE and (first is None or last is None):
            period = Period.FOUR_WEEKS
        if first is not None and last is not None and first > last:
            first, last = last, first
        asked = cls(
            kpi=code if code in set(known) else DEFAULT,
            period=period,
            first=first if period is Period.FREE else None,
            last=last if period is Period.FREE else None,
            split=said.get("split") if said.get("split") in DIMENSIONS else None,
            beside=_one(Beside, said.get("beside"), Beside.BEFORE),
            cut=cut_of(said),
        )
        return replace(asked, by=asked._by(said.get("by")))

    def query(self) -> dict[str, Any]:
        """The same as it stands in an address, without what goes without saying."""
        said = {
            "kpi": self.kpi,
            "period": self.period.value,
            "first": self.first.isoformat() if self.first else "",
            "last": self.last.isoformat() if self.last else "",
            "by": self.by.value,
            "split": self.split or "",
            "beside": self.beside.value if self.beside is not Beside.BEFORE else "",
        }
        return {name: value for name, value in said.items() if value} | said_of(self.cut)

    def days(self, today: date) -> Days:
        """What it covers as of `today`, which is not over and therefore not in it.

        By the week and the month, only whole ones, unless somebody has chosen the days.
        """
        yesterday = today - timedelta(days=1)
        if self.period is Period.FREE:
            assert self.first is not None and self.last is not None
            last = min(self.last, yesterday)
            return Days(max(min(self.first, last), last - LONGEST), last)
        if self.by is By.MONTH:
            last = today.replace(day=1) - timedelta(days=1)
            return Days(_months_before(last.replace(day=1), MONTHS[self.period] - 1), last)
        last = yesterday if self.by is By.DAY else today - timedelta(days=today.weekday() + 1)
        return Days(last - timedelta(days=DAYS[self.period] - 1), last)

    def days_beside(self, today: date) -> Days | None:
        """What it is held against: as much just before, or a year before, on the same weekdays."""
        if self.beside is Beside.NOTHING:
            return None
        days = self.days(today)
        if self.by is By.MONTH and self.period is not Period.FREE:
            months = 12 if self.beside is Beside.YEAR else days.months
            return Days(
                _months_before(days.first, months),
                _months_before(days.last + timedelta(days=1), months) - timedelta(days=1),
            )
        whole_weeks = -(-days.count // 7) * 7
        return days.earlier(364 if self.beside is Beside.YEAR else whole_weeks)

    @property
    def _chosen(self) -> int:
        assert self.first is not None and self.last is not None
        return min((self.last - self.first).days + 1, LONGEST.days)

    def _by(self, said: str | None) -> By:
        """As asked where that is not too fine, else the finest that can be drawn."""
        span = DAYS.get(self.period) or self._chosen
        usual = By.DAY if span <= 31 else By.WEEK if span <= 200 else By.MONTH
        wanted = _one(By, said, usual)
        fitting = [by for by in By if span / FINEST[by] <= MOST_POINTS]
        return wanted if wanted in fitting else fitting[0]


def said_of(cut: Cut) -> dict[str, str]:
    """A cut as it stands in an address."""
    return {name: spelled(value) for name, value in cut.given().items()}


def spelled(value: str | int) -> str:
    """One value of a cut; what has none (a contact without a topic) is a thing of its own."""
    return NONE if value == "" else str(value)


def cut_of(said: Mapping[str, str]) -> Cut:
    team = said.get("team", "")
    return Cut(
        channel=_word(said.get("channel")),
        topic_id=_word(said.get("topic")),
        team_id=int(team) if team.isascii() and team.isdecimal() and len(team) < 10 else None,
        language=_word(said.get("language")),
    )


def _word(said: str | None) -> str | None:
    """What was chosen; nothing where an address leaves it open."""
    return "" if said == NONE else (said or None)


def _one(choices: type[Choice], said: str | None, usual: Choice) -> Choice:
    try:
        return choices(said) if said else usual
    except ValueError:
        return usual


def _months_before(day: date, months: int) -> date:
    """The first of a month so many months earlier."""
    counted = day.year * 12 + day.month - 1 - months
    return date(counted // 12, counted % 12 + 1, 1)


def _day(said: str | None) -> date | None:
    try:
        day = date.fromisoformat(said) if said else None
    except ValueError:
        return None
    return day if day is not None and BIRTH <= day <= LATEST else None
