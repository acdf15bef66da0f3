"""The recipients of a mailing as a file, with what became of each."""

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import Select

from models import data_export_rows as rows_of
from models.mailing import Mailing
from models.mailing_sight import seen
from models.policy import Verb
from models.user import User
from triage.exporting.table import Asked, Column, Kind, hashed, marked, number, plain
from triage.recipient_list import look_asked, state_word, why_word


def recipients(asked: Asked, user: User, at: datetime) -> Select[Any]:
    mailing = Mailing.named(number(asked.get("mailing", "")))
    if mailing is None:
        raise ValueError("mailing")
    return rows_of.of_recipients(seen(mailing.id, user, look_asked(asked)), user)


TOLD = ("promised", "sent", "bounced", "failed")
RECIPIENT_COLUMNS = (
    Column(_("Name"), plain("client")),
    Column(_("E-mail address"), plain("address")),
    Column(_("Language"), plain("language")),
    Column(_("State"), lambda row, words: state_word(row.state)),
    Column(_("Why"), lambda row, words: why_word(row.why)),
    Column(_("By hand"), marked("by_hand")),
    Column(_("Sent"), lambda row, words: row.ended_at if row.state in TOLD else None, moment=True),
    Column(_("Answered"), plain("replied_at"), moment=True),
    Column(_("Ticket"), hashed()),
)

KINDS = (
    Kind("recipients", _("Recipients of a mailing"), Verb.WORK, recipients, RECIPIENT_COLUMNS),
)
