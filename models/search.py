"""Finding tickets and clients by what was said, by whom, and by any number; only what one may see.

Each source (what clients said, our answers, notes, names of files, clients) gives its newest finds;
together they are the tickets, the newest find first.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import joinedload, selectinload

from models import policy, wording
from models.base import db
from models.calendar import business_day, start_of
from models.client import Client, ClientIdentifier, ClientNumber, blind, normal
from models.contact import Contact
from models.excerpt import excerpts
from models.files import Attachment
from models.message import Kind, Message, Sending
from models.note import Note
from models.search_key import SearchKey
from models.ticket import Ticket
from models.user import User
from models.wording import Term

SIZE = 20
DEEPEST = 50
"""Pages; who has not found it by then asks for something else."""
PER_PAGE = 4 * SIZE
"""Finds that are looked at for one page: several may be in one ticket."""
SHORTEST_LETTERS = 3
MOST_CLIENTS = 200


@dataclass(frozen=True)
class Sought:
    """What somebody looks for. Everything in it must be true of a ticket."""

    terms: tuple[Term, ...] = ()
    numbers: tuple[tuple[str, str], ...] = ()
    """(kind, value): phone, kbo, niss, iban, ogm, email, ticket, or digits (a part of a number)."""
    topics: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    team_ids: tuple[int, ...] = ()
    assignee_id: int | None = None
    client_words: tuple[str, ...] = ()
    file_words: tuple[str, ...] = ()
    urgent: bool = False
    flagged: bool = False
    since: datetime | None = None
    before: datetime | None = None

    @property
    def nothing(self) -> bool:
        return replace(self, since=None, before=None) == Sought() and not (
            self.since or self.before
        )

    @property
    def only_absent(self) -> bool:
        """Words that must not stand there, and nothing else: that is nearly everything."""
        absent = all(term.without for term in self.terms)
        return bool(self.terms) and absent and replace(self, terms=()) == Sought()

    @property
    def words(self) -> list[str]:
        return [term.text for term in self.terms if not term.without]


@dataclass(frozen=True)
class Spot:
    """Where in a ticket something was found: contact, answer, note, file, client or number."""

    kind: str
    id: int
    at: datetime
    excerpt: str = ""
    """Masked words, the found ones between `excerpt.MARK` and `UNMARK`; a file's name."""
    language: str | None = None


@dataclass
class Hit:
    """A ticket, and where in it."""

    ticket: Ticket
    spots: list[Spot] = field(default_factory=list)


@dataclass(frozen=True)
class Found:
    """One page of what was found."""

    hits: list[Hit]
    clients: list[Client]
    number: int
    more: bool


def search(user: User, sought: Sought, at: datetime, number: int = 1) -> Found:
    """What of `sought` this person may see; an empty question finds nothing."""
    number = min(max(number, 1), DEEPEST)
    if sought.nothing:
        return Found([], [], 1, more=False)
    if sought.only_absent:
        return Found([], [], 1, more=False)
    query = wording.query_of(sought.terms)
    if sought.terms and not query:
        return Found([], [], 1, more=False)
    spots = _spots(user, sought, query, at, PER_PAGE * number)
    ids = list(spots)[SIZE * (number - 1) : SIZE * number]
    rows = db.session.scalars(
        select(Ticket)
        .where(Ticket.id.in_(ids))
        .options(selectinload(Ticket.client), joinedload(Ticket.topic))
    )
    tickets = {ticket.id: ticket for ticket in rows}
    hits = [Hit(tickets[one], spots[one][:3]) for one in ids]
    told = excerpts([(spot.kind, spot.id) for hit in hits for spot in hit.spots], query)
    for hit in hits:
        hit.spots = [
            replace(spot, excerpt=words[0], language=words[1])
            if (words := told.get((spot.kind, spot.id)))
            else spot
            for spot in hit.spots
        ]
    clients = _clients(user, sought) if number == 1 else []
    return Found(hits, clients, number, more=len(spots) > SIZE * number)


