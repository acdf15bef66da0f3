"""Lists of tickets: which ones, in which order, for whose eyes, and how many wait."""

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, false, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from models import policy
from models.base import db, db_safe
from models.client import Client
from models.contact import Contact
from models.files import Attachment
from models.message import Message
from models.ticket import Status, Ticket
from models.user import User


@dataclass(frozen=True)
class TicketFilter:
    """Which tickets a list shows: one object for page, counts, export and saved view."""

    view: str = "team"
    """team, mine, review, all, attention, closed"""
    languages: tuple[str, ...] = ()
    topic_id: str | None = None
    team_id: int | None = None
    channel: str | None = None
    words: str = ""

    @property
    def sought(self) -> str:
        """The words as they can be looked for; blanks are no words."""
        return db_safe(self.words).strip()

    def tickets(self, user: User) -> Select[Ticket]:
        """The tickets, the most pressing first."""
        chosen = Ticket.visible_to(user).where(Ticket.merged_into_id.is_(None))
        if self.view == "attention":
            chosen = chosen.where(Ticket.attention.is_not(None))
        elif self.view != "all" or not self.sought:
            chosen = chosen.where(
                Ticket.status == Status.CLOSED.value
                if self.view == "closed"
                else Ticket.status != Status.CLOSED.value
            )
        if self.view == "team" and user.team_ids:
            chosen = chosen.where(Ticket.team_id.in_(user.team_ids), ~Ticket.needs_choice)
        if self.view == "mine":
            chosen = chosen.where(Ticket.assignee_id == user.id)
        if self.view == "review":
            chosen = chosen.where(Ticket.needs_choice)
        if self.languages:
            chosen = chosen.where(Ticket.language.in_(self.languages))
        if self.topic_id:
            chosen = chosen.where(Ticket.topic_id == self.topic_id)
        if self.team_id:
            chosen = chosen.where(Ticket.team_id == self.team_id)
        if self.channel:
            chosen = chosen.where(Ticket.channel == self.channel)
        if self.sought:
            chosen = chosen.where(self._matches())
        if self.view == "closed":
            return chosen.order_by(Ticket.closed_at.desc(), Ticket.id.desc())
        return chosen.order_by(
            Ticket.status == Status.WAITING.value,
            Ticket.urgent.desc(),
            func.least(Ticket.due_at, case((Ticket.urgent, Ticket.urgent_until))).nulls_last(),
            Ticket.id,
        )

    def page(self, user: User, number: int = 1, size: int = 50) -> "Page":
        """One page of the list, with what its rows show."""
        rows = self.tickets(user).options(
            selectinload(Ticket.client), joinedload(Ticket.assignee), joinedload(Ticket.topic)
        )
        found = db.session.scalars(rows.offset((number - 1) * size).limit(size + 1)).all()
        return Page(list(found[:size]), number, more=len(found) > size)

    def _matches(self) -> Any:
        words = self.sought
        named = Ticket.id.in_(_with_file(words))
        if re.fullmatch(r"#?[0-9]{3,12}", words):
            number = words.lstrip("#")
            return or_(Ticket.has_number(int(number)), self._said(number), named)
        return or_(self._said(words), Ticket.client_id.in_(self._clients(words)), named)

    @staticmethod
    def _said(words: str) -> Any:
        queries = [
            func.websearch_to_tsquery(configuration, words)
            for configuration in ("french", "dutch", "german", "english", "simple")
        ]
        hits = select(Contact.ticket_id).where(
            or_(*(Contact.search.bool_op("@@")(query) for query in queries))
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


def waiting_counts(user: User) -> dict[str, int]:
    """How many tickets stand in each view of the desk."""
    open_ = and_(policy.sees_ticket(user, Ticket), Ticket.status != Status.CLOSED.value)
    row = db.session.execute(
        select(
            func.count().filter(Ticket.team_id.in_(user.team_ids or [-1]), ~Ticket.needs_choice),
            func.count().filter(Ticket.assignee_id == user.id),
            func.count().filter(Ticket.needs_choice),
            func.count(),
        )
        .select_from(Ticket)
        .where(open_, Ticket.merged_into_id.is_(None))
    ).one()
    marked = TicketFilter("attention").tickets(user).order_by(None).subquery()
    attention = db.session.scalar(select(func.count()).select_from(marked)) or 0
    return dict(zip(("team", "mine", "review", "all"), row, strict=True)) | {"attention": attention}
