"""What the pages of the days to come say in sentences."""

from collections.abc import Sequence
from datetime import date

from flask_babel import format_date, format_decimal, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy

from triage.dashboards.ahead_asked import WhatIf
from triage.dashboards.ahead_plan import Plan
from triage.display import day_pattern, reader_language

HOURS_SHOWN = 10
"""From so many on, hours are whole."""


def headline(plan: Plan) -> str:
    """By when all is worked off, in one sentence."""
    if not plan.tickets:
        return str(_("Nothing waits."))
    if not plan.days:
        return str(_("Not measurable yet: nothing has come in before today."))
    clearing = plan.clearing
    if clearing.middle is not None:
        return str(_("Clear by %(day)s", day=short(clearing.middle)))
    change = abs(round(plan.growth))
    if clearing.never:
        return str(
            ngettext(
                "Never at this staffing: it grows by %(num)s ticket a day",
                "Never at this staffing: it grows by %(num)s tickets a day",
                change,
            )
        )
    return str(_("Not within twelve weeks at this staffing"))


def how_sure(plan: Plan) -> str:
    """Between which days, in eight cases of ten; empty where there is no day."""
    clearing = plan.clearing
    if not plan.tickets or clearing.middle is None:
        return ""
    if plan.growth > 0:
        return str(
            ngettext(
                "then it grows again, by %(num)s ticket on an average day",
                "then it grows again, by %(num)s tickets on an average day",
                max(1, round(plan.growth)),
            )
        )
    if clearing.early == clearing.late:
        return ""
    early = short(clearing.early) if clearing.early else ""
    if clearing.late is None:
        return str(_("%(early)s at the earliest, perhaps not within twelve weeks", early=early))
    return str(
        _("in eight cases of ten %(early)s – %(late)s", early=early, late=short(clearing.late))
    )


def short(day: date) -> str:
    pattern = "EEE d. MMM" if reader_language() == "de" else "EEE d MMM"
    return str(format_date(day, pattern))


def whole(day: date) -> str:
    return str(format_date(day, day_pattern()))


def hours(value: float) -> str:
    return str(format_decimal(round(value, 0 if abs(value) >= HOURS_SHOWN else 1)))


def count(value: float) -> str:
    return str(format_decimal(round(value)))


def supposed_words(supposed: WhatIf) -> list[str]:
    """Each part of a supposition, as it is read."""
    found = []
    if supposed.people > 0:
        found.append(ngettext("%(num)s person more", "%(num)s people more", supposed.people))
    if supposed.people < 0:
        found.append(ngettext("%(num)s person less", "%(num)s people less", -supposed.people))
    if supposed.minutes:
        found.append(_("%(percent)s %% of time per contact", percent=f"{supposed.minutes:+d}"))
    if supposed.mailing:
        found.append(_("a mailing tomorrow to %(clients)s people", clients=count(supposed.mailing)))
    if supposed.overtime:
        found.append(
            ngettext(
                "%(num)s hour of overtime a day",
                "%(num)s hours of overtime a day",
                supposed.overtime,
            )
        )
    if supposed.closed:
        found.append(_("telephone closed from 13:00"))
    return found


KIND_WORDS = {
    "payment_day": lazy("Payment day"),
    "quarter_end": lazy("End of the quarter"),
    "after_holiday": lazy("Day after a holiday"),
    "mailing": lazy("Mailing"),
    "rule_change": lazy("New rule"),
    "press": lazy("Press"),
    "outage": lazy("Outage"),
    "other": lazy("Something else"),
}


def named(kinds: Sequence[tuple[str, str]]) -> str:
    """(kind, name) of what was known of a day."""
    return " · ".join(name or str(KIND_WORDS.get(kind, kind)) for kind, name in kinds)
