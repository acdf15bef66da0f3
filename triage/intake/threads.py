"""Which ticket a contact continues: rules in order of trust, and never an equal subject alone."""

from models.base import db
from models.contact import Contact
from models.intake import Channel
from models.message import ticket_of_address, ticket_of_message_id
from models.subject import tagged_number, without_tags
from models.ticket import Ticket
from triage import letters
from triage.config import Settings
from triage.intake.draft import Draft
from triage.intake.headers import bare_subject

Found = tuple[Ticket | None, str, list[tuple[Ticket, str]]]


def ticket_for(contact: Contact, draft: Draft, settings: Settings) -> Found:
    """(the ticket this continues, by which rule, tickets to be linked). Rules in order of trust."""
    chosen = Ticket.named(draft.ticket_id)
    if chosen is not None:
        return chosen, "chosen", []
    if contact.channel == Channel.EMAIL:
        ticket, rule, related = thread_of(contact, draft, settings)
        if ticket is None:
            return None, "opened", related
        if ticket.accepts_at(contact.received_at) or contact.automatic is not None:
            return ticket, rule, []
        return None, "opened", [(ticket, "closed_long_ago")]
    return None, "opened", []


def thread_of(contact: Contact, draft: Draft, settings: Settings) -> Found:
    for address in draft.reply_addresses:
        ticket = Ticket.named(ticket_of_address(address))
        if ticket is not None:
            return ticket, "reply_address", []
    named = [draft.in_reply_to] if draft.in_reply_to else []
    for position, message_id in enumerate(named + draft.references[::-1]):
        ticket, ours = answered_ticket(contact, message_id)
        if ticket is None:
            continue
        if not ours and not ticket.knows(draft.participants):
            return None, "", [(ticket, "stranger")]
        if position >= len(named) and matter(contact.subject) != matter(ticket.subject):
            return None, "", [(ticket, "old_thread_new_subject")]
        return ticket, "in_reply_to" if position < len(named) else "references", []
    tagged = tagged_number(draft.subject, settings.triage_name)
    ticket = Ticket.with_number(tagged[0]) if tagged else None
    if ticket is not None and tagged is not None:
        genuine = tagged[1] == letters.tag_signature(ticket.number)
        if genuine and ticket.knows(draft.participants):
            return ticket, "subject_tag", []
        return None, "", [(ticket, "stranger")]
    return None, "", []


def matter(subject: str) -> str:
    """What a subject says, whatever mail programs and we put before or behind it."""
    return bare_subject(without_tags(subject))


def answered_ticket(contact: Contact, message_id: str) -> tuple[Ticket | None, bool]:
    """(the ticket that a Message-ID belongs to, whether the id is one that we have signed)."""
    ours = Ticket.named(ticket_of_message_id(message_id))
    if ours is not None:
        return ours, True
    earlier = db.session.scalars(Contact.of_message(contact.mailbox_id, message_id)).first()
    if earlier is not None and earlier.id != contact.id:
        return Ticket.named(earlier.ticket_id), False
    return None, False
