"""New links to the pages of one's own matters, by mail to the address that asked for them."""

from models.base import db, now, transaction
from models.link_wish import LinkWish
from models.topic import LANGUAGES
from triage import mail_texts
from triage.config import Settings
from triage.letters import status_token


def write_waiting(settings: Settings) -> int:
    """Answer the wishes of known addresses, once an hour at most; the others are forgotten."""
    with transaction():
        answered = [write(wish, settings) for wish in LinkWish.waiting()]
    return sum(answered)


def write(wish: LinkWish, settings: Settings) -> bool:
    tickets = [] if wish.answered_lately else wish.matters()
    if tickets:
        spoken = (tickets[0].language, wish.language, settings.default_language)
        language = next(code for code in spoken if code in LANGUAGES)
        words = mail_texts.written(
            "links",
            language,
            matters=[
                (ticket, f"{settings.base_url}/status/{status_token(ticket)}") for ticket in tickets
            ],
            days=settings.status_days,
            house=settings.triage_name,
        )
        wish.answer(
            words.subject,
            words.text,
            language=language,
            domain=settings.mail_domain,
            at=now(),
        )
    db.session.delete(wish)
    return bool(tickets)
