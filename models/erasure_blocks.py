"""What an erasure would reach, and what stands in its way."""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum

from sqlalchemy import select

from models import erasure_reach
from models.base import db
from models.callback import Callback
from models.callback_states import CallbackState
from models.client import Client
from models.contact import Contact
from models.erasure_reach import Reach
from models.legal_hold import LegalHold
from models.ticket import Ticket
from models.ticket_states import Status


class Block(StrEnum):
    """Why it may not go yet."""

    HOLD = "hold"
    OPEN_TICKET = "open_ticket"
    OPEN_CALLBACK = "open_callback"
    MERGED = "merged"
    GONE = "gone"


OWED = (CallbackState.PROPOSED.value, CallbackState.OPEN.value, CallbackState.TAKEN.value)


def reach_of(client_id: int | None, contact_ids: Iterable[int]) -> Reach:
    """All rows of a client, or of some contacts alone."""
    client = Client.named(client_id)
    if client is not None:
        return erasure_reach.of_client(client)
    return erasure_reach.of_contacts(contact_ids)


def blocks(client: Client | None, reach: Reach, day: date) -> list[Block]:
    """Why it may not go now: somebody still owes him something, or the law says keep."""
    found = []
    if LegalHold.on(reach, day):
        found.append(Block.HOLD)
    if client is not None and client.merged_into_id is not None:
        found.append(Block.MERGED)
    if (client is not None and client.erased_at is not None) or (
        client is None and not _unerased(reach["contact"])
    ):
        found.append(Block.GONE)
    tickets = select(Ticket.id).where(
        Ticket.id.in_(reach["ticket"]),
        Ticket.status != Status.CLOSED,
        Ticket.merged_into_id.is_(None),
    )
    if db.session.scalar(tickets.limit(1)):
        found.append(Block.OPEN_TICKET)
    owed = select(Callback.id).where(Callback.id.in_(reach["callback"]), Callback.state.in_(OWED))
    if db.session.scalar(owed.limit(1)):
        found.append(Block.OPEN_CALLBACK)
    return found


def _unerased(contact_ids: Iterable[int]) -> bool:
    rows = select(Contact.id).where(Contact.id.in_(contact_ids), Contact.erased_at.is_(None))
    return db.session.scalar(rows.limit(1)) is not None
