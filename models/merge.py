"""Tickets put together and taken apart again, with all that stood before.

What a ticket holds moves into the other one and keeps its origin; its number, its reply address
and its Message-IDs lead there. Taking apart moves exactly that back, and what came later for it.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from sqlalchemy import ForeignKey, Select, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models import document_joining
from models.base import Base, SafeJSON, db, one_at_a_time
from models.client import Client
from models.contact import Contact
from models.event import record
from models.following import (
    contacts_follow,
    contacts_return,
    files_follow,
    files_return,
    links_follow,
    links_return,
    rows_follow,
    rows_return,
)
from models.joined import COLUMNS, WORK, joined
from models.parting import newest_first
from models.standing import put_back, standing
from models.thread import MERGED, TicketContact
from models.ticket import Ticket
from models.user import User


class Unmergeable(Exception):
    """Why two tickets cannot become one: a `Why`."""


class Why(StrEnum):
    """Why two tickets stay two."""

    ITSELF = "itself"
    MERGED = "merged"
    """It is part of another one already."""
    CLOSED_LONG_AGO = "closed_long_ago"
    RESTRICTED = "restricted"
    """What was said under a restricted topic stays with its team."""
    TWO_CLIENTS = "two_clients"
    """Somebody must say who the client is."""


class TicketMerge(Base):
    """One ticket that went into another."""

    __tablename__ = "ticket_merge"

    id: Mapped[int] = mapped_column(primary_key=True)
    from_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    into_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
    before: Mapped[dict[str, Any]] = mapped_column(SafeJSON)
    """`source` and `target`: their columns; `after`: the target's then; `moved`: row ids by table;
    `documents`: requests that became one; `causes`: of the messages; `files`: lent to the target
    too; `places` and `links`: what was made and what was taken away."""
    undone_at: Mapped[datetime | None]
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    source: Mapped[Ticket] = relationship(foreign_keys=[from_id])
    target: Mapped[Ticket] = relationship(foreign_keys=[into_id])
    by: Mapped[User] = relationship(foreign_keys=[by_id])

    @classmethod
    def named(cls, merge_id: int) -> Self | None:
        return db.session.get(cls, merge_id)

    @classmethod
    def into(cls, ticket_id: int) -> Select[Self]:
        """The merges that stand and brought something directly into this ticket."""
        return select(cls).where(cls.into_id == ticket_id, cls.undone_at.is_(None)).order_by(cls.id)

    @classmethod
    def within(cls, ticket_id: int) -> list[Self]:
        """All standing merges that led into this ticket, also through others; the outer first."""
        found: list[Self] = []
        ids = [ticket_id]
        while ids:
            into = select(cls).where(cls.into_id.in_(ids), cls.undone_at.is_(None))
            new = [one for one in db.session.scalars(into.order_by(cls.id)) if one not in found]
            found += new
            ids = [one.from_id for one in new]
        return found


def why_not(source: Ticket, target: Ticket, at: datetime) -> Why | None:
    """Why these two cannot become one; None when they can, `TWO_CLIENTS` when only that is open."""
    private = source.topic is not None and source.topic.restricted
    clients = {source.client_id, target.client_id} - {None}
    reasons = {
        Why.ITSELF: source.id == target.id,
        Why.MERGED: source.merged_into_id is not None or target.merged_into_id is not None,
        Why.CLOSED_LONG_AGO: not target.accepts_at(at),
        Why.RESTRICTED: private and source.topic_id != target.topic_id,
        Why.TWO_CLIENTS: len(clients) > 1,
    }
    return next((why for why, holds in reasons.items() if holds), None)


def merge(
    source: Ticket, target: Ticket, *, by: User, at: datetime, client: Client | None = None
) -> TicketMerge:
    """Put all of `source` into `target`, or into what that has become; `unmerge` undoes it.

    `client` says whose matter it is where the two tickets have different ones. Raises
    `Unmergeable`.
    """
    source, target = _held(source, target)
    why = why_not(source, target, at)
    if why == Why.TWO_CLIENTS and client is not None:
        why = None if client.id in (source.client_id, target.client_id) else why
    if why is not None:
        raise Unmergeable(why)
    before: dict[str, Any] = {
        "source": standing(source, COLUMNS),
        "target": standing(target, COLUMNS),
        "causes": {},
        **links_follow(source, target),
    }
    for name, value in joined(source, target).items():
        setattr(target, name, value)
    if client is not None:
        target.client_id = client.id
    before["places"] = contacts_follow(source, target, at)
    before["files"] = files_follow(source, target)
    before["documents"] = document_joining.join(source, target)
    stays = [pair["stays"] for pair in before["documents"]]
    before["moved"] = rows_follow(source, target, before["causes"], stays)
    source.merged_into_id, source.contacts_count = target.id, 0
    before["after"] = standing(target, COLUMNS)
    made = TicketMerge(from_id=source.id, into_id=target.id, by_id=by.id, at=at, before=before)
    db.session.add(made)
    db.session.flush()
    facts = {"merge": made.id}
    record("ticket.merged", by=by, at=at, ticket_id=source.id, number=target.number, **facts)
    record("ticket.took_in", by=by, at=at, ticket_id=target.id, number=source.number, **facts)
    return made


def unmerge(made: TicketMerge, *, by: User, at: datetime) -> Ticket:
    """Take a merge apart; the ticket that is one of its own again.

    What stood before stands again, but what somebody has changed of the target since. What was
    said since stays in the target, unless it named the ticket that leaves. Undone twice is undone
    once; raises `Unmergeable` while the target is itself part of another ticket.
    """
    source, target = _held(made.source, made.target)
    db.session.refresh(made, with_for_update=True)
    if made.undone_at is not None:
        return source
    if target.id != made.into_id:
        raise Unmergeable(Why.MERGED)
    made.undone_at, made.undone_by_id = at, by.id
    came = _came_for(source, target)
    gone = contacts_return(source, target, made.before["places"])
    files_return(target, made.before["files"])
    rows_return(source, target, made.before)
    document_joining.part(made.before.get("documents", []))
    put_back(source, made.before["source"])
    source.merged_into_id, source.contacts_count = None, gone
    db.session.flush()
    links_return(made.before)
    for place in came:
        contact = Contact.named(place.contact_id)
        if contact is not None:
            source.continue_with(contact, place.rule, Ticket.named(place.meant_id))
    _target_returns(made, target, gone + len(came))
    record("ticket.unmerged", by=by, at=at, ticket_id=source.id, number=target.number)
    record("ticket.gave_back", by=by, at=at, ticket_id=target.id, number=source.number)
    return source


def origins(ticket_id: int) -> dict[str, dict[int, Ticket]]:
    """By table, whence the rows of a ticket came that were another one's before."""
    found: dict[str, dict[int, Ticket]] = {}
    for made in TicketMerge.within(ticket_id):  # the inner ones come later and know better
        moved = made.before["moved"] | {"contact": made.before["places"]}
        for name, ids in moved.items():
            found.setdefault(name, {}).update((int(row_id), made.source) for row_id in ids)
    return found