# --- where ----------------------------------------------------------------------------------


def _spots(
    user: User, sought: Sought, query: str, at: datetime, most: int
) -> dict[int, list[Spot]]:
    """The finds by ticket, the ticket with the newest one first."""
    if query:
        sources = [
            source.order_by(source.selected_columns.at.desc()).limit(most)
            for source in _sources(user, sought, query, at)
        ]
        together = union_all(*(select(source.subquery()) for source in sources)).subquery()
        rows = db.session.execute(
            select(together).order_by(together.c.at.desc(), together.c.id.desc())
        )
    else:
        matching = _columns(
            "number" if sought.numbers else "ticket", Ticket.id, Ticket.last_contact_at
        )
        rows = db.session.execute(
            matching.select_from(Ticket)
            .where(_wanted(user, sought, at))
            .order_by(Ticket.last_contact_at.desc())
            .limit(most)
        )
    found: dict[int, list[Spot]] = {}
    for row in rows:
        found.setdefault(row.ticket_id, []).append(Spot(row.kind, row.id, row.at))
    return found


def _columns(kind: str, row_id: Any, at: Any) -> Select[Any]:
    return select(
        Ticket.id.label("ticket_id"),
        literal(kind).label("kind"),
        row_id.label("id"),
        at.label("at"),
    )


def _sources(user: User, sought: Sought, query: str, at: datetime) -> list[Select[Any]]:
    wanted = _wanted(user, sought, at)
    readable = and_(wanted, policy.words_seen(user, Ticket, start_of(business_day(at))))
    asked = wording.as_query(query)
    sources = [
        _in(
            "contact",
            select(Contact.id, Contact.ticket_id, Contact.said_at.label("at")).where(
                Contact.search.bool_op("@@")(asked)
            ),
            readable,
        ),
        _in(
            "answer",
            select(Message.id, Message.ticket_id, Message.written_at.label("at")).where(
                Message.search.bool_op("@@")(asked),
                Message.kind == Kind.REPLY.value,
                Message.state != Sending.WITHDRAWN.value,
            ),
            readable,
        ),
        _in(
            "note",
            select(Note.id, Note.ticket_id, Note.at.label("at")).where(
                Note.search.bool_op("@@")(asked)
            ),
            readable,
        ),
    ]
    letters = _letters(sought)
    if letters:
        files = (
            select(Attachment.id, Contact.ticket_id, Contact.said_at.label("at"))
            .join(Contact, Contact.id == Attachment.contact_id)
            .where(Attachment.shown, *_like(Attachment.name, letters))
        )
        theirs = (
            select(Ticket.client_id.label("id"), Ticket.id.label("ticket_id"))
            .add_columns(Ticket.last_contact_at.label("at"))
            .where(Ticket.client_id.in_(_called(letters)))
        )
        sources += [_in("file", files, readable), _in("client", theirs, wanted)]
    return sources


def _in(kind: str, finds: Any, wanted: ColumnElement[bool]) -> Select[Any]:
    """The finds that stand in a wanted ticket.

    What is found is asked first, by its index: the planner does not know that looking into a text
    costs more than looking at a row, and would else walk back through everything that was said.
    """
    found = finds.cte(f"{kind}_found").prefix_with("MATERIALIZED", dialect="postgresql")
    return (
        _columns(kind, found.c.id, found.c.at)
        .join(found, found.c.ticket_id == Ticket.id)
        .where(wanted)
    )


def _called(words: Sequence[str]) -> Select[int]:
    """Clients of that name, the newest first; who is called like many is found by more words."""
    named = select(Client.id).where(*_like(Client.name, words), Client.merged_into_id.is_(None))
    return named.order_by(Client.id.desc()).limit(MOST_CLIENTS)


def _letters(sought: Sought) -> list[str]:
    """The words by which names are found; none where a word is too short or must be absent."""
    short = any(len(word) < SHORTEST_LETTERS for word in sought.words)
    absent = any(term.without for term in sought.terms)
    return [] if short or absent else sought.words


