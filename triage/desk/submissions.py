"""What a client filled in, beside the words: typed fields, hidden numbers, what is missing."""

from dataclasses import dataclass
from typing import Any

from flask import Response, abort, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models.base import db_safe, now
from models.contact import Contact
from models.document_request import DocumentRequest, missing_names
from models.form_revealing import reveal_answer
from models.intake import Channel
from models.policy import Verb
from models.revealing import Reason, Refused, TooMany
from models.ticket import Ticket
from models.web_form import FormSubmission
from triage import routing
from triage.accounts import demand
from triage.desk.files import contact_of
from triage.desk.tickets import pages, the_ticket
from triage.discretion import demand_contact
from triage.display import reader_language
from triage.forms.saying import Line, lines

SHOWN_SECONDS = 60
LONGEST = 300


@dataclass(frozen=True)
class Panel:
    """A submission in the reader's language."""

    name: str
    version: int
    lines: list[Line]
    files: list[dict[str, Any]]
    missing: list[str]


@pages.context_processor
def words() -> dict[str, Any]:
    return {"submission_of": submission_of}


def submission_of(contact: Contact) -> Panel | None:
    """What was filled in, of a contact that came by a web form."""
    if contact.channel != Channel.FORM:
        return None
    found = FormSubmission.of_contact(contact.id)
    if found is None:
        return None
    language = reader_language()
    still = DocumentRequest.open_of(contact.ticket_id) if contact.ticket_id else []
    return Panel(
        name=found.version.name(language),
        version=found.version.number,
        lines=lines(found.version, found.answers, language),
        files=found.answers.get("files") or [],
        missing=missing_names(still, language),
    )


@pages.get("/tickets/<int:number>/contacts/<int:contact_id>/answers/<field>")
def hidden_answer(number: int, contact_id: int, field: str) -> ResponseReturnValue:
    """The masked form again, once the minute is over."""
    ticket, contact, submission = the_submission(number, contact_id)
    return part(ticket, contact, line_of(submission, field))


@pages.post("/tickets/<int:number>/contacts/<int:contact_id>/answers/<field>/revelation")
def reveal_field(number: int, contact_id: int, field: str) -> ResponseReturnValue:
    """The number itself, for a reason that is kept."""
    user = demand(Verb.WORK)
    ticket, contact, submission = the_submission(number, contact_id)
    line = line_of(submission, field)
    chosen = request.form.get("reason", "")
    if chosen not in list(Reason):
        abort(400)
    said = routing.masked(db_safe(request.form.get("words", ""))[:LONGEST])
    try:
        value = reveal_answer(submission, field, ticket, Reason(chosen), said, by=user, at=now())
    except TooMany:
        abort(429)
    except Refused:
        abort(400)
    response = part(ticket, contact, line, value)
    response.headers["Cache-Control"] = "no-store, private"
    if "HX-Request" not in request.headers:
        there = url_for("desk.ticket", number=number)
        response.headers["Refresh"] = f"{SHOWN_SECONDS}; url={there}"
    return response


def the_submission(number: int, contact_id: int) -> tuple[Ticket, Contact, FormSubmission]:
    user = demand(Verb.WORK)
    ticket = the_ticket(user, number)
    contact = contact_of(ticket, contact_id)
    demand_contact(user, contact)
    return ticket, contact, FormSubmission.of_contact(contact.id) or abort(404)


def line_of(submission: FormSubmission, field: str) -> Line:
    shown = lines(submission.version, submission.answers, reader_language())
    return next((one for one in shown if one.field.name == field and one.field.hidden), None) or (
        abort(404)
    )


def part(ticket: Ticket, contact: Contact, line: Line, value: str = "") -> Response:
    return make_response(
        render_template(
            "desk/_answer.html",
            number=ticket.number,
            contact_id=contact.id,
            line=line,
            value=value,
            seconds=SHOWN_SECONDS,
        )
    )
