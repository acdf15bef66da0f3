"""Every figure of the house, by its code: each is defined once, for page, history, report and API.

Its facts give one row for each thing counted, so that a figure, what was kept of it and the list
behind it are the same rows.
"""

from models import kpi_answers, kpi_calls, kpi_contacts, kpi_tickets
from models.kpi_kinds import DIMENSIONS, Better, Item, Kpi, Unit

PHONE_ONLY = ("channel",)
"""Nobody knows the topic, the team or the language of a call that was given up."""

_ALL = (
    Kpi("inflow", Unit.COUNT, Better.NONE, Item.CONTACT, kpi_contacts.inflow),
    Kpi("opened", Unit.COUNT, Better.NONE, Item.TICKET, kpi_tickets.opened),
    Kpi("answered", Unit.COUNT, Better.NONE, Item.TICKET, kpi_tickets.answered, of_work=True),
    Kpi("closed", Unit.COUNT, Better.NONE, Item.TICKET, kpi_tickets.closed, of_work=True),
    Kpi("backlog", Unit.COUNT, Better.DOWN, Item.TICKET, kpi_tickets.backlog, stands=True),
    Kpi("backlog_age", Unit.DAYS, Better.DOWN, Item.TICKET, kpi_tickets.backlog_age, stands=True),
    Kpi("overdue", Unit.COUNT, Better.DOWN, Item.TICKET, kpi_tickets.overdue, stands=True),
    Kpi("due_soon", Unit.COUNT, Better.DOWN, Item.TICKET, kpi_tickets.due_soon, stands=True),
    Kpi(
        "phone_service",
        Unit.SHARE,
        Better.UP,
        Item.CALL,
        kpi_calls.in_time,
        cuts=PHONE_ONLY,
        of_work=True,
    ),
    Kpi("abandonment", Unit.SHARE, Better.DOWN, Item.CALL, kpi_calls.abandoned, cuts=PHONE_ONLY),
    Kpi("mail_service", Unit.SHARE, Better.UP, Item.TICKET, kpi_answers.in_time, of_work=True),
    Kpi(
        "mail_median",
        Unit.HOURS,
        Better.DOWN,
        Item.TICKET,
        kpi_answers.hours,
        of_work=True,
        values=kpi_answers.taken,
        quantile=0.5,
    ),
    Kpi(
        "mail_p90",
        Unit.HOURS,
        Better.DOWN,
        Item.TICKET,
        kpi_answers.hours,
        of_work=True,
        values=kpi_answers.taken,
        quantile=0.9,
    ),
    Kpi(
        "first_contact",
        Unit.SHARE,
        Better.UP,
        Item.TICKET,
        kpi_tickets.first_contact,
        cohort_days=7,
        of_work=True,
    ),
    Kpi("repeats", Unit.SHARE, Better.DOWN, Item.CONTACT, kpi_contacts.repeats),
    Kpi("failures", Unit.SHARE, Better.DOWN, Item.CONTACT, kpi_contacts.failures),
    Kpi(
        "misroutes",
        Unit.SHARE,
        Better.DOWN,
        Item.TICKET,
        kpi_tickets.misroutes,
        cohort_days=7,
    ),
    Kpi("automatic", Unit.SHARE, Better.UP, Item.CONTACT, kpi_contacts.automatic),
    Kpi("corrected", Unit.SHARE, Better.DOWN, Item.CONTACT, kpi_contacts.corrected),
    Kpi("other", Unit.SHARE, Better.DOWN, Item.CONTACT, kpi_contacts.others),
    Kpi("abstained", Unit.SHARE, Better.DOWN, Item.CONTACT, kpi_contacts.abstained),
    Kpi(
        "callbacks_due",
        Unit.COUNT,
        Better.DOWN,
        Item.CALLBACK,
        kpi_calls.callbacks_due,
        stands=True,
    ),
    Kpi(
        "callbacks_kept",
        Unit.SHARE,
        Better.UP,
        Item.CALLBACK,
        kpi_calls.callbacks_kept,
        of_work=True,
    ),
    Kpi(
        "handling",
        Unit.MINUTES,
        Better.NONE,
        Item.CALL,
        kpi_calls.handling,
        cuts=DIMENSIONS,
        of_work=True,
    ),
)

KPIS: dict[str, Kpi] = {kpi.code: kpi for kpi in _ALL}
