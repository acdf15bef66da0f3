"""What people do with an event: say whose it is, let it be, tell it by telephone; all undoable."""

from datetime import datetime, timedelta
from typing import Any

from models.client import Client
from models.event import record
from models.message import Sending
from models.notice import Notice, NoticeState, Why
from models.notice_mail import PRIORITY
from models.outbox import Job, later
from models.ticket import Ticket
from models.user import User

TIME_TO_UNDO = timedelta(seconds=10)
LONGEST_WHY = 200


class NotNow(Exception):
    """The event does not stand so any more."""


def match_by_hand(
    notice: Notice, client: Client, ticket: Ticket | None, *, by: User, at: datetime
) -> None:
    """A person's word whose file it is; the client is told once it can no longer be undone."""
    if notice.state != NoticeState.UNMATCHED:
        raise NotNow
    notice.client_id, notice.ticket_id = client.id, ticket.id if ticket else None
    if ticket is not None:
        notice.topic_id = notice.topic_id or ticket.topic_id
    notice.matched_by, notice.matched_by_id = "hand", by.id
    _wait(notice, at)
    _note("notice.matched", notice, by, at)


def unmatch(notice: Notice, *, by: User, at: datetime) -> None:
    """Take that back, as long as nothing was told."""
    if notice.state != NoticeState.WAITING or notice.sealed is None:
        raise NotNow
    _note("notice.unmatched", notice, by, at)
    notice.client_id = notice.ticket_id = notice.matched_by_id = None
    notice.matched_by = ""
    notice.state, notice.why = NoticeState.UNMATCHED.value, Why.NOBODY.value


def dismiss(notice: Notice, why: str, *, by: User, at: datetime) -> None:
    """Nobody is told of it, for a reason that stays."""
    if notice.state not in (NoticeState.UNMATCHED, NoticeState.NO_ADDRESS):
        raise NotNow
    if not why.strip():
        raise ValueError("a reason is needed")
    notice.state, notice.why = NoticeState.DISMISSED.value, why.strip()[:LONGEST_WHY]
    _note("notice.dismissed", notice, by, at, why=notice.why)


def put_back(notice: Notice, *, by: User, at: datetime) -> None:
    """Take a dismissal back."""
    if notice.state != NoticeState.DISMISSED or notice.why == Why.WITHDRAWN:
        raise NotNow
    if notice.client_id is None:
        notice.state, notice.why = NoticeState.UNMATCHED.value, Why.NOBODY.value
    else:
        why = Why.ADDRESS_MISSING if notice.message_id is None else Why.BOUNCED
        notice.state, notice.why = NoticeState.NO_ADDRESS.value, why.value
    _note("notice.put_back", notice, by, at)


def tell_by_phone(notice: Notice, *, by: User, at: datetime) -> None:
    """The client has heard it from a person: no mail of it leaves any more."""
    mail = notice.message
    leaves = mail is not None and mail.state == Sending.WAITING and mail.withdraw()
    if not leaves and notice.state not in (NoticeState.NO_ADDRESS, NoticeState.WAITING):
        raise NotNow
    _note("notice.by_phone", notice, by, at, before=[notice.state, notice.why])
    notice.state, notice.why = NoticeState.SUPPRESSED.value, Why.BY_PHONE.value
    notice.told_at = at


def untell(notice: Notice, *, by: User, at: datetime) -> None:
    """Take that back: the mail leaves after all, or somebody must still call."""
    if notice.state != NoticeState.SUPPRESSED or notice.why != Why.BY_PHONE:
        raise NotNow
    mail = notice.message
    _note("notice.not_by_phone", notice, by, at)
    if mail is not None and mail.state == Sending.WITHDRAWN:
        mail.state = Sending.WAITING.value
        again = f"again {at.isoformat()}"
        later(Job.SEND, mail.id, cause=again, not_before=mail.not_before, priority=PRIORITY)
        notice.state, notice.why = NoticeState.TOLD.value, ""
        return
    notice.told_at = None
    if mail is not None:  # it came back: there is one mail of an event, never a second
        notice.state, notice.why = NoticeState.NO_ADDRESS.value, Why.BOUNCED.value
        return
    _wait(notice, at)


def _wait(notice: Notice, at: datetime) -> None:
    notice.state, notice.why = NoticeState.WAITING.value, ""
    cause = f"hand {at.isoformat()}"
    later(Job.NOTICE, notice.id, cause=cause, not_before=at + TIME_TO_UNDO)


def _note(kind: str, notice: Notice, by: User, at: datetime, **facts: Any) -> None:
    record(
        kind,
        by=by,
        at=at,
        ticket_id=notice.ticket_id,
        client_id=notice.client_id,
        notice=notice.id,
        of=notice.kind,
        **facts,
    )
