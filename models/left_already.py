"""What the database that a backup replaces still knows: which mails, notices, reports and webhooks
had left. Rows are the same only where their numbers and what they say of themselves agree."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, func, select, text, update
from sqlalchemy.exc import DBAPIError

from models.backup import reading
from models.base import db
from models.mailing_recipient import MailingRecipient, RecipientState
from models.message import Message, Sending
from models.notice import Notice, NoticeState
from models.outbox import Job, Outbox
from models.saved_report_times import ReportSchedule
from models.webhook_delivery import DeliveryState, WebhookDelivery

_WAITING = (Sending.WAITING.value, Sending.HELD.value)
_UNTOLD = (NoticeState.WAITING.value, NoticeState.UNMATCHED.value)


def settle(replaced: str, at: datetime) -> int:
    """Mark in this restored database what had left by the word of the one that it replaces; returns
    how much that is. One that cannot be read, or is of another schema, knows nothing."""
    parts = (_mails, _recipients, _notices, _reports, _webhooks)
    with reading(replaced) as there:
        return sum(_asked(part, there, at) for part in parts) if there is not None else 0


def settle_logged(message_ids: Iterable[str], at: datetime) -> int:
    """The same for the mails whose Message-ID a mail server has in its log."""
    named = set(message_ids)
    found = [one for one in _waiting_mails().values() if one.message_id in named]
    for message in found:
        _went(message, at)
    return len(found)


def _asked(part: Callable[[Connection, datetime], int], there: Connection, at: datetime) -> int:
    try:
        with there.begin():
            return part(there, at)
    except DBAPIError:
        return 0


def _mails(there: Connection, at: datetime) -> int:
    here = _waiting_mails()
    sent = _rows(
        there,
        "SELECT id, message_id, sent_at FROM message WHERE id = ANY(:ids) AND state = 'sent'",
        here,
    )
    found = [row for row in sent if here[row["id"]].message_id == row["message_id"]]
    for row in found:
        _went(here[row["id"]], row["sent_at"] or at)
    return len(found)


def _waiting_mails() -> dict[int, Message]:
    rows = select(Message).where(Message.state.in_(_WAITING))
    return {one.id: one for one in db.session.scalars(rows)}


def _went(message: Message, at: datetime) -> None:
    message.went(at)
    if message.mailing_id is not None:
        MailingRecipient.went(message.id, at)


def _recipients(there: Connection, at: datetime) -> int:
    """Those whose mail was not written yet when the copy was made."""
    rows = select(MailingRecipient).where(MailingRecipient.state == RecipientState.QUEUED.value)
    here = {one.id: one for one in db.session.scalars(rows)}
    sent = _rows(
        there,
        "SELECT id, mailing_id, client_id FROM mailing_recipient "
        "WHERE id = ANY(:ids) AND state = 'sent'",
        here,
    )
    found = [
        here[row["id"]]
        for row in sent
        if (here[row["id"]].mailing_id, here[row["id"]].client_id)
        == (row["mailing_id"], row["client_id"])
    ]
    for recipient in found:
        recipient.state, recipient.ended_at = RecipientState.SENT.value, at
    return len(found)


def _notices(there: Connection, at: datetime) -> int:
    rows = select(Notice).where(Notice.state.in_(_UNTOLD))
    here = {one.id: one for one in db.session.scalars(rows)}
    told = _rows(
        there,
        "SELECT notice.id, source, key, notice.state, why, told_at FROM notice "
        "LEFT JOIN message ON message.id = notice.message_id "
        "WHERE notice.id = ANY(:ids) AND (notice.state = 'suppressed' "
        "OR (notice.state = 'told' AND message.state = 'sent'))",
        here,
    )
    found = 0
    for row in told:
        notice = here[row["id"]]
        if (notice.source, notice.key) == (row["source"], row["key"]):
            notice.state, notice.why, notice.told_at = row["state"], row["why"], row["told_at"]
            _kept(Job.NOTICE, Outbox.ref_id == notice.id, at)
            found += 1
    return found


def _reports(there: Connection, at: datetime) -> int:
    """Those made there; and the times that passed there pass here."""
    open_ = select(Outbox.ref_id).where(Outbox.kind == Job.REPORT.value, Outbox.done_at.is_(None))
    here = dict.fromkeys(db.session.scalars(open_))
    made = _rows(
        there, "SELECT id FROM report_sending WHERE id = ANY(:ids) AND made_at IS NOT NULL", here
    )
    numbers = [row["id"] for row in made]
    _kept(Job.REPORT, Outbox.ref_id.in_(numbers), at)
    schedules = {one.id: one for one in db.session.scalars(select(ReportSchedule))}
    for row in _rows(
        there, "SELECT id, next_at FROM report_schedule WHERE id = ANY(:ids)", schedules
    ):
        schedule = schedules[row["id"]]
        if schedule.next_at and row["next_at"] and row["next_at"] > schedule.next_at:
            schedule.next_at = row["next_at"]
    return len(numbers)


def _webhooks(there: Connection, at: datetime) -> int:
    rows = select(WebhookDelivery).where(WebhookDelivery.state == DeliveryState.WAITING.value)
    here = {one.uuid: one for one in db.session.scalars(rows)}
    told = _rows(
        there,
        "SELECT uuid, ended_at FROM webhook_delivery "
        "WHERE uuid = ANY(:ids) AND state = 'delivered'",
        here,
    )
    for row in told:
        delivery = here[row["uuid"]]
        delivery.state, delivery.ended_at = DeliveryState.DELIVERED.value, row["ended_at"] or at
    names = [row["uuid"] for row in told]
    _kept(Job.WEBHOOK, func.split_part(Outbox.cause, " ", 1).in_(names), at)
    return len(told)


def _rows(there: Connection, words: str, here: Mapping[Any, Any]) -> Sequence[RowMapping]:
    if not here:
        return []
    return there.execute(text(words), {"ids": list(here)}).mappings().all()


def _kept(kind: Job, those: ColumnElement[bool], at: datetime) -> None:
    db.session.execute(
        update(Outbox)
        .where(Outbox.kind == kind.value, those, Outbox.done_at.is_(None))
        .values(done_at=at)
        .execution_options(synchronize_session=False)
    )
