"""Two tickets that are one matter become one by REST, and two again."""

from typing import Any

from apiflask import APIBlueprint, Schema
from flask import Response, request
from marshmallow import validate

from models.api_token import Scope
from models.base import now
from models.merge import TicketMerge, Unmergeable, Why, merge, unmerge
from models.ticket import Ticket
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
from triage.api.seen import Shown
from triage.api.shapes import ID, LARGEST_ID, Strict, moment, whole, words

pages = APIBlueprint("merges", __name__, tag="Tickets")


class MergeShape(Schema):
    """One ticket that became part of another."""

    id = whole()
    number = words("The ticket that went in.")
    into = words("The ticket that it is part of.")
    merged_at = moment(none=False)


class Joining(Schema):
    """Which ticket goes in."""

    other = Strict(required=True, validate=validate.Range(1, LARGEST_ID))
    client_id = Strict(
        validate=ID, metadata={"description": "Whose matter it is, where the two have two clients."}
    )


@pages.post("/tickets/<int:number>/merges")
@asks(Scope.TICKETS_WRITE, refuses=(404, 409, 412, 413, 415))
@once
@pages.input(Joining)
@pages.output(MergeShape, status_code=201)
@pages.doc(operation_id="mergeTickets")
def put_in(number: int, json_data: dict[str, Any]) -> Any:
    """Put another ticket into this one

    It can be taken apart again: DELETE on the address in `Location`. With If-Match only into the
    version that you have seen.
    """
    ticket, user = held_ticket(number), the_user()
    if "If-Match" in request.headers:
        demand_version(ticket.version, list)
    other = Ticket.numbered(user, json_data["other"])
    if other is None:
        raise refuse("/other", "There is no such ticket.")
    demand_words(other)
    client_id = json_data.get("client_id")
    client = next((one.client for one in (ticket, other) if one.client_id == client_id), None)
    try:
        made = merge(other, ticket, by=user, at=now(), client=client)
    except Unmergeable as why:
        raise Problem(409, WORDS[Why(why.args[0])], why=str(why.args[0])) from None
    there = f"{request.path}/{made.id}"
    return merge_shown(made), 201, {"Location": there}


WORDS = {
    Why.ITSELF: "These two are one ticket already.",
    Why.MERGED: "It is part of another ticket already.",
    Why.CLOSED_LONG_AGO: "It was closed too long ago.",
    Why.RESTRICTED: "What was said under a restricted topic stays with its team.",
    Why.TWO_CLIENTS: "They are of two clients: say with client_id who it is.",
}


def merge_shown(made: TicketMerge) -> Shown:
    numbers = str(made.source.number), str(made.target.number)
    return {"id": made.id, "number": numbers[0], "into": numbers[1], "merged_at": made.at}


@pages.delete("/tickets/<int:number>/merges/<int:merge_id>")
@asks(Scope.TICKETS_WRITE, refuses=(404, 409))
@pages.output({}, status_code=204)
@pages.doc(operation_id="takeApart")
def take_apart(number: int, merge_id: int) -> Any:
    """Take a merge apart"""
    ticket = the_ticket(number)
    made = TicketMerge.named(merge_id)
    if made is None or made.into_id != ticket.id:
        raise Problem(404, "There is no such merge.")
    try:
        unmerge(made, by=the_user(), at=now())
    except Unmergeable:
        raise Problem(409, WORDS[Why.MERGED]) from None
    return Response(status=204)
