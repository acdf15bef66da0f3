"""From a file to its records, one after the other, each with its line. Pure: no database.

A record that cannot be taken says why in one word; nothing of a file stops the others. Never more
than one record lies in memory, however long the file is.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import IO, Any

from triage.importing import mails, rows, zammad
from triage.importing.record import Record
from triage.importing.table import as_settings, lines


def records(
    kind: str,
    opened: Callable[[], IO[bytes]],
    asked: Mapping[str, Any],
    at: datetime,
    ours: Callable[[str], bool],
) -> Iterator[Record]:
    """The records of a file, which `opened` opens from its beginning; `ours` says whether an
    address is one of the house's."""
    if kind == "clients":
        yield from rows.people(lines(opened(), as_settings(asked)), at)
    elif kind == "tickets":
        yield from rows.matters(lines(opened(), as_settings(asked)), at)
    elif kind == "zammad":
        yield from zammad.records(opened, at)
    else:
        yield from mails.matters(opened(), at, ours, str(asked.get("domain") or "") or None)
