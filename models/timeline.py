"""All that was said and done with one client, over every channel, in one stream.

Only what the reader may see is in it, and only that is counted.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    and_,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)

from models import call_log, policy
from models.base import db
from models.calendar import business_day, start_of
from models.call import Call
from models.callback import Callback
from models.client import Client, Level
from models.client_merge import all_ids
from models.contact import Contact
from models.counting import CLIENT, with_clients
from models.event import Event
from models.intake import Channel
from models.mailing import Mailing
from models.mailing_recipient import MailingRecipient
from models.mandate import Represented
from models.message import Message, Sending
from models.problem import Occurrence, Problem, ProblemState
from models.ticket import Note, Ticket
from models.user import User
from models.wrap_up import WrapUp

SIZE = 30
TOLD = (
    "ticket.closed",
    "ticket.reopened",
    "ticket.wrapped_up",
    "client.described",
    "client.representative",
    "client.not_representative",
    "client.number_confirmed",
    "client.way_added",
    "client.way_confirmed",
    "client.way_removed",
    "client.way_moved",
    "client.taken_back",
    "client.merged",
    "client.unmerged",
    "client.identifier_revealed",
    "client.opted_out",
    "client.opted_in",
    "mandate.given",
    "mandate.ended",
    "mandate.resumed",
)
"""The events that the stream tells."""


@dataclass(frozen=True)
class Entry:
    """One line of the stream. `thing` is the contact, part, message, note, call, call-back,
    promise or event; `ticket` the one it belongs to, `readable` whether its words may be shown."""

    kind: str
    at: datetime
    thing: Any
    ticket: Ticket | None
    readable: bool


@dataclass(frozen=True)
class Stream:
    """One page of the stream."""

    entries: list[Entry]
    number: int
    more: bool


@dataclass(frozen=True)
class Figures:
    """How often a client has come of late."""

    month: int
    quarter: int
    repeats: int
    """Of the quarter: about the same topic within a week."""
    represented: int
    """Of the quarter: said by somebody who speaks for this client."""


def stream(
    client: Client,
    user: User,
    at: datetime,
    *,
    channel: str = "",
    topic_id: str = "",
    number: int = 1,
) -> Stream:
    """A page of what `user` may see of a client, the newest first."""
    whole = union_all(*_parts(client, user, channel, topic_id)).subquery()
    rows = db.session.execute(
        select(whole.c.kind, whole.c.id, whole.c.at, whole.c.ticket_id)
        .order_by(whole.c.at.desc(), whole.c.kind, whole.c.id.desc())
        .offset((number - 1) * SIZE)
        .limit(SIZE + 1)
    ).all()
    return Stream(_entries(rows[:SIZE], user, at), number, len(rows) > SIZE)


def seen_tickets(client: Client, user: User) -> Select[Any]:
    """The ids of the client's tickets that `user` may see: the client's own, and those in which
    somebody spoke for the client."""
    ids = all_ids(client)
    visible = select(Ticket.id).where(policy.sees_ticket(user, Ticket))
    return visible.where(Ticket.client_id.in_(ids), Ticket.merged_into_id.is_(None))


def _parts(client: Client, user: User, channel: str, topic_id: str) -> list[Select[Any]]:
    ids = all_ids(client)
    visible = select(Ticket.id).where(policy.sees_ticket(user, Ticket))
    their = Ticket.id.in_(seen_tickets(client, user))
    about: list[ColumnElement[bool]] = [Ticket.topic_id == topic_id] if topic_id else []
    kept: dict[str, Select[Any]] = {
        "contact": _part("contact", Contact, Contact.said_at, Contact.ticket_id).where(
            Contact.client_id.in_(ids),
            Contact.ticket_id.in_(visible),
            *([Contact.channel == channel] if channel else []),
            *([Contact.topic_id == topic_id] if topic_id else []),
        ),
        "part": _part("part", Represented, Contact.said_at, _OF_PART)
        .join(Contact, Contact.id == Represented.contact_id)
        .where(
            Represented.client_id.in_(ids),
            _OF_PART.in_(visible),
            *([Contact.channel == channel] if channel else []),
            *([Contact.topic_id == topic_id] if topic_id else []),
        ),
        "message": _part("message", Message, Message.written_at, Message.ticket_id)
        .join(Ticket, Ticket.id == Message.ticket_id)
        .where(their, Message.state != Sending.WITHDRAWN.value, *about),
        "mailing": _mailings(ids, topic_id),
        "call": _calls(client, user),
        "note": _part("note", Note, Note.at, Note.ticket_id)
        .join(Ticket, Ticket.id == Note.ticket_id)
        .where(their, *about),
        "promise": _part("promise", WrapUp, WrapUp.began_at, WrapUp.ticket_id)
        .join(Ticket, Ticket.id == WrapUp.ticket_id)
        .where(their, WrapUp.promise != "", *about),
        "callback": _callbacks(ids, user, topic_id),
        "event": _events(ids, their, topic_id),
    }
    return [kept[name] for name in _kinds(channel, topic_id)]


_OF_PART = func.coalesce(Represented.ticket_id, Contact.ticket_id)
"""A passage belongs to the client's own ticket, where there is one."""


