"""What events of the back office are called on our own pages, and which of them a page may show."""

from typing import Any

from flask import Flask
from flask_babel import lazy_gettext as _
from flask_login import current_user

from models.client import Client
from models.client_merge import all_ids
from models.message import Sending
from models.notice import Notice, NoticeKind, NoticeState, Why
from models.ticket import Ticket

KINDS = {
    NoticeKind.RECEIVED: _("received"),
    NoticeKind.DOCUMENTS_MISSING: _("documents missing"),
    NoticeKind.COMPLETE: _("complete"),
    NoticeKind.SENT_TO_AUTHORITY: _("sent to the authority"),
    NoticeKind.APPROVED: _("approved"),
    NoticeKind.REFUSED: _("refused"),
    NoticeKind.PAYMENT_ANNOUNCED: _("payment announced"),
    NoticeKind.PAID: _("paid"),
}
STATES = {
    NoticeState.WAITING: _("waiting"),
    NoticeState.TOLD: _("told"),
    NoticeState.SUPPRESSED: _("no mail needed"),
    NoticeState.UNMATCHED: _("whose file?"),
    NoticeState.NO_ADDRESS: _("to be called"),
    NoticeState.DISMISSED: _("set aside"),
}
WHYS = {
    Why.TOLD_BEFORE: _("told before"),
    Why.ACKNOWLEDGED: _("our receipt has said it"),
    Why.OVERTAKEN: _("a later event was told instead"),
    Why.DAY_PASSED: _("the day was over"),
    Why.SWITCHED_OFF: _("not told to clients"),
    Why.BY_PHONE: _("told by telephone"),
    Why.NOBODY: _("nobody is known by this"),
    Why.SEVERAL: _("several people are known by this"),
    Why.CONTRADICTION: _("it names two different people"),
    Why.REPRESENTATIVE: _("known only as who speaks for others"),
    Why.ADDRESS_MISSING: _("no e-mail address"),
    Why.BOUNCED: _("our mail came back"),
    Why.WITHDRAWN: _("the file was taken back"),
}
WHO = {
    "ticket": _("ticket"),
    "id": _("client"),
    "national_number": _("national number"),
    "enterprise_number": _("enterprise number"),
    "email": _("e-mail"),
}
FAULTS = {
    "kind": _("This kind is not known."),
    "occurred_at": _("This is no day, or one that has not come yet."),
    "pays_on": _("A payment is announced with its day."),
    "national_number": _("This number is not right: a digit is wrong or missing."),
    "enterprise_number": _("This number is not right: a digit is wrong or missing."),
    "email": _("This is no e-mail address."),
    "ticket": _("This is no number."),
    "client": _("Nothing says whose file it is."),
    "documents": _("It does not say which documents are missing."),
    "language": _("This language is not known."),
    "topic": _("This topic is not known."),
    "measure": _("This measure is not known."),
    "id": _("Another event came under this id before."),
}
"""What is wrong with a field of a table, in the reader's language."""
MOST = 6


def init_app(app: Flask) -> None:
    """Teach the templates what a client was told."""
    app.jinja_env.globals.update(
        notices_told=notices_told,
        notice_kind=lambda value: KINDS.get(value, value),
        notice_state=lambda value: STATES.get(value, value),
        notice_why=lambda value: WHYS.get(value, value),
        notice_leaves=leaves,
        notice_fault=lambda name, detail: FAULTS.get(name.partition("/")[0], detail),
    )


def notices_told(client: Client | None, ticket: Ticket | None = None) -> list[Notice]:
    """What the reader may see of what a client was told, or was spared; the newest first."""
    if not current_user.is_authenticated or (client is None and ticket is None):
        return []
    return Notice.told_to(
        current_user.user,
        all_ids(client) if client is not None else [],
        ticket.id if ticket is not None else None,
        MOST,
    )


def leaves(notice: Notice) -> Any:
    """When a mail that has not left may leave; None when nothing waits."""
    mail = notice.message
    if mail is None or mail.state != Sending.WAITING:
        return None
    return mail.not_before or mail.written_at
