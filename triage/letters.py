"""The letters we write by ourselves, in the client's language (templates/mail), and their marks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from babel.numbers import format_decimal
from flask import render_template

from models.backlog import backlog_of
from models.keys import ring
from models.subject import subject_tag
from models.ticket import Ticket
from models.topic import LANGUAGES
from triage.config import Settings

USUAL_DAYS = 3
"""Working days, where no topic says how long an answer takes."""


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

    `known` is what may be said already, by language: it is said in the letter's language only.
    """
    language = language_of(ticket, settings)
    delay = expected_delay(ticket, at)
    text = render_template(
        f"mail/acknowledgement.{language}.txt",
        number=ticket.number,
        days=delay.days,
        before=format_decimal(delay.before, locale=language) if delay.before else "",
        known=(known or {}).get(language, ""),
        name=settings.triage_name,
        status_url=f"{settings.base_url}/status/{status_token(ticket)}",
    )
    subject, _, body = text.partition("\n")
    return Letter(
        f"{subject.strip()} {tag(ticket.number, settings)}", body.strip() + "\n", language
    )


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


def status_token(ticket: Ticket) -> str:
    """The secret part of a ticket's public status page."""
    return f"{ticket.number}-{ring().sign('status', ticket.id, ticket.number)}"


def ticket_of_token(token: str) -> Ticket | None:
    """The ticket whose status page this is; None for a forged or mistyped token."""
    number, _, signature = token.partition("-")
    if not number.isascii() or not number.isdigit() or len(number) > 12:
        return None
    ticket = Ticket.with_number(int(number))
    if ticket is None or not ring().vouches(signature, "status", ticket.id, ticket.number):
        return None
    return ticket
