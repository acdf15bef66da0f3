"""From a draft to its contact and its ticket."""

from datetime import datetime, timedelta
from typing import Any

from classifiers.engine import Opinion
from models import burst, notice_mail
from models.base import db, now, one_at_a_time
from models.call import Call
from models.client import Client, Level, normal
from models.contact import Contact
from models.ending import Ending
from models.event import record
from models.files import Attachment, Blob
from models.intake import Adapter, Channel, Intake, State
from models.mailbox import Mailbox
from models.mailing_recipient import MailingRecipient
from models.outbox import Job, later
from models.prediction import Decision
from models.thread import same_mail
from models.ticket import Ticket
from models.topic import LANGUAGES, Topic
from models.user import User
from triage import routing, time_limits
from triage.config import Settings
from triage.intake import mailing_replies, notice_replies, numbers, submissions
from triage.intake.claimed import claimed
from triage.intake.draft import Draft
from triage.intake.phone import mentioned
from triage.intake.receipts import acknowledge, take_bounce
from triage.intake.supplied import supplied
from triage.intake.threads import Found, burst_key, burst_subject, ticket_for
from triage.intake.wishes import owe_a_call, spoken_with

REUSED = "message_id_reused"
MOST_COPIES = 50
WITHOUT_MODEL = timedelta(seconds=15)
"""When a contact that no model has read is first looked at again."""


def file(intake: Intake, draft: Draft, opinion: Opinion | None, settings: Settings) -> Contact:
    """Make the contact and give it to its ticket; returns the standing one for a duplicate."""
    twin = duplicate(intake, draft)
    if twin is not None:
        intake.duplicate_of_id = twin.intake_id
        intake.settle(State.DUPLICATE, now())
        return twin
    trusted = intake.mailbox is not None and intake.mailbox.trusted
    if draft.controls and not trusted:
        draft.defects.append("control_headers_ignored")
    draft.from_us = whether_from_us(draft) if intake.channel == Channel.EMAIL else None
    contact = contact_from(intake, draft, opinion)
    if opinion is not None:
        routing.believe(contact, draft.as_text(intake.channel), opinion, contact.received_at)
    elif draft.worth_classifying:
        later(Job.CLASSIFY, contact.id, not_before=now() + WITHOUT_MODEL)
    if trusted:
        obey(contact, draft)
    submissions.believe(contact, draft)
    contact.make_searchable()
    if draft.automatic == "own_loop":
        intake.settle(State.LOOP, now())
        return contact
    doors = (mailing_replies, notice_replies)
    if not any(door.opens_nothing(contact, draft) for door in doors):
        file_with_ticket(contact, draft, opinion, settings, intake)
    intake.settle(State.READ if draft.fully_read else State.PARTIAL, now())
    return contact


def duplicate(intake: Intake, draft: Draft) -> Contact | None:
    """The contact that this very mail already is; same id with other words is no duplicate."""
    if intake.channel != Channel.EMAIL or not draft.content_hash:
        return None
    one_at_a_time("mail", draft.message_id or draft.content_hash)
    if draft.message_id:
        same_id = db.session.scalars(Contact.of_message(intake.mailbox_id, draft.message_id)).all()
        for standing in same_id:
            if standing.content_hash == draft.content_hash:
                return standing
        if same_id:
            draft.defects.append(REUSED)
        return None
    return Contact.with_content(intake.mailbox_id, draft.content_hash)


def contact_from(intake: Intake, draft: Draft, opinion: Opinion | None) -> Contact:
    client = client_of(draft, opinion, intake)
    contact = Contact(
        intake_id=intake.id,
        channel=intake.channel,
        client_id=client.id if client else None,
        mailbox_id=intake.mailbox_id,
        said_at=said_at(intake, draft),
        received_at=intake.received_at,
        language=opinion.language if opinion else draft.language,
        sender=sender_shown(draft),
        subject=routing.masked(draft.subject)[:500],
        text=routing.masked(draft.text),
        new_text=routing.masked(draft.new_text),
        message_id=draft.message_id,
        in_reply_to=draft.in_reply_to,
        copies=copies_of(draft),
        content_hash=draft.content_hash,
        automatic=draft.automatic,
        fully_read=draft.fully_read,
        defects=draft.defects,
        fields=masked_fields(draft.fields) | forwarded(draft),
        taken_by_id=draft.taken_by_id,
        attachments=[],
    )
    attach(contact, draft)
    db.session.add(contact)
    db.session.flush()
    numbers.keep(contact, draft.subject, draft.text)
    routing.notice_health(contact)
    return contact


def whether_from_us(draft: Draft) -> str | None:
    """A mail never has an agent's rights: from our own addresses too it is what a client says."""
    address = draft.sender_address
    if not address:
        return None
    if Mailbox.at(address) is not None:
        return "from_own_mailbox"
    hosts = {box.address.rpartition("@")[2] for box in db.session.scalars(Mailbox.in_order())}
    return "from_colleague" if User.writing_from(address, hosts) is not None else None


