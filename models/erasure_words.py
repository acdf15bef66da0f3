"""The words by which one person can be recognised, looked for wherever somebody may have put them.

Following references empties what is the person's own; this finds the rest: a number in a
colleague's note on another ticket, a name in the minutes, an address in a search that was kept.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from email.utils import parseaddr
from typing import Any

from sqlalchemy import ColumnElement, Table, Text, cast, func, or_, select, update
from sqlalchemy.dialects.postgresql import JSONB

from models import personal
from models.base import db
from models.client import Client, ClientIdentifier
from models.contact import Contact
from models.erasure_reach import Reach, ways
from models.user import User

ROWS_A_STEP = 20_000
"""So many rows are read by one statement, which no time limit then ends."""
_OTHERS_OWN_TABLES = """
    contact intake message prediction ticket notice form_submission mailing_recipient client_merge
"""
OTHERS_OWN = frozenset(_OTHERS_OWN_TABLES.split())
"""What other clients said and were told: a name there may be a namesake's, and stays."""
FEWEST_DIGITS = 6
"""Fewer are a date's or an amount's as well."""


@dataclass(frozen=True, slots=True)
class Known:
    """Patterns: `sure` can only be this person, `names` may be a namesake too."""

    sure: str = ""
    names: str = ""


def known_words(reach: Reach) -> Known:
    """What to look for, taken from the client's own record and what he wrote his name as."""
    clients = reach["client"]
    if not clients:
        return Known()
    addresses, numbers = ways(clients)
    written = identifiers(clients)
    sure = [re.escape(address) for address in sorted(addresses)]
    sure += [_digits(number) for number in sorted(numbers)]
    sure += [_digits(number) for number in sorted(written)]
    names = sorted(_with_plain(names_of(reach)), key=len, reverse=True)
    return Known("|".join(filter(None, sure)), "|".join(map(_whole, names)))


def identifiers(client_ids: Iterable[int]) -> set[str]:
    """The official numbers that nobody else is known by: partners share their enterprise's, and an
    accountant names those of others."""
    own = list(client_ids)
    shared = select(ClientIdentifier.digest).where(ClientIdentifier.client_id.not_in(own))
    rows = select(ClientIdentifier).where(
        ClientIdentifier.client_id.in_(own), ClientIdentifier.digest.not_in(shared)
    )
    return {row.value for row in db.session.scalars(rows)}


def names_of(reach: Reach) -> set[str]:
    """Full names: one word alone would be half the town's, and what another client or one of us is
    called too leads to nobody."""
    names = set(db.session.scalars(select(Client.name).where(Client.id.in_(reach["client"]))))
    senders = select(Contact.sender).where(Contact.id.in_(reach["contact"])).distinct()
    names |= {parseaddr(sender)[0] for sender in db.session.scalars(senders)}
    full = {" ".join(name.split()) for name in names if len(name.split()) > 1 and len(name) < 100}
    lowered = [name.lower() for name in full]
    called = [
        select(func.lower(Client.name)).where(
            func.lower(Client.name).in_(lowered), Client.id.not_in(reach["client"])
        ),
        select(func.lower(User.name)).where(func.lower(User.name).in_(lowered)),
    ]
    others = {name for rows in called for name in db.session.scalars(rows)}
    return {name for name in full if name.lower() not in others}


def sweep(known: Known, instead: str) -> int:
    """Put `instead` in the place of every known word; returns in how many rows there was one."""
    changed = 0
    for table, columns in _by_table().items():
        pattern = known.sure
        if table.name not in OTHERS_OWN:
            pattern = "|".join(filter(None, (known.sure, known.names)))
        if table.name == "client":  # what others are called is theirs, what we remarked is not
            changed += _swept(table, ["name"], known.sure, instead)
            columns = [name for name in columns if name != "name"]
        changed += _swept(table, columns, pattern, instead)
    return changed


def _swept(table: Table, columns: list[str], pattern: str, instead: str) -> int:
    return _replace(table, columns, f"(?:{pattern})", instead) if pattern else 0


def _by_table() -> dict[Table, list[str]]:
    found: dict[Table, list[str]] = {}
    for table, column in personal.can_be_searched():
        found.setdefault(table, []).append(column.name)
    return found


def _replace(table: Table, names: Collection[str], pattern: str, instead: str) -> int:
    words = {name: cast(table.c[name], Text) for name in names}
    values = {
        name: _typed(table, name, func.regexp_replace(word, pattern, instead, "gi"))
        for name, word in words.items()
    }
    found = or_(*(word.op("~*")(pattern) for word in words.values()))
    key = next(iter(table.primary_key))
    changed = 0
    for part in _parts(table):
        rows = update(table).where(found, *part).values(values).returning(key)
        changed += len(db.session.execute(rows).all())
    return changed


def _typed(table: Table, name: str, words: ColumnElement[str]) -> ColumnElement[Any]:
    if isinstance(personal.underlying(table.c[name]), JSONB):
        return cast(words, JSONB)
    return words


def _parts(table: Table) -> list[tuple[ColumnElement[bool], ...]]:
    """A large table in steps; one without numbers at once."""
    if "id" not in table.c:
        return [()]
    last = db.session.scalar(select(func.max(table.c.id))) or 0
    if last <= ROWS_A_STEP:
        return [()]
    return [
        (table.c.id >= first, table.c.id < first + ROWS_A_STEP)
        for first in range(0, last + 1, ROWS_A_STEP)
    ]


def _whole(name: str) -> str:
    """A name as words of its own, whatever space is between them: no part of a longer one."""
    words = r"\s+".join(map(re.escape, name.split()))
    return (r"\m" if name[0].isalnum() else "") + words + (r"\M" if name[-1].isalnum() else "")


def _digits(number: str) -> str:
    """A number however it is written: with dots, spaces or strokes, +32 as 0032 or 0. Empty where
    there is too little of it to mean one person."""
    digits = re.sub(r"[^0-9]", "", number)
    if len(digits) < FEWEST_DIGITS:
        return ""
    between = r"[ ./()-]*"
    if number.startswith("+32"):
        return (
            r"(?:\+32|0032|(?<![0-9])32|(?<![0-9])0)" + between + between.join(digits[2:])
        ) + "(?![0-9])"
    return "(?<![0-9])" + between.join(digits) + "(?![0-9])"


def _with_plain(names: Iterable[str]) -> set[str]:
    """Each name with its accents and without, first name first and last."""
    found = set()
    for name in names:
        plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
        for one in (name, plain):
            words = one.split()
            found |= {one, " ".join([*words[1:], words[0]]) if words else one}
    return {one for one in found if one.strip()}
