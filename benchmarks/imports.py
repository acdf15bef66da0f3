"""How history is brought along: rows a second, memory, and whether all of it goes again.

Everything is invented. Each turn is a process of its own, as the relay starts it; its peak of
memory is that of the whole process, the application among it.
"""

import io
import os
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import IO, Any

from sqlalchemy import func, select

from benchmarks.board import house
from benchmarks.export import carried
from models.base import db, now, transaction
from models.contact import Contact
from models.data_import import DataImport
from models.ticket import Ticket
from models.user import Role, User
from triage.config import Settings
from triage.foundation import bare_app
from triage.importing.table import guessed

ROWS = int(os.environ.get("IMPORT_ROWS", "100000"))
MAIL_BYTES = int(os.environ.get("IMPORT_MAIL_BYTES", str(200 * 1000 * 1000)))
MAIL = 60_000
"""Bytes of one mail, most of them in a file."""
HEADING = (
    "external_id;subject;description;status;requester_email;channel;language;topic;team;"
    "created_at;solved_at"
)
BEGINNING = datetime(2019, 1, 1, 9, tzinfo=UTC)
LANGUAGES = ("fr", "nl", "de", "en")
TEXTS = (
    "Bonjour, je n'ai toujours rien reçu pour le mois de mars. Pouvez-vous regarder ?",
    "Goedemorgen, kan ik mijn bijdrage later betalen? Mijn zaak is gesloten.",
    "Guten Tag, ich warte seit drei Wochen auf eine Antwort zu meinem Antrag.",
    "Hello, I sent the form twice and nobody has told me whether it arrived.",
)


def run() -> dict[str, Any]:
    with house() as settings:
        table = brought(settings, "tickets", ROWS)
        with tempfile.TemporaryFile() as file:
            count = write_mails(file, MAIL_BYTES)
            size = file.tell()
        mails = brought(settings, "mbox", count)
        return {
            f"{ROWS} tickets (CSV)": table,
            f"{count} mails ({size // 1_000_000} MB mbox)": mails,
        }


def brought(settings: Settings, kind: str, rows: int) -> dict[str, Any]:
    """A file is tried, taken in and taken back."""
    with bare_app(settings).app_context():
        import_id, grown = take(kind)
        figures: dict[str, Any] = {
            "memory to keep the file (MB)": grown,
            "trial": carried(settings, rows),
        }
        for step in ("run", "undo"):
            go_on(import_id, step)
            figures[step] = carried(settings, rows) | counted(import_id)
        db.session.remove()
        db.engine.dispose()
    return figures


def take(kind: str) -> tuple[int, int]:
    """(the import, by how much this process has grown); it is tried next."""
    with tempfile.TemporaryFile() as file, transaction():
        if kind == "mbox":
            write_mails(file, MAIL_BYTES)
        else:
            write_table(file, ROWS)
        file.seek(0)
        before = memory()
        ada = User.add(f"ada-{kind}", "Ada", Role.ADMINISTRATOR, "en")
        made = DataImport.take(kind, kind, file, by=ada, at=now(), encoding="utf-8")
        columns = guessed(HEADING.split(";"))
        asked = {"source": "Before", "columns": columns, "separator": ";", "encoding": "utf-8"}
        made.try_out(asked, by=ada, at=now())
        return made.id, memory() - before


def go_on(import_id: int, step: str) -> None:
    with transaction():
        standing = DataImport.held(import_id)
        assert standing is not None
        assert standing.state == ("tried" if step == "run" else "done"), standing.state
        if step == "run":
            standing.run(by=standing.by, at=now())
        else:
            standing.undo(by=standing.by, at=now())


def counted(import_id: int) -> dict[str, Any]:
    db.session.rollback()
    standing = DataImport.named(import_id)
    assert standing is not None
    found = {
        "state": standing.state,
        "new": standing.created,
        "faulty": standing.faulty,
        "tickets here": db.session.scalar(select(func.count()).select_from(Ticket)),
        "contacts here": db.session.scalar(select(func.count()).select_from(Contact)),
    }
    db.session.rollback()
    return found


def memory() -> int:
    """The most that this process has had, in MB."""
    with open("/proc/self/status", encoding="ascii") as status:
        [line] = [line for line in status if line.startswith("VmHWM:")]
    return int(line.split()[1]) // 1024


# --- invented files -------------------------------------------------------------------------


def write_table(file: IO[bytes], rows: int) -> None:
    text = io.TextIOWrapper(file, "utf-8", newline="\r\n")
    text.write(f"{HEADING}\n")
    for number in range(rows):
        at = BEGINNING + timedelta(minutes=3 * number)
        text.write(
            f"B-{number};About month {number % 12};{TEXTS[number % 4]};solved;"
            f"client{number % (rows // 4 + 1)}@example.com;email;{LANGUAGES[number % 4]};"
            f"{'deferral' if number % 50 else 'deferal'};;{at.isoformat()};"
            f"{(at + timedelta(days=2)).isoformat()}\n"
        )
    text.flush()
    text.detach()


def write_mails(file: IO[bytes], size: int) -> int:
    """Returns how many."""
    for number, mail in enumerate(mails()):
        if file.tell() >= size:
            return number
        file.write(mail)
    return 0


def mails() -> Iterator[bytes]:
    """A client asks, we answer, the client thanks; and so on."""
    content = ("QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2" * 64 + "\n") * (
        MAIL // 4096
    )
    number = 0
    while True:
        at = BEGINNING + timedelta(minutes=number)
        ours = number % 3 == 1
        sender = "contact@fund.example" if ours else f"client{number // 3}@example.com"
        answers = f"In-Reply-To: <{number - 1}@example.com>\n" if number % 3 else ""
        yield (
            f"From x Mon Mar  4 10:00:00 2019\nFrom: {sender}\nTo: contact@fund.example\n"
            f"Subject: About {number}\nDate: {format_datetime(at)}\n"
            f"Message-ID: <{number}@example.com>\n{answers}MIME-Version: 1.0\n"
            "Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/plain; "
            f"charset=utf-8\n\n{TEXTS[number % 4]}\n\n--x\nContent-Type: application/pdf; "
            f"name=file-{number}.pdf\nContent-Transfer-Encoding: base64\n\n{number:08d}\n"
            f"{content}--x--\n\n"
        ).encode()
        number += 1
