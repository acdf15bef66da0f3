"""Clients by REST: who writes and calls, as their card shows them; no register number in clear."""

from typing import Any

from apiflask import APIBlueprint, Schema, fields
from flask import Response, request, url_for
from marshmallow import RAISE, validate

from models import client_deeds
from models.api_token import Scope
from models.base import db, now, one_at_a_time
from models.client import Client, normal
from models.client_deeds import NotPossible
from models.event import record
from models.look import Look, Thing
from models.revealing import open_cards
from models.ticket_list import contacts_visible_to
from triage import routing
from triage.api.asking import (
    asks,
    demand_version,
    once,
    refuse,
    refused_fields,
    tag_of,
    the_user,
    unchanged,
)
from triage.api.contact_leaf import leaf_of_contacts
from triage.api.door import Problem
from triage.api.leaf import leaf_shown
from triage.api.seen import Shown, client_shown
from triage.api.shapes import LANGUAGE, LeafQuery, leaf_of, moment, several, whole, words, yes
from triage.api.thread import ContactLeaf
from triage.intake.phone import e164

pages = APIBlueprint("clients", __name__, tag="Clients")

ADDRESS = r"^[^@\s,;:<>\"()\[\]]{1,64}@[^@\s,;:<>\"()\[\]]{1,180}\.[a-zA-Z]{2,20}$"
NONE = "There is no such client."


class WayShape(Schema):
    """An address or a number of a client."""

    id = whole()
    value = words()
    known = yes("false: only claimed; nothing is sent there until a person confirms it.")


class IdentifierShape(Schema):
    """A register number; a national number is always hidden."""

    kind = words()
    value = words()


class ClientShape(Schema):
    """A person, or who writes for several."""

    id = whole()
    href = words()
    version = whole()
    name = words()
    language = words(none=True)
    spoken_language = words(none=True)
    representative = yes()
    remark = words()
    addresses = several(WayShape)
    numbers = several(WayShape)
    identifiers = several(IdentifierShape)
    created_at = moment(none=False)
    merged_into = whole(none=True)


ClientLeaf = leaf_of(ClientShape, "ClientLeaf")


class ClientQuery(LeafQuery):
    """By what they are known."""

    q = fields.String(
        validate=validate.Length(2, 200),
        metadata={"description": "A part of the name, of an address or of a number."},
    )
    email = fields.String(validate=validate.Length(3, 250))


@pages.get("/clients")
@asks(Scope.CLIENTS_READ)
@pages.input(ClientQuery, location="query", unknown=RAISE)
@pages.output(ClientLeaf)
@pages.doc(operation_id="listClients")
def index(query_data: dict[str, Any]) -> Any:
    """List clients

    A leaf may hold fewer than `limit`: of whom your person sees no matter is left out. There is no
    total for the same reason.
    """
    if query_data["total"]:
        raise refused_fields([{"parameter": "total", "detail": "Clients are not counted."}])
    order: tuple[Any, ...] = (Client.id,)
    if "q" in query_data:
        query, order = Client.found_by(query_data["q"]).limit(None), (Client.name, Client.id)
    elif "email" in query_data:
        query = Client.by_address(query_data["email"])
    else:
        query = Client.standing()

    def show(clients: list[Client]) -> list[Shown]:
        opened = open_cards(clients, the_user(), now())
        return [client_shown(one) for one in clients if one.id in opened]

    return leaf_shown(Client, query, order, query_data, show)


@pages.get("/clients/<int:client_id>")
@asks(Scope.CLIENTS_READ, refuses=(404,))
@pages.output(ClientShape)
@pages.doc(operation_id="readClient", responses={304: "You have this version already."})
def show(client_id: int) -> Any:
    """Read a client"""
    client = the_client(client_id)
    Look.keep(the_user(), Thing.CLIENT, client.id, now())
    return with_tag(client)


@pages.get("/clients/<int:client_id>/contacts")
@asks(Scope.CLIENTS_READ, refuses=(404,))
@pages.input(LeafQuery, location="query", unknown=RAISE)
@pages.output(ContactLeaf)
@pages.doc(operation_id="listClientContacts")
def contacts(client_id: int, query_data: dict[str, Any]) -> Any:
    """List what a client said, in the matters that your person sees"""
    client, user = the_client(client_id), the_user()
    Look.keep(user, Thing.CLIENT, client.id, now())
    leaf, _tickets = leaf_of_contacts(contacts_visible_to(user, client.id), user, query_data)
    return leaf


