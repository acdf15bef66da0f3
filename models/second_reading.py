"""A newcomer's answer on its way: held, let go by a colleague, sent back, or not read in time.

It never leaves by itself. Who let it go and what the newcomer had written stays with it.
"""

from datetime import datetime, timedelta

from sqlalchemy import select

from models.base import db
from models.contact import Contact
from models.event import record
from models.first_answer import answered_before, note_answer, stand_as_before
from models.message import Kind, Message, Sending, signed
from models.outbox import Job, later
from models.service_level import business_after
from models.settings import Setting
from models.ticket import Status, Ticket
from models.user import User

READ_WITHIN = "texts.read_within_minutes"
"""The setting that says after how many minutes of open time somebody is reminded to read."""
USUAL_READ_WITHIN = 4 * 60
NOT_READ = "answer_not_read"
SENT_BACK = "answer_sent_back"


def hold(ticket: Ticket, message: Message, *, by: User, at: datetime) -> Message:
    """Keep an answer until a colleague has read it; the client has not been answered yet."""
    message.state, message.not_before = Sending.HELD.value, None
    db.session.add(message)
    if ticket.status == Status.NEW:
        ticket.status = Status.OPEN.value
    if ticket.assignee_id is None:
        ticket.assignee_id = by.id
    db.session.flush()
    record("ticket.answer_held", by=by, at=at, ticket_id=ticket.id, message=message.id)
    return message


def let_go(
    ticket: Ticket, message: Message, text: str, *, by: User, at: datetime, grace: timedelta
) -> bool:
    """Let it leave, perhaps as the reader changed it; False when it does not wait any more.

    Where the client has said more since it was written, the ticket goes on waiting for us.
    """
    if not _claimed(message, Sending.HELD):
        return False
    if text.strip() and text.strip() != message.words.strip():
        message.as_written = message.text
        message.text = signed(text.strip(), message.signature)
    message.second_reader_id, message.read_at, message.sent_back = by.id, at, ""
    message.state, message.not_before, message.created_at = Sending.WAITING.value, at + grace, at
    later(Job.SEND, message.id, cause=f"read {at.isoformat()}", not_before=at + grace, priority=3)
    said_more, stood = _said_since(ticket, message.written_at), ticket.status
    if not said_more:
        ticket.wait_for_client(at)
    if ticket.first_answer_at is None:
        ticket.first_answer_at = at
    _read(ticket)
    facts = {"message": message.id, "changed": message.as_written is not None}
    note_answer(ticket, message, stood, at)
    record("ticket.answer_let_go", by=by, at=at, ticket_id=ticket.id, **facts)
    if message.closes_as and not said_more:
        ticket.close(message.closes_as, by=by, at=at)
    return True


def take_back(ticket: Ticket, message: Message, *, by: User, at: datetime) -> bool:
    """The reader's second thought, while it has not left: it waits again as it was written."""
    if message.second_reader_id != by.id or not _claimed(message, Sending.WAITING):
        return False
    if message.as_written is not None:
        message.text, message.as_written = message.as_written, None
    message.state, message.not_before = Sending.HELD.value, None
    message.second_reader_id = message.read_at = None
    closed = ticket.closed
    stand_as_before(ticket, message)
    if not _answered(ticket) and not answered_before(ticket, message):
        ticket.first_answer_at = None
    record("ticket.answer_held_again", by=by, at=at, ticket_id=ticket.id, message=message.id)
    if closed and not ticket.closed:
        record("ticket.reopened", by=by, at=at, ticket_id=ticket.id)
    return True


def send_back(ticket: Ticket, message: Message, remark: str, *, by: User, at: datetime) -> bool:
    """Back to its author with a remark: what was written can be changed and sent anew."""
    if not _claimed(message, Sending.HELD):
        return False
    message.state = Sending.WITHDRAWN.value
    message.second_reader_id, message.read_at = by.id, at
    message.sent_back = remark.strip()[:2000]
    _read(ticket)
    ticket.call_attention(SENT_BACK, at)
    record("ticket.answer_sent_back", by=by, at=at, ticket_id=ticket.id, message=message.id)
    return True


def warn(at: datetime) -> int:
    """Call for somebody where an answer has waited too long; returns for how many."""
    patience = float(Setting.read(READ_WITHIN, USUAL_READ_WITHIN))
    waiting = select(Message).where(
        Message.state == Sending.HELD.value, Message.warned_at.is_(None), Message.written_at < at
    )
    late = 0
    for message in db.session.scalars(waiting):
        ticket = Ticket.named(message.ticket_id)
        if ticket is None or business_after(message.written_at, patience, ticket.team_id) > at:
            continue
        message.warned_at = at
        ticket.call_attention(NOT_READ, at)
        late += 1
    return late


def _read(ticket: Ticket) -> None:
    if ticket.attention in (NOT_READ, SENT_BACK):
        ticket.attention = None


def _said_since(ticket: Ticket, at: datetime) -> bool:
    """Whether somebody outside has said more; what a machine wrote asks for nothing."""
    later = Contact.of_ticket(ticket.id).where(Contact.received_at > at, Contact.by_people())
    return db.session.scalar(later.limit(1)) is not None


def _claimed(message: Message, state: Sending) -> bool:
    """Whether it still stands there; held until the transaction ends."""
    standing = select(Message.state).where(Message.id == message.id)
    return db.session.scalar(standing.with_for_update(skip_locked=True)) == state


def _answered(ticket: Ticket) -> bool:
    gone = (Sending.WAITING.value, Sending.SENT.value, Sending.FAILED.value)
    others = Message.of_ticket(ticket.id).where(
        Message.kind == Kind.REPLY.value, Message.state.in_(gone)
    )
    db.session.flush()
    return db.session.scalar(others.limit(1)) is not None
