"""What clients see without an account: the form, its receipt, and where their message stands.

Everything works without JavaScript. Nothing here says whether a person is known, or what about.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Any

from flask import (
    Blueprint,
    Flask,
    current_app,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import format_datetime
from flask_babel import gettext as _
from flask_wtf import CSRFProtect

from models.base import db, now
from models.calendar import due_after
from models.contact import Contact
from models.intake import Adapter, Channel, Intake
from models.keys import ring
from models.mailbox import Mailbox
from models.message import Message
from models.outbox import IdempotencyKey
from models.ticket import Status, Ticket
from models.topic import Topic
from triage.config import Settings
from triage.display import reader_language
from triage.intake import NoRoom, reading, receive_typed, refuse_when_full
from triage.letters import status_token, ticket_of_token
from triage.public import owner
from triage.public.asking import genuine, spoken_in
from triage.public.form import ContactForm

pages = Blueprint("public", __name__)
pages.register_blueprint(owner.pages)

WINDOW = timedelta(minutes=10)
PER_ADDRESS = 60
"""Messages from one address within the window."""
PER_PROXY = 3_000
"""An address of a private network is a proxy or an office: many people stand behind it."""
NOT_ASKED = ("out_of_scope", "other")
PROMISED_DAYS = 3


def exempt(app: Flask) -> None:
    """The forms check their token themselves: a page left open must not cost anybody the words."""
    protection: CSRFProtect = app.extensions["csrf"]
    protection.exempt(send)
    protection.exempt(owner.say)


@pages.context_processor
def frame() -> dict[str, Any]:
    """What the frame around each of these pages shows."""
    settings: Settings = current_app.extensions["settings"]
    mailbox = Mailbox.first()
    return {
        "house": settings.triage_name,
        "our_address": mailbox.address if mailbox else "",
        "this_page_in": this_page_in,
    }


def this_page_in(language: str) -> str:
    """The present page in another language; after a sending, the empty form."""
    if request.endpoint == "public.owner.say":
        return url_for("public.owner.show", **(request.view_args or {}), lang=language)
    if request.endpoint == "public.send":
        return url_for("public.contact", lang=language)
    return url_for(request.endpoint or "public.contact", **(request.view_args or {}), lang=language)


# --- the form -------------------------------------------------------------------------------


@pages.get("/contact")
def contact() -> ResponseReturnValue:
    return render_template(
        "public/contact.html", form=ContactForm(key=fresh_key()), groups=groups()
    )


@pages.post("/contact")
def send() -> ResponseReturnValue:
    """Keep the message, then show its number; on trouble show the form with all that was typed."""
    at = now()
    chosen = {topic.id for _team, topics in groups() for topic in topics}
    form = ContactForm.read(request.form, request.files.getlist("files"), chosen)
    if not genuine():
        return again(form, 400, _("This page was open for too long. Press “Send” once more."))
    if form.mistakes:
        return again(form, 422)
    wait = seconds_to_wait(at)
    if wait:
        return again(
            form,
            429,
            _(
                "Very many messages came from your connection just now. Yours is not sent yet: "
                "press “Send” again at %(time)s.",
                time=format_datetime(at + timedelta(seconds=wait + 59), "HH:mm"),
            ),
            wait,
        )
    settings: Settings = current_app.extensions["settings"]
    try:
        refuse_when_full(settings)
    except NoRoom:
        return again(
            form,
            503,
            _("We cannot keep your message safely just now. It is not sent. Try again later."),
            300,
        )
    return redirect(url_for(".receipt", token=keep(form, settings), lang=reader_language()), 303)


def keep(form: ContactForm, settings: Settings) -> str:
    """Receive the message and read it at once if that is possible; returns its receipt's token."""
    once = form.once
    intake_id, _new = receive_typed(
        Channel.FORM, form.said(reader_language()), adapter=Adapter.FORM, once=once
    )
    IdempotencyKey.remember(visitor(), once or secrets.token_urlsafe(16), "", intake_id)
    reading.read_now(intake_id, settings)
    # Shown once more to the browser that typed it, and to no other.
    session["sent"] = {"intake": intake_id, "email": form.email, "number": form.number}
    return f"{intake_id}-{ring().sign('receipt', intake_id)}"


