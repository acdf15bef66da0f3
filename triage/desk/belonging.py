"""Whose matter a ticket is, and which contacts belong to it: what only a person can decide."""

from flask import abort, current_app, flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models import second_matter
from models.base import db, now
from models.client import Client
from models.contact import Contact
from models.intake import Channel
from models.parting import Inseparable, part, put_back
from models.policy import Verb
from models.ticket import Ticket
from models.topic import Topic
from triage.accounts import demand
from triage.desk.tickets import pages, the_ticket
from triage.desk.work import again, not_now, opened
from triage.intake.threads import burst_subject


@pages.post("/tickets/<int:number>/attention")
def attend(number: int) -> ResponseReturnValue:
    """I have looked at what was pointed out."""
    user = demand(Verb.WORK)
    ticket = the_ticket(user, number)
    if ticket.attention is not None:
        ticket.attended(by=user)
    return again(ticket)


@pages.post("/tickets/<int:number>/client")
def this_is_the_client(number: int) -> ResponseReturnValue:
    """The sender of what a colleague passed on is the client; nobody else can be named here."""
    user, ticket = opened(number)
    contact = Contact.named(request.form.get("contact", 0, type=int))
    if contact is None or contact.ticket_id != ticket.id or contact.channel != Channel.EMAIL:
        abort(400)
    name, address = contact.first_writer
    if not address:
        abort(400)
    client = Client.writing_from(address, name, contact.language, contact.channel)
    contact.client_id = client.id
    ticket.give_to(client, by=user)
    return again(ticket)


@pages.post("/tickets/<int:number>/client/representative")
def represent(number: int) -> ResponseReturnValue:
    """Say, or no longer say, that the client writes for others."""
    user = demand(Verb.WORK)
    ticket = the_ticket(user, number)
    if ticket.client is None:
        abort(404)
    ticket.client.represent(request.form.get("on") == "1", by=user)
    return again(ticket)


@pages.post("/tickets/<int:number>/contacts/<int:contact_id>/ticket")
def make_its_own(number: int, contact_id: int) -> ResponseReturnValue:
    """What was said here is a matter of its own."""
    user = demand(Verb.WORK)
    ticket = the_ticket(user, number)
    try:
        own = part(ticket, contact_of(ticket, contact_id), by=user, at=now())
    except Inseparable:
        return not_now(ticket, _("This is all that the ticket holds."))
    rename(ticket)
    db.session.flush()
    if Ticket.numbered(user, own.number) is None:
        flash(_("#%(own)s was made of it. It is with another team now.", own=own.number))
        return again(ticket)
    flash(_("#%(own)s was made of it.", own=own.number))
    return again(own)


@pages.post("/tickets/<int:number>/contacts/<int:contact_id>/ticket/withdrawal")
def put_it_back(number: int, contact_id: int) -> ResponseReturnValue:
    user = demand(Verb.WORK)
    own = the_ticket(user, number)
    try:
        home = put_back(own, contact_of(own, contact_id), by=user, at=now())
    except Inseparable:
        return not_now(own, _("This has been answered here; it stays."))
    rename(home)
    return again(home)


@pages.post("/tickets/<int:number>/second-matter")
def split_off(number: int) -> ResponseReturnValue:
    """What the machine heard beside the topic is a matter of its own."""
    user, ticket = opened(number)
    contact = db.session.scalars(Contact.of_ticket(ticket.id)).all()[-1]
    said = contact.prediction
    topic = Topic.named(said.second_topic_id) if said else None
    if topic is None or not topic.active:
        abort(400)
    try:
        second_matter.split_off(ticket, contact, topic, by=user, at=now())
    except second_matter.NotToBeSplit:
        known = second_matter.ticket_of(ticket, topic.id)
        flash(
            _("It is #%(own)s already.", own=known.number)
            if known
            else _("This matter stays here, with its team."),
            "warning",
        )
    return again(ticket)


@pages.post("/tickets/<int:number>/second-matter/withdrawal")
def put_together(number: int) -> ResponseReturnValue:
    """The second ticket that I have just made was a slip: its matter is here again."""
    user = demand(Verb.WORK)
    ticket = the_ticket(user, number)
    if second_matter.put_together(ticket, by=user, at=now()) is None:
        flash(_("Somebody has worked on it meanwhile: it stays."), "warning")
    return again(ticket)


def contact_of(ticket: Ticket, contact_id: int) -> Contact:
    contact = Contact.named(contact_id)
    if contact is None or contact.ticket_id != ticket.id:
        abort(404)
    return contact


def rename(ticket: Ticket) -> None:
    """A burst says how many mails it holds."""
    if ticket.burst_of is not None:
        ticket.subject = burst_subject(ticket, current_app.extensions["settings"])
