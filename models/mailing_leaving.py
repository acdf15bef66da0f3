"""A mail of a mailing on its way out: held back while its mailing stands still, and what follows
once it has left or has come back."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm.attributes import flag_modified

from models import mailing_threads
from models.base import db
from models.client import Client
from models.event import record
from models.mailing import Mailing
from models.mailing_promising import opens_at
from models.mailing_recipient import MailingRecipient
from models.mailing_row import MailingState
from models.message import Message, Sending
from models.outbox import Job, later
from models.refusal import reason_of
from models.ticket import Status, Ticket

STANDS_STILL = timedelta(minutes=1)
"""After so long it is asked again whether a paused mailing goes on."""


class HeldBack(Exception):
    """A mail that may not leave now: how long it waits; None where it never leaves."""

    def __init__(self, wait: timedelta | None) -> None:
        super().__init__(str(wait))
        self.wait = wait


def look(message: Message, at: datetime) -> None:
    """Raises `HeldBack` where the mailing of this mail stands still, rests or was called off.

    Asked again while the mail is handed over: the caller holds the message, and who pauses or calls
    off waits for nobody.
    """
    if message.mailing_id is None:
        return
    mailing = db.session.scalar(
        select(Mailing)
        .join(MailingRecipient, MailingRecipient.mailing_id == Mailing.id)
        .where(MailingRecipient.message_id == message.id)
        .execution_options(populate_existing=True)
    )
    if mailing is None:
        return
    if mailing.state == MailingState.CANCELLED:
        message.state = Sending.WITHDRAWN.value
        MailingRecipient.gone_back(message.id, at)
        raise HeldBack(None)
    if mailing.state == MailingState.PAUSED:
        raise HeldBack(STANDS_STILL)
    opens = opens_at(mailing, at)
    if opens > at:
        raise HeldBack(opens - at)


def left(message: Message, at: datetime) -> None:
    """It has left. Nothing here may fail for the sake of others: what it means for a ticket is
    promised, and done apart."""
    MailingRecipient.went(message.id, at)
    if message.ticket_id is not None and message.mailing_id is not None:
        later(Job.MAILING, message.mailing_id, cause=f"left:{message.id}")


def not_delivered(
    message: Message, said: str, at: datetime, *, came_back: bool, proven: bool = True
) -> None:
    """No server took it, or it came back; an address that surely does not exist is spared."""
    settle = MailingRecipient.came_back if came_back else MailingRecipient.refused
    settle(message.id, said, at)
    if message.ticket_id is not None or not proven or not reason_of(said).dead:
        return
    recipient = MailingRecipient.of_message(message.id)
    client = Client.named(recipient.client_id) if recipient is not None else None
    if client is not None:
        client.cannot_be_reached_at(message.recipient, at)


def settle_ticket(message: Message, at: datetime) -> None:
    """What a mail that has left means for the ticket on whose thread it stands.

    A prepared answer is given, and waits for the client as any answer does. Closed is only where
    that was asked for, nobody has written since, and nothing of it wants a person's eye.
    """
    recipient = MailingRecipient.of_message(message.id)
    mailing = Mailing.named(message.mailing_id)
    if recipient is None or mailing is None or message.state != Sending.SENT:
        return
    mailing_threads.left(recipient, message, message.sent_at or at)
    ticket = Ticket.named(message.ticket_id)
    if ticket is None or not (mailing.reply_id or mailing.close_as):
        return
    ticket = ticket.target
    db.session.refresh(ticket, with_for_update=True)
    if ticket.first_answer_at is None:
        ticket.first_answer_at = message.sent_at or at
    record("ticket.told", at=at, ticket_id=ticket.id, message=message.id, mailing=mailing.id)
    if ticket.closed or ticket.last_contact_at > message.written_at:
        return
    by = mailing.approved_by or mailing.started_by
    closes = mailing.close_as if by is not None else None
    if closes and by and mailing_threads.close(recipient, ticket, closes, by=by, at=at):
        return
    if ticket.status != Status.WAITING:
        ticket.wait_for_client(at)
    flag_modified(ticket, "status")
