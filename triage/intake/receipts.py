"""What our own mail comes to: the receipt for what a client wrote, and mail that came back."""

from models.base import db, now
from models.contact import Contact
from models.intake import Channel
from models.mailbox import Mailbox
from models.message import Message
from models.ticket import Ticket
from triage import letters
from triage.config import Settings
from triage.intake.automatic import is_never_answered
from triage.intake.draft import Draft


def acknowledge(
    contact: Contact, ticket: Ticket, mailbox: Mailbox | None, settings: Settings
) -> None:
    """Confirm receipt to a person who wrote; never to a machine, never for a call."""
    if mailbox is None or contact.channel not in (Channel.EMAIL, Channel.FORM):
        return
    address = ticket.client.email if ticket.client else None
    if address is None or is_never_answered(address) or Mailbox.at(address) is not None:
        return
    subject, text = letters.acknowledgement(ticket, settings)
    ticket.acknowledge(
        contact,
        subject,
        text,
        mailbox_address=mailbox.address,
        domain=settings.mail_domain,
        at=now(),
    )


def take_bounce(ticket: Ticket, draft: Draft) -> None:
    """The mail that came back, if the bounce names one of this ticket's."""
    named = db.session.scalars(Message.called([draft.returned or ""]))
    for message in named:
        if message.ticket_id == ticket.id:
            ticket.take_bounce(message, draft.unknown_addresses, now())
