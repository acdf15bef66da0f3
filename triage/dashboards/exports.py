"""What a figure counted as a file: the contacts or tickets that its list shows."""

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import Select

from models import calendar
from models import data_export_rows as rows_of
from models.kpi import KPIS, Item
from models.policy import Verb
from models.user import User
from triage import exporting
from triage.dashboards.kpi_list import apart_of, days_asked, ids_of
from triage.exporting.kinds import CONTACT_COLUMNS, TICKET_COLUMNS
from triage.exporting.table import Asked, Kind
from triage.report_asked import cut_of


def tickets(asked: Asked, user: User, at: datetime) -> Select[Any]:
    ids = _behind(asked, Item.TICKET, at)
    return rows_of.of_tickets(rows_of.tickets_among(ids, user), user, at)


def contacts(asked: Asked, user: User, at: datetime) -> Select[Any]:
    ids = _behind(asked, Item.CONTACT, at)
    return rows_of.of_contacts(rows_of.contacts_among(ids), user, at)


def _behind(asked: Asked, item: Item, at: datetime) -> Any:
    figure = KPIS.get(asked.get("figure", "inflow"))
    if figure is None or figure.item is not item:
        raise ValueError("figure")
    first, last = days_asked(asked, calendar.business_day(at))
    apart = apart_of(asked, figure.code, first, last, at)
    ids = ids_of(figure.code, first, last, cut_of(asked), "all" in asked, apart, at)
    if ids is None:
        raise ValueError("figure")
    return ids


exporting.offer(
    Kind(
        "listed-tickets",
        _("Tickets behind a figure"),
        Verb.SEE_FIGURES,
        tickets,
        TICKET_COLUMNS,
        home="dashboards.listed",
    )
)
exporting.offer(
    Kind(
        "listed-contacts",
        _("Contacts behind a figure"),
        Verb.SEE_FIGURES,
        contacts,
        CONTACT_COLUMNS,
        home="dashboards.listed",
    )
)
