"""From raw bytes to contact and ticket, exactly once: the second hop.

A batch is one transaction with a savepoint for each item. What cannot be read is retried alone,
then quarantined where people see it; it is never dropped.
"""

import base64
import json
import logging
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from classifiers.engine import Opinion, Text
from models import outbox
from models.base import db, now, one_at_a_time, transaction
from models.calendar import business_day
from models.call import Call
from models.client import Client, Level
from models.contact import Contact
from models.event import record
from models.intake import Adapter, Attachment, Blob, Channel, Intake, Mailbox, State
from models.message import Message, ticket_of_address, ticket_of_message_id
from models.outbox import Claim, Job, later
from models.ticket import Ticket, tagged_number, without_tags
from models.topic import Topic
from models.user import User
from triage import letters, routing
from triage.config import Settings
from triage.intake.automatic import is_never_answered
from triage.intake.headers import bare_subject
from triage.intake.kill import parse_guarded
from triage.intake.phone import e164, mentioned

log = logging.getLogger("triage.reading")

BATCH = 50


@dataclass
class Draft:
    """What was read from an intake, before it meets the database."""

    sender_address: str = ""
    sender_name: str = ""
    number: str = ""
    subject: str = ""
    text: str = ""
    new_text: str = ""
    language: str | None = None
    automatic: str | None = None
    message_id: str | None = None
    in_reply_to: str | None = None
    references: list[str] = field(default_factory=list)
    reply_addresses: list[str] = field(default_factory=list)
    participants: list[str] = field(default_factory=list)
    returned: str | None = None
    """The Message-ID of ours that a bounce brings back."""
    unknown_addresses: list[str] = field(default_factory=list)
    content_hash: str | None = None
    said_at: datetime | None = None
    attachments: list[tuple[str, str, bytes, bool]] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)
    fully_read: bool = True
    fields: dict[str, Any] = field(default_factory=dict)
    client_id: int | None = None
    somebody_else: bool = False
    """Nobody of those who are known by the number."""
    ticket_id: int | None = None
    taken_by_id: int | None = None
    call_id: int | None = None
    chosen: tuple[str, str | None, str | None] | None = None

    @property
    def worth_classifying(self) -> bool:
        """A mail of nothing but attachments goes to people, with its files in view."""
        return bool(self.new_text.strip())

    def as_text(self, channel: str) -> Text:
        return Text(self.new_text, self.subject, channel, self.language)


# --- a batch --------------------------------------------------------------------------------


def read_waiting(owner: str, settings: Settings) -> int:
    """Claim a batch of intakes and read it; returns how many promises were taken up."""
    lease = timedelta(seconds=settings.lease_seconds)
    with transaction():
        claims = alone_if_suspect(outbox.claim(Job.READ, owner, BATCH, lease), owner)
    if claims and claims[0].tries > outbox.MAX_TRIES:
        try_again_or_quarantine(claims[0], owner, RuntimeError("its reader died each time"))
    elif claims:
        read_batch(claims, owner, settings)
    return len(claims)


def alone_if_suspect(claims: list[Claim], owner: str) -> list[Claim]:
    """What was tried before is read by itself: it may be what its last reader died of."""
    suspect = next((claimed for claimed in claims if claimed.tries > 1), None)
    if suspect is None:
        return claims
    outbox.give_back([claimed for claimed in claims if claimed is not suspect], owner)
    return [suspect]


def read_batch(claims: list[Claim], owner: str, settings: Settings) -> None:
    failures: list[tuple[Claim, Exception]] = []
    with transaction():
        # From here on the rows are held as well: nobody takes up what is being read, however long
        # it takes, and the death of this process lets go of them.
        claims = outbox.renew(claims, owner, timedelta(seconds=settings.lease_seconds))
        intakes = Intake.several([claimed.ref_id for claimed in claims])
        topics = Topic.everything()  # held, so that the session asks for each only once
        drafts: dict[int, Draft] = {}
        for claimed in claims:
            try:
                drafts[claimed.id] = draft_of(intakes[claimed.ref_id], settings)
            except Exception as error:  # any bytes may come in: the item fails, not the batch
                failures.append((claimed, error))
        readable = [claimed for claimed in claims if claimed.id in drafts]
        opinions = opine_on(
            [(drafts[claimed.id], intakes[claimed.ref_id].channel) for claimed in readable]
        )
        for claimed, opinion in zip(readable, opinions, strict=True):
            if settings.slow_items_ms:
                time.sleep(settings.slow_items_ms / 1000)
            try:
                with db.session.begin_nested():
                    file(intakes[claimed.ref_id], drafts[claimed.id], opinion, settings)
                    outbox.finish(claimed, owner)
            except outbox.LeaseLost:
                log.info("intake %s was read by somebody else", claimed.ref_id)
            except Exception as error:  # see above; it is retried alone
                failures.append((claimed, error))
        topics.clear()
    for claimed, failure in failures:
        log.warning("intake %s not read (try %s): %r", claimed.ref_id, claimed.tries, failure)
        try_again_or_quarantine(claimed, owner, failure)


def try_again_or_quarantine(claimed: Claim, owner: str, error: Exception) -> None:
    with transaction():
        if not claimed.last_try:
            outbox.fail(claimed, owner, repr(error), timedelta(seconds=2**claimed.tries))
            return
        intake = Intake.named(claimed.ref_id)
        if intake is not None and Contact.from_intake(intake.id) is None:
            quarantine(intake, repr(error))
        outbox.give_up(claimed, owner, repr(error))


