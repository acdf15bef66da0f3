"""All that is kept of one person, row by row: what the map says is his, as it can be read."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, LargeBinary, Select, and_, or_, select
from sqlalchemy.dialects.postgresql import TSVECTOR

from models import personal
from models.base import db
from models.client import Client, ClientIdentifier
from models.contact import Contact
from models.erasure_reach import Reach
from models.files import Attachment
from models.message import Message
from models.note import Note, NoteFile
from models.personal import Declared, Kind
from models.policy import sees_ticket
from models.prediction import Correction
from models.ticket import Ticket
from models.ticket_states import Status
from models.user import User

Row = TypeVar("Row")
KINDS = {
    "clients": ("client", "client_address", "client_number", "mandate"),
    "contacts": ("contact", "form_submission"),
    "tickets": ("ticket",),
    "notes": ("note", "note_file", "flag"),
    "answers": ("message",),
    "labels": ("prediction",),
    "telephone": ("call", "callback", "callback_attempt"),
    "notices": ("notice",),
    "mailings": ("mailing_recipient", "opt_out"),
    "documents": ("document_request",),
    "history": ("event",),
}
"""The files of the copy, and the tables in each."""


SAID: dict[str, type[Contact | Message | Note]] = {
    "contact": Contact,
    "message": Message,
    "note": Note,
}
NOTED = "note-"
"""Before the number of a file that lies at a note."""
AT_ONCE = 200
"""Rows in memory at a time."""
HIDDEN = "hidden "
"""Before the name of a table: its rows of which the copy says nothing."""


def seen(reach: Reach, user: User) -> Reach:
    """Only the matters that `user` may see: a copy shows nobody what its maker must not know."""
    rows = select(Ticket.id).where(Ticket.id.in_(reach["ticket"]), sees_ticket(user, Ticket))
    tickets = set(db.session.scalars(rows))
    if tickets == reach["ticket"]:
        return reach
    contacts = select(Contact.id).where(
        Contact.id.in_(reach["contact"]), Contact.ticket_id.in_(tickets)
    )
    messages = select(Message.id).where(
        Message.id.in_(reach["message"]), Message.ticket_id.in_(tickets)
    )
    narrowed = {**reach.ids, "ticket": tickets}
    narrowed["contact"] = set(db.session.scalars(contacts))
    narrowed["message"] = set(db.session.scalars(messages))
    narrowed["note"] = set(db.session.scalars(select(Note.id).where(Note.ticket_id.in_(tickets))))
    narrowed |= {"call": set(), "callback": set(), "intake": set()}
    narrowed[HIDDEN + "ticket"] = reach["ticket"] - tickets
    narrowed[HIDDEN + "contact"] = reach["contact"] - narrowed["contact"]
    return Reach(narrowed)


def rows_of(table: str, reach: Reach, roles: dict[int, str]) -> Iterator[dict[str, Any]]:
    """The rows of one table; people of the house stand there by their role."""
    one = personal.declared(table)
    assert one is not None
    hidden = {name for name, kind in one.columns.items() if kind is Kind.DERIVED}
    columns = [
        column
        for column in one.at.columns
        if column.name not in hidden
        and not isinstance(personal.underlying(column), LargeBinary | TSVECTOR)
    ]
    staff = {
        column.name
        for column in columns
        if any(key.column.table.name == "user" for key in column.foreign_keys)
    }
    rows = and_(reach.rows(one), *_not_hidden(one, reach))
    key = next(iter(one.at.primary_key))
    found = select(*columns).where(rows).order_by(key)
    numbers = db.session.scalars(select(key).where(rows).order_by(key)).all()
    for some in _batches(numbers):
        yield from _some(found.where(key.in_(some)), staff, roles)


def _some(
    found: Select[*tuple[Any, ...]], staff: set[str], roles: dict[int, str]
) -> Iterator[dict[str, Any]]:
    for row in db.session.execute(found).mappings():
        yield {
            name: roles.get(value, "") if name in staff and value else _plain(value)
            for name, value in row.items()
        }


def _not_hidden(one: Declared, reach: Reach) -> Iterator[ColumnElement[bool]]:
    """A row that names the client may tell of a matter that the maker of the copy must not know."""
    for name in ("ticket", "contact"):
        if hidden := reach[HIDDEN + name]:
            for link in one.links:
                if link == f"{name}_id":
                    column = one.at.c[link]
                    yield or_(column.is_(None), column.not_in(sorted(hidden)))


def roles() -> dict[int, str]:
    """By person of the house, the role: the copy names nobody else."""
    return {row.id: row.role for row in db.session.execute(select(User.id, User.role))}


def identifiers(reach: Reach) -> list[dict[str, str]]:
    """The person's own official numbers, unmasked: they are his."""
    rows = select(ClientIdentifier).where(ClientIdentifier.client_id.in_(reach["client"]))
    return [{"kind": row.kind, "value": row.value} for row in db.session.scalars(rows)]


