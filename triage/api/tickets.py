"""Tickets by REST: listed as on the desk, begun through the intake, changed by the same verbs."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from apiflask import APIBlueprint, Schema, fields
from flask import Response, request
from marshmallow import RAISE, validate

from models import urgency
from models.api_token import Scope
from models.base import db, now
from models.calendar import business_day
from models.ending import Ending
from models.intake import Channel
from models.look import Look, Thing
from models.policy import Verb, may
from models.team import Team
from models.ticket import Status, Ticket
from models.ticket_choice import Sort, View
from models.ticket_list import TicketFilter
from models.topic import LANGUAGES, Intent
from models.user import User
from triage import labels, routing
from triage.api.asking import (
    asks,
    demand_version,
    held_ticket,
    once,
    refuse,
    tag_of,
    the_ticket,
    the_user,
    unchanged,
)
from triage.api.door import Problem
from triage.api.leaf import leaf_shown
from triage.api.seen import tickets_shown
from triage.api.shapes import (
    ID,
    LeafQuery,
    Strict,
    Truth,
    leaf_of,
)
from triage.api.ticket_shapes import TicketShape

pages = APIBlueprint("tickets", __name__, tag="Tickets")

MANY = validate.Length(max=40)


LEFT = {204: "Done; the ticket is now where your person does not see it."}


def any_of(*allowed: str) -> fields.List[Any]:
    return fields.List(fields.String(validate=validate.OneOf(allowed)), validate=MANY)


class Expanding(Schema):
    """How much is told."""

    expand = fields.Boolean(
        load_default=False, metadata={"description": "Names beside the ids, as Zammad has it."}
    )


class TicketQuery(LeafQuery, Expanding):
    """The choice of the desk's list, under the names that its addresses have."""

    view = fields.String(load_default=View.ALL.value, validate=validate.OneOf(list(View)))
    sort = fields.String(load_default=Sort.OLDEST.value, validate=validate.OneOf(list(Sort)))
    language = any_of(*LANGUAGES)
    topic = fields.List(fields.String(validate=validate.Length(1, 80)), validate=MANY)
    intent = fields.List(fields.String(validate=validate.Length(1, 80)), validate=MANY)
    team = fields.List(fields.Integer(validate=ID), validate=MANY)
    channel = any_of(*Channel)
    state = any_of(*Status)
    who = fields.String(
        validate=validate.Regexp(r"^(me|nobody|somebody|[1-9][0-9]{0,8})$"),
        metadata={"description": "me, nobody, somebody, or the id of a person"},
    )
    answered = fields.String(validate=validate.OneOf(["yes", "no"]))
    deadline = fields.Integer(validate=validate.Range(0, 365))
    since = fields.Date(
        metadata={"description": "Somebody has said something on that day or later."}
    )
    closed_since = fields.AwareDateTime(
        metadata={"description": "Closed at that moment or later; with `view=closed`."}
    )
    q = fields.String(validate=validate.Length(1, 200))
    urgent = fields.Boolean()
    flagged = fields.Boolean()
    problem = fields.Boolean()
    without_health = fields.Boolean()
    overdue = fields.Boolean()
    snoozed = fields.Boolean()


TicketLeaf = leaf_of(TicketShape, "TicketLeaf")


@pages.get("/tickets")
@asks(Scope.TICKETS_READ)
@pages.input(TicketQuery, location="query", unknown=RAISE)
@pages.output(TicketLeaf)
@pages.doc(operation_id="listTickets")
def index(query_data: dict[str, Any]) -> Any:
    """List tickets

    The same choice and the same orders as on the desk. Without a view: all open ones.
    """
    user, at = the_user(), now()
    wanted = wanted_tickets(query_data)
    chosen = wanted.tickets(user, at)
    if closed := query_data.get("closed_since"):
        chosen = chosen.where(Ticket.closed_at >= closed)
    expand = query_data["expand"]
    named = (Ticket.client, Ticket.team, Ticket.assignee) if expand else ()
    show = partial(tickets_shown, user=user, expand=expand)
    return leaf_shown(Ticket, chosen, wanted.order(), query_data, show, *named)


class Given(dict[str, Any]):
    """A query that was checked, read as an address is."""

    def getlist(self, key: str) -> list[str]:
        value = self.get(key, [])
        told = value if isinstance(value, list) else [value]
        return ["1" if one is True else "" if one is False else str(one) for one in told]


def wanted_tickets(query: dict[str, Any]) -> TicketFilter:
    return TicketFilter.read(Given(query))


@pages.get("/tickets/<int:number>")
@asks(Scope.TICKETS_READ, refuses=(404,))
@pages.input(Expanding, location="query", unknown=RAISE)
@pages.output(TicketShape)
@pages.doc(operation_id="readTicket", responses={304: "You have this version already."})
def show(number: int, query_data: dict[str, Any]) -> Any:
    """Read a ticket"""
    ticket, user = the_ticket(number), the_user()
    Look.keep(user, Thing.TICKET, ticket.id, now())
    return with_tag(ticket, expand=query_data["expand"])


def with_tag(ticket: Ticket, *, expand: bool = False) -> Any:
    """The ticket as it stands, or that the program knows it so already."""
    db.session.flush()
    headers = {"ETag": tag_of(ticket.version)}
    if request.method == "GET" and unchanged(ticket.version):
        return Response(status=304, headers=headers)
    seen = Ticket.numbered(the_user(), ticket.number)
    if seen is None:  # it went to a team that its person does not see
        return Response(status=204)
    return tickets_shown([seen], the_user(), expand=expand)[0], 200, headers


