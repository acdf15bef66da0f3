"""How long a mailing takes at its pace, and when it will be through. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from math import ceil

from models.calendar import business_day, start_of, working_day

LOOKED_AHEAD = 400
"""Days: what takes longer has no end that anybody plans with."""


@dataclass(frozen=True)
class Pace:
    """So many a minute, in these hours of these days."""

    per_minute: int
    window_from: time | None = None
    window_to: time | None = None
    working_days: bool = True

    def minutes(self, count: int) -> int:
        """Of sending, the hours in which nothing leaves not counted."""
        return ceil(count / max(1, self.per_minute))

    def begins(self, at: datetime) -> datetime | None:
        """The first moment from `at` on at which something may leave."""
        for day in self._days(business_day(at)):
            opens, closes = self._hours(day)
            if at < closes:
                return max(at, opens)
        return None

    def ends(self, count: int, at: datetime) -> datetime | None:
        """When the last of `count` mails leaves, begun at `at`; None: not within a year."""
        left = timedelta(minutes=self.minutes(count))
        for day in self._days(business_day(at)):
            opens, closes = self._hours(day)
            here = max(at, opens)
            if here >= closes:
                continue
            if here + left <= closes:
                return here + left
            left -= closes - here
        return None

    def _days(self, first: date) -> list[date]:
        days = (first + timedelta(days=step) for step in range(LOOKED_AHEAD))
        return [day for day in days if not self.working_days or working_day(day)]

    def _hours(self, day: date) -> tuple[datetime, datetime]:
        opens = start_of(day, self.window_from or time(0))
        if self.window_to is None:
            return opens, start_of(day + timedelta(days=1))
        return opens, start_of(day, self.window_to)
