"""Where personal data stands: for every table, whose it is and what each column can hold of it.

The one map that erasure, retention, the export of one person and the register of processing
follow. A column that can hold words and is not declared fails a test.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import ARRAY, Column, Integer, LargeBinary, String, Table
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlalchemy.types import TypeEngine

from models.base import Base
from models.personal_tables import CODES, HOUSE, NOBODY, OF_CLIENTS, OF_STAFF


class Kind(StrEnum):
    """What a column can hold of a person."""

    WORDS = "words"
    NAME = "name"
    ADDRESS = "address"
    NUMBER = "number"
    IDENTIFIER = "identifier"
    FILE = "file"
    DERIVED = "derived"
    """made of words: an index, a vector, a digest"""


class Owner(StrEnum):
    """Whom the personal data of a table are about."""

    CLIENT = "client"
    STAFF = "staff"
    HOUSE = "house"
    """the house's own writing, in which a client may be named or quoted"""
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Declared:
    """What the map says of one table."""

    table: str
    owner: Owner
    links: tuple[str, ...] = ()
    """columns that lead to the person: a client, contact, ticket, message or call"""
    dropped: bool = False
    """whether an erasure deletes the rows; otherwise it empties the columns"""
    columns: dict[str, Kind] = field(default_factory=dict)

    @property
    def at(self) -> Table:
        return Base.metadata.tables[self.table]


def declared(table: str) -> Declared | None:
    """What the map says of a table; None where it says nothing at all."""
    if table in OF_CLIENTS:
        links, dropped, columns = OF_CLIENTS[table]
        return Declared(table, Owner.CLIENT, tuple(links.split()), dropped, _kinds(columns))
    for owner, tables in ((Owner.STAFF, OF_STAFF), (Owner.HOUSE, HOUSE)):
        if table in tables:
            return Declared(table, owner, columns=_kinds(tables[table]))
    return Declared(table, Owner.NOBODY) if table in NOBODY else None


def everything() -> Iterator[Declared]:
    """All that is declared, in the order of the tables' names."""
    for name in sorted({*OF_CLIENTS, *OF_STAFF, *HOUSE, *NOBODY}):
        found = declared(name)
        assert found is not None
        yield found


def of_clients() -> list[Declared]:
    """The tables whose rows belong to a client, so that following him leads to them."""
    return [one for one in everything() if one.owner is Owner.CLIENT]


def can_be_searched() -> Iterator[tuple[Table, Column[str]]]:
    """Every text or JSON column in which a client can be named: where known names, addresses and
    numbers are looked for."""
    for one in everything():
        if one.owner in (Owner.CLIENT, Owner.HOUSE) and not one.dropped:
            for name, kind in one.columns.items():
                column = one.at.c[name]
                if kind is not Kind.DERIVED and isinstance(underlying(column), String | JSONB):
                    yield one.at, column


def unclassified(table: Table) -> list[str]:
    """The columns that can hold words and of which the map says nothing."""
    known = declared(table.name)
    if known is None:
        return [column.name for column in table.columns]
    return [
        column.name
        for column in table.columns
        if can_hold_words(column)
        and column.name not in known.columns
        and column.name not in CODES
        and f"{table.name}.{column.name}" not in CODES
        and known.owner is not Owner.NOBODY
    ]


def can_hold_words(column: Column[str]) -> bool:
    """Whether somebody's words fit into it; a reference to a row of a catalog cannot hold any."""
    if column.foreign_keys:
        return False
    kind = underlying(column)
    if isinstance(kind, ARRAY):
        return not isinstance(kind.item_type, Integer)
    return isinstance(kind, String | JSONB | LargeBinary | TSVECTOR)


def underlying(column: Column[Any]) -> TypeEngine[Any]:
    """The type as the database knows it."""
    kind: TypeEngine[Any] = getattr(column.type, "impl", column.type)
    return kind


def _kinds(columns: str) -> dict[str, Kind]:
    """`name:name text:words` as a mapping; a column alone holds words."""
    pairs = (one.partition(":") for one in columns.split())
    return {name: Kind(kind or "words") for name, _, kind in pairs}
