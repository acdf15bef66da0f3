"""A representative's contact about several clients: a ticket for each, under the one that stays.

The contact stays where it is; each client's ticket has the client's passage as a note and is linked
with the representative's. Undone, all is as before but for tickets on which somebody has worked.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, exists, func, select

from models import ticket_clock
from models.base import db, one_at_a_time
from models.callback import Callback
from models.client import Client, ClientIdentifier, blind
from models.client_split import ClientSplit
from models.contact import Contact
from models.draft import Draft
from models.event import record
from models.flag import Flag
from models.mandate import Mandate, Represented, Speaks, Standing, standings
from models.message import Message
from models.prediction import Decision
from models.thread import TicketLink
from models.ticket import Note, Ticket
from models.topic import Topic
from models.user import User
from models.wrap_up import WrapUp

SPLIT = "client_split"
"""Why the tickets are linked, and the rule of the clients told apart."""


@dataclass(frozen=True)
class Part:
    """One client's share of a contact, ready to become a ticket."""

    name: str
    words: str
    """Masked."""
    topic_id: str | None
    sure: bool
    """Whether a person, or the machine with confidence, has said the topic."""
    client_id: int | None = None
    numbers: dict[str, tuple[str, str]] = field(default_factory=dict)
    """(value, masked form) by kind: what we learn of the client."""
    files: list[int] = field(default_factory=list)


class NotToBeSplit(Exception):
    """It was split already, or there is nothing to split."""


# --- split ----------------------------------------------------------------------------------


def begin_split(
    contact: Contact, umbrella: Ticket, wanted: list[dict[str, Any]], *, by: User, at: datetime
) -> ClientSplit:
    """A person's word that this contact is about these clients; raises `NotToBeSplit`."""
    one_at_a_time(SPLIT, str(contact.id))
    if not wanted or contact.ticket_id != umbrella.id or standing_split(contact.id) is not None:
        raise NotToBeSplit(umbrella.number)
    made = ClientSplit(
        contact_id=contact.id, ticket_id=umbrella.id, by_id=by.id, at=at, wanted=wanted
    )
    db.session.add(made)
    db.session.flush()
    record(
        "ticket.split_by_client",
        by=by,
        at=at,
        ticket_id=umbrella.id,
        contact_id=contact.id,
        split=made.id,
        clients=len(wanted),
    )
    return made


def open_part(split: ClientSplit, part: Part, *, by: User, at: datetime) -> Represented:
    """The ticket of one client; a client who has one out of this contact gets no second."""
    contact = db.session.get_one(Contact, split.contact_id)
    umbrella = db.session.get_one(Ticket, split.ticket_id)
    client = _client_of(part, contact, at)
    known = db.session.scalar(
        Represented.of_contact(contact.id).where(Represented.client_id == client.id)
    )
    if known is not None:
        return known
    own = _ticket_for(client, part, contact, umbrella, by=by, at=at)
    made = Represented(
        contact_id=contact.id,
        client_id=client.id,
        ticket_id=own.id,
        part=part.words,
        files=part.files,
        rule=SPLIT,
        by_id=by.id,
        at=at,
    )
    db.session.add(made)
    db.session.flush()
    return made


def _client_of(part: Part, contact: Contact, at: datetime) -> Client:
    client = Client.named(part.client_id)
    client = client.target if client is not None else Client.unknown(part.name, contact.language)
    for kind, (value, masked) in part.numbers.items():
        client.learn_identifier(kind, value, masked, at)
    return client


