"""The page that says where a matter stands, and what its client can do from there.

A link that is forged, foreign, outlived, revoked or unknown gives one and the same page. Nothing of
the matter is named that a stranger who finds the link must not read.
"""

import base64
import secrets
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import CSRFProtect

from models.base import now
from models.document_request import DocumentRequest
from models.event import record
from models.idempotency import IdempotencyKey
from models.intake import Adapter, Channel
from models.keys import ring
from models.link_wish import LinkWish
from models.status_link import revoke_links
from models.ticket import Ticket
from models.topic import LANGUAGES
from triage.config import Settings
from triage.display import reader_language
from triage.forms import sending
from triage.intake import NoRoom, receive_typed, refuse_when_full
from triage.letters import language_of, ticket_of_token
from triage.public.asking import genuine
from triage.public.status_page import (
    HEADERS,
    missing_page,
    no_such_page,
    not_taken_is_told,
    page_of,
)
from triage.public.status_said import Said

WINDOW = timedelta(minutes=10)
PER_LINK = 30
"""Words and files about one matter within the window."""
PER_VISITOR = 200
"""Wishes for links from one address within the window."""
LONGEST_ADDRESS = 254
MORE_BYTES = 1024 * 1024
"""Beside the files: the words, and what separates one part from the next. Twice as much as we keep
may come, so that each file that is too much can be refused by name."""
ANSWERED = "ticket.client_says_answered"


def exempt_from(protection: CSRFProtect) -> None:
    """The forms check their token themselves; who wishes for links has not been here before."""
    for view in (write_more, send_document, say_answered, revoke, wish_links):
        protection.exempt(view)


def add_to(pages: Blueprint) -> None:
    """The page and what can be sent from it."""
    pages.add_url_rule("/status/<token>", "status", show)
    for path, endpoint, view in (
        ("<token>/messages", "write_more", write_more),
        ("<token>/documents", "send_document", send_document),
        ("<token>/answered", "say_answered", say_answered),
        ("<token>/revocation", "revoke", revoke),
        ("links", "wish_links", wish_links),
    ):
        pages.add_url_rule(f"/status/{path}", endpoint, view, methods=["POST"])


# --- the page -------------------------------------------------------------------------------


def show(token: str) -> ResponseReturnValue:
    ticket = ticket_of_token(token)
    return no_such_page() if ticket is None else page_of(ticket, token)


# --- more words, and what was missing -------------------------------------------------------


def write_more(token: str) -> ResponseReturnValue:
    """More about the same matter: it joins it."""
    ticket = ticket_of_token(token)
    if ticket is None:
        return no_such_page()
    said = read_said()
    if not said.text and not said.files and not said.refused:
        said.mistake = _("Write your message.")
    return take(ticket, token, said)


def send_document(token: str) -> ResponseReturnValue:
    """One of the documents that we have asked for."""
    ticket = ticket_of_token(token)
    if ticket is None:
        return no_such_page()
    said = read_said()
    asked = {one.id for one in DocumentRequest.of_ticket(ticket.id)}
    if said.document not in asked:
        said.mistake = _("This document is not missing any more.")
    elif not said.files and not said.refused:
        said.mistake = _("Choose the file first.")
    return take(ticket, token, said)


def read_said() -> Said:
    """What came with the form; more may come here than on other pages."""
    settings: Settings = current_app.extensions["settings"]
    request.max_content_length = 2 * settings.form_bytes + MORE_BYTES
    return Said.read(settings)


