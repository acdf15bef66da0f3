"""The page of a matter as it is shown, and the one page for every link that leads nowhere."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Response, current_app, make_response, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from models.base import now
from models.calendar import business_day
from models.contact import Contact
from models.intake import Intake
from models.keys import ring
from models.ticket import Ticket
from triage.display import reader_language
from triage.letters import language_of, leads_on, status_token
from triage.public.asking import spoken_in
from triage.public.status_said import Said
from triage.status import pages_to_read, standing

HEADERS = {
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
}
AGAIN = timedelta(minutes=30)
"""A page loaded again so soon is the same look."""
MOST_REFUSED, MOST_LETTERS = 5, 60
"""Of what is said in a cookie."""
REMEMBERED = timedelta(days=180)


def page_of(
    ticket: Ticket, token: str, said: Said | None = None, code: int = 200
) -> ResponseReturnValue:
    """The page in the client's language, unless the reader has chosen another."""
    at, settings = now(), current_app.extensions["settings"]
    looked_at = last_look(ticket)
    with spoken_in(language_of(ticket, settings)):
        language = reader_language()
        page = render_template(
            "public/status.html",
            token=token,
            standing=standing(ticket, at, language, looked_at),
            pages=pages_to_read(ticket, language, business_day(at)),
            said=said or Said(),
            most_files=settings.form_files,
            most_megabytes=settings.form_bytes // (1024 * 1024),
            key=secrets.token_urlsafe(16),
            receipt=receipt_of(ticket),
            thanked=request.args.get("thanks") in ("yes", "no"),
            this_page_in=lambda code: url_for("public.status", token=token, lang=code),
        )
    response = make_response(page, code, HEADERS)
    if looked_at is None or at - looked_at > AGAIN:
        remember_look(response, ticket, at)
    return response


def last_look(ticket: Ticket) -> datetime | None:
    """When this browser showed this matter before."""
    kept = request.cookies.get(f"looked-{ticket.number}", "")
    if not kept.isdecimal() or len(kept) > 11:
        return None
    return datetime.fromtimestamp(int(kept), UTC)


def remember_look(response: Response, ticket: Ticket, at: datetime) -> None:
    response.set_cookie(
        f"looked-{ticket.number}",
        str(int(at.timestamp()) + 1),
        max_age=REMEMBERED,
        path="/status",
        secure=request.is_secure,
        httponly=True,
        samesite="Lax",
    )


def receipt_of(ticket: Ticket) -> dict[str, Any] | None:
    """What was just sent from here, if the address says so and we have vouched for it."""
    number, _dash, signature = request.args.get("sent", "").partition("-")
    if not (number.isascii() and number.isdigit()) or len(number) > 12:
        return None
    if not ring().vouches(signature, "sent", ticket.id, int(number)):
        return None
    intake = Intake.named(int(number))
    if intake is None:
        return None
    contact = Contact.from_intake(intake.id)
    taken_by = Ticket.named(contact.ticket_id) if contact else None
    new = taken_by if taken_by is not None and taken_by.target.id != ticket.id else None
    if new is not None and not (contact and leads_on(contact, new, now())):
        return None  # it belongs to somebody else's matter by now
    return {
        "reference": f"F-{intake.id}",
        "at": intake.received_at,
        "files": len(contact.attachments) if contact else 0,
        "not_taken": not_taken(ticket),
        "read": contact is not None,
        "new": new,
        "address": url_for("public.status", token=status_token(new)) if new else "",
    }


def not_taken_is_told(ticket: Ticket, said: Said) -> None:
    """The next page names the files that were not taken, while the others have come."""
    named = [(one.name[-MOST_LETTERS:], one.why) for one in said.refused[:MOST_REFUSED]]
    session["not_taken"] = {"ticket": ticket.id, "files": named}


def not_taken(ticket: Ticket) -> list[tuple[str, str]]:
    told = session.pop("not_taken", None) or {}
    return [(name, why) for name, why in told.get("files", ()) if told.get("ticket") == ticket.id]


def no_such_page() -> ResponseReturnValue:
    """The same for every link that leads nowhere, to the byte."""
    return missing_page(asked=False), 404, HEADERS


def missing_page(*, asked: bool) -> str:
    """Why links end, and how to have a new one; `asked`: somebody has just wished for one."""

    def in_language(code: str) -> str:
        return url_for("public.status", token="-", lang=code)

    return render_template("public/missing.html", asked=asked, this_page_in=in_language)
