"""What newcomers have written: read, let go or sent back by a colleague; never by itself."""

from dataclasses import dataclass
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models import second_reading
from models.base import db, now
from models.contact import Contact
from models.correspondence import GRACE
from models.message import Message, Sending
from models.policy import Verb
from models.second_reader import (
    Newcomer,
    how_many_to_read,
    mine_held,
    must_be_read,
    reads_for_others,
    to_read,
)
from models.ticket import Ticket
from models.user import User
from triage import routing
from triage.accounts import demand
from triage.desk.answering import IN_FULL, message_of
from triage.desk.texts import NotFilled, to_be_filled
from triage.desk.tickets import pages, the_ticket
from triage.desk.work import opened, written
from triage.discretion import demand_words

MOST = 50


@dataclass(frozen=True)
class Waiting:
    """An answer to be read, with its ticket and what the client had said last."""

    message: Message
    ticket: Ticket
    said: Contact | None
    wrote_since: bool
    """The client has written again since the answer was written."""


@pages.get("/reading")
def reading() -> ResponseReturnValue:
    """What waits to be read by me, and where my own answers stand."""
    user = demand(Verb.WORK)
    reads = reads_for_others(user)
    released = just_let_go(user)
    released_from = Ticket.named(released.ticket_id) if released else None
    held = list(db.session.scalars(to_read(user).limit(MOST))) if reads else []
    mine = list(db.session.scalars(mine_held(user)))
    tickets = Ticket.seen_of(user, [message.ticket_id for message in (*held, *mine)])
    return render_template(
        "desk/reading.html",
        reads=reads,
        rows=waiting(held, tickets),
        count=how_many_to_read(user),
        mine=waiting(mine, tickets),
        newcomer=Newcomer.standing(user.id),
        undoable=released,
        undoable_number=released_from.number if released_from else 0,
    )


@pages.post("/tickets/<int:number>/replies/<int:message_id>/release")
def let_go(number: int, message_id: int) -> ResponseReturnValue:
    """Read it: it leaves in ten seconds, perhaps as I have changed it."""
    user, ticket, message = to_be_read(number, message_id)
    text = written("text")
    if request.form.get("numbers") != IN_FULL and text != message.words:
        text = routing.masked(text)
    try:
        to_be_filled(text)
    except NotFilled as why:
        flash(str(why), "warning")
        return redirect(url_for("desk.reading"), 303)
    if not second_reading.let_go(ticket, message, text, by=user, at=now(), grace=GRACE):
        flash(_("It does not wait any more."), "warning")
    return redirect(url_for("desk.reading"), 303)


@pages.post("/tickets/<int:number>/replies/<int:message_id>/release/withdrawal")
def hold_again(number: int, message_id: int) -> ResponseReturnValue:
    """My second thought: it has not left yet and waits again, as its author wrote it."""
    user = demand(Verb.WORK)
    ticket = the_ticket(user, number)
    message = message_of(ticket, message_id)
    if message.second_reader_id != user.id:
        abort(404)
    if not second_reading.take_back(ticket, message, by=user, at=now()):
        flash(_("This answer has already been sent."), "warning")
    return redirect(url_for("desk.reading"), 303)


@pages.post("/tickets/<int:number>/replies/<int:message_id>/return")
def send_back(number: int, message_id: int) -> ResponseReturnValue:
    """Back to its author with what is to be changed."""
    user, ticket, message = to_be_read(number, message_id)
    if not second_reading.send_back(ticket, message, written("remark"), by=user, at=now()):
        flash(_("It does not wait any more."), "warning")
    else:
        flash(
            _("%(name)s finds it on the ticket again.", name=message.by.name if message.by else "")
        )
    return redirect(url_for("desk.reading"), 303)


def to_be_read(number: int, message_id: int) -> tuple[User, Ticket, Message]:
    """The reader, the ticket as shown, and the answer; 404 for whom it is not to be read by."""
    user, ticket = opened(number)
    message = message_of(ticket, message_id)
    if message.by_id == user.id or not reads_for_others(user):
        abort(404)
    demand_words(user, ticket)
    return user, ticket, message


def waiting(messages: list[Message], tickets: dict[int, Ticket]) -> list[Waiting]:
    """These answers with what was said last, of the tickets that the reader may see."""
    return [
        Waiting(message, ticket, said, said is not None and said.received_at > message.written_at)
        for message in messages
        if (ticket := tickets.get(message.ticket_id or 0)) is not None
        for said in [last_said(ticket)]
    ]


def last_said(ticket: Ticket) -> Contact | None:
    newest = Contact.of_ticket(ticket.id).order_by(None)
    return db.session.scalar(newest.order_by(Contact.said_at.desc(), Contact.id.desc()).limit(1))


def just_let_go(user: User) -> Message | None:
    """What I have let go and what has not left yet."""
    return Message.let_go_by(user.id, now() - GRACE)


@pages.context_processor
def what_waits_to_be_read() -> dict[str, Any]:
    return {
        "reads_for_others": reads_for_others,
        "how_many_to_read": how_many_to_read,
        "must_be_read": must_be_read,
        "HELD": Sending.HELD.value,
    }
