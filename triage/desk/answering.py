"""Answering a client: looked at before it leaves, sent in ten seconds, taken back, sent again."""

import re
from dataclasses import dataclass
from typing import Any

from flask import abort, current_app, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models import correspondence, together
from models.base import now
from models.draft import Draft, DraftKind
from models.event import record
from models.filestore import Lost, NoRoom
from models.mailbox import Mailbox
from models.message import Enclosure, Message, Sending
from models.policy import Verb
from models.prepared import PreparedAnswer
from models.reply_template import ReplyTemplateVersion, TemplateKind
from models.signature import Signature
from models.ticket import Disposition, Ticket
from models.topic import LANGUAGES
from models.user import User
from triage import composing, routing, writing
from triage.accounts import by_htmx, demand
from triage.config import Settings
from triage.desk.advice import Advice, advice
from triage.desk.enclosing import Chosen, TooMuch, chosen_files, word_for
from triage.desk.files import download
from triage.desk.listing import query_of, wanted_tickets
from triage.desk.texts import NotFilled, to_be_filled, versions_used
from triage.desk.tickets import pages, spoken, the_ticket
from triage.desk.work import again, disposition_in, here, not_now, opened, written
from triage.discretion import demand_words

ADDRESS = re.compile(r"[^@\s,;:<>\"()\[\]]{1,64}@[^@\s,;:<>\"()\[\]]{1,180}\.[a-zA-Z]{2,20}")
"""One address and nothing else: no second recipient may hide in it."""
IN_FULL = "full"
"""The agent wants a national number to leave as it was written."""


@dataclass(frozen=True)
class Answer:
    """What an agent wants to send, as the form says it."""

    ticket: Ticket
    by: User
    text: str
    language: str
    recipient: str | None
    mailbox: Mailbox | None
    files: list[Chosen]

    @property
    def shown_text(self) -> str:
        """The text as it leaves: national numbers are masked unless they are asked for in full."""
        if request.form.get("numbers") == IN_FULL:
            return self.text
        return routing.masked(self.text)

    @property
    def has_number(self) -> bool:
        return routing.masked(self.text) != self.text

    @property
    def own_signature(self) -> Signature | None:
        return Signature.found(self.ticket.team_id, self.language)


@pages.post("/tickets/<int:number>/replies")
def reply(number: int) -> ResponseReturnValue:
    """Send an answer in ten seconds, and close the ticket if that is wanted."""
    user, ticket = opened(number)
    try:
        answer = answer_typed(ticket, user)
        to_be_filled(answer.text)
        enclosures = [file.keep() for file in answer.files]
    except TooMuch as much:
        return not_now(ticket, str(much))
    except NotFilled as open_fields:
        return not_now(ticket, str(open_fields))
    except NoRoom:
        return not_now(ticket, _("There is no room for these files at the moment."))
    if answer.recipient is None or answer.mailbox is None:
        return not_now(ticket, _("There is no address to which this could be sent."))
    ticket.language = answer.language
    if ticket.client is not None and correspondence.answer_address(ticket) is None:
        ticket.client.can_be_reached_at(answer.recipient)
    draft = drafted(answer, answer.recipient, answer.mailbox)
    prepared = PreparedAnswer.offered_for(ticket)
    message = correspondence.send(ticket, draft, by=user, at=draft.written_at, files=enclosures)
    if prepared is not None and prepared.said_in(message.words):
        prepared.sent_with(message, draft.written_at)
    Draft.sent(user, ticket.id, DraftKind.REPLY, now())
    if answer.has_number and answer.shown_text == answer.text:
        record("message.unmasked", by=user, ticket_id=ticket.id, message=message.id)
    disposition = ending_wanted()
    if disposition and message.state == Sending.HELD:
        message.closes_as = disposition
    elif disposition:
        close_with(ticket, message, disposition, by=user)
    return again(ticket)


@pages.post("/tickets/<int:number>/replies/preview")
def preview(number: int) -> ResponseReturnValue:
    """The answer exactly as it would leave, and what to look at; nothing is sent."""
    user = demand(Verb.WORK)
    ticket = the_ticket(user, number)
    demand_words(user, ticket)
    try:
        answer = answer_typed(ticket, user)
    except TooMuch as much:
        return not_shown(ticket, str(much))
    if answer.recipient is None or answer.mailbox is None:
        return not_shown(ticket, _("There is no address to which this could be sent."))
    # Without JavaScript the form of the preview cannot bring the files once more.
    kept = [] if by_htmx() else [file.keep() for file in answer.files]
    message = drafted(answer, answer.recipient, answer.mailbox)
    return render_template(
        "desk/_preview.html" if by_htmx() else "desk/preview.html",
        ticket=ticket,
        answer=answer,
        message=message,
        sender=composing.sender_shown(message, settings()),
        history=composing.history_of(message),
        advices=advice_on(answer),
        kept=[(file, word_for(file, ticket, user)) for file in kept],
        disposition=request.form.get("disposition", ""),
        query=query_of(wanted_tickets(request.args)),
    )


