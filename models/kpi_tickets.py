"""The figures that count tickets: what was opened and closed, what waits, what was sent wrong."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    Float,
    Select,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    union,
)
from sqlalchemy.orm import InstrumentedAttribute, aliased

from models import calendar
from models.contact import Contact
from models.event import Event
from models.kpi_kinds import Span
from models.merge import TicketMerge
from models.ticket import Status, Ticket

SOON = timedelta(days=3)
AGAIN = timedelta(days=7)
"""Within so long a client who comes back was not helped the first time."""
SLIP = timedelta(minutes=2)
"""A word taken back so soon was never said."""
LONGEST_AGE = 260
"""Working days beyond which an age is no longer counted exactly."""


def opened(span: Span) -> Select[Any]:
    return _tickets(literal(1.0), literal(0.0)).where(
        Ticket.opened_at >= span.start, Ticket.opened_at < span.end
    )


def answered(span: Span) -> Select[Any]:
    """Tickets that a person answered for the first time: automatic mail is no answer."""
    return _tickets(literal(1.0), literal(0.0)).where(
        Ticket.first_answer_at >= span.start,
        Ticket.first_answer_at < span.end,
        Ticket.merged_into_id.is_(None),
    )


def closed(span: Span) -> Select[Any]:
    return _tickets(literal(1.0), literal(0.0)).where(
        Ticket.status == Status.CLOSED.value,
        Ticket.closed_at >= span.start,
        Ticket.closed_at < span.end,
        Ticket.merged_into_id.is_(None),
    )


def backlog(span: Span) -> Select[Any]:
    """What waited for us at the end."""
    return _tickets(literal(1.0), literal(0.0)).where(waited(span))


def backlog_age(span: Span) -> Select[Any]:
    """Of what waited: since how many working days."""
    return _tickets(age(span.day), literal(1.0)).where(waited(span))


def overdue(span: Span) -> Select[Any]:
    """Of what waited: what was promised for earlier, or has lost its legal date."""
    return _tickets(_one(_late(span)), literal(1.0)).where(waited(span))


def due_soon(span: Span) -> Select[Any]:
    """Of what waited and is not late: what must be answered within three days."""
    soon = or_(
        Ticket.due_at < span.at + SOON,
        Ticket.deadline_on <= span.day + SOON,
    )
    return _tickets(_one(and_(~_late(span), func.coalesce(soon, False))), literal(1.0)).where(
        waited(span)
    )


def waited(span: Span) -> ColumnElement[bool]:
    """What waits for us; of an earlier moment as far as the rows still tell.

    Of a ticket that waits for its client now we know since when; earlier such pauses are not seen.
    """
    if span.live:
        return and_(Ticket.waits(), Ticket.opened_at < span.end)
    merged = select(TicketMerge.id).where(
        TicketMerge.from_id == Ticket.id,
        TicketMerge.undone_at.is_(None),
        TicketMerge.at < span.at,
    )
    return and_(
        Ticket.opened_at < span.at,
        or_(Ticket.closed_at.is_(None), Ticket.closed_at >= span.at),
        or_(Ticket.clock_stopped_at.is_(None), Ticket.clock_stopped_at >= span.at),
        ~merged.exists(),
    )


def age(day: date) -> ColumnElement[float]:
    """Working days after the one on which a ticket was opened, up to and with `day`."""
    days = [day] if calendar.working_day(day) else []
    last = day
    while len(days) < LONGEST_AGE:
        last = calendar.working_day_before(last)
        days.append(last)
    starts = cast([calendar.start_of(one) for one in reversed(days)], ARRAY(DateTime(True)))
    return len(days) - func.width_bucket(Ticket.opened_at, starts)


def first_contact(span: Span) -> Select[Any]:
    """Of the closed, those after which the client did not come about the same topic again.

    Whoever comes again opens the very ticket once more: it was closed all the same, and in vain.
    """
    stands = and_(
        Ticket.status == Status.CLOSED.value,
        Ticket.closed_at >= span.start,
        Ticket.closed_at < span.end,
    )
    in_vain = _closed_in_vain(span)
    again = _came_again(Ticket.closed_at).correlate(Ticket).exists()
    settled = and_(stands, ~again, Ticket.id.not_in(in_vain))
    counted = union(select(Ticket.id).where(stands), in_vain)
    return _tickets(_one(settled), literal(1.0)).where(
        Ticket.id.in_(counted),
        Ticket.client_id.is_not(None),
        Ticket.topic_id.is_not(None),
        Ticket.merged_into_id.is_(None),
    )


def _closed_in_vain(span: Span) -> Select[Any]:
    """The tickets closed in the time whose client came again, unless we had opened them before."""
    taken_back = aliased(Event)
    ours = select(taken_back.id).where(
        taken_back.ticket_id == Event.ticket_id,
        taken_back.kind == "ticket.reopened",
        taken_back.actor_id.is_not(None),
        taken_back.at > Event.at,
        taken_back.at <= Contact.said_at,
    )
    again = _came_again(Event.at).where(~ours.correlate(Event, Contact).exists())
    return (
        select(Event.ticket_id)
        .join(Ticket, Ticket.id == Event.ticket_id)
        .where(
            Event.kind == "ticket.closed",
            Event.at >= span.start,
            Event.at < span.end,
            again.correlate(Ticket, Event).exists(),
        )
    )


def _came_again(closed_at: ColumnElement[Any] | InstrumentedAttribute[Any]) -> Select[Any]:
    """What a ticket's client said about its topic within a week after it was closed."""
    return select(Contact.id).where(
        Contact.client_id == Ticket.client_id,
        Contact.topic_id == Ticket.topic_id,
        Contact.said_at > closed_at,
        Contact.said_at <= closed_at + AGAIN,
        Contact.by_people(),
        ~Contact.collected,
    )


