"""Lists of tickets: which ones, in which order, for whose eyes, and how many wait."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from models import policy, wording
from models.base import db, now
from models.calendar import business_day, start_of
from models.client import Client
from models.contact import Contact
from models.files import Attachment
from models.message import Message
from models.ticket import Ticket
from models.ticket_choice import TicketChoice
from models.user import User

MOST_COUNTED = 999


class TicketFilter(TicketChoice):
    """A choice of tickets with its rows: for whose eyes, in which order, by which words."""

    def tickets(self, user: User, at: datetime | None = None) -> Select[Ticket]:
        """The tickets that `user` may see, in the chosen order."""
        at = at or now()
        found = Ticket.visible_to(user).where(*self.conditions(user, at))
        if self.sought:
            # That a word was found would tell of it as well as the word itself.
            today = start_of(business_day(at))
            found = found.where(self._matches(policy.words_seen(user, Ticket, today)))
        return found.order_by(*self.order())

    def count(self, user: User, at: datetime | None = None, most: int = MOST_COUNTED) -> int:
        """How many there are, counted up to `most` + 1: a list that long says no more."""
        return db.session.scalar(self.counted(user, at or now(), most)) or 0

    def counted(self, user: User, at: datetime, most: int = MOST_COUNTED) -> Select[int]:
        """The same as a query."""
        some = self.tickets(user, at).with_only_columns(Ticket.id).order_by(None).limit(most + 1)
        return select(func.count()).select_from(some.subquery())

    def page(self, user: User, number: int = 1, size: int = 50) -> "Page":
        """One page of the list, with what its rows show."""
        # Only ids are sorted: whole rows with all that hangs on them would cost several times more.
        sorted_ids = self.tickets(user).with_only_columns(Ticket.id)
        ids = db.session.scalars(sorted_ids.offset((number - 1) * size).limit(size + 1)).all()
        rows = (
            select(Ticket)
            .where(Ticket.id.in_(ids[:size]))
            .options(
                selectinload(Ticket.client), joinedload(Ticket.assignee), joinedload(Ticket.topic)
            )
        )
        found = {ticket.id: ticket for ticket in db.session.scalars(rows)}
        return Page([found[one] for one in ids[:size]], number, more=len(ids) > size)

    def _matches(self, readable: ColumnElement[bool]) -> Any:
        words = self.sought
        named = Ticket.id.in_(_with_file(words))
        if re.fullmatch(r"#?[0-9]{3,12}", words):
            number = words.lstrip("#")
            said = and_(readable, or_(self._said(number), named))
            return or_(Ticket.has_number(int(number)), said)
        said = and_(readable, or_(self._said(words), named))
        return or_(said, Ticket.client_id.in_(self._clients(words)))

    @staticmethod
    def _said(words: str) -> Any:
        query = wording.query_of(wording.terms_of(words))
        if not query:
            return false()
        hits = select(Contact.ticket_id).where(
            Contact.search.bool_op("@@")(wording.as_query(query))
        )
        return Ticket.id.in_(hits)

    @staticmethod
    def _clients(words: str) -> Any:
        return Client.found_by(words).with_only_columns(Client.id)


def files_named(ticket_ids: list[int], words: str) -> dict[int, list[str]]:
    """The names of files that match `words`, by the tickets that show them."""
    if not ticket_ids or not _names_a_file(words):
        return {}
    rows = db.session.execute(
        select(Contact.ticket_id, Attachment.name)
        .join(Attachment, Attachment.contact_id == Contact.id)
        .where(Contact.ticket_id.in_(ticket_ids), Attachment.shown, _named(words))
        .order_by(Attachment.id)
    )
    found: dict[int, list[str]] = {}
    for row in rows:
        found.setdefault(row.ticket_id, []).append(row.name)
    return found


def _with_file(words: str) -> Select[int | None]:
    if not _names_a_file(words):
        return select(Contact.ticket_id).where(false())
    return (
        select(Contact.ticket_id)
        .join(Attachment, Attachment.contact_id == Contact.id)
        .where(Attachment.shown, _named(words))
    )


def _named(words: str) -> ColumnElement[bool]:
    return Attachment.name.icontains(words, autoescape=True)


def _names_a_file(words: str) -> bool:
    """Two letters are in half of all names."""
    return len(words) >= 3


@dataclass(frozen=True)
class Page:
    """Some tickets of a list, and whether more follow. Counting all of them would cost too much."""

    tickets: list[Ticket]
    number: int
    more: bool


def contacts_visible_to(user: User, client_id: int) -> Select[Contact]:
    """What a client said in matters that `user` may see, the newest first."""
    return Contact.of_client(client_id).where(
        Contact.ticket_id.in_(Ticket.visible_to(user).with_only_columns(Ticket.id))
    )


def files_of(ticket_id: int) -> Select[int]:
    """The ids of the files that the thread of a ticket shows, in its order."""
    return (
        select(Attachment.id)
        .join(Contact, Contact.id == Attachment.contact_id)
        .where(Contact.ticket_id == ticket_id, Attachment.shown)
        .order_by(Contact.said_at, Contact.id, Attachment.id)
    )


def messages_visible_to(user: User) -> Select[Message]:
    """Our mails about tickets that `user` may see, the newest first."""
    return (
        select(Message)
        .where(Message.ticket_id.in_(Ticket.visible_to(user).with_only_columns(Ticket.id)))
        .order_by(Message.written_at.desc(), Message.id.desc())
    )


def waiting_counts(user: User, at: datetime | None = None) -> dict[str, int]:
    """How many tickets stand in each view of the desk, counted up to `MOST_COUNTED` + 1."""
    found = counts_of([TicketFilter(view) for view in COUNTED], user, at or now())
    return dict(zip(COUNTED, found, strict=True))


def counts_of(wanted: Sequence[TicketFilter], user: User, at: datetime) -> list[int]:
    """How many tickets each of these lists holds, as `TicketFilter.count` counts; one query."""
    if not wanted:
        return []
    counted = (one.counted(user, at).scalar_subquery() for one in wanted)
    return list(db.session.execute(select(*counted)).one())


COUNTED = ("team", "mine", "review", "all", "attention")
