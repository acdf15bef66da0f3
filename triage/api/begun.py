"""A contact handed in by a program: it goes through the intake like every other, never past it."""

import base64
from typing import Any

from apiflask import APIBlueprint, Schema, fields
from flask import current_app, url_for
from marshmallow import validate

from models.api_token import Scope
from models.base import now
from models.client import Client
from models.contact import Contact
from models.intake import Adapter, Channel
from models.keys import ring
from models.revealing import open_cards
from models.ticket import Ticket
from models.topic import Intent
from triage import labels
from triage.api.asking import asks, once, refuse, the_user
from triage.api.door import Problem
from triage.api.given_files import FULL, files_given, files_in
from triage.api.seen import Shown
from triage.api.shapes import ID, LANGUAGE, LARGEST_ID, Strict, whole, words, yes
from triage.config import Settings
from triage.intake import NoRoom, reading, receive_typed, refuse_when_full

pages = APIBlueprint("begun", __name__, tag="Tickets")

LONGEST = 100_000
MOST_FIELDS = 60
HANDED = "handed-in"


class ClientGiven(Schema):
    """Who says it, by what you know; whoever we know so already is that client."""

    name = fields.String(load_default="", validate=validate.Length(max=200))
    email = fields.String(
        load_default="",
        validate=validate.Regexp(r"^([^@\s]{1,64}@[^@\s]{1,180}\.[A-Za-z]{2,20})?$"),
    )
    number = fields.String(load_default="", validate=validate.Length(max=40))


class ContactGiven(Schema):
    """One thing a client has said."""

    body = fields.String(required=True, validate=validate.Length(1, LONGEST))
    title = fields.String(load_default="", validate=validate.Length(max=300))
    channel = fields.String(
        load_default=Channel.FORM.value,
        validate=validate.OneOf([Channel.FORM.value, Channel.PHONE.value, Channel.POST.value]),
    )
    language = fields.String(validate=LANGUAGE)
    client_id = Strict(validate=ID)
    client = fields.Nested(ClientGiven)
    ticket = Strict(
        validate=validate.Range(1, LARGEST_ID),
        metadata={"description": "The number of the ticket that it continues."},
    )
    topic = fields.String(
        validate=validate.Length(1, 80),
        metadata={"description": "Leave it out, and the classifier says it."},
    )
    intent = fields.String(validate=validate.Length(1, 80))
    fields_ = fields.Dict(
        keys=fields.String(validate=validate.Length(1, 80)),
        values=fields.String(validate=validate.Length(max=2_000)),
        data_key="fields",
        load_default=dict,
        validate=validate.Length(max=MOST_FIELDS),
    )
    files = files_given(20)


class BegunShape(Schema):
    """What became of a contact that was handed in."""

    contact_id = whole("Null while a worker still has to read it.", none=True)
    number = words("The ticket's number, where your person may see it.", none=True)
    href = words(none=True)
    begun = yes("false: it joined a ticket that was there already; null: not told.", none=True)
    visible = yes("Whether your person may see the ticket.")


@pages.post("/tickets")
@asks(Scope.TICKETS_WRITE, refuses=(409, 413, 415), files=True)
@once
@pages.input(ContactGiven)
@pages.output(BegunShape, status_code=201)
@pages.doc(operation_id="beginTicket")
def begin(json_data: dict[str, Any]) -> Any:
    """Hand in what a client said

    It is kept first, then read, classified and routed like any contact: a known matter goes on in
    its ticket (`begun` is false), anything else begins one.
    """
    settings: Settings = current_app.extensions["settings"]
    answer = begun(reading.read_now(kept(json_data, settings), settings))
    return answer, 201, {"Location": answer["href"]} if answer["href"] else {}


class HandedShape(Schema):
    """A contact that is kept and will be read in its turn."""

    reference = words()
    href = words("Where to ask what became of it.")


