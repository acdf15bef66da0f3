"""Files that came with contacts, unread mails as they came, and what we have sent."""

import re
from dataclasses import dataclass

from flask import Response, abort, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.http import dump_options_header

from models.base import db
from models.contact import Contact
from models.files import Attachment
from models.intake import Channel
from models.message import Message
from models.policy import Verb
from models.ticket import Ticket
from models.ticket_list import messages_visible_to
from triage.accounts import demand
from triage.desk.tickets import pages, the_ticket

HARMLESS = frozenset({"application/pdf", "image/png", "image/jpeg", "image/gif", "text/plain"})
"""What keeps its type; everything else leaves as bytes that no program opens by itself."""
SIZE = 50


@pages.get("/tickets/<int:number>/attachments/<int:attachment_id>")
def attachment(number: int, attachment_id: int) -> ResponseReturnValue:
    """A file of this ticket, to be saved and never shown inside our pages."""
    ticket = the_ticket(demand(Verb.WORK), number)
    found = Attachment.named(attachment_id)
    contact = Contact.named(found.contact_id) if found else None
    if found is None or contact is None or contact.ticket_id != ticket.id:
        abort(404)
    kind = found.content_type if found.content_type in HARMLESS else "application/octet-stream"
    return download(found.blob.content, found.name or f"file-{found.id}", kind)


@pages.get("/tickets/<int:number>/contacts/<int:contact_id>/original")
def original(number: int, contact_id: int) -> ResponseReturnValue:
    """A mail as it came, where it could not be read in full."""
    ticket = the_ticket(demand(Verb.WORK), number)
    contact = Contact.named(contact_id)
    if contact is None or contact.ticket_id != ticket.id or contact.fully_read:
        abort(404)
    ending = "eml" if contact.channel == Channel.EMAIL else "json"
    name = f"{ticket.number}-{contact.id}.{ending}"
    return download(contact.intake.raw, name, "application/octet-stream")


def download(content: bytes, name: str, content_type: str) -> Response:
    response = Response(content, mimetype=content_type)
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


@dataclass(frozen=True)
class Outgoing:
    """One page of what we have sent."""

    messages: list[tuple[Message, Ticket | None]]
    number: int
    more: bool


@pages.get("/outgoing")
def outgoing() -> ResponseReturnValue:
    """Our mails, the newest first, with how far each has come."""
    user = demand(Verb.WORK)
    number = max(1, request.args.get("page", 1, type=int))
    rows = messages_visible_to(user).offset((number - 1) * SIZE).limit(SIZE + 1)
    found = list(db.session.scalars(rows))
    pairs = [(message, Ticket.named(message.ticket_id)) for message in found[:SIZE]]
    page = Outgoing(pairs, number, more=len(found) > SIZE)
    return render_template("desk/outgoing.html", page=page)
