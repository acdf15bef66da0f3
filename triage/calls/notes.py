"""What a client said on the phone or in a letter, typed by one of us; it becomes a contact.

Saving goes the way of every contact: kept first with how it ended, then read, routed, wrapped up.
"""

import base64
import uuid
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.base import db, now
from models.calendar import business_day, start_of
from models.call import Call
from models.client import Client
from models.contact import Contact
from models.intake import Adapter, Channel
from models.policy import Verb
from models.ticket import Disposition, Ticket
from models.ticket_list import contacts_visible_to
from models.topic import LANGUAGES, Topic
from models.user import User
from triage import routing
from triage.accounts import demand
from triage.calls.live import pages
from triage.calls.proposal import Known, proposal_for, said_of
from triage.intake import reading, receive_typed
from triage.intake.phone import e164

LONGEST = 20_000
SHORTEST_NUMBER = 6
CANDIDATES = 5
SOMEBODY_ELSE = "new"
"""The choice that the caller is none of those who are known by the number."""


@pages.get("/new")
def new() -> ResponseReturnValue:
    """An empty note, filled in with what a ringing call or an address already says."""
    user = demand(Verb.WORK)
    call = Call.named(request.args.get("call", 0, type=int))
    typed = Typed(number=request.args.get("number", ""), once=uuid.uuid4().hex)
    if call is not None:
        typed.number, typed.call_id = call.caller_e164 or call.caller, call.id
    return call_form(user, typed)


@pages.post("/new")
def save() -> ResponseReturnValue:
    """Keep the note, and go to its ticket. A second sending of the same form is the same call."""
    user = demand(Verb.WORK)
    typed = Typed.from_form()
    if not typed.text or typed.outcome is None:
        return call_form(user, typed, missing=True), 422
    contact = kept(Channel.PHONE, typed, user)
    return onward(user, Ticket.named(contact.ticket_id) if contact else None)


@pages.get("/paper")
def paper() -> ResponseReturnValue:
    """A letter that came by post: typed, or scanned as a file."""
    user = demand(Verb.WORK)
    return paper_form(user, Typed(once=uuid.uuid4().hex, said_on=business_day(now())))


@pages.post("/paper")
def save_paper() -> ResponseReturnValue:
    user = demand(Verb.WORK)
    typed = Typed.from_form()
    if not typed.text and not typed.files:
        return paper_form(user, typed, missing=True), 422
    contact = kept(Channel.POST, typed, user)
    return onward(user, Ticket.named(contact.ticket_id) if contact else None)


@pages.get("/callers")
def callers() -> ResponseReturnValue:
    """Who has this number, with what they said last, as a part of the form."""
    user = demand(Verb.WORK)
    typed = Typed(number=request.args.get("number", ""), client=request.args.get("client", ""))
    return render_template("calls/_callers.html", typed=typed, **who_calls(user, typed))


@pages.post("/proposal")
def proposal() -> ResponseReturnValue:
    """What the note seems to be about, as a part of the form; asked while it is being written."""
    demand(Verb.WORK)
    typed = Typed.from_form()
    return render_template("calls/_proposal.html", typed=typed, **proposal_for(typed))


# --- what was typed -------------------------------------------------------------------------


@dataclass
class Typed:
    """The form as it came; nothing of it is trusted before `kept`."""

    number: str = ""
    name: str = ""
    email: str = ""
    language: str | None = None
    text: str = ""
    subject: str = ""
    topic: str = ""
    client: str = ""
    ticket: str = ""
    outcome: Disposition | None = None
    told: str = ""
    promise: str = ""
    said_on: date | None = None
    call_id: int | None = None
    once: str = ""
    files: list[tuple[str, str, bytes]] = field(default_factory=list)

    @classmethod
    def from_form(cls) -> "Typed":
        form = request.form

        def line(name: str, most: int = 300) -> str:
            return " ".join(form.get(name, "").split())[:most]

        outcome = form.get("outcome", "")
        language = form.get("language", "")
        return cls(
            number=line("number", 60),
            name=line("name"),
            email=line("email", 254),
            language=language if language in LANGUAGES else None,
            text=form.get("text", "").replace("\r\n", "\n").strip()[:LONGEST],
            subject=line("subject"),
            topic=line("other_topic", 80) or line("topic", 80),
            client=line("client", 20),
            ticket=line("ticket", 20),
            outcome=Disposition(outcome) if outcome in list(Disposition) else None,
            told=routing.masked(line("told", 1_000)),
            promise=line("promise"),
            said_on=day_in(form.get("said_on", "")),
            call_id=form.get("call", type=int),
            once=line("once", 64) or uuid.uuid4().hex,
            files=[
                (file.filename or "file", file.mimetype, file.read())
                for file in request.files.getlist("files")
                if file.filename
            ],
        )

    @property
    def words(self) -> int:
        return len(self.text.split())


