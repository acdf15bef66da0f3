"""The desk as it is read: the list, a ticket with all that was said, and who the client is."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from models.absence import Absence
from models.base import db, now
from models.calendar import business_day
from models.callback_list import open_of_ticket
from models.contact import Contact
from models.correspondence import GRACE, answer_address
from models.look import Look, Thing
from models.message import Kind, Message, Sending
from models.parting import home_of
from models.policy import Verb, may
from models.ticket import Ticket
from models.ticket_list import contacts_visible_to
from models.topic import LANGUAGES, Topic
from models.user import User
from triage.accounts import by_htmx, demand, me
from triage.answers import sayable
from triage.asked_once import colleagues, intents, topics
from triage.desk.beside import beside
from triage.desk.deeds import last_deed
from triage.desk.known import known_problem
from triage.desk.listing import query_of, saved_counts, the_filter, the_list, wanted_tickets
from triage.desk.papers import offered_of, papers
from triage.desk.sounding import sounding
from triage.desk.thread import (
    first_choices,
    folded,
    passed_on,
    phrases,
    second_offered,
    thread,
)
from triage.desk.whose import whose
from triage.letters import status_token
from triage.reasons import why

pages = Blueprint("desk", __name__, url_prefix="/desk")


@pages.get("/")
def index() -> ResponseReturnValue:
    """The list alone; a number in the search goes straight to its ticket."""
    user = demand(Verb.WORK)
    wanted = wanted_tickets(request.args)
    number = wanted.words.lstrip("#")
    if number.isascii() and number.isdigit() and len(number) < 12:
        found = Ticket.numbered(user, int(number))
        if found is not None:
            return redirect(url_for("desk.ticket", number=found.number, view="all"))
    listing = the_list(user, wanted) | the_filter(user, wanted)
    return render_template("desk/index.html", ticket=None, **listing)


@pages.get("/list")
def listed() -> ResponseReturnValue:
    """The list as a part of the page, for its refreshing."""
    user = demand(Verb.WORK)
    return render_template("desk/_list.html", **the_list(user, wanted_tickets(request.args)))


@pages.get("/tickets/<int:number>")
def ticket(number: int) -> ResponseReturnValue:
    user = demand(Verb.WORK)
    shown = the_ticket(user, number)
    if shown.number != number:
        query = query_of(wanted_tickets(request.args)) if request.args else {}
        return redirect(url_for("desk.ticket", number=shown.number, **query))
    Look.keep(user, Thing.TICKET, shown.id, now())
    if by_htmx():
        return render_template("desk/_work.html", **the_work(user, shown))
    wanted = wanted_tickets(request.args)
    listing = the_list(user, wanted) | the_filter(user, wanted)
    return render_template("desk/index.html", **(listing | the_work(user, shown)))


@pages.get("/tickets/<int:number>/phrases")
def insertions(number: int) -> ResponseReturnValue:
    """What can be put into an answer in another language."""
    user = demand(Verb.WORK)
    shown = the_ticket(user, number)
    language = spoken(request.args.get("language"), shown)
    return render_template("desk/_phrases.html", **what_to_say(user, shown, language))


@pages.get("/waiting")
def waiting() -> ResponseReturnValue:
    """The counts beside the places and views, for the page that asks every twenty seconds."""
    user = me()
    saved = saved_counts(user) if may(user, Verb.WORK) else {}
    return render_template("desk/_waiting.html", saved_counts=saved)


# --- what a page needs ----------------------------------------------------------------------


def the_ticket(user: User, number: int) -> Ticket:
    """The ticket of that number, or the one of which it is part by now; 404 for one that does not
    exist or is not visible."""
    found = Ticket.numbered(user, number)
    if found is not None and found.merged_into_id is not None:
        found = Ticket.numbered(user, found.target.number)
    if found is None:
        raise NotFound
    return found


def the_work(user: User, ticket: Ticket) -> dict[str, Any]:
    """All that the panes of a ticket show."""
    contacts = list(db.session.scalars(Contact.shown_in(ticket.id)))
    messages = list(db.session.scalars(Message.shown_in(ticket.id)))
    prediction = Contact.predictions_of([ticket.id]).get(ticket.id)
    client = ticket.client
    return {
        "ticket": ticket,
        "client": client,
        "answer_address": answer_address(ticket),
        "contacts": contacts,
        "callback": open_of_ticket(ticket.id),
        **folded(thread(ticket, contacts, messages), whole="whole" in request.args),
        "prediction": prediction,
        **sounding(ticket, contacts, prediction),
        "second_offered": second_offered(ticket, prediction),
        **why(prediction),
        "chosen": ticket.chosen_by_person,
        "parted_from": home_of(ticket),
        "passed_on": passed_on(ticket, contacts),
        **whose(ticket, contacts),
        "choices": first_choices(prediction),
        "all_topics": Topic.tree(topics()),
        "intents": intents(),
        **known_problem(ticket),
        **papers(ticket, contacts),
        "page_link": url_for("public.status", token=status_token(ticket)),
        "linked": ticket.linked_for(user),
        **beside(user, ticket, messages),
        "colleagues": colleagues(),
        "absent": set(db.session.scalars(Absence.absent(business_day(now())))),
        "undoable": undoable(messages, user),
        "deed": last_deed(ticket, contacts, user),
        "draft": taken_back(messages, user),
        "open_tickets": db.session.scalars(Ticket.open_of(user, client.id)).all() if client else [],
        "last_contacts": db.session.scalars(contacts_visible_to(user, client.id).limit(6)).all()
        if client
        else [],
        "query": query_of(wanted_tickets(request.args)),
        **what_to_say(user, ticket, spoken(None, ticket)),
    }


def what_to_say(user: User, ticket: Ticket, language: str) -> dict[str, Any]:
    """Opening and closing words, and the approved answers of the measures in force."""
    today = business_day(now())
    measures = sayable(ticket.topic_id, ticket.subtopic_id, ticket.intent_id, language, today)
    return {
        "ticket": ticket,
        "language": language,
        "phrases": phrases(ticket, language),
        "measures": measures,
        "papers_offered": offered_of(one.version for one in measures),
    }


def undoable(messages: list[Message], user: User) -> Message | None:
    """My answer that has not left yet."""
    return next(
        (
            message
            for message in messages
            if message.kind == Kind.REPLY
            and message.state in (Sending.WAITING, Sending.HELD)
            and message.second_reader_id is None
            and message.by_id == user.id
            and now() - message.written_at < GRACE
        ),
        None,
    )


def taken_back(messages: list[Message], user: User) -> str:
    """The text of the answer that I have just withdrawn, to be changed and sent anew."""
    wanted = request.args.get("withdrawn", type=int)
    return next(
        (
            message.words
            for message in messages
            if message.id == wanted
            and message.by_id == user.id
            and message.state == Sending.WITHDRAWN
        ),
        "",
    )


def spoken(wanted: str | None, ticket: Ticket) -> str:
    """The language of an answer: the chosen one, else the ticket's, else French."""
    return next((code for code in (wanted, ticket.language) if code in LANGUAGES), "fr") or "fr"