def forwarded(draft: Draft) -> dict[str, str]:
    """Who wrote what a colleague passed on: proposed as the client, for a person to confirm."""
    if draft.from_us is None or draft.forwarded_from is None:
        return {}
    name, address = draft.forwarded_from
    return {"forwarded_from": routing.masked(f"{name} <{address}>".strip())}


def attach(contact: Contact, draft: Draft) -> None:
    """The draft's files; those that the contact already had are not added again."""
    known = {(file.sha256, file.name) for file in contact.attachments}
    for name, content_type, content, inline in draft.attachments:
        digest, shown = Blob.keep(content), routing.masked(name)[:200]
        if (digest, shown) in known:
            continue
        contact.attachments.append(
            Attachment(
                name=shown,
                content_type=content_type[:100],
                size=len(content),
                sha256=digest,
                inline=inline,
            )
        )


def obey(contact: Contact, draft: Draft) -> None:
    """What a mail of our own programs asks for in its headers, as far as we know the words."""
    language, topic_id = draft.controls.get("language", ""), draft.controls.get("topic", "")
    if language in LANGUAGES:
        contact.language = language
    topic = Topic.named(topic_id)
    if topic is not None:
        contact.topic_id = topic.parent_id or topic.id
        contact.subtopic_id = topic.id if topic.parent_id else None
        contact.decision = Decision.AUTO.value
    draft.urgent = draft.controls.get("urgent", "").lower() in ("1", "true", "yes")


def copies_of(draft: Draft) -> list[str]:
    """To whom else it went: neither to us nor back to its sender."""
    others = dict.fromkeys(normal(address) for address in draft.copies)
    others.pop(normal(draft.sender_address), None)
    meant = Mailbox.meant_by(list(others)[:MOST_COPIES]) if others else {}
    return [address for address, mailbox in meant.items() if mailbox is None]


def masked_fields(fields: dict[str, Any]) -> dict[str, Any]:
    return {
        name: routing.masked(value) if isinstance(value, str) else value
        for name, value in fields.items()
    }


def client_of(draft: Draft, opinion: Opinion | None, intake: Intake) -> Client | None:
    """Who said it; nobody for bounces and for what has no sender at all."""
    if draft.automatic in ("bounce", "own_loop"):
        return None
    client = Client.named(draft.client_id)
    source = intake.channel
    if client is None and draft.sender_address:
        client = Client.writing_from(
            draft.sender_address, draft.sender_name, draft.language, source
        )
    if client is None and draft.number and not draft.somebody_else:
        client = Client.calling_from(draft.number, draft.sender_name, draft.language, source)
    if client is None and (draft.sender_name or draft.somebody_else):
        client = Client.unknown(draft.sender_name, draft.language)
    if client is None:
        return None
    if draft.sender_address:
        client.add_address(draft.sender_address, source)
    if draft.number:
        # Anybody may type a stranger's address and their own number into the public form.
        level = Level.MAYBE if intake.channel == Channel.FORM else Level.KNOWN
        client.add_number(draft.number, source, level)
    for number in mentioned(f"{draft.new_text}\n{draft.signature}"):
        client.add_number_maybe(number, source)
    for address in claimed(draft.new_text, draft.sender_address):
        if Mailbox.at(address) is None:
            client.add_address_maybe(address, source)
    if client.language is None and opinion is not None:
        client.language = opinion.language
    draft.names_somebody_new = routing.learn_identifiers(client, opinion, intake.received_at)
    if enterprise := str(draft.fields.get("enterprise_number") or ""):
        client.learn_identifier("kbo", enterprise, enterprise, intake.received_at)
    submissions.learn_national_number(client, draft, intake.received_at)
    return client


def said_at(intake: Intake, draft: Draft) -> datetime:
    """When the client said it: the mail's own date where it is believable."""
    if intake.said_at is not None:
        return intake.said_at
    date = draft.said_at
    received = intake.received_at
    if date is not None and received - timedelta(days=3) <= date <= received:
        return date
    return received


def sender_shown(draft: Draft) -> str:
    """The name with the real address beside it: a name alone may deceive."""
    address = draft.sender_address or draft.number
    if draft.sender_name and address:
        return f"{draft.sender_name} <{address}>"
    return draft.sender_name or address