def _kinds(channel: str, topic_id: str) -> list[str]:
    if channel:
        beside = {
            Channel.EMAIL.value: ["message", "mailing"],
            Channel.PHONE.value: ["promise", "callback"],
        }
        calls = ["call"] if channel == Channel.PHONE and not topic_id else []
        return ["contact", "part", *beside.get(channel, []), *calls]
    everything = ["contact", "part", "message", "mailing", "note", "promise", "callback", "event"]
    return everything if topic_id else [*everything, "call"]


def _part(kind: str, table: Any, at: Any, ticket_id: Any) -> Select[Any]:
    return select(
        literal(kind).label("kind"),
        table.id.label("id"),
        at.label("at"),
        ticket_id.label("ticket_id"),
    ).select_from(table)


def _calls(client: Client, user: User) -> Select[Any]:
    """Calls of which nobody has taken a note, from numbers that are surely the client's; those
    that stand in the reader's log."""
    numbers = [way.e164 for way in client.numbers if way.level == Level.KNOWN]
    return _part("call", Call, Call.initialised_at, null()).where(
        Call.caller_e164.in_(numbers), Call.contact_id.is_(None), call_log.seen_by(user)
    )


def _mailings(ids: list[int], topic_id: str) -> Select[Any]:
    """What mailings told the client on no ticket; never about a restricted topic."""
    return (
        _part("message", Message, Message.written_at, null())
        .join(MailingRecipient, MailingRecipient.message_id == Message.id)
        .join(Mailing, Mailing.id == MailingRecipient.mailing_id)
        .where(
            MailingRecipient.client_id.in_(ids),
            Message.ticket_id.is_(None),
            Message.state != Sending.WITHDRAWN.value,
            ~policy.restricted(Mailing.topic_id),
            *([Mailing.topic_id == topic_id] if topic_id else []),
        )
    )


def _callbacks(ids: list[int], user: User, topic_id: str) -> Select[Any]:
    return _part("callback", Callback, Callback.created_at, Callback.ticket_id).where(
        Callback.client_id.in_(ids),
        Callback.state != "proposed",
        *_seen_callbacks(ids, user),
        *([Callback.topic_id == topic_id] if topic_id else []),
    )


def _seen_callbacks(ids: list[int], user: User) -> list[ColumnElement[bool]]:
    """That `user` may know of the call-backs of these clients."""
    seen = policy.sees_callback(user, Callback)
    if policy.sees_every_ticket(user):
        return [seen]
    # Only the tickets of these call-backs: all that are visible would be many more.
    about = select(Callback.ticket_id).where(Callback.client_id.in_(ids))
    visible = select(Ticket.id).where(policy.sees_ticket(user, Ticket), Ticket.id.in_(about))
    return [seen, or_(Callback.ticket_id.is_(None), Callback.ticket_id.in_(visible))]


