"""From a draft to its contact and its ticket."""

from datetime import datetime, timedelta
from typing import Any

from classifiers.engine import Opinion
from models.base import db, now, one_at_a_time
from models.calendar import business_day
from models.call import Call
from models.client import Client, Level
from models.contact import Contact
from models.files import Attachment, Blob
from models.intake import Adapter, Channel, Intake, State
from models.mailbox import Mailbox
from models.outbox import Job, later
from models.ticket import Ticket
from models.user import User
from triage import routing
from triage.config import Settings
from triage.intake.draft import Draft
from triage.intake.phone import mentioned
from triage.intake.receipts import acknowledge, take_bounce
from triage.intake.threads import ticket_for


def file(intake: Intake, draft: Draft, opinion: Opinion | None, settings: Settings) -> Contact:
    """Make the contact and give it to its ticket; returns the standing one for a duplicate."""
    twin = duplicate(intake, draft)
    if twin is not None:
        intake.duplicate_of_id = twin.intake_id
        intake.settle(State.DUPLICATE, now())
        return twin
    contact = contact_from(intake, draft, opinion)
    if opinion is not None:
        routing.believe(contact, draft.as_text(intake.channel), opinion, contact.received_at)
    contact.make_searchable()
    file_with_ticket(contact, draft, opinion, settings, intake)
    if draft.automatic == "own_loop":
        intake.settle(State.LOOP, now())
    else:
        intake.settle(State.READ if draft.fully_read else State.PARTIAL, now())
    later(Job.GROUP, business_day(contact.said_at).toordinal(), cause=str(contact.id))
    return contact


def duplicate(intake: Intake, draft: Draft) -> Contact | None:
    """The contact that this very mail already is; same id with other words is no duplicate."""
    if intake.channel != Channel.EMAIL or not draft.content_hash:
        return None
    one_at_a_time("mail", f"{intake.mailbox_id}|{draft.message_id or draft.content_hash}")
    if draft.message_id:
        same_id = db.session.scalars(Contact.of_message(intake.mailbox_id, draft.message_id)).all()
        for standing in same_id:
            if standing.content_hash == draft.content_hash:
                return standing
        if same_id:
            draft.defects.append("message_id_reused")
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
        content_hash=draft.content_hash,
        automatic=draft.automatic,
        fully_read=draft.fully_read,
        defects=draft.defects,
        fields=masked_fields(draft.fields),
        taken_by_id=draft.taken_by_id,
    )
    db.session.add(contact)
    db.session.flush()
    for name, content_type, content, inline in draft.attachments:
        db.session.add(
            Attachment(
                contact_id=contact.id,
                name=routing.masked(name)[:200],
                content_type=content_type[:100],
                size=len(content),
                sha256=Blob.keep(content),
                inline=inline,
            )
        )
    return contact


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
    for number in mentioned(draft.text):
        client.add_number_maybe(number, source)
    if client.language is None and opinion is not None:
        client.language = opinion.language
    routing.learn_identifiers(client, opinion)
    if enterprise := str(draft.fields.get("enterprise_number") or ""):
        client.learn_identifier("kbo", enterprise, enterprise)
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
    if draft.automatic == "own_loop":
        return
    ticket, rule, related = ticket_for(contact, draft, settings)
    if ticket is None:
        ticket = Ticket.open_for(contact, urgent=bool(opinion and opinion.urgent))
    else:
        ticket.continue_with(contact, rule)
        if draft.returned:
            take_bounce(ticket, draft)
    for other, why in related:
        ticket.link(other, why)
    routing.route(contact, ticket, opinion, contact.received_at)
    if draft.chosen is not None:
        choose(contact, ticket, draft)
    call = Call.named(draft.call_id) if draft.call_id else None
    if call is not None:
        call.note_taken(contact.id)
    if rule == "opened" and intake.adapter != Adapter.REPLAY:
        acknowledge(contact, ticket, intake.mailbox or Mailbox.first(), settings)


def choose(contact: Contact, ticket: Ticket, draft: Draft) -> None:
    """The topic that a person has set while typing wins at once."""
    by = User.named(draft.taken_by_id)
    if by is None or draft.chosen is None:
        if draft.chosen is not None:
            contact.topic_id = contact.topic_id or draft.chosen[0]
        return
    topic_id, subtopic_id, intent_id = draft.chosen
    contact.correct(topic_id, subtopic_id, intent_id, by=by, at=contact.received_at)
    ticket.route(contact, at=contact.received_at, by=by)
