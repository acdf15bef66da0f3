"""Writing to the client of a ticket: whence and where to, taken back, sent again, come back.

What leaves and when is the message's own; here is what it means for the ticket.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm.attributes import flag_modified

from models import ticket_clock
from models.base import db
from models.contact import Contact
from models.event import record
from models.first_answer import answered_before, note_answer, stand_as_before
from models.mailbox import Mailbox
from models.mailing_recipient import MailingRecipient
from models.mailing_threads import give_way
from models.message import (
    Enclosure,
    Kind,
    Message,
    Sending,
    message_id_for,
    reply_address,
    signed,
    thread_of,
)
from models.refusal import Reason, reason_of
from models.representing import speaker_for
from models.second_reader import must_be_read
from models.second_reading import hold
from models.subject import reply_subject
from models.ticket import Status, Ticket
from models.user import User

GRACE = timedelta(seconds=10)
"""How long an answer can still be taken back."""
ATTENTION = {Reason.UNKNOWN_ADDRESS: "undeliverable", Reason.REFUSED: "refused"}
"""What a person must look at when a mail of ours did not arrive."""
NOT_DELIVERED = "not_delivered"


def answer(
    ticket: Ticket,
    text: str,
    *,
    by: User,
    at: datetime,
    mailbox_address: str,
    domain: str,
    tag: str,
    signature: str = "",
    files: Iterable[Enclosure] = (),
) -> Message:
    """Promise an e-mail to the client; it can be taken back for ten seconds."""
    draft = draft_answer(
        ticket,
        text,
        by=by,
        at=at,
        mailbox_address=mailbox_address,
        domain=domain,
        tag=tag,
        signature=signature,
    )
    return send(ticket, draft, by=by, at=at, files=files)


def send(
    ticket: Ticket, message: Message, *, by: User, at: datetime, files: Iterable[Enclosure] = ()
) -> Message:
    """Promise an answer as it was drafted, with its files; the ticket waits for the client.

    A newcomer's is held for a colleague instead, and the ticket goes on waiting for us.
    """
    give_way(ticket, at)
    if must_be_read(by, ticket):
        flag_modified(ticket, "status")
        db.session.flush()
        message.enclose(files)
        return hold(ticket, message, by=by, at=at)
    stood = ticket.status
    ticket.wait_for_client(at)
    flag_modified(ticket, "status")  # of two who answer at once, the second learns it here
    db.session.flush()
    message.enclose(files)
    message.promise()
    if ticket.first_answer_at is None:
        ticket.first_answer_at = at
    if ticket.assignee_id is None:
        ticket.assignee_id = by.id
    note_answer(ticket, message, stood, at)
    return message


def draft_answer(
    ticket: Ticket,
    text: str,
    *,
    by: User,
    at: datetime,
    mailbox_address: str,
    domain: str,
    tag: str,
    signature: str = "",
    language: str | None = None,
    recipient: str | None = None,
) -> Message:
    """An answer as it would leave; nothing is promised or kept yet."""
    recipient = recipient or answer_address(ticket)
    if recipient is None:
        raise ValueError("the client has no e-mail address")
    cause = Message.next_cause(ticket.id)
    answered, ids = thread_of(ticket.id, ticket.client_id, domain)
    return Message(
        kind=Kind.REPLY.value,
        ticket_id=ticket.id,
        cause=cause,
        by_id=by.id,
        recipient=recipient,
        subject=reply_subject(ticket.subject, tag),
        text=signed(text, signature),
        language=language or ticket.language or "fr",
        message_id=message_id_for(ticket.id, cause, domain),
        reply_to=reply_address(mailbox_address, ticket.id),
        in_reply_to=answered.message_id if answered else None,
        references=" ".join(ids),
        mailbox=Mailbox.at(mailbox_address),
        quotes=answered,
        not_before=at + GRACE,
        written_at=at,
    )


def answer_address(ticket: Ticket) -> str | None:
    """Where an answer goes: whence the client, or who speaks for the client here, wrote last."""
    if ticket.client is None:
        return None
    spoke = speaker_for(ticket)
    client, matter = (ticket.client, ticket.id) if spoke is None else spoke
    newest = Contact.of_ticket(matter).with_only_columns(Contact.sender).order_by(None)
    said = db.session.scalars(newest.order_by(Contact.said_at.desc()).limit(50)).all()
    return client.email_last_used_in(list(reversed(said)))


def answer_mailbox(ticket: Ticket) -> Mailbox | None:
    """Whence an answer leaves: the mailbox to which the client wrote last, else the first."""
    written = Contact.written_in(ticket.id, ticket.client_id).where(Contact.mailbox_id.is_not(None))
    last = db.session.scalar(written.limit(1))
    used = Mailbox.named(last.mailbox_id) if last is not None and last.mailbox_id else None
    return used if used is not None and used.active else Mailbox.first()


def take_back(ticket: Ticket, message: Message, *, by: User) -> bool:
    """Undo an answer that has not left yet."""
    held = message.state == Sending.HELD
    if not message.withdraw():
        return False
    if held:
        record("ticket.answer_taken_back", by=by, ticket_id=ticket.id, message=message.id)
        return True
    if message.automatic:
        record("message.withdrawn", by=by, ticket_id=ticket.id, message=message.id)
        return True
    stand_as_before(ticket, message)
    others = db.session.scalars(Message.of_ticket(ticket.id))
    not_sent = (Sending.WITHDRAWN, Sending.HELD)
    sent = [m for m in others if m.kind == Kind.REPLY and m.state not in not_sent]
    if not sent and not answered_before(ticket, message):
        ticket.first_answer_at = None
    record("ticket.answer_taken_back", by=by, ticket_id=ticket.id, message=message.id)
    return True


def send_again(
    ticket: Ticket, message: Message, recipient: str | None, *, by: User, at: datetime
) -> None:
    """What was not delivered leaves once more, perhaps to another address of the client."""
    before = message.recipient
    if recipient is not None and ticket.client is not None:
        ticket.client.can_be_reached_at(recipient)
    message.send_again(at, recipient)
    MailingRecipient.on_its_way(message.id)
    if ticket.attention in (*ATTENTION.values(), NOT_DELIVERED):
        ticket.attention = None
    if message.kind == Kind.REPLY and ticket.status in (Status.NEW, Status.OPEN):
        ticket.wait_for_client(at)
    record(
        "message.sent_again",
        by=by,
        at=at,
        ticket_id=ticket.id,
        message=message.id,
        before=before,
        after=message.recipient,
    )


def take_bounce(
    ticket: Ticket,
    message: Message,
    said: str,
    at: datetime,
    *,
    address: str = "",
    proven: bool = True,
    final: bool = False,
) -> Reason:
    """Our own mail did not arrive: we still owe the answer, and a dead address is spared.

    `said` is what the server said; `final` that nobody tries any more, whatever it sounds
    like. Without proof that the report is genuine no address is given up. A closed ticket
    stays closed and no clock starts anew.
    """
    reason = reason_of(said)
    facts: dict[str, Any] = {
        "message": message.id,
        "why": said[:300],
        "reason": reason.value,
    }
    if reason is Reason.DELAYED and not final:
        record("message.delayed", at=at, ticket_id=ticket.id, **facts)
        return reason
    message.bounced(said)
    MailingRecipient.came_back(message.id, said, at)
    if reason.dead and proven and ticket.client is not None:
        known = {one.address for one in ticket.client.addresses}
        dead = address if address in known else message.recipient
        ticket.client.cannot_be_reached_at(dead, at)
    ticket.attention = None  # nothing else matters more: the client has heard nothing
    ticket.call_attention(ATTENTION.get(reason, NOT_DELIVERED), at)
    if ticket.status == Status.WAITING:
        ticket.status = Status.OPEN.value
        ticket_clock.never_stopped(ticket)
    record("message.failed", at=at, ticket_id=ticket.id, **facts)
    return reason
