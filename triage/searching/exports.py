"""What a search found as a file."""

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import Select

from models import data_export_rows as rows_of
from models.policy import Verb
from models.search import DEEPEST, search
from models.user import User
from triage import exporting
from triage.exporting.kinds import TICKET_COLUMNS
from triage.exporting.table import Asked, Kind
from triage.searching.page import asked as sought


def found_tickets(asked: Asked, user: User, at: datetime) -> Select[Any]:
    """As far down as the pages of a search go."""
    question, ids = sought(user, asked), []
    for number in range(1, DEEPEST + 1):
        page = search(user, question.sought, at, number)
        ids += [hit.ticket.id for hit in page.hits]
        if not page.more:
            break
    return rows_of.of_tickets(rows_of.in_this_order(user, ids), user, at)


exporting.offer(
    Kind("search", _("Search"), Verb.WORK, found_tickets, TICKET_COLUMNS, home="searching.index")
)
