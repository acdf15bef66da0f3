"""What is known of the people of a mailing: who they are by now, where they are reached, and which
of their tickets a person must answer alone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on

from models import policy
from models.base import db
from models.client import UNDELIVERABLE, Client, ClientAddress, Level, normal
from models.contact import Contact
from models.mailing_audience import Person
from models.mailing_recipient import Why
from models.ticket import Status, Ticket
from models.together import COMPLAINTS, CONTESTED


@dataclass
class Known:
    """What is known of the people of one chunk."""

    clients: dict[int, Row[Any]] = field(default_factory=dict)
    targets: dict[int, int] = field(default_factory=dict)
    addresses: dict[int, list[str]] = field(default_factory=dict)
    dead: set[int] = field(default_factory=set)
    """Clients of whom every address is known to be undeliverable."""
    wrote_from: dict[int, str] = field(default_factory=dict)
    """Whence the client of a ticket wrote last."""
    apart: dict[int, Why] = field(default_factory=dict)
    """Tickets that are answered one by one."""
    closed: set[int] = field(default_factory=set)


def known_of(people: Sequence[Person], at: datetime) -> Known:
    known = Known()
    _find_clients(known, {one.client_id for one in people if one.client_id})
    _find_addresses(known, at)
    _find_tickets(known, {one.ticket_id for one in people if one.ticket_id})
    return known


def _find_clients(known: Known, wanted: set[int]) -> None:
    """The clients that these are by now, through every merge."""
    merged: dict[int, int] = {}
    missing = set(wanted)
    while missing:
        rows = db.session.execute(
            select(Client.id, Client.merged_into_id, Client.name, Client.language).where(
                Client.id.in_(missing)
            )
        ).all()
        known.clients |= {row.id: row for row in rows}
        merged |= {row.id: row.merged_into_id for row in rows if row.merged_into_id}
        missing = set(merged.values()) - known.clients.keys()
    for one in wanted:
        target, passed = one, {one}
        while target in merged and merged[target] not in passed:
            target = merged[target]
            passed.add(target)
        known.targets[one] = target


def _find_addresses(known: Known, at: datetime) -> None:
    """Those to which mail may go: known, and not found to be dead of late."""
    rows = db.session.execute(
        select(
            ClientAddress.client_id,
            ClientAddress.address,
            func.coalesce(ClientAddress.undeliverable_at > at - UNDELIVERABLE, False).label("dead"),
        )
        .where(
            ClientAddress.client_id.in_(set(known.targets.values())),
            ClientAddress.level == Level.KNOWN.value,
        )
        .order_by(ClientAddress.id)
    )
    for row in rows:
        if row.dead:
            known.dead.add(row.client_id)
        else:
            known.addresses.setdefault(row.client_id, []).append(row.address)


def _find_tickets(known: Known, wanted: set[int]) -> None:
    """Whence their clients wrote last, and which of them a person must answer alone."""
    said = db.session.execute(
        select(Contact.ticket_id, Contact.sender)
        .join(Ticket, and_(Ticket.id == Contact.ticket_id, Ticket.client_id == Contact.client_id))
        .where(Contact.ticket_id.in_(wanted), Contact.sender.contains("@"))
        .ext(distinct_on(Contact.ticket_id))
        .order_by(Contact.ticket_id, Contact.said_at.desc())
    )
    for row in said:
        known.wrote_from[row.ticket_id] = normal(row.sender.rpartition("<")[2].rstrip(">"))
    known.apart = apart_of(wanted)
    ended = select(Ticket.id).where(Ticket.id.in_(wanted), Ticket.status == Status.CLOSED.value)
    known.closed = set(db.session.scalars(ended))


def apart_of(ticket_ids: Iterable[int]) -> dict[int, Why]:
    """Tickets about health or privacy, complaints and contested decisions: never in bulk.

    What was said in any contact counts, whatever the ticket is filed as.
    """
    said = (
        select(
            Contact.ticket_id,
            func.bool_or(or_(policy.restricted(Contact.topic_id), Contact.health)).label("private"),
            func.bool_or(Contact.intent_id.in_(COMPLAINTS)).label("complaint"),
            func.bool_or(Contact.intent_id.in_(CONTESTED)).label("contested"),
        )
        .where(Contact.ticket_id.in_(set(ticket_ids)))
        .group_by(Contact.ticket_id)
        .subquery()
    )
    rows = db.session.execute(
        select(
            Ticket.id,
            or_(said.c.private, policy.restricted(Ticket.topic_id), Ticket.health).label("private"),
            or_(said.c.complaint, Ticket.intent_id.in_(COMPLAINTS)).label("complaint"),
            or_(said.c.contested, Ticket.intent_id.in_(CONTESTED)).label("contested"),
        )
        .outerjoin(said, said.c.ticket_id == Ticket.id)
        .where(Ticket.id.in_(set(ticket_ids)))
    )
    found: dict[int, Why] = {}
    for row in rows:
        reasons = {
            Why.PRIVATE: row.private,
            Why.COMPLAINT: row.complaint,
            Why.CONTESTED: row.contested,
        }
        why = next((why for why, holds in reasons.items() if holds), None)
        if why is not None:
            found[row.id] = why
    return found