def corrections(reach: Reach) -> list[dict[str, Any]]:
    """What people made of the proposed labels."""
    rows = select(Correction).where(Correction.contact_id.in_(reach["contact"]))
    return [
        {"contact_id": row.contact_id, "at": row.at.isoformat(), "topic_id": row.topic_id}
        for row in db.session.scalars(rows.order_by(Correction.id))
    ]


def said(reach: Reach) -> Iterator[tuple[datetime, str, Any, list[Attachment]]]:
    """All that was said, answered and noted, in its order: (when, what, the row, its files). Some
    rows are in memory at a time, however many there are."""
    order = sorted(
        (at, kind, number)
        for kind, rows in _times(reach).items()
        for number, at in db.session.execute(rows)
    )
    for some in _batches(order):
        found = {
            kind: _named(table, [number for _, one, number in some if one == kind])
            for kind, table in SAID.items()
        }
        files = _files_of(list(found["contact"]))
        for at, kind, number in some:
            yield at, kind, found[kind][number], files.get(number, []) if kind == "contact" else []


def _times(reach: Reach) -> dict[str, Select[int, datetime]]:
    contacts, messages = reach["contact"], reach["message"]
    noted = Note.ticket_id.in_(reach["ticket"])
    return {
        "contact": select(Contact.id, Contact.received_at).where(Contact.id.in_(contacts)),
        "message": select(Message.id, Message.written_at).where(Message.id.in_(messages)),
        "note": select(Note.id, Note.at).where(noted),
    }


def _named(table: Any, numbers: list[int]) -> dict[int, Any]:
    rows = select(table).where(table.id.in_(numbers))
    return {row.id: row for row in db.session.scalars(rows).unique()}


def _files_of(contact_ids: list[int]) -> dict[int, list[Attachment]]:
    rows = select(Attachment).where(Attachment.contact_id.in_(contact_ids))
    found: dict[int, list[Attachment]] = {}
    for row in db.session.scalars(rows.order_by(Attachment.id)):
        found.setdefault(row.contact_id, []).append(row)
    return found


def file_names(reach: Reach) -> list[tuple[str, int]]:
    """Every file of the person: (what it lies at, its number)."""
    came = select(Attachment.id).where(Attachment.contact_id.in_(reach["contact"]))
    noted = select(NoteFile.id).where(NoteFile.note_id.in_(reach["note"]))
    return [
        *(("", number) for number in db.session.scalars(came.order_by(Attachment.id))),
        *((NOTED, number) for number in db.session.scalars(noted.order_by(NoteFile.id))),
    ]


def file(place: str, number: int) -> Attachment | NoteFile:
    if place == NOTED:
        return db.session.get_one(NoteFile, number)
    return db.session.get_one(Attachment, number)


def _batches(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    for start in range(0, len(rows), AT_ONCE):
        yield rows[start : start + AT_ONCE]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value


def quiet_clients(most: int) -> list[Client]:
    """Some clients to whom nothing is owed: all their tickets are closed."""
    open_ = select(Ticket.id).where(Ticket.client_id == Client.id, Ticket.status != Status.CLOSED)
    closed = select(Ticket.id).where(Ticket.client_id == Client.id)
    rows = select(Client).where(
        ~open_.exists(),
        closed.exists(),
        Client.merged_into_id.is_(None),
        Client.erased_at.is_(None),
    )
    return list(db.session.scalars(rows.order_by(Client.id).limit(most)))
