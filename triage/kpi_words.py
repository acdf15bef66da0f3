"""What figures are called, what each says in a sentence, and how their values are written."""

from babel.numbers import format_decimal as spelled
from flask_babel import LazyString, format_decimal, format_percent, get_locale
from flask_babel import lazy_gettext as _

from models.kpi_kinds import Absent, Unit

NAMES: dict[str, LazyString] = {
    "inflow": _("Contacts"),
    "opened": _("Tickets opened"),
    "answered": _("First answers"),
    "closed": _("Tickets closed"),
    "backlog": _("Waiting tickets"),
    "backlog_age": _("Age of waiting tickets"),
    "overdue": _("Past the promise"),
    "due_soon": _("Promised within three days"),
    "phone_service": _("Calls answered in time"),
    "abandonment": _("Calls given up"),
    "mail_service": _("Answered as promised"),
    "mail_median": _("Time to the first answer, median"),
    "mail_p90": _("Time to the first answer, nine of ten"),
    "first_contact": _("Settled at the first contact"),
    "repeats": _("Came back"),
    "failures": _("Failure demand"),
    "misroutes": _("Sent to the wrong team"),
    "automatic": _("Routed by itself"),
    "corrected": _("Topic corrected"),
    "other": _("Topic “other”"),
    "abstained": _("Left to a person"),
    "callbacks_due": _("Call-backs due"),
    "callbacks_kept": _("Call-backs kept"),
    "handling": _("Time per call"),
}
DEFINITIONS: dict[str, LazyString] = {
    "inflow": _("Everything clients said to us in that time; many at once of one sender are one."),
    "opened": _("Tickets that were opened in that time."),
    "answered": _("Tickets that had their first answer by a person in that time."),
    "closed": _("Tickets that were closed in that time."),
    "backlog": _("Tickets for which the client waits for us, at the end of the day."),
    "backlog_age": _("Working days since the waiting tickets were opened, on average."),
    "overdue": _("Waiting tickets whose promised or legal day had passed at the end of the day."),
    "due_soon": _("Waiting tickets whose promised or legal day is at most three days away."),
    "phone_service": _(
        "Calls answered within the time aimed at, of all offered but those given up at once."
    ),
    "abandonment": _("Calls that the caller gave up after waiting, of all offered."),
    "mail_service": _(
        "First answers by a person within what we promise. An automatic mail is no answer."
    ),
    "mail_median": _("Working hours until a person answered; half of the answers were faster."),
    "mail_p90": _("Working hours until a person answered; nine of ten answers were faster."),
    "first_contact": _(
        "Closed tickets after which the client did not come back about the same topic within seven "
        "days. Known seven days later."
    ),
    "repeats": _("Contacts whose client had come about the same topic within seven days before."),
    "failures": _(
        "Contacts that a failure of ours has caused: somebody asks where the file stands, "
        "contests, complains, or had to come back."
    ),
    "misroutes": _("Tickets that had to change to another topic’s team, of all that were routed."),
    "automatic": _("Contacts that the classifier routed by itself, of those it read."),
    "corrected": _("Contacts whose topic somebody changed, of those that somebody looked at."),
    "other": _("Contacts that fit no topic, of those that have one."),
    "abstained": _("Contacts of which the classifier proposed nothing, of those it read."),
    "callbacks_due": _("Call-backs that were due and not made yet, at the end of the day."),
    "callbacks_kept": _("Call-backs made in the time that was promised, of those promised."),
    "handling": _("Minutes for one call, with what is written afterwards."),
}
WHY_NOT: dict[Absent, LazyString] = {
    Absent.NOTHING: _("nothing to measure"),
    Absent.YOUNG: _("known a few days later"),
    Absent.UNCOUNTED: _("not counted"),
    Absent.CUT: _("not known by this"),
    Absent.SMALL: _("too few to be shown"),
    Absent.BESIDE: _("not told: it would give away a small number beside it"),
    Absent.ALONE: _("one person only"),
}


def name_of(code: str) -> LazyString | str:
    return NAMES.get(code, code)


def written(unit: Unit, value: float | None) -> str:
    """A value as the reader writes it, with its unit; empty where there is none."""
    if value is None:
        return ""
    if unit is Unit.SHARE:
        return str(format_percent(value, "#,##0.#\u00a0%"))
    if unit is Unit.COUNT:
        return str(format_decimal(round(value)))
    number = format_decimal(round(value, 1))
    if unit is Unit.HOURS:
        return str(_("%(number)s h", number=number))
    if unit is Unit.MINUTES:
        return str(_("%(number)s min", number=number))
    return str(_("%(number)s d", number=number))


def unit_words(unit: Unit) -> str:
    """What stands at the head of a column of bare numbers."""
    words = {
        Unit.SHARE: "%",
        Unit.HOURS: _("working hours"),
        Unit.MINUTES: _("minutes"),
        Unit.DAYS: _("working days"),
    }
    return str(words.get(unit, ""))


def bare(unit: Unit, value: float | None) -> str:
    """A value for a table of bare numbers: the same digits as written, without unit and groups."""
    if value is None:
        return ""
    if unit is Unit.COUNT:
        return str(round(value))
    scaled = round(value * 100 if unit is Unit.SHARE else value, 1)
    return spelled(scaled, locale=get_locale(), group_separator=False)
