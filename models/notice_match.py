"""Whose file an event is about: found by what the back office says, never guessed.

One identifier that fits several people, or two that name different ones, is for a person to say.
Many events are looked up together: a few statements, however many they are.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.orm import selectinload
from sqlalchemy.orm.attributes import set_committed_value

from models.base import db
from models.client import Client, ClientAddress, ClientIdentifier, Level, blind
from models.client_merge import families
from models.notice import Notice, NoticeState, Why
from models.ticket import Status, Ticket

MOST = 6
_NUMBERS = (("national_number", "niss"), ("enterprise_number", "kbo"))


@dataclass
class Match:
    """A client, by which identifier; or why nobody."""

    client: Client | None = None
    by: str = ""
    why: Why | None = None
    candidates: list[Client] = field(default_factory=list)


class Known:
    """Whom the identifiers of some events name."""

    def __init__(self, asked: Iterable[tuple[Mapping[str, str], str]]) -> None:
        """Of (who, file reference)."""
        pairs = list(asked)
        said = [who for who, _file in pairs]
        self.tickets = _tickets({int(who["ticket"]) for who in said if "ticket" in who})
        self.clients = _clients({int(who["id"]) for who in said if "id" in who})
        self.numbers = _by_number(
            {blind(kind, who[name]) for who in said for name, kind in _NUMBERS if name in who}
        )
        self.addresses = _by_address({who["email"] for who in said if "email" in who})
        self.files = _files({file for _who, file in pairs if file})

        self.families: dict[int, list[int]] = {}
        self.open: dict[tuple[int | None, str | None], list[int]] = {}

    def meet(self, clients: Iterable[Client], topic_ids: set[str]) -> None:
        """Read what else must be known of these: their ids of old, their open tickets by topic."""
        self.families = families({client.id for client in clients})
        self.open = _open_tickets(set().union(*self.families.values()), topic_ids)

    def learn(self, file: str, client_id: int, ticket_id: int | None) -> None:
        """What has just been matched is an earlier event of its file for the next one."""
        if file:
            self.files[file].insert(0, (client_id, ticket_id))

    def ways(self, who: Mapping[str, str], file: str) -> list[tuple[str, list[Client]]]:
        """(identifier, clients that it names), the surest first; what names nobody is left out."""
        ways: list[tuple[str, list[Client]]] = []
        if "ticket" in who:
            ways.append(("ticket", _of_ticket(self.tickets.get(int(who["ticket"])))))
        if "id" in who:
            known = self.clients.get(int(who["id"]))
            ways.append(("id", [known.target] if known is not None else []))
        for name, kind in _NUMBERS:
            if name in who:
                found = self.numbers[blind(kind, who[name])]
                # An accountant has named the numbers of those for whom he writes.
                ways.append((name, [one for one in found if not one.represents_others] or found))
        if file:
            people = map(Client.named, dict.fromkeys(one for one, _ticket in self.files[file]))
            targets = {one.target.id: one.target for one in people if one is not None}
            ways.append(("file", list(targets.values())))
        if "email" in who:
            ways.append(("email", self.addresses[who["email"]]))
        return [(by, clients) for by, clients in ways if clients]


def match_all(notices: Sequence[Notice]) -> None:
    """Say of each whose it is and on which ticket, as far as that is certain, or why it waits for a
    person. What is said of one is known to the next."""
    said = {one.id: one.who for one in notices}
    known = Known((said[one.id], one.file_reference) for one in notices)
    people: dict[int, tuple[Client, str]] = {}
    for notice in notices:
        found = find(said[notice.id], notice.file_reference, known)
        if found.client is None:
            notice.state, notice.why = NoticeState.UNMATCHED.value, str(found.why or "")
            continue
        people[notice.id] = found.client, found.by
        known.learn(notice.file_reference, found.client.id, None)
    matched = [one for one in notices if one.id in people]
    known.meet([people[one.id][0] for one in matched], {_topic(one) for one in matched} - {""})
    for notice in matched:
        client, by = people[notice.id]
        ticket = _ticket_of(notice, said[notice.id], client, known)
        assign(notice, client, ticket, by)
        known.learn(notice.file_reference, client.id, notice.ticket_id)


def find(who: Mapping[str, str], file_reference: str, known: Known | None = None) -> Match:
    """The client whom the identifiers name; without the ticket."""
    known = known or Known([(who, file_reference)])
    found = known.ways(who, file_reference)
    if not found:
        return Match(why=Why.NOBODY)
    people = {client.id: client for _by, clients in found for client in clients}
    sure = [(by, clients[0]) for by, clients in found if len(clients) == 1]
    if not sure:
        return Match(why=Why.SEVERAL, candidates=list(people.values())[:MOST])
    by, client = sure[0]
    if any(client.id not in {one.id for one in clients} for _by, clients in found):
        return Match(why=Why.CONTRADICTION, candidates=list(people.values())[:MOST])
    if by in ("enterprise_number", "email") and client.represents_others:
        return Match(why=Why.REPRESENTATIVE, candidates=[client])
    return Match(client, by=by)


def candidates(notice: Notice) -> list[Client]:
    """Who may be meant, for a person to choose."""
    return find(notice.who, notice.file_reference).candidates


def assign(notice: Notice, client: Client, ticket: Ticket | None, by: str) -> None:
    """From now on it is about this client; what identified him is kept no longer."""
    notice.client_id = client.id
    notice.ticket_id = ticket.id if ticket is not None else None
    set_committed_value(notice, "client", client)
    set_committed_value(notice, "ticket", ticket)
    if ticket is not None:
        notice.topic_id = notice.topic_id or ticket.topic_id
    notice.matched_by, notice.sealed, notice.why = by, None, ""


# --- the ticket -----------------------------------------------------------------------------


def _ticket_of(
    notice: Notice, who: Mapping[str, str], client: Client, known: Known
) -> Ticket | None:
    """The ticket that was named, that of the same file, or the client's only open one about it."""
    named = known.tickets.get(int(who["ticket"])) if "ticket" in who else None
    if named is not None and _of_ticket(named) == [client]:
        return named.target
    family = known.families[client.id]
    for client_id, ticket_id in known.files[notice.file_reference] if notice.file_reference else ():
        if ticket_id is not None and client_id in family:
            return db.session.get_one(Ticket, ticket_id).target
    open_ = [one for client_id in family for one in known.open.get((client_id, _topic(notice)), ())]
    return Ticket.named(open_[0]) if len(open_) == 1 else None


