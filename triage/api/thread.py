"""What was said about a ticket: its contacts, and our replies."""

from typing import Any

from apiflask import APIBlueprint, Schema, fields
from flask import Response, current_app, request
from marshmallow import RAISE, validate

from models import correspondence, sensitive
from models.api_token import Scope
from models.base import db, now
from models.calendar import business_day
from models.contact import Contact
from models.ending import Ending
from models.look import Look, Thing
from models.message import Enclosure, Message, Sending
from models.ticket import Ticket
from triage import placeholders, routing, writing
from triage.api.asking import (
    asks,
    demand_version,
    demand_words,
    held_ticket,
    once,
    refuse,
    the_ticket,
    the_user,
)
from triage.api.door import Problem
from triage.api.given_files import files_given, kept_files
from triage.api.leaf import each, leaf_shown
from triage.api.seen import Shown, contact_shown, reply_shown
from triage.api.shapes import LANGUAGE, LeafQuery, leaf_of
from triage.api.thread_shapes import ContactShape, ReplyShape
from triage.config import Settings

pages = APIBlueprint("thread", __name__, tag="Contacts, notes and replies")

LONGEST = 50_000
ContactLeaf = leaf_of(ContactShape, "ContactLeaf")
ReplyLeaf = leaf_of(ReplyShape, "ReplyLeaf")


@pages.get("/tickets/<int:number>/contacts")
@asks(Scope.TICKETS_READ, refuses=(404,))
@pages.input(LeafQuery, location="query", unknown=RAISE)
@pages.output(ContactLeaf)
@pages.doc(operation_id="listContacts")
def contacts(number: int, query_data: dict[str, Any]) -> Any:
    """List what the client said"""
    ticket = the_ticket(number)
    Look.keep(the_user(), Thing.TICKET, ticket.id, now())
    readable = sensitive.sees_words(the_user(), ticket, now())

    def show(rows: list[Contact]) -> list[Shown]:
        return [contact_shown(one, ticket.number, readable or not one.health) for one in rows]

    query, order = Contact.of_ticket(ticket.id), (Contact.said_at, Contact.id)
    return leaf_shown(Contact, query, order, query_data, show, Contact.attachments)


@pages.get("/contacts/<int:contact_id>")
@asks(Scope.TICKETS_READ, refuses=(404,))
@pages.output(ContactShape)
@pages.doc(operation_id="readContact")
def contact(contact_id: int) -> Any:
    """Read a contact"""
    found, ticket = contact_seen(contact_id)
    Look.keep(the_user(), Thing.TICKET, ticket.id, now())
    return contact_shown(found, ticket.number, sensitive.sees_contact(the_user(), found, now()))


def contact_seen(contact_id: int) -> tuple[Contact, Ticket]:
    """A contact of a ticket that the person may see."""
    found = Contact.named(contact_id)
    seen = Ticket.seen_of(the_user(), [found.ticket_id]) if found is not None else {}
    if found is None or found.ticket_id not in seen:
        raise Problem(404, "There is no such contact.")
    return found, seen[found.ticket_id]


# --- replies --------------------------------------------------------------------------------


@pages.get("/tickets/<int:number>/replies")
@asks(Scope.TICKETS_READ, refuses=(404,))
@pages.input(LeafQuery, location="query", unknown=RAISE)
@pages.output(ReplyLeaf)
@pages.doc(operation_id="listReplies")
def replies(number: int, query_data: dict[str, Any]) -> Any:
    """List our mails about a ticket"""
    ticket = the_ticket(number)
    Look.keep(the_user(), Thing.TICKET, ticket.id, now())
    readable = sensitive.sees_words(the_user(), ticket, now())
    query, order = Message.of_ticket(ticket.id), (Message.written_at, Message.id)
    show = each(reply_shown, readable)
    return leaf_shown(Message, query, order, query_data, show, Message.files)


class ReplyGiven(Schema):
    """An answer to the client."""

    text = fields.String(
        required=True, validate=[validate.Length(1, LONGEST), validate.Regexp(r"\S")]
    )
    language = fields.String(validate=LANGUAGE)
    disposition = fields.String(
        validate=validate.Length(1, 40),
        metadata={"description": "Close the ticket with it; left out, it waits for the client."},
    )
    files = files_given(10)


@pages.post("/tickets/<int:number>/replies")
@asks(Scope.TICKETS_WRITE, refuses=(404, 409, 412, 413, 415), files=True)
@once
@pages.input(ReplyGiven)
@pages.output(ReplyShape, status_code=201)
@pages.doc(operation_id="sendReply")
def reply(number: int, json_data: dict[str, Any]) -> Any:
    """Answer the client

    A real mail with our signature. It leaves after ten seconds; until then DELETE on the address in
    `Location` takes it back. A newcomer's answer is held for a colleague.
    """
    ticket, user, at = held_ticket(number), the_user(), now()
    demand_words(ticket)
    if "If-Match" in request.headers:
        demand_version(ticket.version, list)
    settings: Settings = current_app.extensions["settings"]
    ending = ending_wanted(json_data.get("disposition"))
    message = drafted(ticket, json_data, settings)
    files = [Enclosure(**facts) for facts in kept_files(json_data["files"], settings)]
    message = correspondence.send(ticket, message, by=user, at=at, files=files)
    if ending and message.state == Sending.HELD:
        message.closes_as = ending
    elif ending:
        ticket.close(ending, by=user, at=at)
    db.session.flush()
    return reply_shown(message, True), 201, {"Location": f"{request.path}/{message.id}"}


def drafted(ticket: Ticket, told: dict[str, Any], settings: Settings) -> Message:
    text = routing.masked(told["text"].replace("\r\n", "\n").strip())
    if left := placeholders.unfilled(text):
        raise refuse("/text", f"Fill this in first: {' '.join(left)}")
    recipient = correspondence.answer_address(ticket)
    mailbox = correspondence.answer_mailbox(ticket)
    if recipient is None or mailbox is None:
        raise Problem(409, "There is no address to which this could be sent.")
    ticket.language = told.get("language") or ticket.language
    return writing.draft(
        ticket,
        text,
        by=the_user(),
        at=now(),
        language=ticket.language or settings.default_language,
        recipient=recipient,
        mailbox=mailbox,
        settings=settings,
    )


def ending_wanted(code: str | None) -> str | None:
    if code is None:
        return None
    ending = Ending.choosable(code, business_day(now()))
    if ending is None:
        raise refuse("/disposition", "There is no such ending.")
    return ending.id


@pages.delete("/tickets/<int:number>/replies/<int:reply_id>")
@asks(Scope.TICKETS_WRITE, refuses=(404, 409))
@pages.output({}, status_code=204)
@pages.doc(operation_id="takeReplyBack")
def take_back(number: int, reply_id: int) -> Any:
    """Take a reply back

    Only your own person's, and only while it has not left.
    """
    ticket = held_ticket(number)
    message = Message.named(reply_id)
    if message is None or message.ticket_id != ticket.id or message.by_id != the_user().id:
        raise Problem(404, "There is no such reply.")
    if not correspondence.take_back(ticket, message, by=the_user()):
        raise Problem(409, "It has left already.")
    return Response(status=204)
