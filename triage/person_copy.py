"""The copy that a person may ask for: a page to read, the data as JSON, and the files, as a ZIP.

Colleagues stand in it by their role, other clients not at all; what tells of others in the
person's own words is the person's.
"""

import json
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, BinaryIO, Protocol

from flask import stream_template

from models import erasure_reach, person_copy
from models.base import db, now
from models.client import Client
from models.erasure_reach import Reach
from models.filestore import Lost
from models.revealing import concerned
from models.user import User

_UNSAFE = re.compile(r"[^\w.\- ]+")
LONGEST_NAME = 100


class Told(Protocol):
    """Who wants to know how far it is."""

    @property
    def rows(self) -> Callable[[int], None]: ...


def write(asked: Mapping[str, Any], by: User, file: BinaryIO, told: Told) -> int:
    """Write the whole copy for the client that was asked for; returns how many things are in it.

    Raises LookupError for who may see nothing of this person by now.
    """
    found = Client.named(int(asked["client"]))
    if found is None or found.erased_at is not None or not concerned(found, by):
        raise LookupError("client")
    client = found.target
    reach = person_copy.seen(erasure_reach.of_client(client), by)
    count = 0
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        put(archive, "index.html", readable(client, reach, now()))
        for name in person_copy.KINDS:
            counted = Counted(part(name, reach))
            put(archive, f"data/{name}.json", as_json(counted))
            count += counted.rows
            told.rows(count)
        for place, number in person_copy.file_names(reach):
            count += 1
            keep_file(archive, place, number)
            told.rows(count)
    return count


def put(archive: zipfile.ZipFile, name: str, pieces: Iterable[str]) -> None:
    """A member of the archive, written as its pieces come: never all of it in memory."""
    with archive.open(name, "w", force_zip64=True) as member:
        for piece in pieces:
            member.write(piece.encode())


def keep_file(archive: zipfile.ZipFile, place: str, number: int) -> None:
    lies = person_copy.file(place, number)
    try:
        content = lies.blob.content
    except Lost:
        return
    archive.writestr(f"files/{place}{lies.id}-{safe(lies.name)}", content)
    db.session.expunge(lies.blob)
    db.session.expunge(lies)


# --- the data -----------------------------------------------------------------------------------


class Counted:
    """The rows of some tables, one after the other, and how many there were."""

    def __init__(self, tables: Iterator[tuple[str, Iterator[dict[str, Any]]]]) -> None:
        self.tables = tables
        self.rows = 0

    def __iter__(self) -> Iterator[tuple[str, Iterator[dict[str, Any]]]]:
        for table, rows in self.tables:
            yield table, self._counted(rows)

    def _counted(self, rows: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for row in rows:
            self.rows += 1
            yield row


def part(name: str, reach: Reach) -> Iterator[tuple[str, Iterator[dict[str, Any]]]]:
    """One JSON file: its tables, and the rows of each."""
    roles = person_copy.roles()
    for table in person_copy.KINDS[name]:
        yield table, person_copy.rows_of(table, reach, roles)
    if name == "clients":
        yield "official_numbers", iter(person_copy.identifiers(reach))
    if name == "labels":
        yield "decided_by_people", iter(person_copy.corrections(reach))


def as_json(tables: Iterable[tuple[str, Iterator[dict[str, Any]]]]) -> Iterator[str]:
    """An object of tables, a row a line."""
    between = "{\n"
    for table, rows in tables:
        yield f"{between}{json.dumps(table)}: ["
        yield from _lines(rows)
        yield "]"
        between = ",\n"
    yield "\n}\n"


def _lines(rows: Iterator[dict[str, Any]]) -> Iterator[str]:
    between = "\n"
    for row in rows:
        yield between + json.dumps(row, ensure_ascii=False)
        between = ",\n"


# --- the page -----------------------------------------------------------------------------------


def readable(client: Client, reach: Reach, at: datetime) -> Iterator[str]:
    """The page to read: what was said and answered, in its order."""
    return stream_template(
        "admin/privacy_copy.html",
        client=client,
        numbers=person_copy.identifiers(reach),
        said=person_copy.said(reach),
        safe=safe,
        at=at,
    )


def safe(name: str) -> str:
    """A file's name as it can lie in a folder of anybody's machine."""
    return _UNSAFE.sub("_", name).strip(". ")[-LONGEST_NAME:] or "file"