def _events(ids: list[int], their: ColumnElement[bool], topic_id: str) -> Select[Any]:
    of_ticket = Event.ticket_id.in_(
        select(Ticket.id).where(their, *([Ticket.topic_id == topic_id] if topic_id else []))
    )
    of_client = and_(Event.client_id.in_(ids), Event.ticket_id.is_(None))
    asked = of_ticket if topic_id else or_(of_ticket, of_client)
    return _part("event", Event, Event.at, Event.ticket_id).where(Event.kind.in_(TOLD), asked)


# --- loaded ---------------------------------------------------------------------------------

_TABLES: dict[str, Any] = {
    "contact": Contact,
    "part": Represented,
    "message": Message,
    "note": Note,
    "call": Call,
    "promise": WrapUp,
    "callback": Callback,
    "event": Event,
}


def _entries(rows: Any, user: User, at: datetime) -> list[Entry]:
    things: dict[tuple[str, int], Any] = {}
    for kind, table in _TABLES.items():
        ids = [row.id for row in rows if row.kind == kind]
        if ids:
            found = db.session.scalars(select(table).where(table.id.in_(ids)))
            things |= {(kind, thing.id): thing for thing in found}
    tickets = Ticket.seen_of(user, [row.ticket_id for row in rows])
    today = start_of(business_day(at))
    readable: dict[int, bool] = {
        ticket.id: policy.sees_words(user, ticket, today) for ticket in tickets.values()
    }
    return [
        Entry(
            row.kind,
            row.at,
            things[row.kind, row.id],
            tickets.get(row.ticket_id or 0),
            readable.get(row.ticket_id or 0, row.ticket_id is None),
        )
        for row in rows
    ]


# --- counted --------------------------------------------------------------------------------


def figures(client: Client, user: User, at: datetime) -> Figures:
    """Contacts in 30 and in 90 days, of what `user` may see."""
    visible = select(Ticket.id).where(policy.sees_ticket(user, Ticket))
    ids = all_ids(client)
    month = Contact.said_at >= at - timedelta(days=30)
    row = db.session.execute(
        with_clients(
            select(
                func.count().filter(month),
                func.count(),
                func.count().filter(Contact.repeated),
                func.count().filter(Represented.id.is_not(None)),
            ).select_from(Contact)
        ).where(
            CLIENT.in_(ids),
            Contact.id.in_(_spoken(ids)),
            Contact.said_at >= at - timedelta(days=90),
            Contact.ticket_id.in_(visible),
        )
    ).one()
    return Figures(*row)


def _spoken(ids: list[int]) -> CompoundSelect[int]:
    """The contacts of these clients, and those in which somebody spoke for them."""
    return union_all(
        select(Contact.id).where(Contact.client_id.in_(ids)),
        select(Represented.contact_id).where(Represented.client_id.in_(ids)),
    )


def problems_of(client: Client, user: User) -> list[Problem]:
    """The problems of which this client's contacts are cases, those seen last first."""
    ids = all_ids(client)
    visible = select(Ticket.id).where(policy.sees_ticket(user, Ticket))
    cases = (
        select(Occurrence.problem_id)
        .join(Contact, Contact.id == Occurrence.contact_id)
        .where(
            Occurrence.until.is_(None),
            Contact.id.in_(_spoken(ids)),
            Contact.ticket_id.in_(visible),
        )
    )
    settled = [ProblemState.NOT_A_PROBLEM.value, ProblemState.ARCHIVED.value]
    found = Problem.alive().where(Problem.id.in_(cases), Problem.state.not_in(settled))
    return list(db.session.scalars(found.order_by(None).order_by(Problem.last_seen_at.desc())))


def calls_owed(client: Client, user: User) -> Select[Callback]:
    """The call-backs that this client is owed, the first due first."""
    ids = all_ids(client)
    return (
        select(Callback)
        .where(
            Callback.client_id.in_(ids),
            Callback.closed_at.is_(None),
            *_seen_callbacks(ids, user),
        )
        .order_by(Callback.due_at, Callback.id)
    )
