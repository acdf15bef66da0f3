"""Two tickets that are one matter become one, and two again; tickets that know of each other."""

from typing import Any

from flask import abort, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy

from models import together
from models.base import db, now
from models.bulk_change import BulkChange
from models.client import Client
from models.event import record
from models.joined import joined
from models.merge import TicketMerge, Unmergeable, Why, merge, unmerge, why_not
from models.message import Message
from models.policy import Verb
from models.thread import TicketLink
from models.ticket import Disposition, Ticket
from models.user import User
from triage.accounts import demand
from triage.desk.beside import has_answer, last_answer
from triage.desk.tickets import pages, the_ticket
from triage.desk.work import again, opened, query
from triage.discretion import demand_words

WORDS: dict[Why, LazyString] = {
    Why.ITSELF: lazy("These two are one ticket already."),
    Why.MERGED: lazy("It is part of another ticket already."),
    Why.CLOSED_LONG_AGO: lazy("It was closed more than 30 days ago: link it instead."),
    Why.RESTRICTED: lazy("What was said under a restricted topic stays with its team."),
    Why.TWO_CLIENTS: lazy("They are of two clients. Who is the client?"),
}
REASONS = ("related", "duplicate", "follows", "household")
"""Why a person links two tickets."""


@pages.get("/tickets/<int:number>/merge")
def consider_merge(number: int) -> ResponseReturnValue:
    """Which ticket could go into this one, and what the one ticket would be like."""
    user = demand(Verb.WORK)
    ticket = the_ticket(user, number)
    wanted = request.args.get("other", "").strip().lstrip("#")
    other = other_ticket(user, wanted) if wanted else None
    if wanted and other is None:
        flash(_("There is no ticket #%(number)s.", number=wanted[:12]), "warning")
    return considered(user, ticket, other)


@pages.post("/tickets/<int:number>/merges")
def put_in(number: int) -> ResponseReturnValue:
    """The other ticket goes into this one."""
    user = demand(Verb.WORK)
    ticket = the_ticket(user, number)
    wanted = request.values.get("other", "")
    other = other_ticket(user, wanted)
    if other is None:
        flash(_("There is no ticket #%(number)s.", number=wanted[:12]), "warning")
        return again(ticket)
    demand_words(user, other)  # else who is near this one would read the other's
    client = Client.named(request.form.get("client", type=int))
    try:
        merge(other, ticket, by=user, at=now(), client=client)
    except Unmergeable as why:
        if why.args[0] == Why.TWO_CLIENTS:
            return considered(user, ticket, other), 409
        flash(str(WORDS[Why(why.args[0])]), "warning")
    return again(ticket)


@pages.post("/tickets/<int:number>/merges/<int:joined_id>/withdrawal")
def take_apart(number: int, joined_id: int) -> ResponseReturnValue:
    """What was put in is a ticket of its own again, as it was."""
    user = demand(Verb.WORK)
    ticket = the_ticket(user, number)
    made = TicketMerge.named(joined_id)
    if made is None or made.into_id != ticket.id:
        abort(404)
    try:
        unmerge(made, by=user, at=now())
    except Unmergeable:
        flash(str(WORDS[Why.MERGED]), "warning")
    return again(ticket)


# --- ended together -------------------------------------------------------------------------


@pages.post("/tickets/<int:number>/together")
def end_together(number: int) -> ResponseReturnValue:
    """What was answered here answers the other open tickets of this matter too."""
    user, ticket = opened(number)
    messages = list(db.session.scalars(Message.of_ticket(ticket.id)))
    if not has_answer(ticket, messages):
        abort(400)
    waiting = together.same_matter(ticket, ticket.topic_id, now(), seen_by=user)
    together.settle(
        [one for one in waiting if one.id != ticket.id],
        ticket.disposition or Disposition.ANSWERED,
        by=user,
        at=now(),
        told=ticket.told,
        answer=last_answer(messages),
        beside=ticket,
    )
    return again(ticket)


