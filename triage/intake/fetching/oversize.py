"""A fetched mail that is larger than any may be: its beginning is kept where people see it.

Its ticket says that the whole mail stays on the server. No classifier is asked: people look.
"""

from classifiers.identifiers import Kind, rewrite
from models import outbox
from models.base import db, now
from models.client import Client
from models.contact import Contact
from models.event import record
from models.intake import Adapter, Intake, State
from models.mailbox import Mailbox
from models.outbox import Job
from models.ticket import Ticket
from triage.intake import numbers
from triage.intake.envelope import Told, keep
from triage.intake.guarded import parse_guarded
from triage.intake.letter import Letter

BEGINNING = 65_536
"""Bytes behind the header block that are kept."""


def keep_beginning(raw: bytes, told: Told, mailbox: Mailbox, *, folder: str) -> int:
    """Keep it and open its ticket in the caller's transaction; returns its intake."""
    intake_id = keep(raw, told, adapter=Adapter.IMAP, mailbox=mailbox)
    intake = Intake.named(intake_id)
    assert intake is not None
    words = f"too large ({told.cut_from} bytes): the whole mail stays in the folder {folder}"
    letter = parse_guarded(raw, mail_from=told.mail_from)
    standing = _standing(letter, mailbox)
    if standing is not None:
        intake.duplicate_of_id = standing.intake_id
        intake.settle(State.DUPLICATE, now(), words)
    else:
        contact = _contact(intake, letter, folder)
        ticket = Ticket.open_for(contact)
        intake.settle(State.PARTIAL, now(), words)
        record("intake.cut", contact_id=contact.id, ticket_id=ticket.id, bytes=told.cut_from)
    outbox.settled_here(Job.READ, intake_id)
    return intake_id


def _standing(letter: Letter, mailbox: Mailbox) -> Contact | None:
    if not letter.message_id:
        return Contact.with_content(mailbox.id, letter.content_hash)
    same_id = db.session.scalars(Contact.of_message(mailbox.id, letter.message_id)).all()
    return next((one for one in same_id if one.content_hash == letter.content_hash), None)


def _contact(intake: Intake, letter: Letter, folder: str) -> Contact:
    address, name = letter.from_email or "", _masked(letter.from_name)
    client = (
        Client.writing_from(address, name, letter.language_hint, intake.channel)
        if "@" in address and letter.automatic is None
        else None
    )
    contact = Contact(
        intake_id=intake.id,
        channel=intake.channel,
        client_id=client.id if client else None,
        mailbox_id=intake.mailbox_id,
        said_at=intake.received_at,
        received_at=intake.received_at,
        language=letter.language_hint,
        sender=f"{name} <{address}>" if name and address else name or address,
        subject=_masked(letter.subject)[:500],
        text=_masked(letter.text),
        new_text=_masked(letter.new_text),
        message_id=letter.message_id,
        content_hash=letter.content_hash,
        automatic=letter.automatic,
        fully_read=False,
        defects=[*letter.defects, *({"too_large"} - set(letter.defects))],
        fields={"whole_mail_in": folder},
    )
    db.session.add(contact)
    db.session.flush()
    contact.make_searchable()
    numbers.keep(contact, letter.subject, letter.text)
    return contact


def _masked(text: str) -> str:
    return rewrite(text, lambda it: it.masked if it.kind is Kind.NISS else text[it.start : it.end])
