"""What we send: how far each mail has come, why it waits, and what can be done about it."""

from dataclasses import dataclass
from datetime import datetime

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models import correspondence
from models.base import db, now
from models.message import Message, Sending
from models.outbox import Job, next_tries
from models.policy import Verb
from models.ticket import Ticket
from models.ticket_list import messages_visible_to
from models.user import User
from triage.accounts import demand
from triage.desk.tickets import pages

SIZE = 50
STATES = ("failed", "waiting", "held")
"""What the page can be narrowed to: what needs somebody first."""


@dataclass(frozen=True)
class Row:
    """A mail with its ticket, and when it is tried next while it waits."""

    message: Message
    ticket: Ticket | None
    next_try_at: datetime | None


@dataclass(frozen=True)
class Outgoing:
    """One page of what we have sent."""

    rows: list[Row]
    number: int
    more: bool
    state: str


@pages.get("/outgoing")
def outgoing() -> ResponseReturnValue:
    """Our mails, the newest first, with how far each has come."""
    user = demand(Verb.WORK)
    number = max(1, request.args.get("page", 1, type=int))
    state = request.args.get("state", "")
    chosen = messages_visible_to(user)
    if state in STATES:
        chosen = chosen.where(Message.state == state)
    found = list(db.session.scalars(chosen.offset((number - 1) * SIZE).limit(SIZE + 1)))
    waits = [one.id for one in found if one.state == Sending.WAITING]
    tries = next_tries(Job.SEND, waits) if waits else {}
    tickets = Ticket.seen_of(user, [one.ticket_id for one in found])
    rows = [Row(one, tickets.get(one.ticket_id or 0), tries.get(one.id)) for one in found[:SIZE]]
    page = Outgoing(rows, number, len(found) > SIZE, state if state in STATES else "")
    return render_template("desk/outgoing.html", page=page, states=STATES)


@pages.post("/outgoing/<int:message_id>/attempt")
def hurry(message_id: int) -> ResponseReturnValue:
    """Try now what waits for its next try, or again what was given up."""
    user = demand(Verb.WORK)
    message, ticket = seen(user, message_id)
    if message.state == Sending.FAILED:
        correspondence.send_again(ticket, message, None, by=user, at=now())
        flash(_("It leaves in a moment."))
    elif message.hurry():
        flash(_("It leaves in a moment."))
    else:
        flash(_("Nothing of this waits any more."))
    return back()


@pages.post("/outgoing/<int:message_id>/cancellation")
def withhold(message_id: int) -> ResponseReturnValue:
    """Take back what has not left."""
    user = demand(Verb.WORK)
    message, ticket = seen(user, message_id)
    if correspondence.take_back(ticket, message, by=user):
        flash(_("It will not be sent."))
    else:
        flash(_("Nothing of this waits any more."))
    return back()


def seen(user: User, message_id: int) -> tuple[Message, Ticket]:
    """A mail and its ticket, if `user` may see that."""
    message = Message.named(message_id)
    if message is None or message.ticket_id is None:
        abort(404)
    ticket = Ticket.seen_of(user, [message.ticket_id]).get(message.ticket_id)
    if ticket is None:
        abort(404)
    return message, ticket


def back() -> ResponseReturnValue:
    return redirect(url_for("desk.outgoing", state=request.form.get("state") or None), 303)