@pages.post("/tickets/<int:number>/together/<int:ended_id>/withdrawal")
def undo_together(number: int, ended_id: int) -> ResponseReturnValue:
    user = demand(Verb.WORK)
    ticket = the_ticket(user, number)
    change = db.session.get(BulkChange, ended_id)
    if change is None or change.kind != together.TOGETHER or change.by_id != user.id:
        abort(404)
    stay = together.undo(change, user, now())
    if stay:
        numbers = ", ".join(f"#{one.number}" for one in stay)
        flash(_("Somebody has worked on %(numbers)s meanwhile: it stays.", numbers=numbers))
    return again(ticket)


# --- linked ---------------------------------------------------------------------------------


@pages.post("/tickets/<int:number>/links")
def link(number: int) -> ResponseReturnValue:
    """The two tickets know of each other, and why."""
    user = demand(Verb.WORK)
    ticket = the_ticket(user, number)
    wanted = request.values.get("other", "").strip().lstrip("#")
    other = other_ticket(user, wanted)
    why = request.values.get("why", "")
    if other is None or other.id == ticket.id:
        flash(_("There is no ticket #%(number)s.", number=wanted[:12]), "warning")
    elif other.id in TicketLink.reasons(ticket.id):
        flash(_("They are linked already."))
    else:
        ticket.link(other, why if why in REASONS else REASONS[0])
        told_both("ticket.linked", ticket, other, user, why)
    return again(ticket)


@pages.post("/tickets/<int:number>/links/<int:other_number>/withdrawal")
def unlink(number: int, other_number: int) -> ResponseReturnValue:
    user = demand(Verb.WORK)
    ticket = the_ticket(user, number)
    other = other_ticket(user, str(other_number)) or abort(404)
    why = TicketLink.drop(ticket.id, other.id)
    if why is not None:
        told_both("ticket.unlinked", ticket, other, user, why)
    return again(ticket)


def told_both(kind: str, ticket: Ticket, other: Ticket, user: User, why: str) -> None:
    at = now()
    record(kind, by=user, at=at, ticket_id=ticket.id, number=other.number, why=why)
    record(kind, by=user, at=at, ticket_id=other.id, number=ticket.number, why=why)


def other_ticket(user: User, number: str) -> Ticket | None:
    """The ticket of a number that somebody typed, as what it has become, if it may be seen."""
    digits = number.strip().lstrip("#")
    if not digits.isascii() or not digits.isdecimal() or len(digits) > 11:
        return None
    found = Ticket.numbered(user, int(digits))
    return Ticket.numbered(user, found.target.number) if found is not None else None


def considered(user: User, ticket: Ticket, other: Ticket | None) -> str:
    why = why_not(other, ticket, now()) if other is not None else None
    return render_template(
        "desk/merge.html",
        ticket=ticket,
        other=other,
        why=why,
        word=WORDS[why] if why is not None else "",
        becomes=becomes(other, ticket) if other is not None and why != Why.ITSELF else None,
        candidates=candidates(user, ticket),
        query=query(),
    )


def becomes(source: Ticket, target: Ticket) -> dict[str, Any]:
    """What of the one ticket the page tells."""
    changed = joined(source, target)
    names = ("status", "due_at", "urgent", "topic_id", "assignee_id", "contacts_count")
    found = {name: changed.get(name, getattr(target, name)) for name in names}
    return found | {"assignee": User.named(found["assignee_id"]) if found["assignee_id"] else None}


def candidates(user: User, ticket: Ticket) -> list[Ticket]:
    """The client's other open tickets, those of the same topic first."""
    if ticket.client_id is None:
        return []
    own = db.session.scalars(Ticket.open_of(user, ticket.client_id).limit(20)).all()
    others = [one for one in own if one.id != ticket.id]
    return sorted(others, key=lambda one: one.topic_id != ticket.topic_id)
