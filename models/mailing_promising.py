"""The pace of a mailing: when it may leave, how many now, and its mails promised, each once.

A recipient, its message and the promise to send it are written in one transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import selectinload

from models import calendar
from models.base import db
from models.client import UNDELIVERABLE, ClientAddress, Level
from models.event import record
from models.mailing import Mailing
from models.mailing_known import apart_of
from models.mailing_recipient import MailingRecipient, RecipientState, Why
from models.mailing_row import PRIORITY, MailingState
from models.mailing_told import declined_by, told_meanwhile
from models.message import Kind, Message
from models.outbox import Job, later_each

BATCH = 200
"""So many are written in one transaction, for which a person who pauses it waits."""
BATCH_ON_THREADS = 40
"""Each of these is looked at by itself."""
SLICES = 6
"""A minute's mails are promised in so many parts, so that they leave evenly."""
MINUTE = timedelta(minutes=1)
SLICE = MINUTE / SLICES


@dataclass(frozen=True)
class Written:
    """The mail of one recipient, ready to be kept."""

    recipient: MailingRecipient
    subject: str
    text: str
    language: str
    message_id: str
    reply_to: str


# --- when -----------------------------------------------------------------------------------


def opens_at(mailing: Mailing, at: datetime) -> datetime:
    """The first moment from `at` on at which its mails may leave."""
    moment = max(at, mailing.start_at or at)
    opens, closes = mailing.window_from or time(0), mailing.window_to
    for _ in range(60):
        day = calendar.business_day(moment)
        if not mailing.working_days or calendar.working_day(day):
            first = calendar.start_of(day, opens)
            last = (
                calendar.start_of(day, closes)
                if closes is not None and closes > opens
                else calendar.bounds(day)[1]
            )
            if moment < last:
                return max(moment, first)
        moment = calendar.bounds(day)[1]
    return moment


