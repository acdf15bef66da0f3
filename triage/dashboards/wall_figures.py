"""Figures as the live wall shows them: value, what it is held against, where it opens."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from flask import url_for
from flask_babel import format_date, ngettext
from flask_babel import gettext as _

from models import kpi, kpi_beside, kpi_now
from models.kpi import KPIS, Absent, Cut, Unit, Value
from models.kpi_beside import Beside, Inflow
from models.kpi_now import Oldest
from models.user import User
from triage.display import due
from triage.kpi_words import DEFINITIONS, NAMES, WHY_NOT, written
from triage.report_asked import said_of

COHORT = timedelta(days=6)
"""Of a figure that needs days to be known, its last known week is shown."""
BY_THE_HOUR = ("inflow", "opened", "answered", "closed")
"""Counts that grow through the day: no whole day is anything to hold them against."""


@dataclass(frozen=True)
class Shown:
    """One figure; `value` is None where nothing can be said yet, and `why` says why."""

    code: str
    name: str
    value: str | None
    why: str
    definition: str
    meaning: str
    """Where its page is."""
    url: str
    beside: str = ""
    """What it is held against."""
    of: str = ""
    """Of how many, or of which days."""
    late: bool = False


@dataclass
class Wall:
    """What one reader asks of one moment; earlier values of all figures are read at once."""

    user: User
    day: date
    at: datetime
    cut: Cut = field(default_factory=Cut)

    def __post_init__(self) -> None:
        of_today = [code for code, figure in KPIS.items() if not figure.cohort_days]
        self.kept = kpi_beside.kept(of_today, self.day, self.cut)
        self._shown: dict[str, Shown] = {}
        self.guarded = kpi.guarded(self.cut, self.user)

    @cached_property
    def inflow(self) -> Inflow:
        return kpi_beside.inflow(self.day, self.at, self.cut)

    @cached_property
    def longest(self) -> Oldest:
        """Of nothing where so few wait that their number is not told: a date tells of them too."""
        if self.shown("backlog").value is None:
            return Oldest(None, None)
        return kpi_now.oldest(self.day, self.at, self.cut)

    @property
    def asked(self) -> dict[str, Any]:
        """The cut as it stands in an address."""
        return dict(said_of(self.cut))

    def several(self, codes: Iterable[str]) -> list[Shown]:
        return [self.shown(code) for code in codes]

    def shown(self, code: str) -> Shown:
        """The figure of today, counted once however often it stands on the page."""
        if code not in self._shown:
            self._shown[code] = self._measured(code)
        return self._shown[code]

    def _measured(self, code: str) -> Shown:
        first, last = self.days_of(code)
        value = kpi.measure(code, first, last, cut=self.cut, user=self.user, at=self.at)
        figure = KPIS[code]
        return Shown(
            code,
            str(NAMES[code]),
            written(figure.unit, value.value) if value.value is not None else None,
            str(WHY_NOT[value.why_not]) if value.why_not else "",
            str(DEFINITIONS.get(code, "")),
            url_for("dashboards.figure", code=code, **self.asked),
            self.listed(code, first, last),
            beside=self.beside(code),
            of=of_words(figure, value),
            late=code == "overdue" and bool(value.part),
        )

    def days_of(self, code: str) -> tuple[date, date]:
        """Today; of what needs days to be known, the last week that is known."""
        figure = KPIS[code]
        if not figure.cohort_days:
            return self.day, self.day
        last = kpi.known_days(figure, self.day, self.at)
        return last - COHORT, last

    def listed(self, code: str, first: date, last: date) -> str:
        days = {"first": first.isoformat(), "last": last.isoformat()}
        return url_for("dashboards.listed", **{"figure": code, **days, **self.asked})

    def beside(self, code: str) -> str:
        figure = KPIS[code]
        if figure.cohort_days or figure.values is not None or not figure.supports(self.cut):
            return ""
        if self.guarded:
            return ""  # what was few on an earlier day is as telling as what is few today
        if code in BY_THE_HOUR:
            known = self.inflow.usual(None).get("") if code == "inflow" else None
        else:
            known = self.kept.get(code)
        return beside_words(figure.unit, known, self.day) if known else ""

    def waiting(self) -> Shown:
        """The backlog, and how many of it are late."""
        late, shown = self.shown("overdue"), self.shown("backlog")
        if late.value is None:
            return shown
        words = _("%(overdue)s late", overdue=late.value) if late.late else _("none late")
        return replace(shown, beside=" · ".join(one for one in (words, shown.beside) if one))

    def oldest(self) -> Shown:
        """The promise that is the longest ago, or comes next."""
        found, waiting = self.longest, self.shown("backlog")
        late = found.due_at is not None and found.due_at < self.at
        code = "overdue" if late else "backlog"
        return Shown(
            "promise",
            _("Oldest promise"),
            (due(found.due_at) if found.due_at else "—") if waiting.value is not None else None,
            waiting.why,
            _(
                "The waiting ticket whose answer was promised for the earliest moment: how long "
                "ago or how far ahead. Promises are counted in working days per topic."
            ),
            url_for("dashboards.figure", code="overdue", **self.asked),
            self.listed(code, self.day, self.day),
            beside=_("past the date")
            if late
            else _("still ahead")
            if found.due_at
            else _("nothing waits"),
            late=late,
        )


def beside_words(unit: Unit, known: Beside, day: date) -> str:
    """`known` in words: last Tuesday, and the median of several."""
    weekday = format_date(day, "EEEE")
    last, middle = written(unit, known.last), written(unit, known.median)
    if not known.same_weekday:
        return str(
            ngettext(
                "%(value)s on the working day before",
                "%(value)s, median of %(num)s working days",
                known.days,
                value=middle,
            )
        )
    said = str(_("%(value)s last %(weekday)s", value=last, weekday=weekday))
    if known.days == 1:
        return said
    return f"{said} · " + str(
        _("median of %(weeks)s weeks %(value)s", weeks=known.days, value=middle)
    )


def of_words(figure: Any, value: Value) -> str:
    """Of how many a share is, and of which days where that is not today."""
    if value.why_not not in (None, Absent.NOTHING):
        return ""
    said = []
    if figure.unit is not Unit.COUNT and value.whole:
        said.append(str(_("of %(count)s", count=written(Unit.COUNT, value.whole))))
    if figure.cohort_days:
        first, last = (format_date(one, "d MMM") for one in (value.since, value.as_of))
        said.append(f"{first} – {last}")
    return " · ".join(said)
