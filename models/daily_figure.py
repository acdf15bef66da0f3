"""What each figure of the house was, day by day; it holds nobody's words and survives erasure.

A day is counted when all of it is known, and again when one of its contacts came later, moved, or
was said to be about something else. What stood at its end stays as it was counted, but where
history was brought along.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from math import inf
from time import monotonic

from sqlalchemy import Index, delete, func, insert, literal, select
from sqlalchemy.orm import Mapped, mapped_column

from models import calendar, kpi_standing
from models.base import Base, db, now, one_at_a_time
from models.half_hour import HalfHourCounter
from models.kpi_kinds import Kpi, Span
from models.kpi_registry import KPIS
from models.stale_day import StaleDay
from models.ticket import Ticket

LOOKS_BACK = 400
"""Days within which what was never counted is made up for."""


class DailyFigure(Base):
    """One figure of one day, cut by channel, topic, team and language.

    A share is `part` of `whole`; a mere count has a `whole` of 0. An empty word, and team 0, stand
    for “none”. A day that was counted has a row, if only with zeros for “none” of everything.
    """

    __tablename__ = "daily_figure"
    __table_args__ = (Index("ix_daily_figure_kpi", "kpi", "day"),)

    day: Mapped[date] = mapped_column(primary_key=True)
    kpi: Mapped[str] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True, default="")
    topic_id: Mapped[str] = mapped_column(primary_key=True, default="")
    team_id: Mapped[int] = mapped_column(primary_key=True, default=0, autoincrement=False)
    language: Mapped[str] = mapped_column(primary_key=True, default="")
    part: Mapped[float] = mapped_column(default=0.0)
    whole: Mapped[float] = mapped_column(default=0.0)

    @classmethod
    def recount_inflow(cls, day: date) -> None:
        """Count anew what came in on a day, if it is over: it is known before all else."""
        if _known(KPIS["inflow"], day, now()):
            cls._count(KPIS["inflow"], [day], now())

    @classmethod
    def close(cls, at: datetime, seconds: float = inf) -> int:
        """Count again what is another now, then what has become known, the newest days first;
        returns how many figures of days that was.

        After so many seconds the rest is left for later.
        """
        until, count = monotonic() + seconds, 0
        for kpi, days in cls._owed_again(at, until):
            cls._count(kpi, days, at)
            count += len(days)
        for kpi, days in cls._owed(at):
            if monotonic() > until:
                break
            cls._count(kpi, days, at)
            count += len(days)
        return count

    @classmethod
    def first_day(cls) -> date | None:
        """Since when it is known how much came in."""
        return db.session.scalar(select(func.min(cls.day)).where(cls.kpi == "inflow"))

    @classmethod
    def begun(cls) -> date | None:
        """The day on which the house opened its first ticket."""
        opened = db.session.scalar(select(func.min(Ticket.opened_at)))
        return calendar.business_day(opened) if opened is not None else None

    @classmethod
    def counted(cls, first: date, last: date) -> dict[str, set[date]]:
        """The days of which each figure has been counted."""
        rows = (
            select(cls.kpi, cls.day)
            .where(cls.day >= first, cls.day <= last)
            .group_by(cls.kpi, cls.day)
        )
        found: dict[str, set[date]] = {}
        for kpi, day in db.session.execute(rows):
            found.setdefault(kpi, set()).add(day)
        return found

    @classmethod
    def _owed_again(cls, at: datetime, until: float) -> Iterator[tuple[Kpi, list[date]]]:
        """What has changed of days that were counted."""
        days, since = StaleDay.taken()
        if not days:
            return
        counted = cls.counted(min(days), calendar.business_day(at))
        if since is not None:
            for code in kpi_standing.CODES:
                stood = sorted(day for day in counted.get(code, ()) if day >= since)
                if stood:
                    yield KPIS[code], stood
        for place, day in enumerate(days):
            if monotonic() > until:
                StaleDay.put_back(days[place:])
                return
            again = [kpi for code, kpi in KPIS.items() if day in counted.get(code, ())]
            yield from ((kpi, [day]) for kpi in again if not kpi.stands)
            if again:
                HalfHourCounter.recount(day)

    @classmethod
    def _owed(cls, at: datetime) -> list[tuple[Kpi, list[date]]]:
        """What has never been counted: of what stands all days at once, of the rest each apart."""
        begun, yesterday = cls.begun(), calendar.business_day(at) - timedelta(days=1)
        if begun is None:
            return []
        first = max(begun, yesterday - timedelta(days=LOOKS_BACK - 1))
        counted = cls.counted(first, yesterday)
        every = [first + timedelta(days=step) for step in range((yesterday - first).days + 1)]
        owed = {
            kpi.code: [
                day
                for day in every
                if day not in counted.get(kpi.code, ()) and _known(kpi, day, at)
            ]
            for kpi in KPIS.values()
        }
        stood = [(KPIS[code], owed.pop(code)) for code in kpi_standing.CODES]
        rest = [(KPIS[code], [day]) for code, days in owed.items() for day in days]
        rest.sort(key=lambda one: one[1], reverse=True)
        return [*(one for one in stood if one[1]), *rest]

    @classmethod
    def _count(cls, kpi: Kpi, days: Sequence[date], at: datetime) -> None:
        columns = ["kpi", "day", "channel", "topic_id", "team_id", "language", "part", "whole"]
        one_at_a_time("daily_figure", kpi.code)  # the board counts a day as the clock does
        db.session.execute(delete(cls).where(cls.day.in_(days), cls.kpi == kpi.code))
        if kpi.code in kpi_standing.CODES:
            counted = kpi_standing.counted(kpi.code, days).add_columns(literal(kpi.code))
            db.session.execute(insert(cls).from_select([*columns[1:], "kpi"], counted))
        else:
            for day in days:
                facts = kpi.facts(Span.of(day, day, at)).subquery()
                cells = (facts.c.channel, facts.c.topic, facts.c.team, facts.c.language)
                sums = (func.sum(facts.c.part), func.sum(facts.c.whole))
                chosen = select(literal(kpi.code), literal(day), *cells, *sums).group_by(*cells)
                db.session.execute(insert(cls).from_select(columns, chosen))
        cls._nothing(kpi, days)

    @classmethod
    def _nothing(cls, kpi: Kpi, days: Sequence[date]) -> None:
        """A day on which nothing of this happened was counted, too."""
        there = select(cls.day).where(cls.kpi == kpi.code, cls.day.in_(days)).distinct()
        bare = sorted({*days} - set(db.session.scalars(there)))
        none = {"channel": "", "topic_id": "", "team_id": 0, "language": "", "part": 0.0}
        if bare:
            rows = [{"kpi": kpi.code, "day": day, "whole": 0.0, **none} for day in bare]
            db.session.execute(insert(cls), rows)


def _known(kpi: Kpi, day: date, at: datetime) -> bool:
    """Whether nothing that happens from `at` on changes the figure of that day."""
    if kpi.values is not None:
        return False  # a quantile is no sum: it is always found anew
    return day + timedelta(days=kpi.cohort_days) < calendar.business_day(at)
