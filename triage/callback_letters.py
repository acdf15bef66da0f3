"""An e-mail to whom we could not reach by telephone, in the client's language; it says nothing of
the matter, since others may read it.
"""

from models.base import now, transaction
from models.callback import Callback
from models.callback_letter import tell, untold
from models.ticket import Ticket
from models.topic import LANGUAGES
from triage import mail_texts
from triage.config import Settings
from triage.letters import status_token, tag


def write_waiting(settings: Settings) -> int:
    """Write to all whom we have given up; returns to how many."""
    with transaction():
        told = [write(callback, settings) for callback in untold(now())]
    return sum(told)


def write(callback: Callback, settings: Settings) -> bool:
    language = language_of(callback, settings)
    ticket = Ticket.named(callback.ticket_id)
    words = mail_texts.written(
        "callback",
        language,
        tries=callback.tries,
        number=ticket.number if ticket is not None else None,
        house=settings.triage_name,
        status_url=f"{settings.base_url}/status/{status_token(ticket)}" if ticket else "",
    )
    subject = words.subject
    if ticket is not None:
        subject = f"{subject} {tag(ticket.number, settings)}"
    message = tell(
        callback,
        subject,
        words.text,
        language=language,
        domain=settings.mail_domain,
        at=now(),
    )
    return message is not None


def language_of(callback: Callback, settings: Settings) -> str:
    """What the client writes, else what is spoken with the client, else the house's."""
    client = callback.client
    known = (client.language if client is not None else None, callback.language)
    return next((code for code in known if code in LANGUAGES), None) or settings.default_language
