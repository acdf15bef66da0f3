"""What an import has brought, taken back: all of it, or nothing once somebody has worked on it."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Select,
    any_,
    delete,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from models.base import db
from models.client import Client, ClientAddress, ClientIdentifier, ClientNumber
from models.contact import Contact
from models.data_import import DataImport
from models.data_import_making import IMPORTED, count_days
from models.data_import_row import DataImportRow, Outcome
from models.event import Event
from models.external_reference import ExternalReference
from models.files import Attachment
from models.intake import Adapter, Intake, IntakeRaw
from models.message import Message, MessageFile
from models.note import Note
from models.prediction import Correction
from models.search_key import SearchKey
from models.stale_day import StaleDay
from models.thread import TicketContact
from models.ticket import Ticket


class Touched(Exception):
    """Somebody has worked on something of it since: it can no longer be taken back."""


def take_back(brought: DataImport) -> None:
    """Remove all that an import has made; raises Touched, and then nothing is changed."""
    tickets = ExternalReference.tickets_made(brought.id)
    contacts = select(Contact.id).where(Contact.ticket_id.in_(tickets))
    if _exists(select(Event.id).where(Event.ticket_id.in_(tickets), Event.kind != IMPORTED)):
        raise Touched
    foreign = select(Contact.id).join(Intake, Intake.id == Contact.intake_id)
    if _exists(
        foreign.where(Contact.ticket_id.in_(tickets), Intake.adapter != Adapter.IMPORT.value)
    ):
        raise Touched
    known = Event.client_id.in_(_clients_made(brought)), Event.actor_id.is_not(None)
    if _exists(select(Event.id).where(*known)):
        raise Touched
    try:
        with db.session.begin_nested():
            _remove(brought, tickets, contacts)
    except IntegrityError as trouble:  # something of the house points to it by now
        raise Touched from trouble


def _clients_made(brought: DataImport) -> Select[Any]:
    return select(DataImportRow.client_id).where(
        DataImportRow.import_id == brought.id,
        DataImportRow.outcome == Outcome.CREATE.value,
        DataImportRow.facts["made"].as_boolean(),
        DataImportRow.client_id.is_not(None),
    )


def _remove(brought: DataImport, tickets: Select[Any], contacts: Select[Any]) -> None:
    ticket_ids, contact_ids = _ids(tickets), _ids(contacts)
    intakes = _ids(select(Contact.intake_id).where(Contact.id == contact_ids))
    client_ids = _ids(_clients_made(brought))
    changed = db.session.scalars(
        select(DataImportRow).where(
            DataImportRow.import_id == brought.id,
            DataImportRow.facts["added"].astext.is_not(None),
        )
    ).all()
    for row in changed:
        _impoverish(row.client_id, row.facts["added"])
    answers = _answers(brought)
    own = select(Message.id).where(Message.ticket_id == ticket_ids)
    StaleDay.mark_contacts(Contact.id == contact_ids)
    count_days(Ticket.id == ticket_ids)
    begun = select(func.min(Ticket.opened_at)).where(Ticket.id == ticket_ids)
    StaleDay.mark(db.session.scalar(begun), standing=True)
    _all(
        (MessageFile, or_(MessageFile.message_id.in_(own), MessageFile.message_id == answers)),
        (SearchKey, SearchKey.contact_id == contact_ids),
        (TicketContact, TicketContact.ticket_id == ticket_ids),
        (Correction, Correction.contact_id == contact_ids),
        (Attachment, Attachment.contact_id == contact_ids),
        (ExternalReference, ExternalReference.import_id == brought.id),
        (Message, or_(Message.ticket_id == ticket_ids, Message.id == answers)),
        (Note, Note.ticket_id == ticket_ids),
        (Event, or_(Event.ticket_id == ticket_ids, Event.contact_id == contact_ids)),
        (DataImportRow, DataImportRow.import_id == brought.id),
        (Contact, Contact.id == contact_ids),
        (IntakeRaw, IntakeRaw.intake_id == intakes),
        (Intake, Intake.id == intakes),
        (Ticket, Ticket.id == ticket_ids),
        (ClientAddress, ClientAddress.client_id == client_ids),
        (ClientNumber, ClientNumber.client_id == client_ids),
        (ClientIdentifier, ClientIdentifier.client_id == client_ids),
        (Event, Event.client_id == client_ids),
        (Client, Client.id == client_ids),
    )


def _answers(brought: DataImport) -> Any:
    """What it had added to tickets that were here before; those were answered then as before."""
    given = DataImportRow.facts["answer"].as_integer()
    rows = select(DataImportRow).where(DataImportRow.import_id == brought.id, given.is_not(None))
    ids = []
    for row in db.session.scalars(rows.order_by(DataImportRow.line)):
        ids.append(row.facts["answer"])
        if row.facts["answered"] is not None:
            at, before = (_moment(row.facts[name]) for name in ("answered", "answered_before"))
            StaleDay.mark(at, before)
            db.session.execute(
                update(Ticket)
                .where(Ticket.id == row.ticket_id, Ticket.first_answer_at == at)
                .values(first_answer_at=before)
                .execution_options(synchronize_session=False)
            )
    return any_(literal(ids, ARRAY(BigInteger)))


def _moment(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written) if written else None


def _ids(rows: Select[Any]) -> Any:
    """Any of these, as one value: a long file has more of them than a question has places."""
    return any_(literal(list(db.session.scalars(rows)), ARRAY(BigInteger)))


def _all(*gone: tuple[Any, ColumnElement[bool]]) -> None:
    for table, which in gone:
        db.session.execute(delete(table).where(which).execution_options(synchronize_session=False))


def _impoverish(client_id: int | None, added: dict[str, Any]) -> None:
    """What an import had added to a client whom we knew is unknown again, unless it was changed."""
    client = Client.named(client_id)
    if client is None:
        return
    for field in ("name", "language"):
        if field in added and getattr(client, field) == added[field]:
            setattr(client, field, "" if field == "name" else None)
    for address in client.addresses[:]:
        if address.address in added.get("addresses", ()):
            db.session.delete(address)
    for number in client.numbers[:]:
        if number.e164 in added.get("numbers", ()):
            db.session.delete(number)
    db.session.flush()


def _exists(rows: Select[Any]) -> bool:
    return bool(db.session.scalar(select(rows.exists())))
