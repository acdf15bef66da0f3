"""What a client knows already: an event is told once, and not after a later one overtook it.

What else is known of the file is read once for many events; what is told of one of them meanwhile
is seen by the next.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import selectinload

from models.base import db
from models.calendar import business_day
from models.client_merge import families
from models.message import Kind, Message, Sending
from models.notice import Notice, NoticeKind, NoticeState, Why
from models.notice_text import NoticeText

GONE = (NoticeState.UNMATCHED.value, NoticeState.DISMISSED.value)
_LEFT = (Sending.SENT.value, Sending.WAITING.value)


def same_files(notices: Sequence[Notice]) -> dict[int, list[Notice]]:
    """Of each of these, all other events about the same file of the same client.

    Of one source a file's reference is proof enough for what waits to be matched.
    """
    of = families({one.client_id for one in notices if one.client_id is not None})
    references = {one.file_reference for one in notices}
    ids = set().union(*of.values())
    rows = (
        select(Notice)
        .where(
            or_(
                and_(Notice.client_id.in_(ids), Notice.file_reference.in_(references)),
                and_(Notice.client_id.is_(None), Notice.file_reference.in_(references - {""})),
            )
        )
        .options(selectinload(Notice.message))
        .execution_options(populate_existing=True)
    )
    by_file: dict[tuple[int | None, str], list[Notice]] = defaultdict(list)
    for one in db.session.scalars(rows):
        by_file[one.client_id, one.file_reference].append(one)
    return {
        one.id: [
            other
            for client_id in (*of.get(one.client_id or 0, ()), None)
            for other in by_file[client_id, one.file_reference]
            if other.id != one.id and _same_file(one, other)
        ]
        for one in notices
    }


def _same_file(notice: Notice, other: Notice) -> bool:
    """Whether two events of a client, or of nobody yet, with the same reference are of one file."""
    if other.client_id is None:
        return bool(notice.file_reference) and other.source == notice.source
    if notice.file_reference:
        return True
    if notice.ticket_id is not None:
        return other.ticket_id == notice.ticket_id
    return other.ticket_id is None and other.topic_id == notice.topic_id


def known_already(
    notice: Notice,
    others: Sequence[Notice],
    text: NoticeText | None,
    *,
    at: datetime,
    leaves: datetime,
    repeat_days: int,
) -> Why | None:
    """Why nothing needs to be told by a mail that `leaves` then; None when it is news.

    `others` are those of the same file.
    """
    if text is None or not text.told:
        return Why.SWITCHED_OFF
    announced = notice.pays_on if notice.kind == NoticeKind.PAYMENT_ANNOUNCED else None
    if announced is not None and announced < business_day(leaves):
        return Why.DAY_PASSED
    if any(_overtakes(other, notice) for other in others):
        return Why.OVERTAKEN
    since = at - timedelta(days=repeat_days)
    if any(_told_the_same(other, notice, since) for other in others):
        return Why.TOLD_BEFORE
    if notice.kind == NoticeKind.RECEIVED and _acknowledged(notice, since):
        return Why.ACKNOWLEDGED
    return None


def _overtakes(other: Notice, notice: Notice) -> bool:
    """Whether it is of a later stage that did not happen before this one."""
    further = NoticeKind(other.kind).stage > NoticeKind(notice.kind).stage
    return further and other.state not in GONE and other.occurred_at >= notice.occurred_at


def _told_the_same(other: Notice, notice: Notice, since: datetime) -> bool:
    if (other.kind, other.pays_on) != (notice.kind, notice.pays_on):
        return False
    if other.said.get("documents", []) != notice.said.get("documents", []):
        return False
    if other.state == NoticeState.SUPPRESSED:
        return other.why == Why.BY_PHONE
    return other.state == NoticeState.TOLD and other.told_at is not None and other.told_at >= since


def _acknowledged(notice: Notice, since: datetime) -> bool:
    """Whether we have already confirmed that it came."""
    if notice.ticket_id is None:
        return False
    receipt = exists().where(
        Message.ticket_id == notice.ticket_id,
        Message.kind == Kind.ACKNOWLEDGEMENT.value,
        Message.state.in_(_LEFT),
        Message.written_at >= since,
    )
    return bool(db.session.scalar(select(receipt)))


def overtake(notice: Notice, others: Sequence[Notice]) -> int:
    """Take back what waits to leave about earlier stages of the file; returns how many."""
    stage = NoticeKind(notice.kind).stage
    waiting = [
        (other, other.message)
        for other in others
        if NoticeKind(other.kind).stage < stage
        and other.state == NoticeState.TOLD
        and other.occurred_at <= notice.occurred_at
        and other.message is not None
        and other.message.state == Sending.WAITING
    ]
    taken = [other for other, message in waiting if message.withdraw()]
    for one in taken:
        one.state, one.why = NoticeState.SUPPRESSED.value, Why.OVERTAKEN.value
    return len(taken)


def mind_bounces() -> None:
    """What came back is on the list of those whom no mail reaches; what left after all is not."""
    mails = (
        select(Notice)
        .join(Message, Message.id == Notice.message_id)
        .with_for_update(of=Notice, skip_locked=True)
    )
    failed = mails.where(
        Notice.state == NoticeState.TOLD.value,
        Message.state == Sending.FAILED.value,
        Message.kind == Kind.NOTICE.value,
    )
    for notice in db.session.scalars(failed):
        notice.state, notice.why = NoticeState.NO_ADDRESS.value, Why.BOUNCED.value
    again = mails.where(
        Notice.state == NoticeState.NO_ADDRESS.value,
        Notice.why == Why.BOUNCED.value,
        Message.state == Sending.SENT.value,
    )
    for notice in db.session.scalars(again):
        notice.state, notice.why = NoticeState.TOLD.value, ""
