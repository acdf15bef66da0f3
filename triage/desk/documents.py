"""What a client still has to send: asked for, looked at, asked for again, not needed any more."""

from flask import abort, flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.base import now
from models.contact import Contact
from models.document_request import LONGEST_NAME, DocumentRequest
from models.policy import Verb
from models.status_link import restore_links, revoke_links
from models.ticket import Ticket
from models.topic import LANGUAGES
from models.user import User
from triage import routing
from triage.accounts import demand
from triage.desk.papers import offered_for
from triage.desk.tickets import pages, the_ticket
from triage.desk.work import again, opened


@pages.post("/tickets/<int:number>/documents")
def ask_document(number: int) -> ResponseReturnValue:
    """Ask for one of the measure's documents, or for what is written in one's own words."""
    user, ticket = opened(number)
    names, code = wanted(ticket)
    told = request.form.get("told") == "1"
    DocumentRequest.ask(ticket, names, at=now(), code=code, by=user, told=told)
    return again(ticket)


@pages.post("/tickets/<int:number>/documents/<int:request_id>/arrival")
def document_came(number: int, request_id: int) -> ResponseReturnValue:
    """That contact brought it: the machine had only supposed so."""
    user, ticket, document = found(number, request_id)
    contact = Contact.named(request.form.get("contact", 0, type=int))
    if contact is None or contact.ticket_id != ticket.id:
        abort(400)
    DocumentRequest.receive(contact, [document.id], now(), by=user)
    return again(ticket)


@pages.post("/tickets/<int:number>/documents/<int:request_id>/acceptance")
def accept_document(number: int, request_id: int) -> ResponseReturnValue:
    user, ticket, document = found(number, request_id)
    if not document.settled:
        document.accept(by=user, at=now())
    return again(ticket)


@pages.post("/tickets/<int:number>/documents/<int:request_id>/rejection")
def reject_document(number: int, request_id: int) -> ResponseReturnValue:
    """It is asked for again, with the reason."""
    user, ticket, document = found(number, request_id)
    why = routing.masked(" ".join(request.form.get("why", "").split()))[:300]
    if not why:
        flash(_("Say why: the client reads it."), "warning")
    elif document.received_at is not None and not document.settled:
        document.reject(by=user, at=now(), why=why)
    return again(ticket)


@pages.post("/tickets/<int:number>/documents/<int:request_id>/waiver")
def waive_document(number: int, request_id: int) -> ResponseReturnValue:
    user, ticket, document = found(number, request_id)
    why = routing.masked(" ".join(request.form.get("why", "").split()))[:300]
    if not document.settled:
        document.waive(by=user, at=now(), why=why)
    return again(ticket)


@pages.post("/tickets/<int:number>/documents/<int:request_id>/undo")
def undo_document(number: int, request_id: int) -> ResponseReturnValue:
    """What I have just done with it was a slip."""
    user, ticket, document = found(number, request_id)
    if not document.take_back(by=user, at=now()):
        flash(_("It is too late to undo this."), "warning")
    return again(ticket)


@pages.post("/tickets/<int:number>/links/revocation")
def end_links(number: int) -> ResponseReturnValue:
    """The links to the client's page fell into wrong hands: they lead nowhere from now on."""
    user = demand(Verb.WORK)
    ticket = the_ticket(user, number)
    why = routing.masked(" ".join(request.form.get("why", "").split()))[:300]
    revoke_links(ticket, by=user, at=now(), why=why)
    return again(ticket)


@pages.post("/tickets/<int:number>/links/restoration")
def restore_page_links(number: int) -> ResponseReturnValue:
    user = demand(Verb.WORK)
    ticket = the_ticket(user, number)
    if not restore_links(ticket, by=user, at=now()):
        flash(_("It is too late to undo this."), "warning")
    return again(ticket)


# --- what came with the form ----------------------------------------------------------------


def found(number: int, request_id: int) -> tuple[User, Ticket, DocumentRequest]:
    """The document of that very ticket, if its reader may see it."""
    user = demand(Verb.WORK)
    ticket = the_ticket(user, number)
    document = DocumentRequest.named(request_id)
    if document is None or document.ticket_id != ticket.id:
        abort(404)
    return user, ticket, document


def wanted(ticket: Ticket) -> tuple[dict[str, str], str]:
    """(names by language, code) of the document that was chosen, or written in one's own words."""
    code = request.form.get("document", "")
    if code:
        offered = {one.code: one.names for one in offered_for(ticket)}
        return offered.get(code) or abort(400), code
    written = routing.masked(" ".join(request.form.get("name", "").split()))[:LONGEST_NAME]
    language = ticket.language if ticket.language in LANGUAGES else LANGUAGES[0]
    return {str(language): written or abort(400)}, ""
