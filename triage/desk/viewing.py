"""Who else has a ticket open: the pages themselves tell it every ten seconds."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from models.base import db, now
from models.draft import Viewer
from models.message import Message
from models.policy import Verb
from triage.accounts import demand
from triage.desk.beside import last_answer
from triage.desk.tickets import pages, the_ticket


@pages.post("/tickets/<int:number>/presence")
def be_here(number: int) -> ResponseReturnValue:
    """I have it open; who else has, and whether somebody has answered since my page was made."""
    user = demand(Verb.WORK)
    ticket = the_ticket(user, number)
    at = now()
    Viewer.note(user, ticket.id, at, typing=request.form.get("typing") == "1")
    shown = request.form.get("version", type=int)
    changed = shown is not None and shown != ticket.version
    answer = (
        last_answer(list(db.session.scalars(Message.of_ticket(ticket.id)))) if changed else None
    )
    return render_template(
        "desk/_viewers.html",
        ticket=ticket,
        shown_version=shown,
        present=Viewer.others(user, [ticket.id], at).get(ticket.id, []),
        changed=changed,
        answered=answer if answer is not None and answer.by_id != user.id else None,
    )


@pages.post("/tickets/<int:number>/presence/withdrawal")
def leave(number: int) -> ResponseReturnValue:
    """The page was closed."""
    user = demand(Verb.WORK)
    Viewer.left(user, the_ticket(user, number).id)
    return "", 204
