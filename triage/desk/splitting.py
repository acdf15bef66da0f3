"""One ticket holds two matters: what of it becomes a ticket of its own, a person chooses."""

from flask import abort, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.base import db, now
from models.contact import Contact
from models.files import Attachment
from models.policy import Verb
from models.splitting import Chosen, Unsplittable
from models.splitting import split as take_out
from models.splitting import unsplit as put_back_in
from models.ticket import Ticket
from models.topic import Topic
from triage.accounts import demand
from triage.desk.tickets import pages, the_ticket
from triage.desk.work import again, opened, query
from triage.discretion import demand_words

LONGEST_PASSAGE = 20_000


@pages.get("/tickets/<int:number>/split")
def consider_split(number: int) -> ResponseReturnValue:
    """All that was said, to choose from."""
    user = demand(Verb.WORK)
    ticket = the_ticket(user, number)
    demand_words(user, ticket)
    return shown(ticket, Chosen())


@pages.post("/tickets/<int:number>/splits")
def split(number: int) -> ResponseReturnValue:
    user, ticket = opened(number)
    demand_words(user, ticket)
    topic = Topic.named(request.form.get("topic"))
    chosen = chosen_in(ticket)
    if topic is None or not topic.active:
        return shown(ticket, chosen, _("Choose a topic for the new ticket.")), 409
    try:
        own = take_out(ticket, chosen, topic, by=user, at=now())
    except Unsplittable:
        why = _(
            "Choose what goes: at least one thing, not all contacts, and only words that were said."
        )
        return shown(ticket, chosen, why), 409
    db.session.flush()
    if Ticket.numbered(user, own.number) is None:
        flash(_("#%(own)s was made of it. It is with another team now.", own=own.number))
    return again(ticket)


@pages.post("/tickets/<int:number>/splits/<int:other_number>/withdrawal")
def unsplit(number: int, other_number: int) -> ResponseReturnValue:
    """What was taken out a moment ago is here again."""
    user = demand(Verb.WORK)
    ticket = the_ticket(user, number)
    own = Ticket.with_number(other_number) or abort(404)
    if not put_back_in(ticket, own, by=user, at=now()):
        flash(_("Somebody has worked on it meanwhile: it stays."), "warning")
    return again(ticket)


def chosen_in(ticket: Ticket) -> Chosen:
    """What the form says, of this ticket's contacts and files only."""
    said = list(db.session.scalars(Contact.of_ticket(ticket.id)))
    whole = set(request.form.getlist("contact", type=int))
    files = set(request.form.getlist("file", type=int))
    passages = {
        contact.id: request.form.get(f"passage-{contact.id}", "").replace("\r\n", "\n")
        for contact in said
        if contact.id not in whole
    }
    return Chosen(
        [contact for contact in said if contact.id in whole],
        {key: text[:LONGEST_PASSAGE] for key, text in passages.items() if text.strip()},
        [file for contact in said for file in contact.attachments if file.id in files],
    )


def shown(ticket: Ticket, chosen: Chosen, why: str = "") -> str:
    said = list(db.session.scalars(Contact.of_ticket(ticket.id)))
    files: list[Attachment] = [file for one in said for file in one.attachments if file.shown]
    return render_template(
        "desk/split.html",
        ticket=ticket,
        contacts=said,
        files=files,
        chosen={contact.id for contact in chosen.contacts},
        passages=chosen.passages,
        chosen_files={file.id for file in chosen.files},
        topics=Topic.tree(),
        wanted_topic=request.form.get("topic", ""),
        why=why,
        query=query(),
    )