def file_with_ticket(
    contact: Contact,
    draft: Draft,
    opinion: Opinion | None,
    settings: Settings,
    intake: Intake,
) -> None:
    found = ticket_for(contact, draft, settings)
    ticket = place(contact, draft, found, intake)
    for other, why in found.related:
        ticket.link(other, why)
    link_same_mail(contact, ticket)
    if found.ticket is not None and not contact.by_machine:
        MailingRecipient.answered_on(ticket.id, contact.received_at)
    if draft.urgent:
        ticket.urgent, ticket.urgent_until = True, None
    if found.rule == burst.COLLECTED:
        collect(contact, ticket, draft, settings)
    else:
        warn(contact, ticket, draft)
    if found.rule != burst.COLLECTED or ticket.contacts_count == 1:
        route(contact, ticket, opinion)
        if found.notice is not None and not contact.by_machine:
            notice_mail.answered(found.notice, ticket, contact)
        if found.recipient is not None and not contact.by_machine:
            mailing_replies.note(found.recipient, ticket, contact)
        owe_a_call(contact, ticket, draft, opinion)
    submissions.follow_up(contact, ticket, draft)
    if draft.chosen is not None:
        choose(contact, ticket, draft)
    supplied(contact)
    call = Call.named(draft.call_id) if draft.call_id else None
    if call is not None:
        call.note_taken(contact.id)
    wrap_up(contact, ticket, draft)
    spoken_with(contact, draft)
    if found.rule == "opened" and intake.adapter != Adapter.REPLAY:
        mailbox = intake.mailbox or Mailbox.first()
        fetched = intake.adapter == Adapter.IMAP
        lain_since = draft.said_at if fetched else None
        acknowledge(contact, ticket, mailbox, settings, opinion=opinion, lain_since=lain_since)


def place(contact: Contact, draft: Draft, found: Found, intake: Intake) -> Ticket:
    if found.ticket is None:
        fallback = intake.mailbox.team_id if intake.mailbox else None
        opened = Ticket.open_for(contact, team_id=fallback, rule=found.rule)
        if draft.returned:  # a mail to the house that came back: it hangs on no ticket
            take_bounce(opened, draft)
        return opened
    found.ticket.continue_with(contact, found.rule, found.meant)
    if draft.returned:
        take_bounce(found.ticket, draft)
    elif draft.automatic == "bounce":  # it brings nothing back: a person at such an address?
        found.ticket.call_attention("machine_wrote", contact.received_at)
    return found.ticket


def link_same_mail(contact: Contact, ticket: Ticket) -> None:
    """A mail to two of our mailboxes has a ticket in each; they know of each other."""
    if contact.channel != Channel.EMAIL or contact.message_id is None:
        return
    for other in db.session.scalars(same_mail(contact)):
        twin = Ticket.named(other.ticket_id)
        if twin is not None:
            ticket.link(twin, "same_mail")


def collect(contact: Contact, ticket: Ticket, draft: Draft, settings: Settings) -> None:
    """Keep the burst's name up to date; a person hears of it once."""
    ticket.burst_of = burst_key(draft)
    ticket.subject = burst_subject(ticket, settings)
    if ticket.contacts_count > 1:
        contact.collect()
    else:
        ticket.call_attention("burst", contact.received_at)


def warn(contact: Contact, ticket: Ticket, draft: Draft) -> None:
    """What a person should know before believing who wrote this."""
    if draft.sender_unclear:
        ticket.call_attention("sender_unclear", contact.received_at)
    if REUSED in draft.defects:
        ticket.call_attention(REUSED, contact.received_at)
    if draft.from_us is not None:
        record(
            f"contact.{draft.from_us}",
            at=contact.received_at,
            ticket_id=ticket.id,
            contact_id=contact.id,
        )


def route(contact: Contact, ticket: Ticket, opinion: Opinion | None) -> None:
    if opinion is None and contact.decision == Decision.AUTO and ticket.contacts_count == 1:
        ticket.route(contact, at=contact.received_at)  # a trusted mail has said its topic
    routing.route(contact, ticket, opinion, contact.received_at)


def wrap_up(contact: Contact, ticket: Ticket, draft: Draft) -> None:
    """How a call ended, as the agent who took it wrote down."""
    by = User.named(draft.taken_by_id)
    outcome = str(contact.fields.get("outcome") or "")
    if by is None or contact.channel != Channel.PHONE or Ending.named(outcome) is None:
        return
    told, promise = (str(contact.fields.get(name) or "") for name in ("told", "promise"))
    ticket.wrap_up(outcome, told, promise, by=by, at=contact.received_at)


def choose(contact: Contact, ticket: Ticket, draft: Draft) -> None:
    """The topic that a person has set while typing wins at once."""
    by = User.named(draft.taken_by_id)
    if by is None or draft.chosen is None:
        if draft.chosen is not None:
            contact.topic_id = contact.topic_id or draft.chosen[0]
        return
    topic_id, subtopic_id, intent_id = draft.chosen
    contact.correct(topic_id, subtopic_id, intent_id, by=by, at=contact.received_at)
    routing.notice_health(contact)
    ticket.route(contact, at=contact.received_at, by=by)
    time_limits.keep(ticket, [contact])
