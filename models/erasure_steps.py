"""Taking one person's words out of every table: what stays are ids, times, states and counts.

All of it is one transaction: a kill leaves the person whole, and the promise is kept again. What
lies outside the database is told to the caller, who removes it after the commit.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Column, LargeBinary, String, delete, func, not_, select, update
from sqlalchemy.dialects.postgresql import JSONB

from models import personal
from models.api_answer import ApiAnswer
from models.base import db
from models.client import Client
from models.contact import Contact
from models.data_export import DataExport, ExportState
from models.data_import import DataImport
from models.erasure_reach import Reach
from models.erasure_words import known_words, sweep
from models.event import Event
from models.files import Attachment, Blob
from models.mailing import Mailing
from models.mailing_recipient import MailingRecipient
from models.message import MessageFile
from models.model_version import ModelVersion
from models.note import NoteFile
from models.notice import Notice
from models.notice_batch import NoticeBatch
from models.personal import Declared
from models.prediction import Vector
from models.thread import TicketFile
from models.ticket import Ticket
from models.wordless import emptied


@dataclass
class Gone:
    """How many rows of each table were emptied or deleted, and what must still go outside."""

    rows: dict[str, int] = field(default_factory=dict)
    digests: list[str] = field(default_factory=list)
    letters: list[int] = field(default_factory=list)
    exports: list[str] = field(default_factory=list)


def count(reach: Reach) -> dict[str, int]:
    """How many rows of each table would be emptied or deleted."""
    counts = {}
    for one in personal.of_clients():
        rows = select(func.count()).select_from(one.at).where(reach.rows(one))
        if number := db.session.scalar(rows):
            counts[one.table] = number
    return counts


def erase(reach: Reach, pseudonym: str, at: datetime) -> Gone:
    """Empty everything that `reach` leads to, in the caller's transaction."""
    instead = f"[{pseudonym}]"
    gone = Gone(letters=sorted(reach["message"]))
    known = known_words(reach)
    gone.digests = _files(reach)
    _vectors(reach)
    _events(reach)
    _tables_of_many(reach)
    if reach["client"]:
        ModelVersion.made_stale(at)
        ApiAnswer.sweep(at)  # sealed, and perhaps about the person: a program asks anew
        gone.exports = _exports(at)
        gone.digests += DataImport.files()  # a file that was brought along names many
    for one in personal.of_clients():
        if one.table != "event" and (number := _take_out(one, reach)):
            gone.rows[one.table] = number
    gone.digests = Blob.forget(*gone.digests)
    _mark(reach, instead, at)
    if swept := sweep(known, instead):
        gone.rows["elsewhere"] = swept
    db.session.expire_all()
    return gone


# --- one table ------------------------------------------------------------------------------


def _take_out(one: Declared, reach: Reach) -> int:
    """Delete the rows or empty their columns; returns how many."""
    rows = reach.rows(one)
    key = next(iter(one.at.primary_key))
    if one.dropped:
        return len(db.session.execute(delete(one.at).where(rows).returning(key)).all())
    values = {
        name: _empty(one.at.c[name]) for name in one.columns if one.at.c[name].computed is None
    }
    return len(db.session.execute(update(one.at).where(rows).values(values).returning(key)).all())


def _empty(column: Column[Any]) -> Any:
    """What stands in a column of which nothing is left."""
    if column.nullable:
        return None
    kind = personal.underlying(column)
    if isinstance(kind, JSONB):
        default: Any = column.default
        return default.arg(None) if default is not None and default.is_callable else {}
    if isinstance(kind, LargeBinary):
        return b""
    assert isinstance(kind, String)
    return ""


def _mark(reach: Reach, instead: str, at: datetime) -> None:
    """What still has to be called something is called by the pseudonym; links lead nowhere."""
    clients, contacts, tickets = reach["client"], reach["contact"], reach["ticket"]
    db.session.execute(
        update(Client)
        .where(Client.id.in_(clients))
        .values(name=instead, erased_at=at, version=Client.version + 1)
        .execution_options(synchronize_session=False)
    )
    db.session.execute(
        update(Contact)
        .where(Contact.id.in_(contacts))
        .values(erased_at=at)
        .execution_options(synchronize_session=False)
    )
    db.session.execute(
        update(Ticket)
        .where(Ticket.id.in_(tickets))
        .values(subject=instead, preview="", version=Ticket.version + 1)
        .execution_options(synchronize_session=False)
    )
    _retitle(contacts, tickets, instead)
    db.session.execute(
        update(Ticket)
        .where(Ticket.id.in_(tickets))
        .values(status_key=func.substr(func.md5(func.random().cast(String)), 1, 12))
        .execution_options(synchronize_session=False)
    )


