"""An answer put together as it leaves: whence, with whose signature; nothing is sent here."""

from datetime import datetime

from models import correspondence
from models.mailbox import Mailbox
from models.message import Message
from models.signature import Signature, filled
from models.ticket import Ticket
from models.user import User
from triage import letters
from triage.config import Settings


def signature_for(ticket: Ticket, user: User, language: str, settings: Settings) -> str:
    """The team's or the house's; without either the names of the agent and of the house."""
    own, team = Signature.found(ticket.team_id, language), ticket.team
    return filled(
        own.text if own else "{agent}\n{house}",
        user.name,
        team.name(language) if team else "",
        settings.triage_name,
    )


def draft(
    ticket: Ticket,
    text: str,
    *,
    by: User,
    at: datetime,
    language: str,
    recipient: str,
    mailbox: Mailbox,
    settings: Settings,
) -> Message:
    """The answer as it leaves; nothing is promised or kept yet."""
    return correspondence.draft_answer(
        ticket,
        text,
        by=by,
        at=at,
        mailbox_address=mailbox.address,
        domain=settings.mail_domain,
        tag=letters.tag(ticket.number, settings),
        signature=signature_for(ticket, by, language, settings),
        language=language,
        recipient=recipient,
    )
