"""The five numbers that say how the day goes, each with its definition and its comparison."""

from dataclasses import dataclass
from datetime import date, datetime

from flask import url_for
from flask_babel import format_date, format_decimal, format_percent, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy

from models import calendar, call, figures
from models.figures import Flow, Today, Usual
from triage.display import due

FIGURE_WORDS = {
    "waiting": lazy("waiting"),
    "overdue": lazy("late"),
    "opened": lazy("opened today"),
    "answered": lazy("answered today"),
    "closed": lazy("closed today"),
}
ABOUT_WORDS = {
    "repeated": lazy("Came back"),
    "failure": lazy("Failure demand"),
    "automatic": lazy("Routed by itself"),
    "corrected": lazy("Corrected"),
    "read": lazy("with a topic"),
}


@dataclass(frozen=True)
class Number:
    """One number of the top row; `value` is None where nothing can be measured yet."""

    name: str
    word: str
    value: str | None
    definition: str
    beside: str = ""
    url: str = ""
    late: bool = False


def top_row(day: date, at: datetime, today: Today, usual: Usual | None) -> list[Number]:
    start, end = calendar.bounds(day)
    seen = figures.flow(start, end)
    return [
        waiting(today),
        oldest_promise(figures.oldest_due(), at),
        telephone(call.service(start, end)),
        repeats(seen, usual, day),
        failures(seen, usual, day),
    ]


def waiting(today: Today) -> Number:
    return Number(
        "waiting",
        _("Waiting"),
        count(today.waiting),
        _(
            "Tickets that are new or open: the client waits for us. Those that wait for the client "
            "are not counted. Beside it: how many are past the answer that was promised."
        ),
        beside=_("%(overdue)s late", overdue=count(today.overdue))
        if today.overdue
        else _("none late"),
        url=url_for("dashboards.tickets", figure="waiting"),
    )


def oldest_promise(due_at: datetime | None, at: datetime) -> Number:
    late = due_at is not None and due_at < at
    return Number(
        "promise",
        _("Oldest promise"),
        due(due_at) if due_at else _("nothing waits"),
        _(
            "The waiting ticket whose answer was promised for the earliest moment: how long ago "
            "or how far ahead. Promises are counted in working days per topic."
        ),
        beside=_("past the date") if late else _("still ahead") if due_at else "",
        url=url_for("dashboards.tickets", figure="overdue" if late else "waiting"),
        late=late,
    )


def telephone(service: call.Service) -> Number:
    seconds = int(call.IN_TIME.total_seconds())
    return Number(
        "service",
        _("Calls answered in time"),
        share(service.share),
        _(
            "Incoming calls of today answered within %(seconds)s seconds, of all offered. "
            "Who hung up within %(short)s seconds is not counted. The usual aim is 80 %%.",
            seconds=seconds,
            short=int(call.TOO_SHORT.total_seconds()),
        ),
        beside=ngettext("%(num)s call", "%(num)s calls", service.offered)
        + ", "
        + _("%(given_up)s given up", given_up=count(service.abandoned))
        if service.offered
        else "",
        url=url_for("calls.index"),
    )


def repeats(seen: Flow, usual: Usual | None, day: date) -> Number:
    return Number(
        "repeats",
        _("Came back"),
        share(seen.repeat_share),
        _(
            "Of today's contacts, the share whose client had come about the same topic within "
            "the seven days before."
        ),
        beside=compared(share(usual.repeat_share), usual, day) if usual else "",
        url=url_for("dashboards.contacts", day=day, about="repeated"),
    )


def failures(seen: Flow, usual: Usual | None, day: date) -> Number:
    return Number(
        "failures",
        _("Failure demand"),
        share(seen.failure_share),
        _(
            "Of today's contacts, the share that we caused ourselves: somebody asks where the file "
            "stands, contests or complains, or had to come back. The rest is what we are here for."
        ),
        beside=compared(share(usual.failure_share), usual, day) if usual else "",
        url=url_for("dashboards.contacts", day=day, about="failure"),
    )


def compared(value: str | None, usual: Usual, day: date) -> str:
    """`value` with the days it comes from: last Tuesday, or the median of several days."""
    weekday = format_date(day, "EEEE")
    if not usual.same_weekday:
        return str(
            ngettext(
                "%(value)s on the working day before",
                "%(value)s, median of %(num)s working days",
                usual.days,
                value=value,
            )
        )
    return str(
        ngettext(
            "%(value)s last %(weekday)s",
            "%(value)s, median of %(num)s × %(weekday)s",
            usual.days,
            value=value,
            weekday=weekday,
        )
    )


def count(value: float) -> str:
    return str(format_decimal(round(value)))


def share(value: float | None) -> str | None:
    return None if value is None else str(format_percent(value, "#,##0 %"))
