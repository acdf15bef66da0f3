"""History brought along: people, tickets and what was said, as it was then.

Nobody is told, nothing is promised, no clock runs. Nothing here takes a lock that others wait for:
all of a file is one transaction.
"""

import hashlib
import uuid
from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, update

from models.base import db
from models.client import Client, ClientAddress, ClientNumber, Level, normal
from models.contact import Contact
from models.event import record
from models.intake import Adapter, Intake, IntakeRaw, State
from models.keys import ring
from models.mailbox import Mailbox
from models.message import Enclosure, Kind, Message, Sending
from models.note import Note, NoteFile
from models.prediction import Correction
from models.stale_day import StaleDay
from models.thread import TicketContact
from models.ticket import Disposition, Status, Ticket

IMPORTED = "ticket.imported"
RULE = "imported"


# --- who ------------------------------------------------------------------------------------


def clients_at(addresses: Sequence[str]) -> dict[str, int]:
    """The clients whom we know by these addresses; the likeliest of several."""
    rows = db.session.execute(
        select(ClientAddress.address, Client.id)
        .join(Client, Client.id == ClientAddress.client_id)
        .where(
            ClientAddress.address.in_([normal(one) for one in addresses]),
            Client.merged_into_id.is_(None),
        )
        .order_by(ClientAddress.level.desc(), Client.id.desc())
    )
    return {row.address: row.id for row in rows}


def mails_here(message_ids: Collection[str]) -> set[str]:
    """Those of these mails that a client has sent us, by whatever way they came in."""
    rows = select(Contact.message_id).where(_is_mail(message_ids))
    return {one for one in db.session.scalars(rows) if one is not None}


def _is_mail(message_ids: Collection[str]) -> ColumnElement[bool]:
    """Asked for each mailbox, and for what came by another way: so an index knows them."""
    boxes = db.session.scalars(select(Mailbox.id)).all()
    ways = (Contact.mailbox_id.in_(boxes), Contact.mailbox_id.is_(None))
    return or_(*(and_(way, Contact.message_id.in_(message_ids)) for way in ways))


def answers_here(message_ids: Sequence[str]) -> set[str]:
    """Those of these mails that we have sent, or brought along as sent."""
    rows = select(Message.message_id).where(Message.message_id.in_(message_ids))
    return set(db.session.scalars(rows))


def tickets_of(message_ids: Collection[str]) -> dict[str, int]:
    """The tickets of those of these mails that are here as a client's."""
    rows = db.session.execute(
        select(Contact.message_id, Contact.ticket_id)
        .where(_is_mail(message_ids), Contact.ticket_id.is_not(None))
        .order_by(Contact.id.desc())
    )
    return {row.message_id: row.ticket_id for row in rows}


def clients_on(numbers: Sequence[str]) -> dict[str, int]:
    """The clients whom we surely know by these numbers, each by one that is nobody else's."""
    found: dict[str, set[int]] = {}
    rows = db.session.execute(
        select(ClientNumber.e164, Client.id)
        .join(Client, Client.id == ClientNumber.client_id)
        .where(
            ClientNumber.e164.in_(list(numbers)),
            ClientNumber.level == Level.KNOWN.value,
            Client.merged_into_id.is_(None),
        )
    )
    for row in rows:
        found.setdefault(row.e164, set()).add(row.id)
    return {number: ids.pop() for number, ids in found.items() if len(ids) == 1}


def enrich(
    client: Client,
    name: str,
    language: str | None,
    addresses: Sequence[str],
    numbers: Sequence[str],
    source: str,
) -> dict[str, Any]:
    """Add what we did not know of a client; what we know stays. Returns what was added."""
    added: dict[str, Any] = {}
    if name and not client.name:
        client.name, added["name"] = name, name
    if language and not client.language:
        client.language, added["language"] = language, language
    before = {one.address for one in client.addresses}, {one.e164 for one in client.numbers}
    for address in addresses:
        client.add_address(address, source)
    for number in numbers:
        client.add_number(number, source)
    fresh = [one for one in addresses if normal(one) not in before[0]]
    added |= {"addresses": fresh} if fresh else {}
    fresh = [one for one in numbers if one not in before[1]]
    return added | ({"numbers": fresh} if fresh else {})


# --- what -----------------------------------------------------------------------------------