def _retitle(contacts: set[int], own: set[int], instead: str) -> None:
    """A ticket that goes on without some of its contacts: its title goes with the first one, and
    the line that lists show is the last one's that stays."""
    holding = select(Contact.ticket_id).where(Contact.id.in_(contacts))
    for ticket in db.session.scalars(
        select(Ticket).where(Ticket.id.in_(holding), Ticket.id.not_in(own))
    ):
        said = select(Contact).where(Contact.ticket_id == ticket.id)
        there = db.session.scalars(said.order_by(Contact.received_at, Contact.id)).all()
        if there[0].id in contacts:
            ticket.subject = instead
        left = [one for one in there if one.id not in contacts]
        ticket.preview = left[-1].first_line if left else ""
    db.session.flush()


# --- what follows no reference --------------------------------------------------------------


def _files(reach: Reach) -> list[str]:
    """The digests of the files that came with contacts, went with answers or lie at notes."""
    came = select(Attachment.sha256).where(Attachment.contact_id.in_(reach["contact"]))
    went = select(MessageFile.sha256).where(MessageFile.message_id.in_(reach["message"]))
    noted = select(NoteFile.sha256).where(NoteFile.note_id.in_(reach["note"]))
    taken = select(Attachment.id).where(Attachment.contact_id.in_(reach["contact"]))
    db.session.execute(delete(TicketFile).where(TicketFile.attachment_id.in_(taken)))
    return sorted({digest for rows in (came, went, noted) for digest in db.session.scalars(rows)})


def _vectors(reach: Reach) -> None:
    """The vectors of texts that nobody else has sent in the same words."""
    own = select(Contact.content_hash).where(Contact.id.in_(reach["contact"]))
    others = select(Contact.content_hash).where(
        Contact.content_hash == Vector.content_hash, Contact.id.not_in(reach["contact"])
    )
    db.session.execute(
        delete(Vector)
        .where(Vector.content_hash.in_(own), not_(others.exists()))
        .execution_options(synchronize_session=False)
    )


def _events(reach: Reach) -> None:
    """Histories keep what was done, when and by whom, without a word."""
    one = personal.declared("event")
    assert one is not None
    for event in db.session.scalars(select(Event).where(reach.rows(one))).unique():
        facts = emptied(event.facts)
        if facts != event.facts:
            event.facts = facts
    db.session.flush()


def _tables_of_many(reach: Reach) -> None:
    """Sealed tables in which the person is one of many: those that have done their work go."""
    clients = reach["client"]
    mailings = select(MailingRecipient.mailing_id).where(MailingRecipient.client_id.in_(clients))
    db.session.execute(
        update(Mailing)
        .where(Mailing.id.in_(mailings), Mailing.ended_at.is_not(None))
        .values(sealed=None)
        .execution_options(synchronize_session=False)
    )
    batches = select(Notice.batch_id).where(Notice.client_id.in_(clients))
    db.session.execute(
        update(NoticeBatch)
        .where(NoticeBatch.id.in_(batches), NoticeBatch.ended_at.is_not(None))
        .values(sealed=None)
        .execution_options(synchronize_session=False)
    )


def _exports(at: datetime) -> list[str]:
    """Tables that were taken along before may hold the person, and so may those that are being
    written now: who asked makes them again."""
    db.session.execute(
        update(DataExport)
        .where(DataExport.state == ExportState.WRITING)
        .values(state=ExportState.CANCELLED.value, ended_at=at)
        .execution_options(synchronize_session=False)
    )
    rows = (
        update(DataExport)
        .where(DataExport.state == ExportState.READY)
        .values(state=ExportState.GONE.value, expires_at=at)
        .returning(DataExport.file_place)
        .execution_options(synchronize_session=False)
    )
    return sorted(place for place in db.session.scalars(rows) if place)
