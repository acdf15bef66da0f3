"""The links to a ticket's public page: made worthless when one fell into the wrong hands."""

import secrets
from datetime import datetime, timedelta

from models.base import db
from models.event import Event, record
from models.ticket import Ticket
from models.user import User

REVOKED = "ticket.links_revoked"
TIME_TO_UNDO = timedelta(minutes=1)


def revoke_links(ticket: Ticket, *, by: User | None, at: datetime, why: str = "") -> None:
    """Every link that was sent before leads nowhere; `by` nobody: the client asked for it."""
    before, ticket.status_key = ticket.status_key, fresh_key()
    key = ticket.status_key
    record(REVOKED, by=by, at=at, ticket_id=ticket.id, before=before, after=key, why=why)


def restore_links(ticket: Ticket, *, by: User, at: datetime) -> bool:
    """It was a slip: the links that `by` has just made worthless work again."""
    mine = Event.of_ticket(ticket.id).where(Event.kind == REVOKED).order_by(None)
    last = db.session.scalars(mine.order_by(Event.id.desc()).limit(1)).first()
    if last is None or last.actor_id != by.id or last.at < at - TIME_TO_UNDO:
        return False
    if last.facts["after"] != ticket.status_key:
        return False
    ticket.status_key = str(last.facts["before"])
    record("ticket.links_restored", by=by, at=at, ticket_id=ticket.id)
    return True


def fresh_key() -> str:
    return secrets.token_urlsafe(9)