def _ticket_for(
    client: Client, part: Part, contact: Contact, umbrella: Ticket, *, by: User, at: datetime
) -> Ticket:
    private = umbrella.topic is not None and umbrella.topic.restricted
    topic = umbrella.topic if private else Topic.named(part.topic_id)
    settled = topic is not None and (part.sure or private)
    line = " ".join(part.words.split())
    own = Ticket(
        client_id=client.id,
        subject=f"{client.called} · {contact.subject}"[:500] if contact.subject else line[:80],
        preview=line[:160] or contact.first_line,
        channel=contact.channel,
        language=contact.language,
        topic_id=topic.id if topic is not None else None,
        intent_id=contact.intent_id,
        decision=Decision.HUMAN.value,
        needs_choice=not settled,
        team_id=topic.team_id if topic is not None and settled else umbrella.team_id,
        health=contact.health,
        opened_at=at,
        last_contact_at=contact.said_at,
    )
    ticket_clock.begin(own, contact.received_at)
    db.session.add(own)
    db.session.flush()
    record("ticket.opened", by=by, at=at, ticket_id=own.id, client_id=client.id, rule=SPLIT)
    own.note(f"#{umbrella.number}\n\n{part.words}", by=by, at=at)
    own.link(umbrella, SPLIT)
    return own


def hold(split: ClientSplit) -> None:
    """As it stands now, undone or gone on with by nobody else until the transaction ends."""
    one_at_a_time(SPLIT, str(split.contact_id))
    db.session.refresh(split)


def finish_split(split: ClientSplit, at: datetime) -> None:
    split.finished_at = at


def standing_split(contact_id: int) -> ClientSplit | None:
    """The split of a contact that is under way or done, unless it was undone."""
    found = select(ClientSplit).where(
        ClientSplit.contact_id == contact_id, ClientSplit.undone_at.is_(None)
    )
    return db.session.scalars(found.order_by(ClientSplit.id.desc()).limit(1)).first()


def splits_of(ticket_id: int) -> Select[ClientSplit]:
    """The splits that stand under a representative's ticket."""
    return (
        select(ClientSplit)
        .where(ClientSplit.ticket_id == ticket_id, ClientSplit.undone_at.is_(None))
        .order_by(ClientSplit.id.desc())
    )


# --- undone ---------------------------------------------------------------------------------


def undo_split(split: ClientSplit, *, by: User, at: datetime) -> int:
    """The clients' tickets are gone again; returns how many stay because somebody worked there."""
    hold(split)
    if split.undone_at is not None:
        return 0
    rows = db.session.scalars(Represented.of_contact(split.contact_id)).all()
    stay = 0
    for row in rows:
        own = Ticket.named(row.ticket_id)
        if row.rule != SPLIT or own is None:
            continue
        if not _untouched(own):
            stay += 1
            continue
        own.merged_into_id = split.ticket_id
        between = [own.id, split.ticket_id]
        db.session.execute(
            delete(TicketLink).where(
                TicketLink.ticket_id.in_(between), TicketLink.other_id.in_(between)
            )
        )
        db.session.delete(row)
    split.undone_at, split.undone_by_id = at, by.id
    record(
        "ticket.split_per_client_undone",
        by=by,
        at=at,
        ticket_id=split.ticket_id,
        contact_id=split.contact_id,
        split=split.id,
        stay=stay,
    )
    db.session.flush()
    return stay


def _untouched(own: Ticket) -> bool:
    """Whether nothing but the splitting has happened to it."""
    notes = db.session.scalar(select(func.count()).where(Note.ticket_id == own.id))
    begun = [
        select(exists().where(Message.ticket_id == own.id)),
        select(
            exists().where(
                Draft.ticket_id == own.id, Draft.ended_at.is_(None), Draft.sealed.is_not(None)
            )
        ),
        select(exists().where(Callback.ticket_id == own.id)),
        select(exists().where(WrapUp.ticket_id == own.id)),
        select(exists().where(Flag.ticket_id == own.id, Flag.withdrawn_at.is_(None))),
    ]
    written = any(db.session.scalar(one) for one in begun)
    idle = own.contacts_count == 0 and own.assignee_id is None and not own.closed
    return idle and notes == 1 and not written


# --- who is meant ---------------------------------------------------------------------------


