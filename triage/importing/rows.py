"""From the rows of a CSV to people and matters. Pure: no database."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from hashlib import sha256

from triage.importing.record import Doubt, Entry, Matter, Person, Record, Refused
from triage.importing.table import Line, damaged
from triage.importing.values import LONGEST_TEXT, channel_of, closed_by, language_of, past
from triage.intake.addresses import normalised_address
from triage.intake.phone import e164

SEVERAL = "~~~"
REMARKS = ("priority", "tags")
"""Columns that have no place of their own here: they stand in a note."""


def people(lines: Iterator[Line], at: datetime) -> Iterator[Record]:
    return (_row(line, _client, at) for line in lines)


def matters(lines: Iterator[Line], at: datetime) -> Iterator[Record]:
    return (_row(line, _ticket, at) for line in lines)


def _row(line: Line, read: Callable[[Line, datetime], Record], at: datetime) -> Record:
    try:
        if why := damaged(line.cells):
            raise Refused(why)
        return read(line, at)
    except Refused as refused:
        external_id = line.cells.get("external_id", "")[:200]
        return Record(
            line.number, external_id, str(refused), doubts=refused.doubts, written=line.written
        )


def _client(line: Line, at: datetime) -> Record:
    person, doubts = _person(line.cells)
    if not person.name:
        raise Refused("no_name")
    named = line.cells.get("external_id") or next(iter(person.emails), "")
    return Record(
        line.number,
        (named or _made_up(line))[:200],
        person=person,
        doubts=doubts,
        written=line.written,
    )


def _ticket(line: Line, at: datetime) -> Record:
    cells = line.cells
    external_id = cells.get("external_id", "")[:200]
    if not external_id:
        raise Refused("no_id")
    text = cells.get("text", "")[:LONGEST_TEXT]
    if not text and not cells.get("subject"):
        raise Refused("no_text")
    opened_at = past(cells.get("opened_at", ""), at)
    closed_at = past(cells["closed_at"], at) if cells.get("closed_at") else None
    over, doubts = closed_by(cells.get("status", ""))
    if closed_at is not None:  # its day says more than a word that is not known
        doubts = ()
    elif over:
        closed_at = opened_at
    if closed_at is not None and closed_at < opened_at:
        raise Refused("ends_before_it_begins")
    person, doubted = _person(cells)
    said = Entry(
        "contact",
        opened_at,
        channel=channel_of(cells.get("channel", "")),
        subject=cells.get("subject", ""),
        text=text,
        raw=json.dumps(dict(cells), ensure_ascii=False, sort_keys=True).encode(),
    )
    matter = Matter(
        cells.get("subject", "")[:500],
        person,
        [said],
        opened_at,
        closed_at,
        topic=cells.get("topic", ""),
        intent=cells.get("intent", ""),
        team=cells.get("team", ""),
        owner=(cells["owner"],) if cells.get("owner") else (),
        language=person.language,
        remarks=tuple(f"{name}: {cells[name]}" for name in REMARKS if cells.get(name)),
    )
    return Record(
        line.number, external_id, matter=matter, doubts=doubts + doubted, written=line.written
    )


def _person(cells: Mapping[str, str]) -> tuple[Person, tuple[Doubt, ...]]:
    name = cells.get("name") or " ".join(
        part for part in (cells.get("first_name", ""), cells.get("last_name", "")) if part
    )
    language, doubts = language_of(cells.get("language", ""))
    person = Person(
        " ".join(name.split())[:300],
        _addresses(cells.get("email", "")),
        _phones(cells.get("phone", "")),
        language,
        cells.get("enterprise_number", "")[:40],
    )
    return person, doubts


def _addresses(written: str) -> tuple[str, ...]:
    found = []
    for one in filter(None, (part.strip() for part in written.split(SEVERAL))):
        address = normalised_address(one)
        if not address or "." not in address.rpartition("@")[2]:
            raise Refused("bad_address")
        found.append(address)
    return tuple(dict.fromkeys(found))


def _phones(written: str) -> tuple[str, ...]:
    found = []
    for one in filter(None, (part.strip() for part in written.split(SEVERAL))):
        number = e164(one)
        if number is None:
            raise Refused("bad_number")
        found.append(number)
    return tuple(dict.fromkeys(found))


def _made_up(line: Line) -> str:
    """A name for a row that has none: the same row has the same."""
    return sha256(json.dumps(list(line.written)).encode()).hexdigest()[:32]
