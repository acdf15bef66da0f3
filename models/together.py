"""One client, one matter, several tickets: ended together by one deed, and undone by one.

Each ticket keeps its own events. What wants a person's eye of its own (restricted topics, health,
complaints, contested decisions) is left out and named, never ended along with the rest.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, select

from models.base import db
from models.bulk_change import BulkChange
from models.client import Client
from models.event import record
from models.message import Message
from models.standing import put_back, standing, stands
from models.ticket import REPEAT, Status, Ticket
from models.user import User

TOGETHER = "together"
"""The kind of such a bulk change, and why its tickets are linked."""
COMPLAINTS, CONTESTED = ("complain",), ("contest_decision",)
"""Intents that are answered one by one."""
ENDED = (
    "status",
    "disposition",
    "closed_at",
    "told",
    "first_answer_at",
    "assignee_id",
    "needs_choice",
)
OF_THE_CLOCK = ("due_at", "clock_stopped_at", "snoozed_until", "snoozed_by_id")
"""Put back as well, but what the clock itself changes is nobody's later word."""


class Apart(StrEnum):
    """Why a ticket is not ended along with the others."""

    CLOSED = "closed"
    RESTRICTED = "restricted"
    HEALTH = "health"
    COMPLAINT = "complaint"
    CONTESTED = "contested"


@dataclass(frozen=True)
class Sorted:
    """Tickets that can be ended together, and the others with the reason."""

    together: list[Ticket]
    apart: list[tuple[Ticket, Apart]]


def same_matter(
    whose: Ticket | Client, topic_id: str | None, at: datetime, *, seen_by: User | None = None
) -> list[Ticket]:
    """All open tickets of that client on that topic at `at`, over every channel, the oldest first.

    A ticket itself is among them. Without a client or topic nothing is the same matter.
    `seen_by` leaves out what that person may not see.
    """
    client_id = whose.client_id if isinstance(whose, Ticket) else whose.id
    if client_id is None or topic_id is None:
        return []
    open_ones = _of(client_id, topic_id, seen_by).where(
        Ticket.status != Status.CLOSED.value, Ticket.opened_at <= at
    )
    return list(db.session.scalars(open_ones.order_by(Ticket.opened_at, Ticket.id)))


def likely_duplicates(
    client_id: int | None,
    topic_id: str | None,
    at: datetime,
    within: timedelta = REPEAT,
    *,
    seen_by: User | None = None,
) -> list[Ticket]:
    """The client's tickets on that topic in which something was said shortly before `at`, open or
    closed, over every channel, the newest first."""
    if client_id is None or topic_id is None:
        return []
    lately = _of(client_id, topic_id, seen_by).where(
        Ticket.last_contact_at >= at - within, Ticket.last_contact_at <= at
    )
    return list(db.session.scalars(lately.order_by(Ticket.last_contact_at.desc(), Ticket.id)))


def sorted_out(tickets: Sequence[Ticket]) -> Sorted:
    """Which of these may be ended together."""
    reasons = [(ticket, apart(ticket)) for ticket in tickets]
    return Sorted(
        [ticket for ticket, why in reasons if why is None],
        [(ticket, why) for ticket, why in reasons if why is not None],
    )


def settle(
    tickets: Sequence[Ticket],
    disposition: str,
    *,
    by: User,
    at: datetime,
    told: str = "",
    answer: Message | None = None,
    beside: Ticket | None = None,
) -> BulkChange:
    """End these tickets together, as a call or `answer` ended one of them; `undo` takes it back.

    `beside` is the ticket from which it is done. `change` names what was settled, and what was left
    out with its reason. What `by` may not see is neither touched nor named.
    """
    seen = _held(list(Ticket.seen_of(by, [ticket.id for ticket in tickets])))
    found = sorted_out(seen)
    before: dict[str, Any] = {}
    for ticket in found.together:
        was = standing(ticket, ENDED + OF_THE_CLOCK)
        ticket.wrap_up(disposition, told or ticket.told, "", by=by, at=at)
        if answer is not None and answer.ticket_id not in (None, ticket.id):
            answered = Ticket.named(answer.ticket_id)
            if answered is not None:
                ticket.link(answered, TOGETHER)
        before[str(ticket.id)] = {"was": was, "now": standing(ticket, ENDED)}
    db.session.flush()
    change = BulkChange(
        kind=TOGETHER,
        by_id=by.id,
        at=at,
        change={
            "disposition": str(disposition),
            "beside": beside.number if beside is not None else None,
            "message": answer.id if answer is not None else None,
            "settled": [ticket.number for ticket in found.together],
            "left_out": [[ticket.number, why.value] for ticket, why in found.apart],
        },
        before=before,
    )
    db.session.add(change)
    db.session.flush()
    return change


def undo(change: BulkChange, by: User, at: datetime) -> list[Ticket]:
    """Take `settle` back; returns the tickets on which somebody has worked since: they stay."""
    db.session.refresh(change, with_for_update=True)
    if change.undone_at is not None:
        return []
    change.undone_at = at
    stay = []
    for ticket in _held([int(ticket_id) for ticket_id in change.before]):
        kept = change.before[str(ticket.id)]
        if ticket.merged_into_id is not None or not stands(ticket, kept["now"]):
            stay.append(ticket)
            continue
        if ticket.closed:
            ticket.open_again()  # with the calls that ended with it
        put_back(ticket, kept["was"])
        record("ticket.together_undone", by=by, at=at, ticket_id=ticket.id, change=change.id)
    return stay


def last_of(user: User, since: datetime) -> BulkChange | None:
    """What `user` has ended together since, if it still stands."""
    mine = select(BulkChange).where(
        BulkChange.kind == TOGETHER,
        BulkChange.by_id == user.id,
        BulkChange.at >= since,
        BulkChange.undone_at.is_(None),
    )
    return db.session.scalar(mine.order_by(BulkChange.id.desc()).limit(1))


def of_answer(message: Message) -> BulkChange | None:
    """What an answer has ended along with its own ticket, if that still stands."""
    ended = select(BulkChange).where(
        BulkChange.kind == TOGETHER,
        BulkChange.by_id == message.by_id,
        BulkChange.at >= message.written_at,
        BulkChange.change["message"].as_integer() == message.id,
        BulkChange.undone_at.is_(None),
    )
    return db.session.scalar(ended.order_by(BulkChange.id.desc()).limit(1))


def _of(client_id: int, topic_id: str, seen_by: User | None) -> Select[Ticket]:
    seen = Ticket.visible_to(seen_by) if seen_by is not None else select(Ticket)
    return seen.where(
        Ticket.client_id == client_id,
        Ticket.topic_id == topic_id,
        Ticket.merged_into_id.is_(None),
    )


def _held(ids: list[int]) -> list[Ticket]:
    """The tickets as they stand now, held until the transaction ends, always in the same order."""
    held = select(Ticket).where(Ticket.id.in_(ids)).order_by(Ticket.id).with_for_update(of=Ticket)
    return list(db.session.scalars(held.execution_options(populate_existing=True)))


def apart(ticket: Ticket) -> Apart | None:
    """Why a person must look at this ticket by itself; None: it may go with others."""
    reasons = {
        Apart.CLOSED: ticket.closed or ticket.merged_into_id is not None,
        Apart.RESTRICTED: ticket.topic is not None and ticket.topic.restricted,
        Apart.HEALTH: ticket.health,
        Apart.COMPLAINT: ticket.intent_id in COMPLAINTS or ticket.topic_id == "complaint",
        Apart.CONTESTED: ticket.intent_id in CONTESTED,
    }
    return next((why for why, holds in reasons.items() if holds), None)
