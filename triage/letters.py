"""The letters we write by ourselves, in the client's language (templates/mail), and their marks."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from babel.numbers import format_decimal
from flask import current_app

from models.backlog import backlog_of
from models.base import now
from models.calendar import business_day
from models.contact import Contact
from models.document_request import DocumentRequest, missing_names
from models.keys import ring
from models.subject import subject_tag
from models.ticket import Ticket
from models.topic import LANGUAGES
from triage import mail_texts
from triage.config import Settings

USUAL_DAYS = 3
"""Working days, where no topic says how long an answer takes."""
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_TOKEN = re.compile(r"(\d{1,12})-(?:([0-9a-z]{1,6})-)?([a-z2-7]{26})")
"""Number, last day in base 36, signature of 130 bits."""


@dataclass(frozen=True)
class Letter:
    """A letter before it becomes a message."""

    subject: str
    text: str
    language: str


@dataclass(frozen=True)
class Delay:
    """Working days that we promise, and how many wait before where that is more than usual."""

    days: int
    before: int | None = None


def tag_signature(number: int) -> str:
    """Four characters that show that a number in a subject was written by us."""
    return ring().sign("tag", number)[:4]


def tag(number: int, settings: Settings) -> str:
    return subject_tag(settings.triage_name, number, tag_signature(number))


def acknowledgement(
    ticket: Ticket, settings: Settings, at: datetime, known: Mapping[str, str] | None = None
) -> Letter:
    """Confirm receipt: it is not an approval, and it says so, and how long an answer will take.

    Of a private matter it says that something is missing, and does not name it.
    `known` is what may be said already, by language: it is said in the letter's language only.
    """
    language = language_of(ticket, settings)
    delay, lacking = expected_delay(ticket, at), DocumentRequest.open_of(ticket.id)
    words = mail_texts.written(
        "acknowledgement",
        language,
        number=ticket.number,
        days=delay.days,
        before=format_decimal(delay.before, locale=language) if delay.before else "",
        known=(known or {}).get(language, ""),
        missing=[] if ticket.private else missing_names(lacking, language),
        lacking=len(lacking),
        house=settings.triage_name,
        status_url=f"{settings.base_url}/status/{status_token(ticket)}",
    )
    return Letter(f"{words.subject} {tag(ticket.number, settings)}", words.text, language)


def language_of(ticket: Ticket, settings: Settings) -> str:
    """The client's language: of this matter, else the person's, else the house's."""
    spoken = (ticket.language, ticket.client.language if ticket.client else None)
    return next((code for code in spoken if code in LANGUAGES), None) or settings.default_language


def expected_delay(ticket: Ticket, at: datetime) -> Delay:
    """The later of what the topic allows and of what today's backlog makes of it."""
    usual = ticket.topic.answer_days if ticket.topic else USUAL_DAYS
    team_id = ticket.team_id or (ticket.topic.team_id if ticket.topic else None)
    if team_id is None:
        return Delay(usual)
    backlog = backlog_of(team_id, at)
    if backlog.days is None or backlog.days <= usual:
        return Delay(usual)
    return Delay(backlog.days, rounded(max(1, backlog.waiting - 1)))


def rounded(count: int) -> int:
    """A count as people say it: 7, 45, 1240, 12300."""
    step = 1 if count < 20 else 5 if count < 200 else 10 if count < 10_000 else 100
    return round(count / step) * step


# --- the links to a ticket's public page ----------------------------------------------------


def status_token(ticket: Ticket) -> str:
    """The secret part of a ticket's public page, good for as long as the house has set."""
    settings: Settings = current_app.extensions["settings"]
    last = business_day(now()) + timedelta(days=settings.status_days)
    day = base36(last.toordinal())
    return f"{ticket.number}-{day}-{ring().sign(*_vouched(ticket, day))}"


def leads_on(contact: Contact, ticket: Ticket, at: datetime) -> bool:
    """Whether the receipt of `contact` may lead to the ticket's page: it gives a fresh link, so it
    must not outlive the links themselves, nor undo that somebody has ended them.
    """
    settings: Settings = current_app.extensions["settings"]
    lately = at - contact.received_at <= timedelta(days=settings.status_days)
    return lately and not ticket.status_key and ticket.opened_by(contact)


def ticket_of_token(token: str, at: datetime | None = None) -> Ticket | None:
    """The ticket whose page this is; None for a forged, foreign, outlived or revoked token.

    It asks and reckons the same whichever of these it is. What was merged into a ticket of
    somebody else leads nowhere.
    """
    at = at or now()
    read = _TOKEN.fullmatch(token.lower()) if token.isascii() else None
    number, day, signature = read.groups() if read else ("0", None, "")
    ticket = Ticket.with_number(int(number))
    genuine = ring().vouches(signature, *_vouched(ticket, day))
    if ticket is None or not genuine or not (_lasts(day, at) if day else _still(ticket, at)):
        return None
    target = ticket.target
    return target if target.id == ticket.id or _same_client(ticket, target) else None


def base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits or "0"


def _vouched(ticket: Ticket | None, day: str | None) -> tuple[object, ...]:
    """What the signature of a link vouches for; links without a day were sent by older releases."""
    known = (ticket.id, ticket.number) if ticket else (0, 0)
    key = ticket.status_key if ticket else ""
    if day is not None:
        return ("status", *known, day, key)
    return ("status", *known) if not key else ("status", *known, "revoked", key)


def _lasts(day: str, at: datetime) -> bool:
    return int(day, 36) >= business_day(at).toordinal()


def _still(ticket: Ticket, at: datetime) -> bool:
    """A link without a day of its own ends with what it is about."""
    settings: Settings = current_app.extensions["settings"]
    return at - ticket.last_contact_at <= timedelta(days=settings.status_days)


def _same_client(ticket: Ticket, target: Ticket) -> bool:
    if ticket.client is None or target.client is None:
        return False
    return ticket.client.target.id == target.client.target.id