def _held(source: Ticket, target: Ticket) -> tuple[Ticket, Ticket]:
    """Both as they stand now, the target followed to its end, held until the transaction ends."""
    one_at_a_time(MERGED, "")
    source = _now(source.id)
    target = _now(target.id)
    passed = {target.id}
    while target.merged_into_id is not None and target.merged_into_id not in passed:
        target = _now(target.merged_into_id)
        passed.add(target.id)
    return source, target


def _now(ticket_id: int) -> Ticket:
    row = select(Ticket).where(Ticket.id == ticket_id).with_for_update(of=Ticket)
    return db.session.scalars(row.execution_options(populate_existing=True)).one()


def _came_for(source: Ticket, target: Ticket) -> list[TicketContact]:
    """What was said in the target since, and named the ticket that leaves or one within it."""
    meant = [source.id, *(made.from_id for made in TicketMerge.within(source.id))]
    here = select(TicketContact).where(
        TicketContact.ticket_id == target.id,
        TicketContact.until.is_(None),
        TicketContact.meant_id.in_(meant),
    )
    return list(db.session.scalars(here.order_by(TicketContact.id)))


def _target_returns(made: TicketMerge, target: Ticket, left: int) -> None:
    """The columns that nobody has changed since; what waits because of later words goes on
    waiting."""
    before, after = made.before["target"], made.before["after"]
    same = standing(target, COLUMNS)
    said_since = target.contacts_count - left != before["contacts_count"]
    back = {
        name: before[name]
        for name in COLUMNS
        if same[name] == after[name] and not (said_since and name in WORK)
    }
    count = target.contacts_count - left
    put_back(target, back)
    target.contacts_count = count
    if said_since:
        newest_first(target)