# --- changed --------------------------------------------------------------------------------


class TicketChange(Schema):
    """What can be changed; what is not named stays as it is."""

    assignee_id = Strict(allow_none=True, validate=ID)
    team_id = Strict(validate=ID)
    topic = fields.String(
        validate=validate.Length(1, 80),
        metadata={"description": "A topic, or a sub-topic as `topic/part`."},
    )
    intent = fields.String(validate=validate.Length(1, 80))
    state = fields.String(validate=validate.OneOf([Status.OPEN.value, Status.WAITING.value]))
    urgent = Truth()


@pages.patch("/tickets/<int:number>")
@asks(Scope.TICKETS_WRITE, refuses=(404, 409, 412, 413, 415, 428))
@pages.input(TicketChange)
@pages.output(TicketShape)
@pages.doc(operation_id="changeTicket", responses=LEFT)
def change(number: int, json_data: dict[str, Any]) -> Any:
    """Change a ticket

    Needs If-Match with the version that you have seen. When somebody was faster, the answer is 412
    and says field by field what you wanted and what stands now.
    """
    ticket, user, at = held_ticket(number), the_user(), now()
    demand_version(ticket.version, lambda: differences(ticket, json_data))
    if "intent" in json_data and "topic" not in json_data:
        raise refuse("/intent", "An intent is said together with its topic.")
    deeds = [
        make(ticket, json_data, user, at) for name, make in _DEEDS.items() if name in json_data
    ]
    for deed in deeds:  # all that was asked is in order: only now does anything change
        deed()
    return with_tag(ticket)


def differences(ticket: Ticket, wanted: dict[str, Any]) -> list[dict[str, Any]]:
    standing = tickets_shown([ticket], the_user())[0]
    return [
        {"pointer": f"/{name}", "yours": value, "now": standing[name]}
        for name, value in wanted.items()
        if standing[name] != value
    ]


Deed = Callable[[], object]
Wanted = dict[str, Any]


def _choose(ticket: Ticket, wanted: Wanted, user: User, at: datetime) -> Deed:
    """A person's word on what it is about, spoken by a program."""
    chosen, intent = labels.topic_in(wanted["topic"]), wanted.get("intent")
    if chosen is None:
        raise refuse("/topic", "There is no such topic.")
    if intent is not None and intent not in {known.id for known in Intent.everything()}:
        raise refuse("/intent", "There is no such intent.")
    return lambda: routing.correct(ticket, *chosen, intent, by=user, at=at)


def _hand(ticket: Ticket, wanted: Wanted, user: User, at: datetime) -> Deed:
    if Team.named(wanted["team_id"]) is None:
        raise refuse("/team_id", "There is no such team.")
    return lambda: ticket.hand_to(wanted["team_id"], by=user, at=at)


def _assign(ticket: Ticket, wanted: Wanted, user: User, at: datetime) -> Deed:
    colleague = User.named(wanted["assignee_id"])
    if colleague is None and wanted["assignee_id"] is not None:
        raise refuse("/assignee_id", "There is no such person.")
    if colleague is not None and not may(colleague, Verb.WORK):
        raise refuse("/assignee_id", "This person does not work on tickets.")
    return lambda: ticket.assign(colleague, by=user)


def _stand(ticket: Ticket, wanted: Wanted, user: User, at: datetime) -> Deed:
    state = Status(wanted["state"])
    if ticket.closed and state is Status.OPEN:
        return lambda: ticket.reopen(by=user, at=at)
    if ticket.closed:
        raise refuse("/state", "It is closed: open it again first.")
    return lambda: ticket.stand(state, by=user, at=at)


def _press(ticket: Ticket, wanted: Wanted, user: User, at: datetime) -> Deed:
    return lambda: urgency.decide(ticket, wanted["urgent"], by=user)


_DEEDS: dict[str, Callable[[Ticket, Wanted, User, datetime], Deed]] = {
    "topic": _choose,
    "team_id": _hand,
    "assignee_id": _assign,
    "state": _stand,
    "urgent": _press,
}
"""In the order in which they are done: a topic brings its team, a team frees the ticket."""


# --- ended ----------------------------------------------------------------------------------


class Closure(Schema):
    """How it ended."""

    disposition = fields.String(required=True, validate=validate.Length(1, 40))


@pages.post("/tickets/<int:number>/closure")
@asks(Scope.TICKETS_WRITE, refuses=(404, 409, 412, 413, 415))
@once
@pages.input(Closure)
@pages.output(TicketShape)
@pages.doc(operation_id="closeTicket", responses=LEFT)
def close(number: int, json_data: dict[str, Any]) -> Any:
    """Close a ticket

    Every end has a disposition. With If-Match only the version that you have seen is closed.
    """
    ticket, user, at = held_ticket(number), the_user(), now()
    if "If-Match" in request.headers:
        demand_version(ticket.version, list)
    ending = Ending.choosable(json_data["disposition"], business_day(at))
    if ending is None:
        raise refuse("/disposition", "There is no such ending.")
    if ticket.closed:
        raise Problem(409, "It is closed already.")
    ticket.close(ending.id, by=user, at=at)
    return with_tag(ticket)
