"""What clients see without an account: the form, its receipt, and where their message stands.

Everything works without JavaScript. Nothing here says whether a person is known, or what about.
"""

import secrets
from datetime import timedelta
from typing import Any

from flask import (
    Blueprint,
    Flask,
    Response,
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
from models.document_request import DocumentRequest, missing_names
from models.intake import Adapter, Channel, Intake
from models.keys import ring
from models.mailbox import Mailbox
from models.ticket import Ticket
from models.topic import Topic
from models.web_form import FormSubmission, in_some_language
from triage import typography
from triage.config import Settings
from triage.display import reader_language
from triage.forms import offers, saying, sending
from triage.intake import NoRoom, receive_typed, refuse_when_full
from triage.letters import leads_on, status_token
from triage.public import (
    forms,
    helped,
    info,
    info_feedback,
    limits,
    owner,
    status,
    status_page,
    unsubscribe,
)
from triage.public.asking import genuine
from triage.public.form import ContactForm

pages = Blueprint("public", __name__)
pages.register_blueprint(owner.pages)
status.add_to(pages)
pages.register_blueprint(forms.pages)
pages.register_blueprint(info.pages)
pages.register_blueprint(helped.pages)
pages.register_blueprint(unsubscribe.pages)

NOT_ASKED = ("out_of_scope", "other")
PROMISED_DAYS = 3


def exempt(app: Flask) -> None:
    """The forms check their token themselves: a page left open must not cost anybody the words."""
    protection: CSRFProtect = app.extensions["csrf"]
    protection.exempt(send)
    protection.exempt(owner.say)
    protection.exempt(forms.start)
    protection.exempt(forms.go_on)
    protection.exempt(info_feedback.say)
    protection.exempt(info_feedback.tell)
    protection.exempt(helped.tell)
    status.exempt_from(protection)
    protection.exempt(unsubscribe.end)  # the link itself is the secret
    protection.exempt(unsubscribe.resume)


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


@pages.after_request
def set_spaces(response: Response) -> Response:
    """French is set here, whoever wrote it: our words, a measure, a form, a page of the dossier."""
    if response.mimetype == "text/html" and not response.direct_passthrough:
        html = response.get_data(as_text=True)
        if (as_set := typography.page(html)) != html:
            response.set_data(as_set)
    return response


def this_page_in(language: str) -> str:
    """The present page in another language; after a sending, the empty form."""
    if request.endpoint == "public.owner.say":
        return url_for("public.owner.show", **(request.view_args or {}), lang=language)
    if request.endpoint in ("public.unsubscribe.end", "public.unsubscribe.resume"):
        return url_for("public.unsubscribe.show", **(request.view_args or {}), lang=language)
    if request.endpoint == "public.helped.tell":
        return url_for("public.helped.show", **(request.view_args or {}), lang=language)
    if request.endpoint == "public.send":
        return url_for("public.contact", lang=language)
    return url_for(request.endpoint or "public.contact", **(request.view_args or {}), lang=language)


# --- the form -------------------------------------------------------------------------------


@pages.get("/contact")
def contact() -> ResponseReturnValue:
    return render_template(
        "public/contact.html",
        form=ContactForm(key=fresh_key()),
        groups=groups(),
        offers=offers(reader_language()),
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
    wait = limits.seconds_to_wait(at)
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
    intake_id, new = receive_typed(
        Channel.FORM, form.said(reader_language()), adapter=Adapter.FORM, once=once
    )
    limits.came(intake_id, once)
    if new:
        sending.read_if_cheap(intake_id, settings)
    # Shown once more to the browser that typed it, and to no other.
    session["sent"] = {"intake": intake_id, "email": form.email, "number": form.number}
    return f"{intake_id}-{ring().sign('receipt', intake_id)}"


def again(
    form: ContactForm, code: int, trouble: str = "", wait: int | None = None
) -> ResponseReturnValue:
    """The form with what was typed, what is wrong, and a key if it had none."""
    form.key = form.key or fresh_key()
    page = render_template(
        "public/contact.html", form=form, groups=groups(), offers=[], trouble=trouble
    )
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


# --- the receipt ----------------------------------------------------------------------------


@pages.get("/contact/receipt/<token>")
def receipt(token: str) -> ResponseReturnValue:
    """The number, what happens next, and when; a reference while the worker has not read it yet."""
    intake = intake_of(token)
    if intake is None:
        return status_page.no_such_page()
    found = Contact.from_intake(intake.id)
    ticket = Ticket.named(found.ticket_id) if found else None
    sent: dict[str, Any] = session.get("sent") or {}
    submission = FormSubmission.of_intake(intake.id)
    language = reader_language()
    own = sent.get("intake") == intake.id
    leads = found is not None and ticket is not None and leads_on(found, ticket, now())
    return render_template(
        "public/receipt.html",
        ticket=ticket,
        submission=submission,
        lines=saying.lines(submission.version, submission.answers, language) if submission else [],
        missing=missing_words(submission, ticket if leads else None, language, own),
        reference=f"F-{intake.id}",
        answer_by=ticket.due_at if ticket else due_after(intake.received_at, PROMISED_DAYS),
        status=url_for(".status", token=status_token(ticket), lang=language)
        if ticket and leads
        else "",
        sent=sent if own else {},
    )


def missing_words(
    submission: FormSubmission | None, ticket: Ticket | None, language: str, own: bool
) -> list[str]:
    """What still has to come: as it stands today once there is a ticket. Only `own`, the browser
    that sent it, reads the names of a private matter or before anybody has read it."""
    if ticket is not None:
        named = own or not ticket.private
        return missing_names(DocumentRequest.open_of(ticket.id), language) if named else []
    if submission is None or not own:
        return []
    return [in_some_language(one["names"], language) for one in submission.missing]


def intake_of(token: str) -> Intake | None:
    number, _dash, signature = token.partition("-")
    if not (number.isascii() and number.isdigit()) or len(number) > 12:
        return None
    if not ring().vouches(signature, "receipt", int(number)):
        return None
    return Intake.named(int(number))
