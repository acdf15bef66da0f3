"""The mail that tells of an event: promised once for it, and answered into the right ticket."""

import re
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm.attributes import set_committed_value

from models.base import db
from models.contact import Contact
from models.keys import ring
from models.mailbox import Mailbox
from models.message import Kind, Message, message_id_for, reply_address
from models.notice import Notice
from models.outbox import Job, later_each
from models.ticket import Ticket

PRIORITY = 6
"""A file of thousands leaves behind the answers of people and receipts, and before mailings."""
_TAG = re.compile(r"n([0-9]{1,12})\.([a-z2-7]{26})")


def written(
    notice: Notice,
    subject: str,
    text: str,
    *,
    recipient: str,
    language: str,
    mailbox: Mailbox | None,
    domain: str,
    at: datetime,
    not_before: datetime | None,
) -> Message:
    """The mail of an event; its cause lets there be no second one."""
    cause, ticket_id = cause_of(notice), notice.ticket_id
    ours = mailbox.address if mailbox is not None else f"contact@{domain}"
    return Message(
        kind=Kind.NOTICE.value,
        ticket_id=ticket_id,
        cause=cause,
        recipient=recipient,
        subject=" ".join(subject.split())[:200],
        text=text,
        language=language,
        message_id=f"<n.{ring().sign('message', cause)}@{domain}>"
        if ticket_id is None
        else message_id_for(ticket_id, cause, domain),
        reply_to=notice_address(ours, notice.id)
        if ticket_id is None
        else reply_address(ours, ticket_id),
        references="" if ticket_id is None else message_id_for(ticket_id, "root", domain),
        mailbox_id=mailbox.id if mailbox is not None else None,
        not_before=not_before,
        written_at=at,
    )


def promise_all(mails: Sequence[tuple[Notice, Message]]) -> None:
    """Keep these mails with their events and hand them to the outbox, in a few statements."""
    db.session.add_all(message for _notice, message in mails)
    db.session.flush()
    for notice, message in mails:
        notice.message_id = message.id
        set_committed_value(notice, "message", message)
    later_each(
        Job.SEND,
        [(message.id, "", message.not_before) for _notice, message in mails],
        priority=PRIORITY,
    )


def cause_of(notice: Notice) -> str:
    return f"notice:{notice.id}"


def notice_address(mailbox_address: str, notice_id: int) -> str:
    """Where the answer to a mail about no ticket goes: it names the event."""
    local, _, host = mailbox_address.rpartition("@")
    return f"{local}+n{notice_id}.{ring().sign('notice', notice_id)}@{host}"


def notice_of_address(address: str) -> Notice | None:
    """The event that a signed address names; None when the signature is not ours."""
    tag = address.rpartition("@")[0].lower().partition("+")[2]
    found = _TAG.fullmatch(tag)
    if found is None or not ring().vouches(found[2], "notice", int(found[1])):
        return None
    return Notice.named(int(found[1]))


def answered(notice: Notice, ticket: Ticket, contact: Contact) -> None:
    """What a client says to an event of no ticket: further answers join what this one opened, and
    it is about the event's topic where nobody knows better."""
    notice.ticket_id = ticket.id
    if ticket.topic_id is None and notice.topic_id is not None:
        topic_id, _, below = notice.topic_id.partition("/")
        contact.topic_id = topic_id
        contact.subtopic_id = notice.topic_id if below else None
        db.session.flush()
        ticket.route(contact, at=contact.received_at)
