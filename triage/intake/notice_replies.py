"""What only a machine says to a notice that hung on no ticket: it opens none, and what came back is
remembered."""

from models.base import db, now
from models.contact import Contact
from models.mailbox import Mailbox
from models.message import Kind, Message
from models.notice import Notice
from models.notice_mail import notice_of_address
from models.refusal import Reason, reason_of
from triage.intake.draft import Draft, Returned
from triage.intake.mailing_replies import ONLY_MACHINES


def addressed_notice(draft: Draft) -> Notice | None:
    """The event that a signed reply address of ours names."""
    ours = (one for one, box in Mailbox.meant_by(draft.reply_addresses).items() if box is not None)
    return next((found for found in map(notice_of_address, ours) if found is not None), None)


def opens_nothing(contact: Contact, draft: Draft) -> bool:
    """Whether only a machine answers a notice of no ticket."""
    if contact.automatic not in ONLY_MACHINES:
        return False
    message = told_in(draft)
    if message is None:
        return False
    if contact.automatic == "bounce":
        take_back(message, draft)
    return True


def told_in(draft: Draft) -> Message | None:
    """Our mail that is answered or came back, by its address or by its id."""
    notice = addressed_notice(draft)
    ids = [draft.returned or "", draft.in_reply_to or "", *reversed(draft.references)]
    named = list(db.session.scalars(Message.called([one for one in ids[:20] if one])))
    if notice is not None and notice.message is not None:
        named.insert(0, notice.message)
    return next((one for one in named if one.kind == Kind.NOTICE and one.ticket_id is None), None)


def take_back(message: Message, draft: Draft) -> None:
    """It did not arrive: the client is to be called; an address proven dead is spared."""
    mine = [failure for failure in draft.failures if failure.address == message.recipient]
    failure = (mine or draft.failures or [Returned(message.recipient, "came back")])[0]
    reason = reason_of(failure.said)
    if reason is Reason.DELAYED and not failure.final:
        return
    message.bounced(failure.said)
    notice = Notice.of_message(message.id)
    if notice is not None and notice.client and reason.dead and draft.returned_for_certain:
        notice.client.cannot_be_reached_at(message.recipient, now())
