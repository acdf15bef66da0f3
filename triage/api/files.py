"""Files by REST: always bytes that no program opens by itself, and only of what one may read."""

from typing import Any

from apiflask import APIBlueprint, FileSchema
from flask import Response
from werkzeug.http import dump_options_header

from models import sensitive
from models.api_token import Scope
from models.base import now
from models.contact import Contact
from models.files import Attachment, Blob
from models.filestore import Lost
from models.look import Look, Thing
from models.message import Message
from models.note import Note
from models.ticket import Ticket
from triage.api.asking import BYTES, asks, demand_words, the_user
from triage.api.door import Problem
from triage.forms.uploads import safe_name

pages = APIBlueprint("files", __name__, tag="Files")

GONE = "There is no such file."
FILE = FileSchema(type="string", format="binary")


@pages.get("/attachments/<int:attachment_id>")
@asks(Scope.TICKETS_READ, answers=BYTES, refuses=(404,))
@pages.output(FILE, content_type=BYTES)
@pages.doc(operation_id="readAttachment")
def attachment(attachment_id: int) -> Any:
    """Fetch a file that came with a contact"""
    found = Attachment.named(attachment_id)
    contact = Contact.named(found.contact_id) if found is not None else None
    if found is None or contact is None:
        raise Problem(404, GONE)
    demand_sight(contact.ticket_id)
    if not sensitive.sees_contact(the_user(), contact, now()):
        raise Problem(403, "What tells of health is opened on its page, for a reason.")
    return download(found.blob, found.name)


@pages.get("/replies/<int:reply_id>/files/<int:file_id>")
@asks(Scope.TICKETS_READ, answers=BYTES, refuses=(404,))
@pages.output(FILE, content_type=BYTES)
@pages.doc(operation_id="readSentFile")
def sent(reply_id: int, file_id: int) -> Any:
    """Fetch a file that left with a reply"""
    message = Message.named(reply_id)
    file = next((one for one in message.files if one.id == file_id), None) if message else None
    if message is None or file is None:
        raise Problem(404, GONE)
    demand_words(demand_sight(message.ticket_id))
    return download(file.blob, file.name)


@pages.get("/notes/<int:note_id>/files/<int:file_id>")
@asks(Scope.TICKETS_READ, answers=BYTES, refuses=(404,))
@pages.output(FILE, content_type=BYTES)
@pages.doc(operation_id="readNotedFile")
def noted(note_id: int, file_id: int) -> Any:
    """Fetch a file that lies at a note"""
    note = Note.named(note_id)
    file = next((one for one in note.files if one.id == file_id), None) if note else None
    if note is None or file is None:
        raise Problem(404, GONE)
    demand_words(demand_sight(note.ticket_id))
    return download(file.blob, file.name)


def demand_sight(ticket_id: int | None) -> Ticket:
    """The ticket of a file, if the person may see it."""
    seen = Ticket.seen_of(the_user(), [ticket_id])
    if ticket_id not in seen:
        raise Problem(404, GONE)
    Look.keep(the_user(), Thing.TICKET, seen[ticket_id].id, now())
    return seen[ticket_id]


def download(blob: Blob, name: str) -> Response:
    try:
        content = blob.content
    except Lost:
        raise Problem(404, "This file is missing: it was lost or is damaged.") from None
    response = Response(content, mimetype=BYTES)
    response.headers["Content-Disposition"] = dump_options_header(
        "attachment", {"filename": safe_name(name)}
    )
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