@pages.post("/contacts")
@asks(Scope.TICKETS_WRITE, refuses=(409, 413, 415), files=True)
@once
@pages.input(ContactGiven)
@pages.output(HandedShape, status_code=202)
@pages.doc(operation_id="handInContact")
def hand_in(json_data: dict[str, Any]) -> Any:
    """Hand in what a client said, without waiting

    The same as beginning a ticket, for many at once: it is answered as soon as it is kept, and a
    worker reads it. What became of it is told under the address in `Location`.
    """
    intake_id = kept(json_data, current_app.extensions["settings"])
    reference = f"{intake_id}-{ring().sign(HANDED, intake_id, the_user().id)}"
    there = url_for("api.begun.handed", reference=reference)
    return {"reference": reference, "href": there}, 202, {"Location": there}


@pages.get("/handed/<reference>")
@asks(Scope.TICKETS_WRITE, refuses=(404,))
@pages.output(BegunShape)
@pages.doc(operation_id="readHandedIn")
def handed(reference: str) -> Any:
    """Ask what became of a contact that was handed in

    Your own person's. `contact_id` is null while it waits to be read.
    """
    number, _, signature = reference.partition("-")
    intake_id = int(number) if number.isdecimal() and len(number) < 16 else 0
    if not ring().vouches(signature, HANDED, intake_id, the_user().id):
        raise Problem(404, "Nothing was handed in under that name.")
    return begun(Contact.from_intake(intake_id))


def kept(told: dict[str, Any], settings: Settings) -> int:
    """The intake, once what was said is safe; 503 while there is no room for it."""
    said = as_said(told, settings)
    try:
        refuse_when_full(settings)
    except NoRoom:
        raise Problem(503, "Nothing can be kept just now.", headers=FULL) from None
    intake_id, _new = receive_typed(Channel(told["channel"]), said, adapter=Adapter.API)
    return intake_id


def begun(contact: Contact | None) -> Shown:
    """What became of it, as far as the person may know."""
    ticket = Ticket.named(contact.ticket_id) if contact is not None else None
    seen = Ticket.numbered(the_user(), ticket.number) if ticket is not None else None
    return {
        "contact_id": contact.id if contact else None,
        "number": str(seen.number) if seen else None,
        "href": url_for("api.tickets.show", number=seen.number) if seen else None,
        "begun": ticket.opened_by(contact) if ticket and contact and seen else None,
        "visible": seen is not None,
    }


def as_said(told: dict[str, Any], settings: Settings) -> dict[str, Any]:
    """What is kept of it; a client, ticket or topic only where there is one for this person."""
    user = the_user()
    client = known_client(told.get("client_id"))
    ticket = continued(told.get("ticket"))
    topic, subtopic = chosen_topic(told.get("topic"))
    if "intent" in told and told["intent"] not in {known.id for known in Intent.everything()}:
        raise refuse("/intent", "There is no such intent.")
    who = told.get("client") or {"name": "", "email": "", "number": ""}
    found = client or (ticket.client if ticket is not None else None)
    return {
        **who,
        "language": told.get("language"),
        "subject": told["title"],
        "text": told["body"],
        "client_id": found.id if found else None,
        "ticket_id": ticket.id if ticket else None,
        "taken_by": user.id if told["channel"] != Channel.FORM else None,
        "topic": topic,
        "subtopic": subtopic,
        "intent": told.get("intent") if topic else None,
        "fields": told["fields_"],
        "files": [
            (file.name, file.content_type, base64.b64encode(file.content).decode())
            for file in files_in(told["files"], settings)
        ],
    }


def known_client(client_id: int | None) -> Client | None:
    client = Client.named(client_id)
    if client_id is None:
        return None
    if client is None or client.id not in open_cards([client], the_user(), now()):
        raise refuse("/client_id", "There is no such client.")
    return client.target


def continued(number: int | None) -> Ticket | None:
    ticket = Ticket.numbered(the_user(), number) if number is not None else None
    if number is not None and ticket is None:
        raise refuse("/ticket", "There is no such ticket.")
    return ticket


def chosen_topic(told: str | None) -> tuple[str | None, str | None]:
    chosen = labels.topic_in(told) if told is not None else (None, None)
    if chosen is None:
        raise refuse("/topic", "There is no such topic.")
    return chosen
