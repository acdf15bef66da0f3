"""Files that came with contacts, mails as they came, and what we have sent."""

import logging
import re
from hashlib import sha256

from flask import Response, abort, current_app
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.http import dump_options_header

from models.contact import Contact
from models.event import record
from models.files import Attachment, Blob
from models.filestore import Lost
from models.intake import Channel
from models.note import Note, NoteFile
from models.policy import Verb, may
from models.thread import TicketFile
from models.ticket import Ticket
from models.user import User
from triage import errors
from triage.accounts import demand
from triage.desk.tickets import pages, the_ticket
from triage.discretion import demand_contact, demand_words
from triage.intake.draft import draft_of

log = logging.getLogger("triage.files")

HARMLESS = frozenset({"application/pdf", "image/png", "image/jpeg", "image/gif", "text/plain"})
"""What keeps its type; everything else leaves as bytes that no program opens by itself."""
BYTES = "application/octet-stream"


@pages.get("/tickets/<int:number>/attachments/<int:attachment_id>")
def attachment(number: int, attachment_id: int) -> ResponseReturnValue:
    """A file of this ticket, to be saved and never shown inside our pages."""
    found, contact = file_of(demand(Verb.WORK), number, attachment_id)
    name = found.name or f"file-{found.id}"
    try:
        return download(content_of(found, contact), name, found.content_type)
    except Lost:
        return missing(found)


@pages.get("/tickets/<int:number>/notes/<int:note_id>/files/<int:file_id>")
def noted_file(number: int, note_id: int, file_id: int) -> ResponseReturnValue:
    """A file that a colleague, or a program, has put to a note."""
    user = demand(Verb.WORK)
    ticket = the_ticket(user, number)
    demand_words(user, ticket)
    note = Note.named(note_id)
    if note is None or note.ticket_id != ticket.id:
        abort(404)
    file = next((one for one in note.files if one.id == file_id), None)
    if file is None:
        abort(404)
    try:
        return download(file.blob.content, file.name, file.content_type)
    except Lost:
        return missing(file)


@pages.get("/tickets/<int:number>/contacts/<int:contact_id>/original")
def original(number: int, contact_id: int) -> ResponseReturnValue:
    """What came in, as it came and unmasked: who asks for it is written down."""
    user = demand(Verb.WORK)
    ticket = the_ticket(user, number)
    contact = contact_of(ticket, contact_id)
    demand_contact(user, contact)
    if not sees_original(user, contact):
        abort(404)
    record("contact.raw_downloaded", by=user, ticket_id=ticket.id, contact_id=contact.id)
    ending = "eml" if contact.channel == Channel.EMAIL else "json"
    name = f"{ticket.number}-{contact.id}.{ending}"
    return download(contact.intake.raw, name, BYTES)


def sees_original(user: User, contact: Contact) -> bool:
    """What could not be read in full is for whoever works on it; the rest for fewer people."""
    if contact.erased_at is not None:
        return False
    return not contact.fully_read or may(user, Verb.READ_RAW)


def file_of(user: User, number: int, attachment_id: int) -> tuple[Attachment, Contact]:
    """A file of that ticket with its contact; 404 for any other."""
    ticket = the_ticket(user, number)
    found = Attachment.named(attachment_id)
    if found is None:
        abort(404)
    lent = TicketFile.shown_in(ticket.id, found.id)
    contact = Contact.named(found.contact_id) if lent else contact_of(ticket, found.contact_id)
    if contact is None:
        abort(404)
    demand_contact(user, contact)
    return found, contact


def contact_of(ticket: Ticket, contact_id: int) -> Contact:
    contact = Contact.named(contact_id)
    if contact is None or contact.ticket_id != ticket.id:
        abort(404)
    return contact


def content_of(attachment: Attachment, contact: Contact) -> bytes:
    """The bytes of a file. One that got lost is taken out of what came in, which is kept apart;
    raises `Lost` when it is not there either."""
    try:
        return attachment.blob.content
    except Lost as lost:
        log.warning("file %s of contact %s is %s", lost.digest, contact.id, lost.why)
        for content in _contents(contact):
            if sha256(content).hexdigest() == attachment.sha256:
                Blob.keep(content)
                return content
        raise


def _contents(contact: Contact) -> list[bytes]:
    try:
        draft = draft_of(contact.intake, current_app.extensions["settings"])
    except Exception:  # any bytes may have come in, and this was only a hope
        log.exception("contact %s could not be read for a lost file", contact.id)
        return []
    return [content for _, _, content, _ in draft.attachments]


def missing(file: Attachment | NoteFile) -> ResponseReturnValue:
    """The page in place of a file that we cannot give."""
    return errors.page(
        404,
        _("The file is missing: %(name)s", name=plain_name(file.name)),
        _(
            "It came in, but we have lost it or it is damaged. "
            "Ask the client for it again, and tell your administrator."
        ),
    )


def download(content: bytes, name: str, content_type: str) -> Response:
    """A file to be saved; only a harmless kind keeps its type."""
    kind = content_type if content_type in HARMLESS else BYTES
    response = Response(content, mimetype=kind)
    response.headers["Content-Disposition"] = dump_options_header(
        "attachment", {"filename": plain_name(name)}
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def plain_name(name: str) -> str:
    """A file name without folders, control signs and what turns writing around."""
    last = re.split(r"[/\\]", name)[-1]
    visible = "".join(sign for sign in last if sign.isprintable() and sign not in '"<>|:*?%')
    return visible.strip(". ")[-120:] or "file"