def _topic(notice: Notice) -> str:
    return (notice.topic_id or "").partition("/")[0]


def _of_ticket(ticket: Ticket | None) -> list[Client]:
    client = ticket.target.client if ticket is not None else None
    return [client.target] if client is not None else []


# --- read together --------------------------------------------------------------------------


def _tickets(numbers: set[int]) -> dict[int, Ticket]:
    rows = select(Ticket).where(Ticket.number.in_(numbers))
    rows = rows.options(selectinload(Ticket.client))
    return {one.number: one for one in (db.session.scalars(rows) if numbers else ())}


def _clients(ids: set[int]) -> dict[int, Client]:
    rows = select(Client).where(Client.id.in_(ids))
    return {one.id: one for one in (db.session.scalars(rows) if ids else ())}


def _by_number(digests: set[bytes]) -> dict[bytes, list[Client]]:
    """As `Client.by_identifier`, of many numbers."""
    rows = (
        select(ClientIdentifier.digest, Client)
        .join(Client, Client.id == ClientIdentifier.client_id)
        .where(ClientIdentifier.digest.in_(digests), Client.merged_into_id.is_(None))
        .order_by(Client.id)
    )
    found: dict[bytes, list[Client]] = defaultdict(list)
    for digest, client in db.session.execute(rows) if digests else ():
        found[digest].append(client)
    return found


def _by_address(addresses: set[str]) -> dict[str, list[Client]]:
    """Those who are known by an address; who only claims it in a mail is not."""
    rows = (
        select(ClientAddress.address, Client)
        .join(Client, Client.id == ClientAddress.client_id)
        .where(
            ClientAddress.address.in_(addresses),
            ClientAddress.level == Level.KNOWN.value,
            Client.merged_into_id.is_(None),
        )
        .order_by(Client.id)
    )
    found: dict[str, list[Client]] = defaultdict(list)
    for address, client in db.session.execute(rows) if addresses else ():
        found[address].append(client)
    return found


def _files(references: set[str]) -> dict[str, list[tuple[int, int | None]]]:
    """By file: (client, ticket) of its earlier events, the newest first."""
    rows = (
        select(Notice.file_reference, Notice.client_id, Notice.ticket_id)
        .where(Notice.file_reference.in_(references), Notice.client_id.is_not(None))
        .order_by(Notice.id.desc())
    )
    found: dict[str, list[tuple[int, int | None]]] = defaultdict(list)
    for reference, client_id, ticket_id in db.session.execute(rows) if references else ():
        if client_id is not None:
            found[reference].append((client_id, ticket_id))
    return found


def _open_tickets(
    client_ids: set[int], topic_ids: set[str]
) -> dict[tuple[int | None, str | None], list[int]]:
    """By client and topic: the first two open tickets; more than one is not certain."""
    rows = (
        select(Ticket.client_id, Ticket.topic_id, func.min(Ticket.id), func.max(Ticket.id))
        .where(
            Ticket.client_id.in_(client_ids),
            Ticket.topic_id.in_(topic_ids),
            Ticket.status != Status.CLOSED.value,
            Ticket.merged_into_id.is_(None),
        )
        .group_by(Ticket.client_id, Ticket.topic_id)
    )
    return {
        (client_id, topic_id): sorted({first, last})
        for client_id, topic_id, first, last in (
            db.session.execute(rows) if client_ids and topic_ids else ()
        )
    }