def the_client(client_id: int) -> Client:
    """404 for none, and for one of whom the person sees no matter."""
    client = Client.named(client_id)
    if client is None or client.id not in open_cards([client], the_user(), now()):
        raise Problem(404, NONE)
    return client


def with_tag(client: Client) -> Any:
    db.session.flush()
    headers = {"ETag": tag_of(client.version)}
    if request.method == "GET" and unchanged(client.version):
        return Response(status=304, headers=headers)
    return client_shown(client), 200, headers


# --- written --------------------------------------------------------------------------------


class ClientNew(Schema):
    """A person with at least one way to be reached."""

    name = fields.String(load_default="", validate=validate.Length(max=200))
    language = fields.String(validate=LANGUAGE)
    email = fields.String(validate=validate.Regexp(ADDRESS))
    number = fields.String(validate=validate.Length(3, 40))


@pages.post("/clients")
@asks(Scope.CLIENTS_WRITE, refuses=(409, 413, 415))
@once
@pages.input(ClientNew)
@pages.output(ClientShape, status_code=201)
@pages.doc(operation_id="addClient")
def add(json_data: dict[str, Any]) -> Any:
    """Add a client

    Who is known by that address or number already is not added again: 409 names the client. Of
    whom your person sees no matter nothing is told, and nothing differs: there may be two of one
    person then, whom somebody who sees both can join.
    """
    user, at = the_user(), now()
    number = number_in(json_data.get("number"))
    address = json_data.get("email")
    if not number and not address:
        raise refuse("", "Give an address or a number.")
    for kind, way in (("address", normal(address or "")), ("number", number or "")):
        if way:  # who writes or calls at this very moment is the same client
            one_at_a_time(kind, way)
    known = [
        *(db.session.scalars(Client.by_address(address).limit(5)) if address else ()),
        *(db.session.scalars(Client.by_number(number).limit(5)) if number else ()),
    ]
    if seen := sorted(open_cards(known, user, at)):
        raise Problem(409, "A client is known by that already.", clients=seen)
    client = Client(
        name=routing.masked(json_data["name"].strip()), language=json_data.get("language")
    )
    db.session.add(client)
    db.session.flush()
    record("client.added", by=user, at=at, client_id=client.id)
    for kind, value in (("address", address), ("number", number)):
        if value:
            client_deeds.add_way(client, kind, value, by=user, at=at)
    db.session.flush()
    headers = {
        "ETag": tag_of(client.version),
        "Location": url_for("api.clients.show", client_id=client.id),
    }
    return client_shown(client), 201, headers


class ClientChange(Schema):
    """What can be changed; what is not named stays as it is."""

    name = fields.String(validate=validate.Length(max=200))
    language = fields.String(allow_none=True, validate=LANGUAGE)
    spoken_language = fields.String(allow_none=True, validate=LANGUAGE)
    remark = fields.String(validate=validate.Length(max=2_000))
    add_email = fields.String(validate=validate.Regexp(ADDRESS))
    add_number = fields.String(validate=validate.Length(3, 40))


@pages.patch("/clients/<int:client_id>")
@asks(Scope.CLIENTS_WRITE, refuses=(404, 409, 412, 413, 415, 428))
@pages.input(ClientChange)
@pages.output(ClientShape)
@pages.doc(operation_id="changeClient")
def change(client_id: int, json_data: dict[str, Any]) -> Any:
    """Change a client

    Needs If-Match. Each change can be taken back on the client's page for two minutes.
    """
    client, user, at = the_client(client_id), the_user(), now()
    if client.merged_into_id is not None:
        raise Problem(409, "This client is part of another one by now.")
    demand_version(client.version, lambda: differences(client, json_data))
    number = number_in(json_data.get("add_number"), "/add_number")
    said = {name: json_data[name] for name in client_deeds.FIELDS if name in json_data}
    for name in ("name", "remark"):
        if name in said:
            said[name] = routing.masked(said[name].replace("\r\n", "\n").strip())
    client_deeds.describe(client, said, by=user, at=at)
    try:
        for kind, value in (("address", json_data.get("add_email")), ("number", number)):
            if value:
                client_deeds.add_way(client, kind, value, by=user, at=at)
    except NotPossible:
        raise Problem(409, "It is there already.") from None
    return with_tag(client)


def differences(client: Client, wanted: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"pointer": f"/{name}", "yours": value, "now": getattr(client, name)}
        for name, value in wanted.items()
        if hasattr(client, name) and getattr(client, name) != value
    ]


def number_in(told: str | None, pointer: str = "/number") -> str | None:
    if told is None:
        return None
    number = e164(told)
    if number is None:
        raise refuse(pointer, "This is no telephone number.")
    return number