def take(ticket: Ticket, token: str, said: Said) -> ResponseReturnValue:
    """Keep what was sent and show its receipt, or say what is wrong and keep what was typed."""
    at, settings = now(), current_app.extensions["settings"]
    said.mistake = said.mistake or said.wrong
    if not genuine():
        said.mistake = _("This page was open for too long. Press “Send” once more.")
        return page_of(ticket, token, said, 400)
    if said.mistake:
        return page_of(ticket, token, said, 422)
    if not may_send(f"status:{ticket.id}", PER_LINK, at):
        said.mistake = _("Those were too many tries in a short time. Please wait ten minutes.")
        return page_of(ticket, token, said, 429)
    try:
        refuse_when_full(settings)
    except NoRoom:
        said.mistake = _(
            "We cannot keep your message safely just now. It is not sent. Try again later."
        )
        return page_of(ticket, token, said, 503)
    if said.partly:
        not_taken_is_told(ticket, said)
    intake_id = keep(ticket, said, settings)
    sent = f"{intake_id}-{ring().sign('sent', ticket.id, intake_id)}"
    return redirect(url_for("public.status", token=token, sent=sent, lang=chosen_language()), 303)


def may_send(scope: str, most: int, at: datetime) -> bool:
    """Whether there is room within the window; if so, one more is counted."""
    if IdempotencyKey.since(scope, at - WINDOW)[0] >= most:
        return False
    IdempotencyKey.remember(scope, secrets.token_urlsafe(12), "", None)
    return True


def keep(ticket: Ticket, said: Said, settings: Settings) -> int:
    """Receive it for this very matter and read it at once if that is possible.

    A document of which a part was not taken is still missing.
    """
    whole = not said.partly
    words: dict[str, Any] = {
        "client_id": ticket.client_id,
        "ticket_id": ticket.id,
        "language": ticket.language or reader_language(),
        "text": said.text,
        "fields": {"document_requests": [said.document]} if said.document and whole else {},
        "files": [
            (file.name, file.content_type, base64.b64encode(file.content).decode())
            for file in said.files
        ],
    }
    intake_id, new = receive_typed(
        Channel.FORM, words, adapter=Adapter.FORM, once=said.once(ticket)
    )
    if new:
        sending.read_if_cheap(intake_id, settings)
    return intake_id


def chosen_language() -> str | None:
    """The language that the reader has chosen here, to be kept on the way."""
    wanted = request.args.get("lang", "")
    return wanted if wanted in LANGUAGES else None


# --- small words ----------------------------------------------------------------------------


def say_answered(token: str) -> ResponseReturnValue:
    """Whether our answer was one; it closes nothing, the agent reads it."""
    ticket = ticket_of_token(token)
    if ticket is None:
        return no_such_page()
    answered = request.form.get("answered", "")
    if not genuine() or answered not in ("yes", "no"):
        return page_of(ticket, token, None, 400)
    if may_send(f"answered:{ticket.id}:{answered}", 1, now()):
        record(ANSWERED, ticket_id=ticket.id, client_id=ticket.client_id, yes=answered == "yes")
    where = url_for("public.status", token=token, thanks=answered, lang=chosen_language())
    return redirect(f"{where}#write" if answered == "no" else where, 303)


def revoke(token: str) -> ResponseReturnValue:
    """The link fell into wrong hands: it ends, and a new one goes to the client's address."""
    ticket = ticket_of_token(token)
    if ticket is None:
        return no_such_page()
    if not genuine():
        return page_of(ticket, token, None, 400)
    at = now()
    revoke_links(ticket, by=None, at=at, why="client")
    address = ticket.client.email if ticket.client else None
    if address:
        LinkWish.make(
            address, language_of(ticket, current_app.extensions["settings"]), at, surely=True
        )
    return render_template("public/link_ended.html", mailed=bool(address)), 200, HEADERS


def wish_links() -> ResponseReturnValue:
    """New links by mail; the answer on the page is the same for everybody.

    Nobody is looked up here: a worker does that, so that not even the time tells anything.
    """
    at = now()
    address = " ".join(request.form.get("email", "").split())
    visitor = ring().blind(request.remote_addr or "", "visitor").hex()[:40]
    trap = bool(request.form.get("website"))
    plausible = "@" in address and len(address) <= LONGEST_ADDRESS and not trap
    if plausible and may_send(f"links:{visitor}", PER_VISITOR, at):
        LinkWish.make(address, reader_language(), at)
    return missing_page(asked=True), 200, HEADERS