def kept_as_it_came(channel: str, raw: bytes, said_at: datetime, once: str, at: datetime) -> Intake:
    """The raw thing, sealed, and read already: no worker is called."""
    key = uuid.uuid4()
    intake = Intake(
        key=key,
        channel=channel,
        adapter=Adapter.IMPORT.value,
        envelope={},
        sha256=hashlib.sha256(raw).hexdigest(),
        size=len(raw),
        once=once,
        said_at=said_at,
        received_at=said_at,
        state=State.READ.value,
        read_at=at,
    )
    intake.raw_row = IntakeRaw(sealed=ring().seal(raw, f"intake_raw|sealed|{key}"))
    db.session.add(intake)
    db.session.flush()
    return intake


def open_ticket(
    contact: Contact,
    subject: str,
    opened_at: datetime,
    closed_at: datetime | None,
    team_id: int | None,
    assignee_id: int | None = None,
) -> Ticket:
    """A ticket as it stood in the other program, begun by `contact`; one that is closed was
    answered. Its days are counted anew when all are taken in (`count_days`)."""
    ticket = Ticket(
        client_id=contact.client_id,
        subject=subject,
        preview=contact.first_line,
        channel=contact.channel,
        language=contact.language,
        topic_id=contact.topic_id,
        subtopic_id=contact.subtopic_id,
        intent_id=contact.intent_id,
        needs_choice=closed_at is None and contact.topic_id is None,
        team_id=team_id,
        assignee_id=assignee_id,
        status=(Status.CLOSED if closed_at else Status.OPEN).value,
        opened_at=opened_at,
        last_contact_at=contact.said_at,
        closed_at=closed_at,
        disposition=Disposition.ANSWERED.value if closed_at else None,
        contacts_count=1,
        health=contact.health,
    )
    db.session.add(ticket)
    db.session.flush()
    TicketContact.move(contact, ticket.id, RULE)
    return ticket


def add_contact(ticket: Ticket, contact: Contact) -> None:
    ticket.contacts_count += 1
    ticket.health = ticket.health or contact.health
    ticket.last_contact_at = max(ticket.last_contact_at, contact.said_at)
    TicketContact.move(contact, ticket.id, RULE)


def add_answer(
    ticket_id: int | None,
    language: str | None,
    kind: Kind,
    cause: str,
    recipient: str,
    subject: str,
    text: str,
    message_id: str,
    files: Sequence[Enclosure],
    at: datetime,
) -> Message:
    """A mail that was sent before: it never leaves again. A ticket that was here before gets it
    at the very end (`give_answer`)."""
    message = Message(
        kind=kind.value,
        ticket_id=ticket_id,
        cause=f"import {cause}"[:300],
        recipient=recipient,
        subject=subject,
        text=text,
        language=language or "",
        message_id=message_id,
        reply_to="",
        state=Sending.SENT.value,
        written_at=at,
        sent_at=at,
    )
    message.enclose(files)
    db.session.add(message)
    return message


def give_answer(ticket: Ticket, message_id: int, at: datetime | None) -> None:
    """A mail of ours goes to a ticket that was here before; by `at` a person had answered it, if
    nobody says earlier."""
    given = update(Message).where(Message.id == message_id).values(ticket_id=ticket.id)
    db.session.execute(given.execution_options(synchronize_session=False))
    first = ticket.first_answer_at
    if at is not None and (first is None or at < first):
        StaleDay.mark(first, at)
        earlier = or_(Ticket.first_answer_at.is_(None), Ticket.first_answer_at > at)
        answered = update(Ticket).where(Ticket.id == ticket.id, earlier)
        db.session.execute(answered.values(first_answer_at=at))


def count_days(which: ColumnElement[bool]) -> None:
    """The days on which these tickets were opened, answered and closed are another now."""
    StaleDay.mark_all(Ticket.opened_at, which, standing=True)
    StaleDay.mark_all(Ticket.first_answer_at, which)
    StaleDay.mark_all(Ticket.closed_at, which)


def add_note(
    ticket: Ticket, text: str, by_id: int, at: datetime, files: Sequence[Enclosure] = ()
) -> None:
    kept = [NoteFile(**asdict(file)) for file in files]
    db.session.add(Note(ticket_id=ticket.id, by_id=by_id, at=at, text=text, files=kept))


def learned(contact: Contact, by_id: int) -> None:
    """The topic that people had given it there is a person's word here too."""
    if contact.topic_id is None:
        return
    db.session.add(
        Correction(
            contact_id=contact.id,
            by_id=by_id,
            at=contact.said_at,
            topic_id=contact.topic_id,
            subtopic_id=contact.subtopic_id,
            intent_id=contact.intent_id,
            changed=False,
        )
    )


def told(ticket: Ticket, source: str, import_id: int, at: datetime) -> None:
    """What the thread says of where it comes from."""
    record(IMPORTED, at=at, ticket_id=ticket.id, source=source, brought=import_id)
