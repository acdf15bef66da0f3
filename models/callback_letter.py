"""The letter to whom we could not reach by telephone: promised once, whatever happens meanwhile."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from models.base import db
from models.callback import Callback, CallbackState
from models.callback_work import TIME_TO_UNDO
from models.client import ClientAddress
from models.keys import ring
from models.mailbox import Mailbox
from models.message import Kind, Message, message_id_for, reply_address

TOO_LATE = timedelta(days=2)
"""Nobody is told any more of calls that long ago."""
AT_ONCE = 50


def untold(at: datetime) -> Sequence[Callback]:
    """Those given up whose client has an address and has not been told, each held by one worker.

    What its agent could still take back is left for later.
    """
    addressed = select(ClientAddress.id).where(ClientAddress.client_id == Callback.client_id)
    return db.session.scalars(
        select(Callback)
        .where(
            Callback.state == CallbackState.GIVEN_UP.value,
            Callback.mailed_at.is_(None),
            Callback.closed_at <= at - TIME_TO_UNDO,
            Callback.closed_at > at - TOO_LATE,
            addressed.exists(),
        )
        .order_by(Callback.closed_at.desc())
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True, of=Callback)
    ).all()


def tell(
    callback: Callback, subject: str, text: str, *, language: str, domain: str, at: datetime
) -> Message | None:
    """Promise the letter; None where no address of the client works."""
    recipient = callback.client.email if callback.client is not None else None
    if recipient is None:
        return None
    cause = f"callback {callback.id} {callback.tries}"
    mailbox, ticket_id = Mailbox.first(), callback.ticket_id
    address = mailbox.address if mailbox is not None else f"contact@{domain}"
    message = Message(
        kind=Kind.NOTICE.value,
        ticket_id=ticket_id,
        cause=cause,
        recipient=recipient,
        subject=" ".join(subject.split())[:200],
        text=text,
        language=language,
        message_id=message_id_for(ticket_id, cause, domain)
        if ticket_id is not None
        else f"<c.{ring().sign('callback', cause)}@{domain}>",
        reply_to=reply_address(address, ticket_id) if ticket_id is not None else address,
        mailbox=mailbox,
        written_at=at,
    )
    message.promise()
    callback.mailed_at = at
    callback.record("callback.told", None, at, message=message.id)
    return message
