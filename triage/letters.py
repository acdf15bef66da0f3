"""The letters we write by ourselves, in the client's language (templates/mail)."""

from flask import render_template

from models.keys import ring
from models.message import Message
from models.subject import subject_tag
from models.ticket import Ticket
from models.topic import LANGUAGES
from triage.config import Settings
from triage.intake.quotes import REPLY_MARKER


def tag_signature(number: int) -> str:
    """Four characters that show that a number in a subject was written by us."""
    return ring().sign("tag", number)[:4]


def tag(number: int, settings: Settings) -> str:
    return subject_tag(settings.triage_name, number, tag_signature(number))


def acknowledgement(ticket: Ticket, settings: Settings) -> tuple[str, str]:
    """(subject, text) that confirm receipt: a receipt is not an approval, and it says so."""
    language = ticket.language if ticket.language in LANGUAGES else "fr"
    text = render_template(
        f"mail/acknowledgement.{language}.txt",
        number=ticket.number,
        days=ticket.topic.answer_days if ticket.topic else 3,
        name=settings.triage_name,
        status_url=f"{settings.base_url}/status/{status_token(ticket)}",
    )
    subject, _, body = text.partition("\n")
    return f"{subject.strip()} {tag(ticket.number, settings)}", body.strip() + "\n"


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


def with_history(message: Message, quoted: str) -> str:
    """The text as it leaves: ours, the line to answer above, and what the client had written."""
    parts = [message.text.rstrip()]
    if quoted:
        parts += ["", REPLY_MARKER, ""]
        parts += [f"> {line}" for line in quoted.splitlines()[:200]]
    return "\n".join(parts) + "\n"
