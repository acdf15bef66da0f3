"""What a table is made of: columns with words in the reader's language, and rows as they come.

Nothing here holds more than one row: a table of a million rows costs no more memory than a short
one.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO

from flask_babel import LazyString
from flask_babel import gettext as _
from sqlalchemy import Row, Select
from werkzeug.datastructures import MultiDict

from models.base import db
from models.calendar import BRUSSELS
from models.policy import Verb
from models.team import Team
from models.user import User
from triage.discretion import withheld
from triage.display import intent_name, label, reader_language, topic_name

Asked = MultiDict[str, str]
"""A list's filter, as it stands in the address of its page."""
Cell = Any
"""None, a text, a number, a day, or a moment with its zone."""


class Words:
    """The words of one table, each looked up once and not in every row."""

    def __init__(self) -> None:
        self.language = reader_language()
        self._labels: dict[tuple[str, str], str] = {}
        self._topics: dict[str | None, str] = {None: ""}
        self._intents: dict[str | None, str] = {None: ""}
        self._teams = {
            team.id: team.name(self.language) for team in db.session.scalars(Team.in_order())
        }
        self.withheld = withheld()
        self.yes = _("yes")

    def label(self, kind: str, value: str | None) -> str:
        if not value:
            return ""
        known = self._labels.get((kind, value))
        if known is None:
            known = self._labels[kind, value] = str(label(kind, value))
        return known

    def topic(self, topic_id: str | None) -> str:
        if topic_id not in self._topics:
            self._topics[topic_id] = topic_name(topic_id)
        return self._topics[topic_id]

    def intent(self, intent_id: str | None) -> str:
        if intent_id not in self._intents:
            self._intents[intent_id] = intent_name(intent_id)
        return self._intents[intent_id]

    def team(self, team_id: int | None) -> str:
        return self._teams.get(team_id or 0, "")


Value = Callable[[Row[Any], Words], Cell]


@dataclass(frozen=True)
class Column:
    """One column: what stands above it, and what of a row stands in it."""

    word: LazyString
    value: Value
    moment: bool = False
    """A date with a time: the heading says in which zone."""

    @property
    def heading(self) -> str:
        return f"{self.word} ({BRUSSELS.key})" if self.moment else str(self.word)


@dataclass(frozen=True)
class Told:
    """How far a file is; called with the number of rows, it raises once nobody wants it."""

    rows: Callable[[int], None]


Writer = Callable[[Asked, User, BinaryIO, Told], int]
"""Writes a whole file for what is no table; returns how many things stand in it."""


@dataclass(frozen=True)
class Kind:
    """One list that can be taken along, exactly as its page shows it."""

    name: str
    word: LazyString
    verb: Verb
    chosen: Callable[[Asked, User, datetime], Select[Any]] | None = None
    """Its rows, for whose eyes at what moment; raises ValueError for what cannot be asked."""
    columns: tuple[Column, ...] = ()
    write: Writer | None = None
    home: str = ""
    """The endpoint of the page that it was taken from."""


def lines(rows: Iterator[Row[Any]], columns: tuple[Column, ...]) -> Iterator[list[Cell]]:
    """The cells of each row."""
    words, values = Words(), [column.value for column in columns]
    for row in rows:
        yield [value(row, words) for value in values]


def as_asked(asked: Mapping[str, Any]) -> Asked:
    """A filter that was kept, read as an address is."""
    found: Asked = MultiDict()
    for name, value in asked.items():
        for one in value if isinstance(value, list) else [value]:
            found.add(str(name), str(one))
    return found


def number(written: str) -> int:
    if not written.isascii() or not written.isdigit() or len(written) > 9:
        raise ValueError(written[:20])
    return int(written)


# --- values ---------------------------------------------------------------------------------


def plain(name: str) -> Value:
    return lambda row, words: getattr(row, name)


def hashed(name: str = "number") -> Value:
    """A ticket's or problem's number: it counts nothing, so it stands there as a text."""
    return lambda row, words: f"#{value}" if (value := getattr(row, name)) else ""


def labelled(kind: str, name: str) -> Value:
    return lambda row, words: words.label(kind, getattr(row, name))


def guarded(name: str) -> Value:
    """Words that are closed to this reader are empty in the row."""
    return lambda row, words: words.withheld if getattr(row, name) is None else getattr(row, name)


def marked(name: str) -> Value:
    return lambda row, words: words.yes if getattr(row, name) else ""


def topic(name: str = "topic") -> Value:
    return lambda row, words: words.topic(getattr(row, name))


def intent(name: str = "intent") -> Value:
    return lambda row, words: words.intent(getattr(row, name))


def team(name: str = "team") -> Value:
    return lambda row, words: words.team(getattr(row, name))
