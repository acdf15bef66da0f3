"""The copy for one person of a thousand contacts, each with a file: how long it takes to write, and
how far memory grows beyond what a copy of ten contacts needs. Everything is invented."""

import os
import resource
import tempfile
import time
from typing import Any

import psycopg
from flask_babel import force_locale
from sqlalchemy import select

from benchmarks.board import house, in_process
from models.base import db, transaction
from models.contact import Contact
from models.files import Attachment, Blob
from models.user import Role, User
from triage import person_copy
from triage.exporting.table import Told

CONTACTS = int(os.environ.get("PRIVACY_CONTACTS", "1000"))
FILE_BYTES = 200_000
AT_ONCE = 100
FEW = 10
FILLING = (
    "INSERT INTO client (id, name, representative, remark, version) "
    "SELECT number, 'Client ' || number, false, '', 1 FROM generate_series(1, 2) number",
    "INSERT INTO ticket (client_id, subject, preview, channel, language, topic_id, decision, "
    "needs_choice, team_id, status, status_key, urgent, contacts_count, opened_at, "
    "last_contact_at, due_at, told, flagged, health, version) "
    "SELECT CASE WHEN number <= %(few)s THEN 2 ELSE 1 END, 'A question', '', 'email', 'fr', "
    "topic.id, 'auto', false, topic.team_id, 'open', '', false, 1, now(), now(), now(), '', "
    "false, false, 1 FROM generate_series(1, %(all)s) number "
    "JOIN topic ON topic.id = 'bridging_right'",
    "INSERT INTO intake (id, key, channel, adapter, envelope, sha256, size, received_at, state, "
    "tries) SELECT number, gen_random_uuid(), 'email', 'smtp', '{}', '', 0, now(), 'read', 0 "
    "FROM generate_series(1, %(all)s) number",
    "INSERT INTO contact (intake_id, channel, client_id, ticket_id, said_at, received_at, "
    "language, sender, subject, text, new_text, copies, fully_read, defects, fields, urgency, "
    "dissatisfied, repeated, health, collected) "
    "SELECT ticket.id, 'email', ticket.client_id, ticket.id, now(), now(), 'fr', 'sender', "
    "'subject', repeat('Où en est mon dossier ? ', 100), repeat('Où en est mon dossier ? ', 100), "
    "'[]', true, '[]', '{}', 0, 0, false, false, false FROM ticket",
)


def run() -> dict[str, Any]:
    with house() as settings:
        fill(settings.database_url or "")
        in_process(settings, with_files)
        few = in_process(settings, copied, 2)
        many = in_process(settings, copied, 1)
    return {
        "rows": many["things"],
        "seconds": many["seconds"],
        "MB of the copy": many["megabytes"],
        "MB of memory at the peak": many["peak"],
        f"MB at the peak of a copy of {FEW}": few["peak"],
    }


def fill(url: str) -> None:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        for statement in FILLING:
            connection.execute(statement.encode(), {"all": CONTACTS + FEW, "few": FEW})


def with_files(_app: Any) -> dict[str, Any]:
    """A scan of its own for each contact."""
    with transaction():
        User.add("ingrid", "Ingrid", Role.SUPERVISOR, "nl")
        contacts = db.session.scalars(select(Contact.id)).all()
    for start in range(0, len(contacts), AT_ONCE):
        with transaction():
            for contact_id in contacts[start : start + AT_ONCE]:
                digest = Blob.keep(os.urandom(FILE_BYTES))
                db.session.add(
                    Attachment(
                        contact_id=contact_id,
                        name=f"scan {contact_id}.pdf",
                        content_type="application/pdf",
                        size=FILE_BYTES,
                        sha256=digest,
                    )
                )
    return {}


def copied(_app: Any, client_id: int) -> dict[str, Any]:
    """Written as a worker writes it; the peak is that of the whole process."""
    began = time.monotonic()
    with force_locale("fr"), tempfile.TemporaryFile() as file, transaction():
        ingrid = db.session.scalars(select(User).where(User.login == "ingrid")).one()
        told = Told(lambda rows: None)
        things = person_copy.write({"client": client_id}, ingrid, file, told)
        size = file.tell()
    return {
        "things": things,
        "seconds": round(time.monotonic() - began, 1),
        "megabytes": round(size / 1e6, 1),
        "peak": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }
