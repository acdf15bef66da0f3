"""A list of recipients as somebody has it: a CSV file becomes lines, and faults with their number.

Nothing is guessed of an address; what cannot be read is shown as it was written, and left out.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from models.base import db_safe
from models.topic import LANGUAGES
from triage.intake.addresses import normalised_address

LARGEST = 2_000_000
"""Bytes of a file."""
MOST_LINES = 20_000
MOST_COLUMNS = 30
LONGEST_CELL = 500
LONGEST_NAME = 300
MOST_FAULTS = 200
"""So many are shown; all are counted."""

_ADDRESS = {
    *("e-mail", "email", "mail", "e-mailadres", "emailadres", "adresse e-mail", "adresse mail"),
    *("e-mail-adresse", "email address", "e-mail address", "courriel", "address", "adresse"),
}
_NAME = {"name", "nom", "naam", "full name", "nom complet", "volledige naam", "client", "klant"}
_LANGUAGE = {"language", "langue", "taal", "sprache", "lang", "lg"}
_RESERVED = {"opening", "closing", "house", "team", "answer", "number"}
"""Placeholders that mean something else in every mailing."""
_WORDS = {
    **dict.fromkeys(("fr", "fra", "français", "francais", "french", "frans", "französisch"), "fr"),
    **dict.fromkeys(("nl", "nld", "nederlands", "dutch", "néerlandais", "niederländisch"), "nl"),
    **dict.fromkeys(("de", "deu", "deutsch", "german", "allemand", "duits"), "de"),
    **dict.fromkeys(("en", "eng", "english", "anglais", "engels", "englisch"), "en"),
}


class Unreadable(ValueError):
    """The file as a whole says nothing; `reason`: empty, large, long, wide, no_address."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class FaultKind(StrEnum):
    """What is wrong with one line."""

    NO_ADDRESS = "no_address"
    BAD_ADDRESS = "bad_address"
    TWICE = "twice"
    LANGUAGE = "language"
    """It stays in; the language is not known."""
    CUT = "cut"
    """It stays in; a cell was too long."""


@dataclass(frozen=True)
class Line:
    """One recipient; `fields` are the further columns, by placeholder."""

    address: str
    name: str = ""
    language: str = ""
    fields: dict[str, str] = field(default_factory=dict)

    def row(self) -> dict[str, Any]:
        """As it is kept."""
        return {
            "address": self.address,
            "name": self.name,
            "language": self.language,
            "fields": dict(self.fields),
        }


@dataclass(frozen=True)
class Fault:
    number: int
    """The line as a spreadsheet counts it; the heading is line 1."""
    kind: FaultKind
    written: str


@dataclass(frozen=True)
class Read:
    """What a file says: its columns with what they are taken for, its people, its faults."""

    columns: list[tuple[str, str]]
    """(heading, `address`, `name`, `language` or the placeholder that it becomes)"""
    lines: list[Line]
    faults: list[Fault]

    @property
    def fields(self) -> list[str]:
        known = ("address", "name", "language")
        return [meaning for _heading, meaning in self.columns if meaning not in known]


def read(content: bytes) -> Read:
    """Raises Unreadable where no line can be told from another or nobody has an address."""
    if not content.strip():
        raise Unreadable("empty")
    if len(content) > LARGEST:
        raise Unreadable("large")
    rows = _rows(_text(content))
    heading = next(rows, None)
    if heading is None:
        raise Unreadable("empty")
    columns = _columns(heading[1])
    if "address" not in columns:
        raise Unreadable("no_address")
    found = Read(list(zip(heading[1], columns, strict=True)), [], [])
    seen: set[str] = set()
    for count, (number, cells) in enumerate(rows):
        if count >= MOST_LINES:
            raise Unreadable("long")
        _take(found, number, dict(zip(columns, cells, strict=False)), seen)
    return found


def _text(content: bytes) -> str:
    """UTF-8 with or without its mark, UTF-16 with it, else what old spreadsheets write."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return db_safe(content.decode("utf-16", "replace"))
    try:
        return db_safe(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return db_safe(content.decode("cp1252", "replace"))


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """(number, cells) of each line in which something stands."""
    first = text.partition("\n")[0]
    mark = max(";,\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, [cell.strip() for cell in cells]
    except csv.Error:
        raise Unreadable("long") from None


def _columns(heading: list[str]) -> list[str]:
    if len(heading) > MOST_COLUMNS:
        raise Unreadable("wide")
    taken: list[str] = []
    for position, written in enumerate(heading, start=1):
        word = " ".join(written.casefold().replace("_", " ").split())
        meaning = _meaning(word) or _placeholder(word) or f"column_{position}"
        taken.append(meaning if meaning not in taken else f"{meaning[:34]}_{position}")
    return taken


def _meaning(word: str) -> str:
    for meaning, words in (("address", _ADDRESS), ("name", _NAME), ("language", _LANGUAGE)):
        if word in words:
            return meaning
    return ""


def _placeholder(word: str) -> str:
    """A heading as it can stand in braces: letters, digits and underscores."""
    plain = "".join(sign if sign.isalnum() else "_" for sign in word)
    name = "_".join(part for part in plain.split("_") if part)[:31]
    return f"{name}_in_file" if name in _RESERVED else name


def _take(found: Read, number: int, cells: dict[str, str], seen: set[str]) -> None:
    written = cells.pop("address", "")
    address = normalised_address(written.removeprefix("mailto:"))
    if not address or "." not in address.rpartition("@")[2]:
        kind = FaultKind.BAD_ADDRESS if written else FaultKind.NO_ADDRESS
        shown = written or next((cell for cell in cells.values() if cell), "")
        found.faults.append(Fault(number, kind, shown[:80]))
        return
    if address in seen:
        found.faults.append(Fault(number, FaultKind.TWICE, address))
        return
    seen.add(address)
    name, spoken = cells.pop("name", ""), cells.pop("language", "")
    language = _WORDS.get(spoken.casefold(), "")
    if spoken and language not in LANGUAGES:
        found.faults.append(Fault(number, FaultKind.LANGUAGE, spoken[:80]))
    if any(len(cell) > LONGEST_CELL for cell in cells.values()):
        found.faults.append(Fault(number, FaultKind.CUT, address))
    fields = {column: _plain(cell)[:LONGEST_CELL] for column, cell in cells.items()}
    found.lines.append(Line(address, _plain(name)[:LONGEST_NAME], language, fields))


def _plain(cell: str) -> str:
    """On one line: a name can bring no line of its own into a mail."""
    return " ".join(cell.split())