def _like(column: Any, words: Sequence[str]) -> list[ColumnElement[bool]]:
    return [func.plain(column).contains(func.plain(word), autoescape=False) for word in words]


# --- which tickets --------------------------------------------------------------------------


def _wanted(user: User, sought: Sought, at: datetime) -> ColumnElement[bool]:
    """Tickets that this person sees and for which every condition holds."""
    parts: list[ColumnElement[bool]] = [
        policy.sees_ticket(user, Ticket),
        Ticket.merged_into_id.is_(None),
    ]
    parts += [_has_number(kind, value) for kind, value in sought.numbers]
    if sought.topics:
        parts.append(or_(Ticket.topic_id.in_(sought.topics), Ticket.subtopic_id.in_(sought.topics)))
    if sought.languages:
        parts.append(Ticket.language.in_(sought.languages))
    if sought.channels:
        parts.append(Ticket.channel.in_(sought.channels))
    if sought.statuses:
        parts.append(Ticket.status.in_(sought.statuses))
    if sought.team_ids:
        parts.append(Ticket.team_id.in_(sought.team_ids))
    if sought.assignee_id is not None:
        parts.append(Ticket.assignee_id == sought.assignee_id)
    if sought.client_words:
        named = select(Client.id).where(*_like(Client.name, sought.client_words))
        parts.append(Ticket.client_id.in_(named))
    if sought.file_words:
        parts.append(policy.words_seen(user, Ticket, start_of(business_day(at))))
        parts.append(
            exists()
            .where(Contact.ticket_id == Ticket.id, Attachment.contact_id == Contact.id)
            .where(Attachment.shown, *_like(Attachment.name, sought.file_words))
        )
    if sought.urgent:
        parts.append(Ticket.urgent.is_(True))
    if sought.flagged:
        parts.append(Ticket.flagged.is_(True))
    if sought.since:
        parts.append(Ticket.last_contact_at >= sought.since)
    if sought.before:
        parts.append(Ticket.opened_at < sought.before)
    return and_(*parts)


def _has_number(kind: str, value: str) -> ColumnElement[bool]:
    if kind == "ticket":
        return Ticket.has_number(int(value))
    ways = [Ticket.client_id.in_(clients_with(kind, value))]
    if kind != "digits":
        said = select(Contact.ticket_id).where(Contact.id.in_(SearchKey.contacts_with(kind, value)))
        ways.append(Ticket.id.in_(said))
    return or_(*ways)


def clients_with(kind: str, value: str) -> Select[int]:
    """The ids of the clients who have a number, an address or an identifier."""
    if kind in ("phone", "digits"):
        digits = value.lstrip("+0") if kind == "digits" else value
        number = ClientNumber.e164
        matches = number.contains(digits, autoescape=True) if kind == "digits" else number == value
        return select(ClientNumber.client_id).where(matches)
    if kind == "email":
        return Client.by_address(normal(value)).with_only_columns(Client.id).order_by(None)
    return select(ClientIdentifier.client_id).where(ClientIdentifier.digest == blind(kind, value))


def _clients(user: User, sought: Sought) -> list[Client]:
    """The people themselves: of those one sees no ticket of, only those who have none."""
    words = list(sought.client_words) or _letters(sought)
    ways: list[ColumnElement[bool]] = [
        Client.id.in_(clients_with(kind, value))
        for kind, value in sought.numbers
        if kind != "ticket"
    ]
    if words:
        ways.append(Client.id.in_(_called(words)))
    if not ways or any(kind == "ticket" for kind, _ in sought.numbers):
        return []
    seen = exists().where(Ticket.client_id == Client.id, policy.sees_ticket(user, Ticket))
    none = ~exists().where(Ticket.client_id == Client.id)
    workable = or_(seen, none) if policy.may(user, policy.Verb.WORK) else false()
    matching = select(Client).where(*ways, Client.merged_into_id.is_(None), workable)
    return list(db.session.scalars(matching.order_by(Client.name, Client.id).limit(6)))
