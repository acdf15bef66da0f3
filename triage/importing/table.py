"""A CSV as somebody has it: how it is encoded and parted, and what its columns are taken for.

What Excel has damaged is never repaired by guessing: the row is refused, with the reason.
"""

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import chain
from typing import IO, Any

from models.base import db_safe
from models.calendar import BRUSSELS

SHOWN = 5
MOST_COLUMNS = 200
LONGEST_CELL = 1_000_000
PIECE = 1 << 20
SEPARATORS = (";", ",", "\t")
_ROUNDED = re.compile(r"[+-]?\d+([.,]\d+)?E\+?\d+", re.I)
_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:[ T](\d{1,2}):(\d{2})(?::\d{2})?)?")

NAMES: Mapping[str, frozenset[str]] = {
    "external_id": frozenset({"id", "external id", "externalid", "ticket id", "number", "numero"}),
    "first_name": frozenset({"firstname", "first name", "prenom", "voornaam", "vorname"}),
    "last_name": frozenset({"lastname", "last name", "nom", "naam", "achternaam", "nachname"}),
    "name": frozenset({"name", "full name", "nom complet", "requester name", "requester"}),
    "email": frozenset(
        {"email", "e mail", "mail", "login", "requester email", "courriel", "customer email"}
    ),
    "phone": frozenset(
        {"phone", "telephone", "mobile", "gsm", "telefoon", "tel", "requester phone", "telefon"}
    ),
    "language": frozenset({"language", "langue", "taal", "sprache", "locale", "lang"}),
    "enterprise_number": frozenset(
        {"enterprise number", "kbo", "bce", "vat", "ondernemingsnummer", "numero d entreprise"}
    ),
    "subject": frozenset({"subject", "title", "sujet", "onderwerp", "titel", "betreff"}),
    "text": frozenset({"description", "text", "body", "message", "texte", "tekst", "comment"}),
    "status": frozenset({"status", "state", "statut", "etat", "toestand"}),
    "team": frozenset({"team", "group", "equipe", "groupe", "groep", "gruppe"}),
    "owner": frozenset({"owner", "assignee", "assigned to", "agent", "proprietaire", "eigenaar"}),
    "priority": frozenset({"priority", "priorite", "prioriteit"}),
    "channel": frozenset({"channel", "via", "canal", "kanaal"}),
    "topic": frozenset({"topic", "sujet code", "category", "thema", "categorie"}),
    "intent": frozenset({"intent", "type", "intention"}),
    "opened_at": frozenset({"created at", "created", "date", "cree le", "datum", "opened"}),
    "closed_at": frozenset({"solved at", "closed at", "close at", "solved", "closed"}),
    "tags": frozenset({"tags", "labels", "etiquettes"}),
}
"""What a column may be called, without accents and signs; `login` is an address where it is one."""


class NoTable(ValueError):
    """The file as a whole says nothing; its text is one word: empty, wide, no_columns, no_json."""


@dataclass(frozen=True)
class Settings:
    """How a file is to be read; `columns` says for each meaning which column, from 0."""

    encoding: str = "utf-8"
    separator: str = ";"
    columns: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Line:
    """One row: its number as a spreadsheet counts it, its cells as written, and by meaning."""

    number: int
    written: Sequence[str]
    cells: Mapping[str, str]


def detected(file: IO[bytes], encoding: str) -> tuple[Settings, list[str], list[list[str]]]:
    """(how it seems to be written, its heading, its first rows); raises NoTable."""
    text = _as_text(file, encoding)
    first = text.readline(LONGEST_CELL)
    if not first.strip():
        raise NoTable("empty")
    separator = max(SEPARATORS, key=first.count)
    rows = _rows(chain([first], text), separator)
    heading = next(rows, (0, []))[1]
    if len(heading) > MOST_COLUMNS:
        raise NoTable("wide")
    some = [cells for (_number, cells), _count in zip(rows, range(SHOWN), strict=False)]
    if not some:
        raise NoTable("empty")
    return Settings(encoding, separator, guessed(heading)), heading, some


def encoding_of(file: IO[bytes]) -> str:
    """How a text is written, which only all of it can tell; it is read to its end."""
    letters = codecs.getincrementaldecoder("utf-8")()
    piece = file.read(PIECE)
    if piece[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    try:
        while piece:
            letters.decode(piece)
            piece = file.read(PIECE)
        letters.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def guessed(heading: Sequence[str], known: Mapping[str, Container[str]] = NAMES) -> dict[str, int]:
    """What each column is probably for; the first of several that fit."""
    found: dict[str, int] = {}
    for position, written in enumerate(heading):
        word = plain(written)
        for meaning, names in known.items():
            if word in names and meaning not in found:
                found[meaning] = position
                break
    return found


def lines(file: IO[bytes], settings: Settings) -> Iterator[Line]:
    """The rows below the heading, empty ones left out."""
    rows = _rows(_as_text(file, settings.encoding), settings.separator)
    next(rows, None)
    for number, cells in rows:
        by_meaning = {
            meaning: db_safe(cells[position]).strip() if position < len(cells) else ""
            for meaning, position in settings.columns.items()
        }
        yield Line(number, cells, by_meaning)


def _as_text(file: IO[bytes], encoding: str) -> io.TextIOWrapper:
    marked = "utf-8-sig" if encoding == "utf-8" else encoding
    return io.TextIOWrapper(file, marked, errors="replace", newline="")


def _rows(text: Iterable[str], separator: str) -> Iterator[tuple[int, list[str]]]:
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(text, delimiter=separator)
    while True:
        number = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error:
            cells = []
            yield number, cells
            continue
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield number, cells


def plain(word: str) -> str:
    """Lower case, without accents and signs."""
    bare = unicodedata.normalize("NFKD", word).encode("ascii", "ignore").decode().lower()
    return " ".join(re.sub(r"[^a-z0-9]+", " ", bare).split())


def damaged(cells: Mapping[str, str]) -> str:
    """What a spreadsheet has done to a row: `rounded`, `lost_zero`, or nothing."""
    if any(_ROUNDED.fullmatch(cell) for cell in cells.values() if len(cell) < 30):
        return "rounded"
    for written in cells.get("phone", "").split("~~~"):
        digits = re.sub(r"\D", "", written)
        if digits and not written.strip().startswith(("0", "+", "(")) and len(digits) <= 9:
            return "lost_zero"
    enterprise = cells.get("enterprise_number", "")
    digits = re.sub(r"\D", "", enterprise)
    return "lost_zero" if enterprise.isdigit() and len(digits) == 9 else ""


def moment(written: str) -> datetime | None:
    """An ISO time, or a day as it is written here; without a zone it is Brussels'.

    Raises ValueError for what is none.
    """
    if not written:
        return None
    found = _DAY.fullmatch(written)
    if found:
        day, month, year, hour, minute = (int(part or 0) for part in found.groups())
        return datetime(year, month, day, hour, minute, tzinfo=BRUSSELS)
    at = datetime.fromisoformat(written.replace(" UTC", "+00:00"))
    return at if at.tzinfo else at.replace(tzinfo=BRUSSELS)


def as_settings(asked: Mapping[str, Any]) -> Settings:
    columns = asked.get("columns") or {}
    return Settings(
        str(asked.get("encoding") or "utf-8"),
        str(asked.get("separator") or ";"),
        {str(name): int(position) for name, position in columns.items()},
    )


def today(at: datetime) -> date:
    return at.astimezone(BRUSSELS).date()
