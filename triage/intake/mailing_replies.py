"""What comes back to a mail that hung on no ticket: a client's answer begins or continues one, and
what only a machine says opens none."""

from models import mailing_leaving
from models.base import now
from models.contact import Contact
from models.mailbox import Mailbox
from models.mailing_recipient import MailingRecipient
from models.message import Message
from models.prediction import Decision
from models.refusal import Reason, reason_of
from models.reply_addresses import MAILING, named_by_address, named_by_message_id
from models.ticket import Ticket
from models.topic import Topic
from triage.intake.draft import Draft, Returned

ONLY_MACHINES = ("auto_reply", "bounce", "read_receipt")
"""Nobody of flesh and blood has written these."""


def recipient_of(draft: Draft) -> MailingRecipient | None:
    """Whom we had told what this answers: by the signed address, else by the mail's own id."""
    ours = (one for one, box in Mailbox.meant_by(draft.reply_addresses).items() if box is not None)
    for address in ours:
        found = MailingRecipient.named(named_by_address(address, MAILING))
        if found is not None:
            return found
    ids = [draft.in_reply_to or "", *reversed(draft.references)]
    named = (named_by_message_id(one, MAILING) for one in ids[:20])
    return next((found for one in named if (found := MailingRecipient.named(one))), None)


def ticket_of(recipient: MailingRecipient, contact: Contact, draft: Draft) -> Ticket | None:
    """Where an answer belongs: with the client's earlier one, else in the open matter for which
    the client was chosen, if that is who writes; else nowhere yet."""
    earlier = Ticket.named(recipient.reply_ticket_id)
    if earlier is not None and earlier.target.accepts_at(contact.received_at):
        return earlier.target
    matter = Ticket.named(recipient.ticket_id)
    if matter is None or matter.target.closed or not matter.target.knows(draft.participants):
        return None
    return matter.target


def note(recipient: MailingRecipient, ticket: Ticket, contact: Contact) -> None:
    """The client has answered; a new ticket knows what it answers, and what that was about."""
    recipient.answered_in(ticket, contact.received_at)
    mailing = recipient.mailing
    if not ticket.opened_by(contact):
        return
    ticket.mailing_id = mailing.id
    topic = Topic.named(mailing.topic_id)
    if topic is None or topic.restricted or contact.decision == Decision.AUTO:
        return
    if contact.topic_id is None or ticket.needs_choice:
        ticket.topic_id = contact.topic_id = topic.id
        ticket.subtopic_id = contact.subtopic_id = None
        ticket.team_id = ticket.team_id or topic.team_id


def opens_nothing(contact: Contact, draft: Draft) -> bool:
    """Whether only a machine answers a mail that hung on no ticket; what came back is noted."""
    if contact.automatic not in ONLY_MACHINES:
        return False
    recipient = recipient_of(draft)
    message = Message.named(recipient.message_id) if recipient and recipient.message_id else None
    if message is None or message.ticket_id is not None:
        return False
    if contact.automatic == "bounce":
        _take_back(message, draft)
    return True


def _take_back(message: Message, draft: Draft) -> None:
    mine = [failure for failure in draft.failures if failure.address == message.recipient]
    failure = (mine or draft.failures or [Returned(message.recipient, "came back")])[0]
    if reason_of(failure.said) is Reason.DELAYED and not failure.final:
        return
    message.bounced(failure.said)
    mailing_leaving.not_delivered(
        message, failure.said, now(), came_back=True, proven=draft.returned_for_certain
    )
