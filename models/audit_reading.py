"""The audit chain as it is read: by person, deed, thing and day, a page at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, or_, select

from models.audit import Audit
from models.base import db
from models.calendar import bounds
from models.ticket import Ticket
from models.user import User

PAGE = 100


@dataclass(frozen=True)
class AuditFilter:
    """What is looked for; empty is everything."""

    actor_id: int | None = None
    action: str = ""
    """The beginning of a deed: `user` for all about people, `user.added` for one kind."""
    about_id: int | None = None
    """A person of ours to whom it was done."""
    ticket_number: int | None = None
    since: date | None = None
    until: date | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        wanted: list[ColumnElement[bool]] = []
        if self.actor_id:
            wanted.append(Audit.actor_id == self.actor_id)
        if self.action:
            whole = Audit.action == self.action
            begins = Audit.action.startswith(f"{self.action}.", autoescape=True)
            wanted.append(or_(whole, begins))
        if self.about_id:
            wanted.append(Audit.facts["user"].astext == str(self.about_id))
        if self.ticket_number:
            of_number = select(Ticket.id).where(Ticket.number == self.ticket_number)
            ticket_id = db.session.scalar(of_number)
            wanted.append(Audit.thing["ticket"].astext == str(ticket_id or -1))
        if self.since:
            wanted.append(Audit.at >= bounds(self.since)[0])
        if self.until:
            wanted.append(Audit.at < bounds(self.until)[1])
        return wanted

    def rows(self, before: int | None = None) -> tuple[Sequence[Audit], bool]:
        """The newest before a sequence number, and whether there are more."""
        wanted = self.conditions()
        if before:
            wanted.append(Audit.seq < before)
        query = select(Audit).where(*wanted).order_by(Audit.seq.desc()).limit(PAGE + 1)
        found = db.session.scalars(query).all()
        return found[:PAGE], len(found) > PAGE


def actors() -> dict[int, User]:
    """Everybody who may have done something, by id."""
    return {user.id: user for user in db.session.scalars(User.everyone())}


def ticket_numbers(rows: Sequence[Audit]) -> dict[int, int]:
    """The numbers of the tickets that these rows are about, by id."""
    ids = {row.thing["ticket"] for row in rows if "ticket" in row.thing}
    found = db.session.execute(select(Ticket.id, Ticket.number).where(Ticket.id.in_(ids)))
    return {row.id: row.number for row in found}


def kinds() -> list[str]:
    """The deeds that occur, with their things: `user`, `user.added`, …"""
    actions = list(_actions())
    things = {action.partition(".")[0] for action in actions}
    return sorted({*things, *actions})


def _actions() -> Iterator[str]:
    """Each deed once, from one to the next along the index: a long log is not read for a menu."""
    last = db.session.scalar(select(func.min(Audit.action)))
    while last is not None:
        yield last
        last = db.session.scalar(select(func.min(Audit.action)).where(Audit.action > last))


def head() -> Audit | None:
    """The last row: whoever keeps its digest elsewhere notices when the chain is rewritten."""
    return db.session.scalar(select(Audit).order_by(Audit.seq.desc()).limit(1))


def digest_at(seq: int) -> str | None:
    found = db.session.scalar(select(Audit.digest).where(Audit.seq == seq))
    return found.hex() if found is not None else None


def length() -> int:
    return db.session.scalar(select(func.coalesce(func.max(Audit.seq), 0))) or 0
