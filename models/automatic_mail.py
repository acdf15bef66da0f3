"""How much mail may leave by itself: two houses that answer each other fall silent at once."""

import re
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select

from models.base import db
from models.contact import Contact
from models.intake import Channel
from models.mailbox import Mailbox
from models.message import AUTOMATIC, Kind, Message, Sending, message_id_for, reply_address
from models.subject import bare_subject
from models.ticket import Ticket

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PER_HOUR, PER_DAY = 2, 10
FORMS_PER_HOUR = 5
"""A form answers nothing, so it cannot loop: who sends one for each month hears of each."""
TOTAL = ((10, 30), (30, 60), (60, 120), (180, 240), (600, 360))
PER_TICKET = ((10, 10), (30, 15), (60, 25), (180, 50), (600, 100))
"""(minutes, automatic mails to one recipient within them): the ladders that hold for everybody."""

_REFERENCE = re.compile(r"\[[^\]]*\d[^\]]*\]|#\s?\d+|\b\d{5,}\b")

RECEIPT_WITHHELD = "ticket.receipt_withheld"


class Withheld(StrEnum):
    """Why an automatic mail was not sent."""

    MACHINE = "machine"
    LIST = "list"
    NOT_WANTED = "not_wanted"
    NO_ADDRESS = "no_address"
    OLD = "old"
    NO_REPLY = "no_reply"
    OURSELVES = "ourselves"
    ALREADY = "already"
    SAME_SUBJECT = "same_subject"
    HOURLY = "hourly"
    DAILY = "daily"
    TICKET_LADDER = "ticket_ladder"
    LADDER = "ladder"


OF_CLASS = {"list": Withheld.LIST, "suppress": Withheld.NOT_WANTED}
"""What a class of automatic mail means for its receipt; every other class is a machine."""


def withheld(
    ticket: Ticket, recipient: str, kind: Kind, cause: str, at: datetime
) -> Withheld | None:
    """Why no automatic mail may go to `recipient` about `ticket` now; None where one may.

    The ladders hold for everybody, the narrow limits not for those who write for many.
    """
    if Message.exists(kind, ticket.id, cause):
        return Withheld.ALREADY
    sent = _sent_to(recipient, at - timedelta(minutes=max(TOTAL[-1][0], DAY // HOUR * 60)))
    if _above(PER_TICKET, [when for when, ticket_id, _ in sent if ticket_id == ticket.id], at):
        return Withheld.TICKET_LADDER
    if _above(TOTAL, [when for when, _, _ in sent], at):
        return Withheld.LADDER
    if kind != Kind.ACKNOWLEDGEMENT or (ticket.client and ticket.client.represents_others):
        return None
    today = [(when, subject) for when, _, subject in sent if when >= at - DAY]
    if len(today) >= PER_DAY:
        return Withheld.DAILY
    by_form = ticket.channel == Channel.FORM
    if sum(when >= at - HOUR for when, _ in today) >= (FORMS_PER_HOUR if by_form else PER_HOUR):
        return Withheld.HOURLY
    if by_form:
        return None
    matter = _matter(ticket.subject)
    if any(_matter(subject) == matter for _, subject in today):
        return Withheld.SAME_SUBJECT
    return None


def _matter(subject: str) -> str:
    """A subject without prefixes and reference numbers: another desk's answers differ in these."""
    return " ".join(_REFERENCE.sub(" ", bare_subject(subject)).casefold().split())


def _sent_to(recipient: str, since: datetime) -> list[tuple[datetime, int, str]]:
    """(when, ticket, its subject) of the automatic mails to an address."""
    rows = db.session.execute(
        select(Message.written_at, Message.ticket_id, Ticket.subject)
        .join(Ticket, Ticket.id == Message.ticket_id)
        .where(
            Message.recipient == recipient,
            Message.kind.in_(AUTOMATIC),
            Message.state != Sending.WITHDRAWN.value,
            Message.written_at >= since,
        )
    )
    return [(row.written_at, row.ticket_id, row.subject) for row in rows]


def _above(ladder: tuple[tuple[int, int], ...], sent: list[datetime], at: datetime) -> bool:
    return any(
        sum(when >= at - timedelta(minutes=minutes) for when in sent) >= most
        for minutes, most in ladder
    )


def promise(
    ticket: Ticket,
    kind: Kind,
    cause: str,
    subject: str,
    text: str,
    *,
    mailbox: Mailbox,
    recipient: str,
    language: str,
    domain: str,
    at: datetime,
    answers: Contact | None = None,
) -> Message:
    """A mail that leaves without a person; whether it may has been asked before."""
    root = message_id_for(ticket.id, "root", domain)
    answered = answers.message_id if answers else None
    message = Message(
        kind=kind.value,
        ticket_id=ticket.id,
        cause=cause,
        recipient=recipient,
        subject=subject,
        text=text,
        language=language,
        message_id=message_id_for(
            ticket.id, cause if kind == Kind.ACKNOWLEDGEMENT else f"{kind}|{cause}", domain
        ),
        reply_to=reply_address(mailbox.address, ticket.id),
        in_reply_to=answered,
        references=" ".join([root, *([answered] if answered else [])]),
        mailbox_id=mailbox.id,
        written_at=at,
    )
    message.promise()
    return message
