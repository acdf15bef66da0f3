"""The letter that asks a client for documents, and one reminder; each names all that is missing.

Of a private matter it names none, like the page of the matter: mail is read by others too.
Nothing is asked twice: the letter waits until the agent can no longer take the request back, and
what is on a receipt already gets none.
"""

from datetime import datetime

from flask_babel import force_locale

from models import automatic_mail, correspondence
from models.base import now, transaction
from models.document_letter import Asking, given_up, reminding_time, to_ask, to_remind
from models.mailbox import Mailbox
from models.message import Kind
from models.ticket import Ticket
from triage import mail_texts
from triage.config import Settings
from triage.display import weekday
from triage.intake.automatic import is_never_answered
from triage.letters import Letter, language_of, status_token, tag


def write_waiting(settings: Settings) -> int:
    """Ask, and remind by day; returns how many letters were written."""
    at = now()
    with transaction():
        written = [write(asking, settings, at) for asking in to_ask(at)]
        for asking in given_up(at):
            asking.cannot("late", at)
    if reminding_time(at):
        with transaction():
            due = to_remind(at, settings.document_reminder_days)
            written += [write(asking, settings, at) for asking in due]
    return sum(written)


def write(asking: Asking, settings: Settings, at: datetime) -> bool:
    """One letter for all that a ticket lacks; where none can be written a person is told."""
    ticket = asking.ticket
    recipient = correspondence.answer_address(ticket)
    mailbox = correspondence.answer_mailbox(ticket)
    if recipient is None or mailbox is None or not answers_there(recipient):
        asking.cannot("no_address", at)
        return False
    why = automatic_mail.withheld(ticket, recipient, Kind.NOTICE, asking.cause, at)
    if why is not None:  # too many mails for now: it is tried again
        return False
    letter = letter_of(asking, settings)
    message = automatic_mail.promise(
        ticket,
        Kind.NOTICE,
        asking.cause,
        letter.subject,
        letter.text,
        mailbox=mailbox,
        recipient=recipient,
        language=letter.language,
        domain=settings.mail_domain,
        at=at,
    )
    asking.done(message.id, at)
    return True


def answers_there(recipient: str) -> bool:
    """Whether a person can read what goes to that address."""
    return not is_never_answered(recipient) and Mailbox.at(recipient) is None


def letter_of(asking: Asking, settings: Settings) -> Letter:
    """The letter in the client's language; nothing in it is of any other matter."""
    ticket: Ticket = asking.ticket
    language = language_of(ticket, settings)
    last_days = [one.due_on for one in asking.requests if one.due_on]
    with force_locale(language):
        due = weekday(min(last_days)) if last_days else ""
    words = mail_texts.written(
        "document",
        language,
        number=ticket.number,
        documents=[(one.name(language), one.why) for one in asking.requests],
        discreet=ticket.private,
        due=due,
        reminder=asking.reminder,
        house=settings.triage_name,
        status_url=f"{settings.base_url}/status/{status_token(ticket)}",
    )
    return Letter(f"{words.subject} {tag(ticket.number, settings)}", words.text, language)