def misroutes(span: Span) -> Select[Any]:
    """Of what the machine sent to a team, what a person sent to another within seven days."""
    earlier, moved, undone = aliased(Event), aliased(Event), aliased(Event)
    by_machine = (
        Event.kind == "ticket.routed",
        Event.actor_id.is_(None),
        Event.facts["decision"].as_string() == "auto",
        Event.facts["team"].as_integer().is_not(None),
    )
    before = select(earlier.id).where(
        earlier.ticket_id == Event.ticket_id,
        earlier.id < Event.id,
        earlier.kind == "ticket.routed",
        earlier.actor_id.is_(None),
        earlier.facts["decision"].as_string() == "auto",
        earlier.facts["team"].as_integer().is_not(None),
    )
    taken_back = select(undone.id).where(
        undone.ticket_id == moved.ticket_id,
        undone.kind == "ticket.choice_taken_back",
        undone.id > moved.id,
        undone.at <= moved.at + SLIP,
    )
    to = case(
        (moved.kind == "ticket.handed", moved.facts["after"].as_integer()),
        else_=moved.facts["team"].as_integer(),
    )
    elsewhere = select(moved.id).where(
        moved.ticket_id == Event.ticket_id,
        moved.id > Event.id,
        moved.kind.in_(["ticket.handed", "ticket.routed"]),
        moved.actor_id.is_not(None),
        moved.at <= Event.at + AGAIN,
        to != Event.facts["team"].as_integer(),
        ~taken_back.exists(),
    )
    columns = _columns(_one(elsewhere.correlate(Event).exists()), literal(1.0))
    return (
        select(*columns)
        .select_from(Event)
        .join(Ticket, Ticket.id == Event.ticket_id)
        .where(*by_machine, Event.at >= span.start, Event.at < span.end, ~before.exists())
    )


def _late(span: Span) -> ColumnElement[bool]:
    return func.coalesce(
        or_(
            func.coalesce(Ticket.due_at < span.at, False),
            func.coalesce(Ticket.deadline_on < span.day, False),
        ),
        False,
    )


def _tickets(part: ColumnElement[float], whole: ColumnElement[float]) -> Select[Any]:
    return select(*_columns(part, whole)).select_from(Ticket)


def _columns(part: ColumnElement[float], whole: ColumnElement[float]) -> list[Any]:
    return [
        Ticket.id.label("item"),
        Ticket.channel.label("channel"),
        func.coalesce(Ticket.topic_id, "").label("topic"),
        func.coalesce(Ticket.team_id, 0).label("team"),
        func.coalesce(Ticket.language, "").label("language"),
        cast(part, Float).label("part"),
        cast(whole, Float).label("whole"),
    ]


def _one(condition: ColumnElement[bool]) -> ColumnElement[float]:
    return case((condition, 1.0), else_=0.0)
