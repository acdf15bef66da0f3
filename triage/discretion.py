"""What pages show of health data to whoever is not near it: that it exists, and nothing of it."""

from collections.abc import Sequence

from flask import Flask, abort, g
from flask_babel import gettext as _
from flask_login import current_user

from models import sensitive
from models.base import now
from models.contact import Contact
from models.ticket import Ticket
from models.user import User


def init_app(app: Flask) -> None:
    """Teach the templates to ask before they show words."""
    app.jinja_env.globals.update(
        words_open=words_open, line_of=line_of, preview_of=preview_of, subject_of=subject_of
    )


def words_open(ticket: Ticket) -> bool:
    """Whether the reader may read what was said in a ticket that he or she may see."""
    if not ticket.health:
        return True
    if not current_user.is_authenticated:
        return False
    # Asked of each row and part of a page, answered once in a request.
    known: dict[int, bool] = g.setdefault("words_open", {})
    if ticket.id not in known:
        known[ticket.id] = sensitive.sees_words(current_user.user, ticket, now())
    return known[ticket.id]


def ask_at_once(user: User, tickets: Sequence[Ticket]) -> None:
    """Learn for all the rows of a list what `words_open` would ask for each."""
    guarded = [ticket.id for ticket in tickets if ticket.health]
    if guarded:
        seen = sensitive.seen_among(user, guarded, now())
        g.setdefault("words_open", {}).update({one: one in seen for one in guarded})


def contact_open(contact: Contact) -> bool:
    """The same of one contact."""
    if not contact.health:
        return True
    ticket = Ticket.named(contact.ticket_id)
    return ticket is not None and words_open(ticket)


def line_of(contact: Contact) -> str:
    """What a list shows of a contact."""
    return contact.first_line if contact_open(contact) else withheld()


def preview_of(ticket: Ticket) -> str:
    """What a list shows of a ticket."""
    return ticket.preview if words_open(ticket) else withheld()


def subject_of(ticket: Ticket) -> str:
    return ticket.subject if words_open(ticket) else withheld()


def withheld() -> str:
    """What stands in the place of words that the reader may not read."""
    return str(_("Health data"))


def demand_words(user: User, ticket: Ticket) -> None:
    """403 for whoever has not opened the health data of a ticket that he or she may see."""
    if not sensitive.sees_words(user, ticket, now()):
        abort(403)


def demand_contact(user: User, contact: Contact) -> None:
    """The same of one contact."""
    if not sensitive.sees_contact(user, contact, now()):
        abort(403)
