"""The months and quarters for which something may still be asked: they follow from the measure."""

from collections.abc import Mapping, Sequence
from datetime import date

from babel.dates import format_date

from models.deadline import Due, Quarter, Rule, months_later
from models.measure import MeasureVersion
from triage.answers import quarter_name
from triage.forms.fields import Kind, Option

SEARCHED = 12
"""So many quarters back a window may still be open."""
WITHOUT_RULE = 3
"""Quarters back where the measure has no rule of its own."""


def periods(
    version: MeasureVersion | None, language: str, day: date
) -> Mapping[Kind, Sequence[Option]]:
    """What is offered on `day`, the newest first."""
    quarters = quarters_open(version, day)
    return {
        Kind.QUARTERS: [
            Option(str(one), quarter_name(one.year, one.number, language)) for one in quarters
        ],
        Kind.MONTHS: [
            Option(f"{month:%Y-%m}", format_date(month, "LLLL y", locale=language))
            for month in months_open(version, quarters, day)
        ],
    }


def quarters_open(version: MeasureVersion | None, day: date) -> list[Quarter]:
    """Those that the measure names, else those whose window has not closed."""
    if version is not None and version.quarters:
        return sorted((Quarter.read(str(one)) for one in version.quarters), reverse=True)
    present = Quarter.of(day)
    rules = requests(version)
    if not rules:
        return [present.later(-back) for back in range(WITHOUT_RULE + 1)]
    back = (present.later(-count) for count in range(SEARCHED + 1))
    return [one for one in back if any(still_open(rule, one, day) for rule in rules)]


def windows(version: MeasureVersion | None, language: str, day: date) -> list[tuple[str, date]]:
    """(quarter, last day to ask for it) of what is open on `day`, what closes first first."""
    rules = requests(version)
    found = [
        (quarter_name(one.year, one.number, language), last)
        for one in reversed(quarters_open(version, day))
        for rule in rules
        if (last := rule.last_day(day, one)) is not None and last >= day
    ]
    return sorted(dict.fromkeys(found), key=lambda one: one[1])


def requests(version: MeasureVersion | None) -> list[Rule]:
    rules = [Rule.read(one) for one in version.rules] if version is not None else []
    return [rule for rule in rules if rule.due is Due.REQUEST and rule.of_quarter]


def still_open(rule: Rule, quarter: Quarter, day: date) -> bool:
    last = rule.last_day(day, quarter)
    return last is not None and last >= day


def months_open(
    version: MeasureVersion | None, quarters: Sequence[Quarter], day: date
) -> list[date]:
    """The months of those quarters that have begun and in which the measure holds."""
    first = version.valid_from if version is not None else None
    last = version.valid_to if version is not None else None
    months = [months_later(one.first, ahead) for one in quarters for ahead in (2, 1, 0)]
    return [
        month
        for month in months
        if month <= day
        and (first is None or months_later(month, 1) > first)
        and (last is None or month <= last)
    ]
