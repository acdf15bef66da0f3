"""Which ticket a contact continues: rules in order of trust, and never an equal subject alone."""

from dataclasses import dataclass, field

from flask_babel import force_locale, ngettext

from models import burst
from models.base import db
from models.client import mailbox_of
from models.contact import Contact
from models.intake import Channel
from models.mailbox import Mailbox
from models.mailing_recipient import MailingRecipient
from models.message import Message, ticket_of_address, ticket_of_message_id
from models.notice import Notice
from models.subject import bare_subject, tagged_number, without_tags
from models.thread import TicketContact
from models.ticket import Ticket
from triage import letters
from triage.config import Settings
from triage.intake import mailing_replies, supplied
from triage.intake.draft import Draft
from triage.intake.notice_replies import addressed_notice


@dataclass
class Found:
    """The ticket that a contact continues, or None for a new one; how we know; what is linked."""

    ticket: Ticket | None
    rule: str
    related: list[tuple[Ticket, str]] = field(default_factory=list)
    meant: Ticket | None = None
    """The ticket that the contact itself names; it may have been merged into `ticket`."""
    recipient: MailingRecipient | None = None
    """Whom a mailing had told, on no ticket, what is answered now."""
    notice: Notice | None = None
    """The event of no ticket of which we had told, and which is answered now."""


def ticket_for(contact: Contact, draft: Draft, settings: Settings) -> Found:
    """The first rule that holds; rules in order of trust."""
    chosen = Ticket.named(draft.ticket_id)
    if chosen is not None:
        return chosen_by_hand(contact, draft, chosen)
    if contact.channel != Channel.EMAIL:
        return Found(None, "opened")
    found = thread_of(contact, draft, settings)
    if found.ticket is not None:
        if contact.by_machine or found.ticket.accepts_at(contact.received_at):
            return found
        return Found(None, "opened", [(found.ticket, "closed_long_ago")])
    if bursting(contact, draft, settings):
        collecting = burst.collecting(burst_key(draft), contact.mailbox_id, contact.received_at)
        return Found(collecting, burst.COLLECTED)
    return found


def chosen_by_hand(contact: Contact, draft: Draft, chosen: Ticket) -> Found:
    """Where a colleague put it, or the client on the page of that matter: there it stays, but for
    new words of a client about what was closed long ago. A document that we had asked for is none.
    """
    target = chosen.target
    words_only = contact.channel == Channel.FORM and not draft.fields.get(supplied.FIELD)
    if words_only and not target.accepts_at(contact.received_at):
        return Found(None, "opened", [(target, "closed_long_ago")])
    return Found(target, "chosen", meant=chosen)


def thread_of(contact: Contact, draft: Draft, settings: Settings) -> Found:
    """By signed address, by the mail that it answers, by the signed tag in its subject."""
    ticket = addressed_ticket(contact, draft)
    if ticket is not None:
        return Found(ticket.target, "reply_address", meant=ticket)
    notice = addressed_notice(draft)
    if notice is not None:
        told = Ticket.named(notice.ticket_id)
        if told is not None:
            return Found(told.target, "reply_address", meant=told)
        return Found(None, "opened", notice=notice)
    recipient = mailing_replies.recipient_of(draft)
    if recipient is not None:
        continued = mailing_replies.ticket_of(recipient, contact, draft)
        return Found(continued, "mailing_reply" if continued else "opened", recipient=recipient)
    named = [draft.in_reply_to] if draft.in_reply_to else []
    ids = [*named, *reversed(draft.references)]
    earlier = Contact.first_of_messages(contact.mailbox_id, ids)
    for position, message_id in enumerate(ids):
        hit = answered(contact, message_id, earlier.get(message_id))
        if hit is None:
            continue
        rule = "in_reply_to" if position < len(named) else "references"
        return judged(contact, draft, settings, hit, rule)
    return by_tag(draft, settings)


def addressed_ticket(contact: Contact, draft: Draft) -> Ticket | None:
    """The ticket of a signed reply address, unless that one is of another of our mailboxes and
    this copy came to its own."""
    meant = Mailbox.meant_by(draft.reply_addresses)
    own = any(mailbox and mailbox.id == contact.mailbox_id for mailbox in meant.values())
    for address, mailbox in meant.items():
        ticket = Ticket.named(ticket_of_address(address))
        elsewhere = mailbox is not None and mailbox.id != contact.mailbox_id
        if ticket is not None and not (own and elsewhere):
            return ticket
    return None


