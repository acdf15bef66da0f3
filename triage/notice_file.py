"""A table of events: read with forgiveness for how it was saved, and none for what it says.

Columns may be called by their code or in four languages; days may stand in Belgian order.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from models.notice import FileEvent, Kept, Notice, NoticeKind
from models.notice_batch import NoticeBatch
from models.notice_match import Known, find
from models.wording import plain
from triage.notice_reading import Fault, Reading, Unreadable, own_key
from triage.spreadsheet import cell

SOURCE = "csv"
LARGEST = 5 * 1024 * 1024
MOST_LINES = 20_000
AT_ONCE = 200
"""Lines that a worker keeps in one transaction."""
LOOKED_UP = 500
"""Lines of which a preview says whose they are."""

COLUMNS = {
    "id": ("id", "evenement", "gebeurtenis", "ereignis", "event"),
    "kind": ("kind", "type", "soort", "art", "what"),
    "occurred_at": ("occurred_at", "date", "datum", "quand", "wanneer", "wann", "when"),
    "file_reference": ("file_reference", "dossier", "akte", "file", "reference", "aktenzeichen"),
    "ticket": ("ticket", "numero", "nummer", "number"),
    "client_id": ("client_id", "client", "klant", "kunde"),
    "national_number": ("national_number", "niss", "insz", "rijksregisternummer",
                        "numero national", "nationalregisternummer"),
    "enterprise_number": ("enterprise_number", "bce", "kbo", "ondernemingsnummer",
                          "numero d'entreprise", "unternehmensnummer", "zdu"),
    "email": ("email", "e-mail", "courriel", "mail"),
    "language": ("language", "langue", "taal", "sprache"),
    "measure": ("measure", "mesure", "maatregel", "massnahme"),
    "topic": ("topic", "sujet", "onderwerp", "thema"),
    "pays_on": ("pays_on", "paiement", "betaaldag", "betaaldatum", "zahlungstag",
                "date de paiement", "payment day", "payment date"),
    "documents": ("documents", "documenten", "dokumente", "pieces"),
}  # fmt: skip
KINDS = {
    NoticeKind.RECEIVED: ("recu", "recue", "ontvangen", "eingegangen"),
    NoticeKind.DOCUMENTS_MISSING: ("documents manquants", "incomplet", "documenten ontbreken",
                                   "onvolledig", "dokumente fehlen", "unvollstandig"),
    NoticeKind.COMPLETE: ("complet", "volledig", "vollstandig"),
    NoticeKind.SENT_TO_AUTHORITY: ("transmis", "doorgestuurd", "weitergeleitet"),
    NoticeKind.APPROVED: ("accepte", "approuve", "goedgekeurd", "bewilligt", "genehmigt"),
    NoticeKind.REFUSED: ("refuse", "geweigerd", "abgelehnt"),
    NoticeKind.PAYMENT_ANNOUNCED: ("paiement annonce", "betaling aangekondigd",
                                   "zahlung angekundigt"),
    NoticeKind.PAID: ("paye", "betaald", "bezahlt"),
}  # fmt: skip
WHO = {
    "ticket": "ticket",
    "client_id": "id",
    "national_number": "national_number",
    "enterprise_number": "enterprise_number",
    "email": "email",
}
_COLUMN_OF = {plain(word): name for name, words in COLUMNS.items() for word in words}
_KIND_OF = {plain(word): kind.value for kind, words in KINDS.items() for word in words}


class NoTable(Exception):
    """The file cannot be read at all; says why in one word."""


@dataclass(frozen=True)
class Table:
    """The lines of a file below its header; `names` holds for each column its code, or None."""

    header: list[str]
    names: list[str | None]
    lines: list[list[str]]

    @property
    def ignored(self) -> list[str]:
        return [title for title, name in zip(self.header, self.names, strict=True) if not name]


@dataclass
class Preview:
    """What would come of a file; nothing has been told."""

    table: Table
    events: list[tuple[int, FileEvent]] = field(default_factory=list)
    faults: list[dict[str, object]] = field(default_factory=list)
    kinds: dict[str, int] = field(default_factory=dict)
    duplicates: int = 0
    looked_up: int = 0
    matched: int = 0

    @property
    def unmatched(self) -> int:
        return self.looked_up - self.matched


def table_of(content: bytes) -> Table:
    """Raises `NoTable` where there is no header that we know."""
    text = decoded(content)
    first = text.partition("\n")[0]
    delimiter = max(";,\t", key=first.count)
    if not first.count(delimiter):
        raise NoTable("header")
    try:
        rows = [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if any(row)]
    except csv.Error as trouble:
        raise NoTable("broken") from trouble
    header = [title.strip() for title in rows[0]]
    names = [_COLUMN_OF.get(plain(title)) for title in header]
    if "kind" not in names or not set(names) & {*WHO, "file_reference"}:
        raise NoTable("header")
    if len(rows) < 2:
        raise NoTable("empty")
    if len(rows) - 1 > MOST_LINES:
        raise NoTable("long")
    return Table(header, names, rows[1:])


def decoded(content: bytes) -> str:
    """As UTF-8, with or without its mark, else as what Excel writes by itself."""
    if len(content) > LARGEST:
        raise NoTable("large")
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding).replace("\0", "")
        except UnicodeDecodeError:
            continue
    return content.decode("latin-1").replace("\0", "")


def told_in(table: Table, line: list[str]) -> dict[str, object]:
    """A line as an event is told; empty cells are not told."""
    cells = {
        name: cell.strip()
        for name, cell in zip(table.names, line, strict=False)
        if name and cell.strip()
    }
    told: dict[str, object] = {
        "client": {WHO[name]: cells.pop(name) for name in list(cells) if name in WHO}
    }
    if "kind" in cells:
        cells["kind"] = _KIND_OF.get(plain(cells["kind"]), cells["kind"])
    if "documents" in cells:
        told["documents"] = [one.strip() for one in cells.pop("documents").split("|")]
    return told | cells


def read_line(
    reading: Reading, table: Table, line: list[str]
) -> tuple[FileEvent | None, list[Fault]]:
    told = told_in(table, line)
    key = own_key(*sorted((name, str(value)) for name, value in told.items()))
    try:
        return reading.read(told, key=key, belgian=True), []
    except Unreadable as trouble:
        return None, trouble.faults


def preview(content: bytes, at: datetime) -> Preview:
    """What was understood, line by line, and what would come of it."""
    shown = Preview(table_of(content))
    reading = Reading(at)
    for place, line in enumerate(shown.table.lines):
        event, faults = read_line(reading, shown.table, line)
        if event is None:
            shown.faults.append(fault(place, faults))
            continue
        shown.events.append((place, event))
        shown.kinds[event.kind] = shown.kinds.get(event.kind, 0) + 1
    keys = [event.key for _place, event in shown.events]
    known = Notice.known_keys(SOURCE, keys)
    shown.duplicates = sum(key in known for key in keys) + len(keys) - len(set(keys))
    fresh = [event for _place, event in shown.events if event.key not in known][:LOOKED_UP]
    shown.looked_up = len(fresh)
    files = [(event.who, event.file_reference) for event in fresh]
    people = Known(files)
    shown.matched = sum(find(who, file, people).client is not None for who, file in files)
    return shown


def fault(place: int, faults: list[Fault]) -> dict[str, object]:
    """`line` as a spreadsheet counts: the header is the first."""
    return {
        "line": place + 2,
        "why": [[field_of(one.pointer), one.detail] for one in faults],
    }


def field_of(pointer: str) -> str:
    name = pointer.removeprefix("/client/").strip("/")
    return "client_id" if pointer == "/client/id" else name


def read_on(batch: NoticeBatch, at: datetime) -> bool:
    """Keep the next lines of a file that was let go; whether more are left."""
    if batch.ended_at is not None or batch.withdrawn_at is not None or not batch.content:
        return False
    table, reading = table_of(batch.content), Reading(batch.at)
    faults = list(batch.faults)
    known = {one["line"] for one in faults}
    last = min(batch.done + AT_ONCE, len(table.lines))
    read = [
        (place, *read_line(reading, table, table.lines[place])) for place in range(batch.done, last)
    ]
    events = [(event, place + 2) for place, event, _wrong in read if event is not None]
    kept = {
        line: how
        for (_event, line), (_id, how) in zip(
            events, Notice.keep_all(events, SOURCE, batch_id=batch.id), strict=True
        )
    }
    for place, _event, wrong in read:
        if kept.get(place + 2) is Kept.DIFFERENT:
            wrong = [Fault("/id", "Another event came under this id before.")]
        if wrong and place + 2 not in known:
            faults.append(fault(place, wrong))
    batch.done = last
    batch.faults = faults
    if batch.done < len(table.lines):
        return True
    batch.ended_at = at
    wrong_lines = [table.lines[int(one["line"]) - 2] for one in faults]
    batch.keep_only(written([table.header, *wrong_lines]).encode())
    return False


def faults_to_mend(batch: NoticeBatch) -> Iterator[str]:
    """The faulty lines as they came, each with what is wrong, as a table of its own."""
    if not batch.content:
        return
    text = decoded(batch.content)
    delimiter = (
        ";" if batch.ended_at is not None else max(";,\t", key=text.partition("\n")[0].count)
    )
    rows = [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if any(row)]
    yield written([[*map(cell, rows[0]), "line", "why"]])
    for position, one in enumerate(batch.faults):
        place = position if batch.ended_at is not None else int(one["line"]) - 2
        line = rows[place + 1] if place + 1 < len(rows) else []
        why = " ".join(f"{name}: {detail}" for name, detail in one["why"])
        yield written([[*map(cell, line), str(one["line"]), why]])


def written(rows: list[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=";", lineterminator="\r\n").writerows(rows)
    return out.getvalue()
