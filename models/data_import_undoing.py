"""What an import has brought, taken back: all of it, or nothing once somebody has worked on it."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Select,
    any_,
    delete,
    literal,
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

AT_ONCE = 5_000
"""Rows of one table that one statement deletes."""


class Touched(Exception):
    """Somebody has worked on something of it since: it can no longer be taken back."""


def take_back(brought: DataImport, told: Callable[[int], object]) -> None:
    """Remove all that an import has made; raises Touched, and then nothing is changed.

    `told` hears now and then how many rows have gone.
    """
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
            _remove(brought, tickets, contacts, told)
    except IntegrityError as trouble:  # something of the house points to it by now
        raise Touched from trouble


def _clients_made(brought: DataImport) -> Select[Any]:
    return select(DataImportRow.client_id).where(
        DataImportRow.import_id == brought.id,
        DataImportRow.outcome == Outcome.CREATE.value,
        DataImportRow.facts["made"].as_boolean(),
        DataImportRow.client_id.is_not(None),
    )


def _remove(
    brought: DataImport, tickets: Select[Any], contacts: Select[Any], told: Callable[[int], object]
) -> None:
    ticket_ids, contact_ids = _ids(tickets), _ids(contacts)
    intake_ids = _ids(select(Contact.intake_id).where(_among(Contact.id, contact_ids)))
    client_ids = _ids(_clients_made(brought))
    changed = db.session.scalars(
        select(DataImportRow).where(
            DataImportRow.import_id == brought.id,
            DataImportRow.facts["added"].astext.is_not(None),
        )
    ).all()
    for row in changed:
        _impoverish(row.client_id, row.facts["added"])
    own = select(Message.id).where(_among(Message.ticket_id, ticket_ids))
    message_ids = _answers(brought) + _ids(own)
    StaleDay.mark_contacts(_among(Contact.id, contact_ids))
    count_days(_among(Ticket.id, ticket_ids))
    _all(
        brought.rows_total,
        told,
        (MessageFile.message_id, message_ids),
        (SearchKey.contact_id, contact_ids),
        (TicketContact.ticket_id, ticket_ids),
        (Correction.contact_id, contact_ids),
        (Attachment.contact_id, contact_ids),
        (ExternalReference.import_id, [brought.id]),
        (Message.id, message_ids),
        (Note.ticket_id, ticket_ids),
        (Event.ticket_id, ticket_ids),
        (Event.contact_id, contact_ids),
        (DataImportRow.import_id, [brought.id]),
        (Contact.id, contact_ids),
        (IntakeRaw.intake_id, intake_ids),
        (Intake.id, intake_ids),
        (Ticket.id, ticket_ids),
        (ClientAddress.client_id, client_ids),
        (ClientNumber.client_id, client_ids),
        (ClientIdentifier.client_id, client_ids),
        (Event.client_id, client_ids),
        (Client.id, client_ids),
    )


def _answers(brought: DataImport) -> list[int]:
    """What it had added to tickets that were here before; those were answered then as before."""
    given = DataImportRow.facts["answer"].as_integer()
    rows = select(DataImportRow).where(DataImportRow.import_id == brought.id, given.is_not(None))
    ids: list[int] = []
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
    return ids


def _moment(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written) if written else None


def _ids(rows: Select[Any]) -> list[int]:
    return list(db.session.scalars(rows))


def _among(column: Any, ids: Sequence[int]) -> ColumnElement[bool]:
    """One value for them all: a long file has more of them than a question has places."""
    found: ColumnElement[bool] = column == any_(literal(ids, ARRAY(BigInteger)))
    return found


def _all(rows: int, told: Callable[[int], object], *gone: tuple[Any, list[int]]) -> None:
    """Delete what these columns name, some at a time: no statement of a long file runs into the
    limit of statements. `told` hears how many of the file's `rows` that is by now."""
    whole, done = max(1, sum(len(ids) for _column, ids in gone)), 0
    for column, ids in gone:
        for first in range(0, len(ids), AT_ONCE):
            some = ids[first : first + AT_ONCE]
            chosen = delete(column.class_).where(_among(column, some))
            db.session.execute(chosen.execution_options(synchronize_session=False))
            done += len(some)
            told(rows * done // whole)


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