@dataclass(frozen=True)
class Hit:
    """A mail of this mailbox that is answered; `ours`: sent by us, under an id we have signed."""

    ticket: Ticket
    subject: str
    ours: bool
    meant: Ticket | None = None


def answered(contact: Contact, message_id: str, earlier: Contact | None) -> Hit | None:
    """The mail of a Message-ID, `earlier` if it came in here. A forged id of ours is none, and so
    is another mailbox's mail."""
    ours = Ticket.named(ticket_of_message_id(message_id))
    if ours is not None:
        sent = db.session.scalars(Message.called([message_id])).first()
        left = sent.mailbox_id if sent else None
        if left is None or contact.mailbox_id in (None, left):
            return Hit(ours, sent.subject if sent else ours.subject, ours=True, meant=ours)
        return None
    ticket = Ticket.named(earlier.ticket_id) if earlier and earlier.id != contact.id else None
    if ticket is None or earlier is None:
        return None
    meant = Ticket.named(TicketContact.meant_by(earlier.id))
    return Hit(ticket, earlier.subject, ours=False, meant=meant)


def judged(contact: Contact, draft: Draft, settings: Settings, hit: Hit, rule: str) -> Found:
    """A machine answers what we sent, whoever it is; a person must take part, and must not ask
    something new below an old mail."""
    target = hit.ticket.target
    if contact.by_machine and hit.ours:
        return Found(target, rule, meant=hit.meant)
    if not hit.ticket.knows(draft.participants) and not target.knows(draft.participants):
        return Found(None, "opened", [(target, "stranger")])
    if contact.by_machine or same_matter(contact, draft, settings, hit):
        return Found(target, rule, meant=hit.meant)
    return Found(None, "opened", [(target, "old_thread_new_subject")])


def same_matter(contact: Contact, draft: Draft, settings: Settings, hit: Hit) -> bool:
    """Whether the mail keeps the subject of what it answers, or quotes us."""
    if draft.quotes_us or any(
        ticket_of_address(address) == hit.ticket.id for address in draft.quoted_addresses
    ):
        return True
    tagged = tagged_number(draft.subject, settings.triage_name)
    if tagged is not None and tagged == (hit.ticket.number, letters.tag_signature(tagged[0])):
        return True
    subject = matter(contact.subject)
    return not subject or subject in (matter(hit.subject), matter(hit.ticket.subject))


def by_tag(draft: Draft, settings: Settings) -> Found:
    """A tag can be read by anybody to whom the mail was shown: only who takes part goes in."""
    tagged = tagged_number(draft.subject, settings.triage_name)
    ticket = Ticket.with_number(tagged[0]) if tagged else None
    if ticket is None or tagged is None:
        return Found(None, "opened")
    genuine = tagged[1] == letters.tag_signature(ticket.number)
    if genuine and (ticket.knows(draft.participants) or ticket.target.knows(draft.participants)):
        return Found(ticket.target, "subject_tag", meant=ticket)
    return Found(None, "opened", [(ticket.target, "stranger")])


def matter(subject: str) -> str:
    """What a subject says, whatever mail programs and we put before or behind it."""
    return bare_subject(without_tags(subject)).casefold()


# --- bursts ---------------------------------------------------------------------------------


def bursting(contact: Contact, draft: Draft, settings: Settings) -> bool:
    """Whether this is one of very many of its sender. Who writes for others is never in one, nor
    is a mail about a person or an enterprise not named within the hour."""
    if not burst_key(draft) or draft.names_somebody_new:
        return False
    if contact.client is not None and contact.client.represents_others:
        return False
    return burst.reached(contact, settings.burst_limit)


def burst_key(draft: Draft) -> str:
    return mailbox_of(draft.sender_address) if draft.sender_address else ""


def burst_subject(ticket: Ticket, settings: Settings) -> str:
    """What a burst is called, in the house's language: no client's words sum it up."""
    with force_locale(settings.default_language):
        return str(
            ngettext(
                "%(num)s mail from %(sender)s",
                "%(num)s mails from %(sender)s",
                ticket.contacts_count,
                sender=ticket.burst_of,
            )
        )