def quarantine(intake: Intake, error: str) -> Contact:
    """What no program could read becomes a ticket that says so; the raw bytes stay with it."""
    at = now()
    sender = str(intake.envelope.get("mail_from") or "")
    client = Client.writing_from(sender, "", None, "envelope") if "@" in sender else None
    contact = Contact(
        intake_id=intake.id,
        channel=intake.channel,
        client_id=client.id if client else None,
        mailbox_id=intake.mailbox_id,
        said_at=intake.said_at or intake.received_at,
        received_at=intake.received_at,
        sender=sender,
        subject="",
        fully_read=False,
        defects=["unreadable"],
    )
    db.session.add(contact)
    db.session.flush()
    ticket = Ticket.open_for(contact)
    intake.settle(State.QUARANTINED, at, error)
    record("intake.quarantined", at=at, contact_id=contact.id, ticket_id=ticket.id)
    return contact


def read_now(intake_id: int, settings: Settings) -> Contact | None:
    """Read one intake within the caller's transaction, for a person who waits for its number.

    None when that fails: the promise stays in the outbox and a worker will keep it.
    """
    with transaction():
        intake = Intake.named(intake_id)
        if intake is None:
            return None
        standing = Contact.from_intake(intake_id)
        if standing is not None:
            return standing
        try:
            with db.session.begin_nested():
                draft = draft_of(intake, settings)
                opinion = opine_on([(draft, intake.channel)])[0]
                contact = file(intake, draft, opinion, settings)
                outbox.settled_here(Job.READ, intake_id)
        except Exception:  # a worker will try again; what was said is already kept
            log.exception("intake %s left to the worker", intake_id)
            return None
        return contact


def opine_on(drafts: list[tuple[Draft, str]]) -> list[Opinion | None]:
    """Opinions in the order of the drafts; None for what people must look at anyway."""
    wanted = [(draft, channel) for draft, channel in drafts if draft.worth_classifying]
    given = iter(opinions_of([draft.as_text(channel) for draft, channel in wanted]))
    return [next(given) if draft.worth_classifying else None for draft, _ in drafts]


def opinions_of(texts: list[Text]) -> list[Opinion | None]:
    """A text that breaks the classifier goes to people and costs the others nothing."""
    try:
        return routing.opine(texts)
    except SQLAlchemyError:
        raise
    except Exception:
        if len(texts) == 1:
            log.exception("a text could not be classified")
            return [None]
        return [opinion for text in texts for opinion in opinions_of([text])]


# --- bytes to draft -------------------------------------------------------------------------


def draft_of(intake: Intake, settings: Settings) -> Draft:
    raw = intake.raw
    return mail(raw, intake, settings) if intake.channel == Channel.EMAIL else typed(raw)


def mail(raw: bytes, intake: Intake, settings: Settings) -> Draft:
    letter = parse_guarded(
        raw, installation=settings.mail_domain, mail_from=intake.envelope.get("mail_from")
    )
    recipients = [str(address) for address in intake.envelope.get("rcpt_to") or []]
    returned = letter.bounce.original_message_id if letter.bounce else None
    return Draft(
        sender_address=letter.from_email or "",
        sender_name=routing.masked(letter.from_name),
        subject=letter.subject,
        text=letter.text,
        new_text=letter.new_text,
        language=letter.language_hint,
        automatic=letter.automatic,
        message_id=letter.message_id,
        in_reply_to=letter.in_reply_to or returned,
        references=list(letter.references),
        reply_addresses=[*recipients, *letter.delivered_to, *letter.to, *letter.cc],
        participants=[letter.from_email or ""],
        returned=returned,
        unknown_addresses=[
            failure.recipient
            for failure in (letter.bounce.failures if letter.bounce else ())
            if failure.permanent
        ],
        content_hash=letter.content_hash,
        said_at=letter.date,
        attachments=[
            (part.name, part.content_type, part.content, part.inline) for part in letter.attachments
        ],
        defects=list(letter.defects),
        fully_read=letter.fully_read,
    )


def typed(raw: bytes) -> Draft:
    """A form, a call's note or a letter, as `receive_typed` kept it."""
    said = json.loads(raw)
    number = e164(said.get("number") or "")
    topic = said.get("topic")
    return Draft(
        sender_address=said.get("email") or "",
        sender_name=routing.masked(said.get("name") or ""),
        number=number or "",
        subject=said.get("subject") or "",
        text=said.get("text") or "",
        new_text=said.get("text") or "",
        language=said.get("language"),
        attachments=[
            (name, content_type, base64.b64decode(content), False)
            for name, content_type, content in said.get("files") or []
        ],
        fields=said.get("fields") or {},
        client_id=said.get("client_id"),
        somebody_else=bool(said.get("somebody_else")),
        ticket_id=said.get("ticket_id"),
        taken_by_id=said.get("taken_by"),
        call_id=said.get("call_id"),
        chosen=(topic, said.get("subtopic"), said.get("intent")) if topic else None,
    )


# --- draft to contact and ticket ------------------------------------------------------------


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


def take_bounce(ticket: Ticket, draft: Draft) -> None:
    """The mail that came back, if the bounce names one of this ticket's."""
    named = db.session.scalars(Message.called([draft.returned or ""]))
    for message in named:
        if message.ticket_id == ticket.id:
            ticket.take_bounce(message, draft.unknown_addresses, now())


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