def day_in(value: str) -> date | None:
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return None
    return min(day, business_day(now()))


# --- kept -----------------------------------------------------------------------------------


def kept(channel: Channel, typed: Typed, user: User) -> Contact | None:
    """Its contact, filed and, for a call, wrapped up; None when a worker must do that."""
    intake_id, _ = receive_typed(
        channel,
        as_said(typed, user),
        adapter=Adapter.DESK,
        once=f"desk-{user.id}-{typed.once}",
        said_at=said_at(typed),
    )
    return reading.read_now(intake_id, current_app.extensions["settings"])


def as_said(typed: Typed, user: User) -> dict[str, Any]:
    """What is kept of the form; a client or ticket only where the reader may know of it."""
    ticket = continued(typed, user)
    client = chosen_client(typed, ticket)
    topic = Topic.named(typed.topic)
    facts = {"outcome": typed.outcome, "told": typed.told, "promise": typed.promise}
    return {
        "number": typed.number,
        "name": typed.name,
        "email": typed.email if "@" in typed.email else "",
        "language": typed.language,
        "text": typed.text,
        "subject": typed.subject,
        "client_id": client.id if client else None,
        "somebody_else": typed.client == SOMEBODY_ELSE,
        "ticket_id": ticket.id if ticket else None,
        "taken_by": user.id,
        "call_id": typed.call_id,
        "topic": (topic.parent_id or topic.id) if topic else None,
        "subtopic": topic.id if topic and topic.parent_id else None,
        "fields": {name: str(value) for name, value in facts.items() if value},
        "files": [
            (name, content_type, base64.b64encode(content).decode())
            for name, content_type, content in typed.files
        ],
    }


def continued(typed: Typed, user: User) -> Ticket | None:
    """The open ticket that this call is about, if the reader may see it."""
    number = typed.ticket.lstrip("#")
    return Ticket.numbered(user, int(number)) if number.isascii() and number.isdigit() else None


def chosen_client(typed: Typed, ticket: Ticket | None) -> Client | None:
    """The client of the ticket, or the chosen one among those who have this number: no other."""
    if ticket is not None:
        return ticket.client
    candidates = known_by(typed.number)
    return next((client for client in candidates if str(client.id) == typed.client), None)


def said_at(typed: Typed) -> datetime | None:
    """A letter was said on its day, at noon; a call now."""
    if typed.said_on is None or typed.said_on == business_day(now()):
        return None
    return start_of(typed.said_on, time(12))


def onward(user: User, ticket: Ticket | None) -> ResponseReturnValue:
    """To the ticket; back to the calls where there is none to show."""
    db.session.flush()
    if ticket is None:
        flash(_("Kept. It is read in a moment and then appears on the desk."))
        return redirect(url_for("calls.index"))
    if Ticket.numbered(user, ticket.number) is None:
        flash(_("Kept as #%(number)s for another team.", number=ticket.number))
        return redirect(url_for("calls.index"))
    flash(_("Kept as #%(number)s.", number=ticket.number))
    return redirect(url_for("desk.ticket", number=ticket.number, view="all"))


# --- shown ----------------------------------------------------------------------------------


def call_form(user: User, typed: Typed, missing: bool = False) -> str:
    return render_template(
        "calls/new.html",
        typed=typed,
        missing=missing,
        call=Call.named(typed.call_id) if typed.call_id else None,
        **who_calls(user, typed),
        **proposal_for(typed),
    )


def paper_form(user: User, typed: Typed, missing: bool = False) -> str:
    return render_template(
        "calls/paper.html",
        typed=typed,
        missing=missing,
        today=business_day(now()),
        **who_calls(user, typed),
        **proposal_for(typed),
    )


@dataclass(frozen=True)
class Candidate:
    """Somebody who may be calling, with what the reader may know of the matter."""

    client: Client
    sure: bool
    contacts: list[Contact]
    tickets: list[Ticket]
    known: list[Known]


def who_calls(user: User, typed: Typed) -> dict[str, Any]:
    number = e164(typed.number)
    candidates = [candidate(client, number, user) for client in known_by(typed.number)]
    return {
        "candidates": candidates,
        "number_known": number is not None,
        "number_typed": len(typed.number) >= SHORTEST_NUMBER,
    }


def candidate(client: Client, number: str | None, user: User) -> Candidate:
    tickets = list(db.session.scalars(Ticket.open_of(user, client.id).limit(5)))
    return Candidate(
        client=client,
        sure=any(known.e164 == number and known.level == "known" for known in client.numbers),
        contacts=list(db.session.scalars(contacts_visible_to(user, client.id).limit(3))),
        tickets=tickets,
        known=said_of(tickets),
    )


def known_by(written: str) -> list[Client]:
    number = e164(written)
    if number is None:
        return []
    return list(db.session.scalars(Client.by_number(number).limit(CANDIDATES)).unique())
