"""Lists taken along as files: every list that somebody sees, with exactly its filter.

`rows` gives a table as it is, `ask` promises a file that a worker writes. What somebody may not
see is not in it: policy is asked at the moment of writing.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any

from flask_babel import force_locale
from sqlalchemy import Select

from models.base import now
from models.data_export import AT_ONCE, DataExport, how_many, streamed
from models.policy import may
from models.user import User
from triage.exporting.forms import Form
from triage.exporting.kinds import KINDS
from triage.exporting.table import Cell, Column, Kind, Told, as_asked, lines

__all__ = [
    "Form",
    "Kind",
    "NotThere",
    "Told",
    "ask",
    "count",
    "kind_of",
    "known",
    "offer",
    "offered",
    "rows",
]

_kinds: dict[str, Kind] = {kind.name: kind for kind in KINDS}


class NotThere(LookupError):
    """No such list, none for this person, or one that cannot be asked in this way."""


def offer(kind: Kind) -> None:
    """One more list, or one more file of a kind's own, that can be taken along."""
    _kinds[kind.name] = kind


def kind_of(name: str, user: User) -> Kind:
    """Raises NotThere for what this person may not take along."""
    kind = _kinds.get(name)
    if kind is None or not may(user, kind.verb):
        raise NotThere(name)
    return kind


def offered() -> list[Kind]:
    """Every list that can be taken along in this process."""
    return list(_kinds.values())


def known(name: str) -> Kind | None:
    """A list by its name, whoever asks: to say what it is called."""
    return _kinds.get(name)


def rows(
    kind: str, asked: Mapping[str, Any], user: User, language: str
) -> tuple[list[str], Iterator[list[Cell]]]:
    """(the headings, the cells of each row) of a list, read from one cursor while they are used.

    Cells are None, texts, numbers, days, or moments with their zone. Raises NotThere.
    """
    found = kind_of(kind, user)
    statement = _statement(found, asked, user)
    with force_locale(language):
        headings = [column.heading for column in found.columns]
    return headings, _spoken(language, statement, found.columns)


def count(kind: str, asked: Mapping[str, Any], user: User) -> int:
    """How many rows that is: as many as the page counts."""
    found = kind_of(kind, user)
    return how_many(_statement(found, asked, user)) if found.chosen is not None else 0


def ask(kind: str, asked: Mapping[str, Any], form: str, *, by: User, at: datetime) -> DataExport:
    """Promise a file that a worker writes; raises NotThere, and ValueError for another form."""
    found = kind_of(kind, by)
    own = found.write is not None
    if own != (Form(form) is Form.ZIP):
        raise ValueError(form)
    expected = 0 if own else count(kind, asked, by)
    return DataExport.ask(
        kind, dict(asked), form, expected, by=by, language=str(by.language), at=at
    )


def _statement(kind: Kind, asked: Mapping[str, Any], user: User) -> Select[Any]:
    if kind.chosen is None:
        raise NotThere(kind.name)
    try:
        return kind.chosen(as_asked(asked), user, now())
    except ValueError as trouble:
        raise NotThere(kind.name) from trouble


def _spoken(
    language: str, statement: Select[Any], columns: tuple[Column, ...]
) -> Iterator[list[Cell]]:
    """The cells in the words of `language`, whoever asks for the next row and where."""
    with force_locale(language):
        found = lines(streamed(statement), columns)
    while True:
        with force_locale(language):
            some = list(islice(found, AT_ONCE))
        if not some:
            return
        yield from some