def allowance(mailing: Mailing, at: datetime) -> int:
    """How many may be promised now, what is tried again included: no more than `per_minute` within
    any minute, nor than its part within ten seconds."""
    of_slice, of_minute = db.session.execute(
        select(func.count().filter(Message.created_at > at - SLICE), func.count()).where(
            Message.mailing_id == mailing.id,
            Message.kind == Kind.MAILING.value,
            Message.created_at > at - MINUTE,
            Message.created_at <= at,
        )
    ).one()
    part = -(-mailing.per_minute // SLICES)
    return max(0, min(mailing.per_minute - of_minute, part - of_slice))


def portion(mailing: Mailing) -> int:
    """How many are written in one go."""
    return BATCH_ON_THREADS if mailing.on_threads else BATCH


# --- who ------------------------------------------------------------------------------------


def next_ones(mailing: Mailing, many: int) -> list[MailingRecipient]:
    """Those whose turn it is, held: nobody else writes to them."""
    one = MailingRecipient
    return list(
        db.session.scalars(
            select(one)
            .where(one.mailing_id == mailing.id, one.state == RecipientState.QUEUED.value)
            .order_by(one.id)
            .limit(many)
            .with_for_update(skip_locked=True, of=one)
            .options(selectinload(one.ticket), selectinload(one.message))
            .execution_options(populate_existing=True)
        )
    )


def no_more(
    mailing: Mailing, recipients: Sequence[MailingRecipient], at: datetime
) -> dict[int, Why]:
    """Who must not get it any more, by recipient: what has happened since they were counted."""
    addresses = {one.address for one in recipients if one.address}
    clients = {one.client_id for one in recipients if one.client_id}
    declined = declined_by(mailing, clients, addresses)
    dead = {
        (row.client_id, row.address)
        for row in db.session.execute(
            select(ClientAddress.client_id, ClientAddress.address).where(
                ClientAddress.client_id.in_([one.client_id for one in recipients]),
                ClientAddress.address.in_(addresses),
                ClientAddress.level == Level.KNOWN.value,
                ClientAddress.undeliverable_at > at - UNDELIVERABLE,
            )
        )
    }
    apart = apart_of({one.ticket_id for one in recipients if one.ticket_id})
    found = told_meanwhile(mailing, recipients, at)
    for one in recipients:
        if declined & {one.client_id, one.address}:
            found[one.id] = Why.OPTED_OUT
        elif (one.client_id, one.address) in dead:
            found[one.id] = Why.UNDELIVERABLE
        elif one.ticket_id in apart:
            found[one.id] = apart[one.ticket_id]
    return found


def end(recipient: MailingRecipient, state: RecipientState, why: str, at: datetime) -> None:
    """It gets none: left out after all, or nothing can be written to it."""
    recipient.state, recipient.why, recipient.ended_at = state.value, why[:500], at


# --- promised -------------------------------------------------------------------------------


def promise(
    mailing: Mailing, letters: Sequence[Written], mailbox_id: int | None, at: datetime
) -> None:
    """Keep these mails and promise to send them: a few statements, however many they are."""
    if not letters:
        return
    rows = [
        {
            "kind": Kind.MAILING.value,
            "cause": cause_of(one.recipient),
            "recipient": one.recipient.address,
            "subject": one.subject,
            "text": one.text,
            "language": one.language,
            "message_id": one.message_id,
            "reply_to": one.reply_to,
            "mailbox_id": mailbox_id,
            "mailing_id": mailing.id,
            "answer_version_id": mailing.answer_version_id,
            "written_at": at,
            "created_at": at,
        }
        for one in letters
    ]
    ids = db.session.scalars(
        insert(Message).returning(Message.id, sort_by_parameter_order=True), rows
    ).all()
    for one, message_id in zip(letters, ids, strict=True):
        promised(one.recipient, message_id)
    db.session.flush()
    later_each(Job.SEND, [(message_id, "", None) for message_id in ids], priority=PRIORITY)


def promise_again(recipient: MailingRecipient, message: Message, at: datetime) -> None:
    """What no server took leaves once more, as the same mail."""
    message.send_again(at, priority=PRIORITY)
    promised(recipient, message.id)


def promised(recipient: MailingRecipient, message_id: int) -> None:
    """Its mail is written."""
    recipient.state, recipient.message_id = RecipientState.PROMISED.value, message_id


def cause_of(recipient: MailingRecipient) -> str:
    """Unique: whatever is killed, no second message is written for a recipient."""
    return f"mailing:{recipient.mailing_id}:{recipient.id}"


# --- how far --------------------------------------------------------------------------------


def note_first(mailing: Mailing, at: datetime) -> datetime | None:
    """When the first mail left, if that was not known before."""
    if mailing.first_sent_at is not None:
        return None
    first = db.session.scalar(
        select(func.min(Message.sent_at))
        .join(MailingRecipient, MailingRecipient.message_id == Message.id)
        .where(MailingRecipient.mailing_id == mailing.id)
    )
    if first is not None:
        note(mailing, first_sent_at=first)
        record("mailing.first_left", at=at, problem_id=mailing.problem_id, mailing=mailing.id)
    return first


def nothing_left(mailing: Mailing) -> bool:
    """Whether every recipient has come to an end."""
    going = [RecipientState.QUEUED.value, RecipientState.PROMISED.value]
    one = select(MailingRecipient.id).where(
        MailingRecipient.mailing_id == mailing.id, MailingRecipient.state.in_(going)
    )
    return db.session.scalar(one.limit(1)) is None


def done(mailing: Mailing, at: datetime) -> None:
    note(mailing, state=MailingState.DONE.value, ended_at=at)
    record("mailing.done", at=at, problem_id=mailing.problem_id, mailing=mailing.id)


def counted(mailing: Mailing, ready: int, at: datetime) -> None:
    note(mailing, state=MailingState.COUNTED.value, counted_at=at, last_error=None)
    record("mailing.counted", at=at, mailing=mailing.id, recipients=ready)


def stopped(mailing: Mailing, error: str, at: datetime) -> None:
    """It could not go on: a person must look, and may resume it or count again."""
    counting = mailing.state == MailingState.COUNTING
    state = MailingState.DRAFT if counting else MailingState.PAUSED
    note(mailing, state=state.value, last_error=error[:500], paused_at=None if counting else at)
    record("mailing.stopped", at=at, mailing=mailing.id, why=error[:300])


def note(mailing: Mailing, **values: Any) -> None:
    """What the machine writes down is no change of a person's: the version stays."""
    db.session.flush()
    db.session.execute(
        update(Mailing)
        .where(Mailing.id == mailing.id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(mailing)