def again(
    form: ContactForm, code: int, trouble: str = "", wait: int | None = None
) -> ResponseReturnValue:
    """The form with what was typed, what is wrong, and a key if it had none."""
    form.key = form.key or fresh_key()
    page = render_template("public/contact.html", form=form, groups=groups(), trouble=trouble)
    return page, code, {"Retry-After": str(wait)} if wait else {}


def groups() -> list[tuple[str, list[Topic]]]:
    """What it may be about, by the team that takes it."""
    language = reader_language()
    found: dict[str, list[Topic]] = {}
    for topic in db.session.scalars(Topic.first_level()):
        if topic.id not in NOT_ASKED:
            found.setdefault(topic.team.name(language) if topic.team else "", []).append(topic)
    return list(found.items())


def fresh_key() -> str:
    return secrets.token_urlsafe(16)


def visitor() -> str:
    """Who sends, as a digest: an address is counted, not kept."""
    return f"form:{ring().blind(request.remote_addr or '', 'visitor').hex()[:40]}"


def seconds_to_wait(at: datetime) -> int:
    """0 while this address may send."""
    count, oldest = IdempotencyKey.since(visitor(), at - WINDOW)
    if oldest is None or count < (PER_PROXY if shared(request.remote_addr or "") else PER_ADDRESS):
        return 0
    return max(1, int((oldest + WINDOW - at).total_seconds()))


def shared(address: str) -> bool:
    try:
        return ip_address(address).is_private
    except ValueError:
        return True


# --- the receipt ----------------------------------------------------------------------------


@pages.get("/contact/receipt/<token>")
def receipt(token: str) -> ResponseReturnValue:
    """The number, what happens next, and when; a reference while the worker has not read it yet."""
    intake = intake_of(token)
    if intake is None:
        return missing()
    found = Contact.from_intake(intake.id)
    ticket = Ticket.named(found.ticket_id) if found else None
    sent: dict[str, Any] = session.get("sent") or {}
    return render_template(
        "public/receipt.html",
        ticket=ticket,
        reference=f"F-{intake.id}",
        answer_by=ticket.due_at if ticket else due_after(intake.received_at, PROMISED_DAYS),
        status=url_for(".status", token=status_token(ticket), lang=reader_language())
        if ticket
        else "",
        sent=sent if sent.get("intake") == intake.id else {},
    )


def intake_of(token: str) -> Intake | None:
    number, _dash, signature = token.partition("-")
    if not (number.isascii() and number.isdigit()) or len(number) > 12:
        return None
    if not ring().vouches(signature, "receipt", int(number)):
        return None
    return Intake.named(int(number))


# --- where it stands ------------------------------------------------------------------------


@dataclass(frozen=True)
class Standing:
    """What a client may know of a ticket: how far it is, and when something comes."""

    number: int
    step: int
    """1 received, 2 with a colleague, 3 answered, 4 closed."""
    received_at: datetime
    last_word_at: datetime
    messages: int
    answered_at: datetime | None
    closed_at: datetime | None
    answer_by: datetime | None
    late: bool

    @classmethod
    def of(cls, ticket: Ticket, at: datetime) -> "Standing":
        answered_at = Message.last_reply_at(ticket.id)
        if ticket.closed:
            step = 4
        elif ticket.status == Status.WAITING:
            step = 3
        else:
            step = 2 if ticket.assignee_id or ticket.status == Status.OPEN else 1
        owed = step < 3
        return cls(
            number=ticket.number,
            step=step,
            received_at=ticket.opened_at,
            last_word_at=max(ticket.last_contact_at, ticket.opened_at),
            messages=ticket.contacts_count,
            answered_at=answered_at,
            closed_at=ticket.closed_at,
            answer_by=ticket.due_at if owed else None,
            late=owed and ticket.overdue(at),
        )


@pages.get("/status/<token>")
def status(token: str) -> ResponseReturnValue:
    ticket = ticket_of_token(token) if token.isascii() else None
    if ticket is None:
        return missing()
    while (joined := Ticket.named(ticket.merged_into_id)) is not None:
        ticket = joined
    with spoken_in(ticket.language):
        return render_template("public/status.html", standing=Standing.of(ticket, now()))


def missing() -> ResponseReturnValue:
    return render_template("public/missing.html"), 404