def by_numbers(numbers: list[tuple[str, str]], but: int) -> dict[tuple[str, str], Client]:
    """The clients with these (kind, value) numbers; neither `but` nor who writes for others.

    An accountant has named his clients' numbers: they are his in our records, and not his own.
    """
    digests = {blind(kind, value): (kind, value) for kind, value in numbers}
    rows = db.session.execute(
        select(ClientIdentifier.digest, Client)
        .join(Client, Client.id == ClientIdentifier.client_id)
        .where(
            ClientIdentifier.digest.in_(list(digests)),
            Client.id != but,
            Client.merged_into_id.is_(None),
            ~Client.representative,
        )
        .order_by(Client.id.desc())
    )
    return {
        digests[bytes(digest)]: client for digest, client in rows if not client.represents_others
    }


def spoken_for_by(client_id: int) -> list[Client]:
    """Those for whom a representative has a mandate, or has written before."""
    from_mandates = select(Mandate.client_id).where(Mandate.representative_id == client_id)
    written = (
        select(Represented.client_id)
        .join(Contact, Contact.id == Represented.contact_id)
        .where(Contact.client_id == client_id)
    )
    found = select(Client).where(
        Client.id.in_(from_mandates) | Client.id.in_(written), Client.merged_into_id.is_(None)
    )
    return list(db.session.scalars(found.order_by(Client.name)))


@dataclass(frozen=True)
class Speaking:
    """Who speaks in a ticket for somebody else, and whether that is allowed."""

    representative: Client
    standings: list[Standing]
    part: Represented | None = None
    """When the ticket was made of a part of the representative's contact."""
    umbrella: Ticket | None = None

    @property
    def fine(self) -> bool:
        return all(one.speaks is Speaks.MAY for one in self.standings)


def speaking_in(ticket: Ticket, contacts: list[Contact], at: datetime) -> Speaking | None:
    """The representative who speaks in a ticket, with the mandate for each client meant there."""
    part = Represented.of_ticket(ticket.id)
    if part is not None and ticket.client is not None:
        contact = db.session.get_one(Contact, part.contact_id)
        if contact.client is not None and contact.client.id != ticket.client_id:
            judged = standings(contact.client.id, [ticket.client], ticket.topic_id, at)
            return Speaking(contact.client, judged, part, Ticket.named(contact.ticket_id))
    if ticket.client is not None and ticket.client.represents_others:
        ids = [contact.id for contact in contacts]
        named = select(Client).where(
            Client.id.in_(select(Represented.client_id).where(Represented.contact_id.in_(ids)))
        )
        clients = list(db.session.scalars(named.order_by(Client.name)))
        return Speaking(ticket.client, standings(ticket.client.id, clients, ticket.topic_id, at))
    others = [
        c.client for c in contacts if c.client is not None and c.client_id != ticket.client_id
    ]
    if ticket.client is not None and others and others[-1].represents_others:
        return Speaking(others[-1], standings(others[-1].id, [ticket.client], ticket.topic_id, at))
    return None


def speaker_for(ticket: Ticket) -> tuple[Client, int] | None:
    """(the representative to whom answers go, the ticket in which he wrote), while neither a person
    has said otherwise nor the client has written there."""
    part = Represented.of_ticket(ticket.id)
    if part is None or part.to_client:
        return None
    own = select(Contact.id).where(
        Contact.ticket_id == ticket.id, Contact.client_id == ticket.client_id
    )
    contact = db.session.get_one(Contact, part.contact_id)
    if contact.client is None or db.session.scalar(select(own.exists())):
        return None
    return contact.client, contact.ticket_id or ticket.id


def write_to(part: Represented, to_client: bool, *, by: User, at: datetime) -> None:
    """A person's word to whom the answers in the client's ticket go."""
    part.to_client = to_client
    kind = "ticket.answers_client" if to_client else "ticket.answers_representative"
    record(kind, by=by, at=at, ticket_id=part.ticket_id, client_id=part.client_id)
