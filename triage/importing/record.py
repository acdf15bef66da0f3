"""What a row of a file says, before it meets the database: a person, or a matter with what was
said in it. Every kind of file becomes these."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from triage.intake.letter import Letter


class Refused(ValueError):
    """Why a row cannot be taken, in one word; with the word that nobody here knows, if it is one's
    fault."""

    def __init__(self, why: str, doubt: "Doubt | None" = None) -> None:
        super().__init__(why)
        self.doubts = (doubt,) if doubt is not None else ()


@dataclass(frozen=True)
class Doubt:
    """A word of the other program that is not known here, and what it probably means."""

    field: str
    """topic, intent, team, owner, language, channel, state, file"""
    word: str
    nearest: str = ""

    def facts(self) -> dict[str, str]:
        return {"field": self.field, "word": self.word[:100], "nearest": self.nearest}


@dataclass(frozen=True)
class Person:
    """A client as another program knows one."""

    name: str = ""
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    """In E.164."""
    language: str | None = None
    enterprise_number: str = ""


@dataclass(frozen=True)
class File:
    """A file that came with something that was said."""

    name: str
    content_type: str
    content: bytes = field(repr=False)
    inline: bool = False


@dataclass(frozen=True)
class Entry:
    """One thing in a matter: said by the client, answered by us, or noted among us."""

    kind: str
    """contact, answer, receipt (an answer that a machine has sent), note"""
    at: datetime
    external_id: str = ""
    channel: str = "email"
    subject: str = ""
    text: str = ""
    author: str = ""
    recipient: str = ""
    copies: tuple[str, ...] = ()
    message_id: str | None = None
    in_reply_to: str | None = None
    files: tuple[File, ...] = ()
    raw: bytes = b""
    """As it came, to be sealed: a mail, or the row."""
    letter: Letter | None = None

    @property
    def weight(self) -> int:
        files = self.letter.attachments if self.letter is not None else self.files
        return len(self.raw) + len(self.text) + sum(len(file.content) for file in files)


@dataclass(frozen=True)
class Matter:
    """A ticket of another program."""

    subject: str
    client: Person
    entries: Sequence[Entry]
    opened_at: datetime
    closed_at: datetime | None
    topic: str = ""
    intent: str = ""
    team: str = ""
    owner: tuple[str, ...] = ()
    """How the other program calls who had it: a login, an address, a name."""
    language: str | None = None
    remarks: tuple[str, ...] = ()
    """What has no place of its own here: it stands in a note."""
    thread: str = ""
    """Matters of one thread are one ticket."""
    answers: tuple[str, ...] = ()
    """The mails that it answers, the nearest first."""

    @property
    def only_ours(self) -> bool:
        """Whether no client says anything in it: then it needs a ticket that is there already."""
        return all(entry.kind != "contact" for entry in self.entries)


@dataclass(frozen=True)
class Record:
    """One row or mail: what it says, or why it cannot be taken."""

    line: int
    external_id: str
    trouble: str = ""
    person: Person | None = None
    matter: Matter | None = None
    doubts: tuple[Doubt, ...] = ()
    """Words that are not known here; the row comes in without them."""
    written: Any = field(default=(), repr=False)
    """The cells or a short name, to be given back with the reason."""

    @property
    def weight(self) -> int:
        """The bytes that it holds in memory, its files among them."""
        entries = self.matter.entries if self.matter is not None else ()
        return sum(entry.weight for entry in entries)