@pages.post("/tickets/<int:number>/replies/<int:message_id>/withdrawal")
def take_back(number: int, message_id: int) -> ResponseReturnValue:
    """Undo an answer that has not left yet; its text comes back into the box."""
    user = demand(Verb.WORK)
    ticket = the_ticket(user, number)
    message = message_of(ticket, message_id)
    if message.by_id != user.id:
        abort(404)
    closed = ticket.closed
    if not correspondence.take_back(ticket, message, by=user):
        return not_now(ticket, _("This answer has already been sent."))
    prepared = PreparedAnswer.sent_in(message)
    if prepared is not None:
        prepared.came_back()
    if closed and not ticket.closed:
        record("ticket.reopened", by=user, ticket_id=ticket.id)
    ended_too = together.of_answer(message)
    if ended_too is not None:
        together.undo(ended_too, user, now())
    return redirect(here(ticket, withdrawn=message.id))


@pages.post("/tickets/<int:number>/replies/<int:message_id>/repetition")
def send_again(number: int, message_id: int) -> ResponseReturnValue:
    """What was not delivered leaves once more, perhaps to another address of the client."""
    user = demand(Verb.WORK)
    ticket = the_ticket(user, number)
    message = message_of(ticket, message_id)
    wanted = request.form.get("recipient", "").strip()
    if wanted and not ADDRESS.fullmatch(wanted):
        return not_now(ticket, _("There is no address to which this could be sent."))
    if message.state != Sending.FAILED:
        return not_now(ticket, _("This answer has already been sent."))
    correspondence.send_again(ticket, message, wanted or None, by=user, at=now())
    return again(ticket)


@pages.get("/tickets/<int:number>/replies/<int:message_id>/files/<int:file_id>")
def sent_file(number: int, message_id: int, file_id: int) -> ResponseReturnValue:
    """A file that left with an answer, to be saved."""
    user = demand(Verb.WORK)
    ticket = the_ticket(user, number)
    demand_words(user, ticket)
    message = message_of(ticket, message_id)
    file = next((one for one in message.files if one.id == file_id), None)
    if file is None:
        abort(404)
    try:
        return download(file.blob.content, file.name, file.content_type)
    except Lost:
        abort(404)


# --- what the form says ---------------------------------------------------------------------


def ending_wanted() -> str | None:
    """How the ticket ends with this answer: as chosen; answered, where one only said to close."""
    chosen = request.form.get("disposition") or (
        Disposition.ANSWERED.value if request.form.get("close") else ""
    )
    return disposition_in(chosen) if chosen else None


def close_with(ticket: Ticket, message: Message, disposition: str, *, by: User) -> None:
    """The answer settles it; a redirect keeps in mind to whom."""
    version = ReplyTemplateVersion.named(message.template_version_id)
    template = version.template if version is not None else None
    redirected = disposition == Disposition.REDIRECTED
    if redirected and template is not None and template.kind == TemplateKind.REDIRECT:
        record("ticket.redirected", by=by, ticket_id=ticket.id, body=template.code)
    ticket.close(disposition, by=by, at=now())


def answer_typed(ticket: Ticket, user: User) -> Answer:
    """The answer in the form; raises `TooMuch` for its files."""
    return Answer(
        ticket=ticket,
        by=user,
        text=written("text"),
        language=spoken(request.form.get("language"), ticket),
        recipient=recipient_of(ticket),
        mailbox=correspondence.answer_mailbox(ticket),
        files=chosen_files(ticket, user),
    )


def drafted(answer: Answer, recipient: str, mailbox: Mailbox) -> Message:
    """The answer as it leaves; nothing is promised or kept yet."""
    message = writing.draft(
        answer.ticket,
        answer.shown_text,
        by=answer.by,
        at=now(),
        language=answer.language,
        recipient=recipient,
        mailbox=mailbox,
        settings=settings(),
    )
    message.template_version_id, message.answer_version_id = versions_used()
    return message


def recipient_of(ticket: Ticket) -> str | None:
    """Where it goes; a client of whom we have no usable address is given the one in the form."""
    known = correspondence.answer_address(ticket)
    if ticket.client is None or known:
        return known
    given = request.form.get("recipient", "").strip()
    return given if ADDRESS.fullmatch(given) else None


def message_of(ticket: Ticket, message_id: int) -> Message:
    message = Message.named(message_id)
    if message is None or message.ticket_id != ticket.id:
        abort(404)
    return message


def not_shown(ticket: Ticket, why: str) -> ResponseReturnValue:
    """Why there is no preview: beside the text where it is still open, else on a page with it."""
    return render_template("desk/_preview.html", why=why) if by_htmx() else not_now(ticket, why)


def settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found


# --- what to look at ------------------------------------------------------------------------


def advice_on(answer: Answer) -> list[Advice]:
    speaks = answer.ticket.language or (
        answer.ticket.client.language if answer.ticket.client else None
    )
    return list(
        advice(
            answer.text,
            written_in=answer.language,
            client_speaks=speaks if speaks in LANGUAGES else None,
            has_signature=answer.own_signature is not None,
            has_files=bool(answer.files),
            has_number=answer.has_number,
        )
    )


@pages.context_processor
def what_came_back() -> dict[str, Any]:
    return {"came_back": came_back}


def came_back(ticket: Ticket) -> list[tuple[Enclosure, str]]:
    """(file, its word) of the answer that I have just taken back: its files come back too."""
    user = demand(Verb.WORK)
    message = Message.named(request.args.get("withdrawn", 0, type=int))
    if message is None or message.ticket_id != ticket.id or message.by_id != user.id:
        return []
    if message.state != Sending.WITHDRAWN:
        return []
    files = [
        Enclosure(file.name, file.content_type, file.size, file.sha256) for file in message.files
    ]
    return [(file, word_for(file, ticket, user)) for file in files]
