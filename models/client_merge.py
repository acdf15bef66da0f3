"""Two records of one person put together, and taken apart again. Only a person does either.

What moved is written down row by row, so that taking apart moves back exactly that; what came in
between goes with the address or number that it came from.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Self

from sqlalchemy import ForeignKey, Select, select, update
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column, relationship

from models.base import Base, SafeJSON, db, one_at_a_time
from models.call_draft import CallDraft
from models.callback import Callback
from models.client import Client, Level, normal
from models.contact import Contact
from models.event import record
from models.identity_check import IdentityCheck
from models.mandate import Mandate, Represented
from models.ticket import Ticket
from models.user import User

MERGED, UNMERGED = "client.merged", "client.unmerged"


class NotToBeMerged(Exception):
    """The two cannot be put together, or not taken apart yet; says why in one word."""


class ClientMerge(Base):
    """One client record that went into another, with what moved."""

    __tablename__ = "client_merge"

    id: Mapped[int] = mapped_column(primary_key=True)
    from_id: Mapped[int] = mapped_column(ForeignKey("client.id"), index=True)
    into_id: Mapped[int] = mapped_column(ForeignKey("client.id"), index=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
    before: Mapped[dict[str, Any]] = mapped_column(SafeJSON)
    undone_at: Mapped[datetime | None]
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    by: Mapped[User] = relationship(foreign_keys=[by_id])
    absorbed: Mapped[Client] = relationship(foreign_keys=[from_id])

    @classmethod
    def named(cls, merge_id: int) -> Self | None:
        return db.session.get(cls, merge_id)

    @classmethod
    def into(cls, client_id: int) -> Select[Self]:
        """What stands merged into a client, the newest first."""
        return (
            select(cls)
            .where(cls.into_id == client_id, cls.undone_at.is_(None))
            .order_by(cls.id.desc())
        )


def all_ids(client: Client) -> list[int]:
    """The ids under which this client has ever been kept: its own, and of all it has absorbed."""
    return families([client.id])[client.id]


def families(client_ids: Iterable[int]) -> dict[int, list[int]]:
    """The same of each of these clients."""
    found = {client_id: [client_id] for client_id in client_ids}
    of = {client_id: {client_id} for client_id in found}
    newest = set(found)
    while newest:
        absorbed = select(Client.id, Client.merged_into_id).where(Client.merged_into_id.in_(newest))
        rows = db.session.execute(absorbed).all()
        newest = set()
        for client_id, into in rows:
            for head in of.get(into or 0, ()):
                if client_id not in found[head]:
                    found[head].append(client_id)
                    of.setdefault(client_id, set()).add(head)
                    newest.add(client_id)
    return found


# --- put together ---------------------------------------------------------------------------

OWN: dict[str, InstrumentedAttribute[Any]] = {
    "contacts": Contact.client_id,
    "tickets": Ticket.client_id,
    "drafts": CallDraft.client_id,
    "checks": IdentityCheck.client_id,
    "mandates": Mandate.client_id,
    "mandates_held": Mandate.representative_id,
    "represented": Represented.client_id,
}
"""Whatever hangs on a client's id and goes along."""


def merge(absorbed: Client, into: Client, *, by: User, at: datetime) -> ClientMerge:
    """All of `absorbed` is of `into` from now on; raises `NotToBeMerged`."""
    _alone_with(absorbed, into)
    if absorbed.id == into.id:
        raise NotToBeMerged("same")
    if absorbed.merged_into_id is not None or into.merged_into_id is not None:
        raise NotToBeMerged("gone")
    before = {
        "addresses": _move_addresses(absorbed, into),
        "numbers": _move_numbers(absorbed, into),
        "identifiers": _move_identifiers(absorbed, into),
        "own": {name: _move(column, absorbed, into) for name, column in OWN.items()},
        "callbacks": Callback.move(absorbed, into, by=by, at=at),
        "described": _fill_in(absorbed, into),
    }
    absorbed.merged_into_id = into.id
    made = ClientMerge(from_id=absorbed.id, into_id=into.id, by_id=by.id, at=at, before=before)
    db.session.add(made)
    _seen_anew(absorbed, into)
    record(MERGED, by=by, at=at, client_id=into.id, merge=made.id, absorbed=absorbed.id)
    return made


def _alone_with(*clients: Client) -> None:
    """Nobody else puts either of them together or apart meanwhile."""
    for client_id in sorted(client.id for client in clients):
        one_at_a_time("client", str(client_id))
    for client in clients:
        db.session.flush()
        db.session.refresh(client)


def _move_addresses(absorbed: Client, into: Client) -> dict[str, Any]:
    """What both know stays where it is: the merged record is looked at no more."""
    known = {way.address: way for way in into.addresses}
    return _move_ways([(w.address, w) for w in absorbed.addresses], known, into)


def _move_numbers(absorbed: Client, into: Client) -> dict[str, Any]:
    known = {way.e164: way for way in into.numbers}
    return _move_ways([(w.e164, w) for w in absorbed.numbers], known, into)


def _move_ways(ways: list[tuple[str, Any]], known: dict[str, Any], into: Client) -> dict[str, Any]:
    moved, raised = [], []
    for value, way in ways:
        twin = known.get(value)
        if twin is None:
            moved.append(way.id)
            way.client_id = into.id
        elif twin.level == Level.MAYBE and way.level == Level.KNOWN:
            raised.append(twin.id)
            twin.level = Level.KNOWN.value
    return {"moved": moved, "raised": raised}


def _move_identifiers(absorbed: Client, into: Client) -> list[int]:
    known = {(one.kind, one.digest) for one in into.identifiers}
    moved = []
    for one in absorbed.identifiers:
        if (one.kind, one.digest) not in known:
            one.move(into.id)
            moved.append(one.id)
    return moved


def _move(column: InstrumentedAttribute[Any], absorbed: Client, into: Client) -> list[int]:
    table = column.class_
    rows = select(table.id).where(column == absorbed.id)
    if table is Mandate:  # nobody is his own representative
        rows = rows.where(Mandate.client_id != into.id, Mandate.representative_id != into.id)
    if table is Represented:
        there = select(Represented.contact_id).where(Represented.client_id == into.id)
        rows = rows.where(Represented.contact_id.not_in(there))
    ids = list(db.session.scalars(rows.order_by(table.id)))
    _give(column, ids, absorbed.id, into.id)
    return ids


def _give(column: InstrumentedAttribute[Any], ids: list[int], of: int, to: int) -> None:
    """Those of the rows that are still there change hands, and nothing else of them changes."""
    if ids:
        table = column.class_
        db.session.execute(
            update(table).where(table.id.in_(ids), column == of).values({column.key: to})
        )


def _fill_in(absorbed: Client, into: Client) -> dict[str, Any]:
    """What was not known of the one is taken from the other; returns {field: (before, after)}."""
    changed: dict[str, Any] = {}
    for name in ("name", "language", "spoken_language", "remark"):
        if not getattr(into, name) and getattr(absorbed, name):
            changed[name] = [getattr(into, name), getattr(absorbed, name)]
    if absorbed.representative and not into.representative:
        changed["representative"] = [False, True]
    for name, (_, after) in changed.items():
        setattr(into, name, after)
    return changed


def _seen_anew(*clients: Client) -> None:
    db.session.flush()
    for client in clients:
        db.session.expire(client)


# --- taken apart ----------------------------------------------------------------------------


def unmerge(merged: ClientMerge, *, by: User, at: datetime) -> Client:
    """The two are two again; returns the one that had been absorbed. Raises `NotToBeMerged`."""
    absorbed, into = merged.absorbed, db.session.get_one(Client, merged.into_id)
    _alone_with(absorbed, into)
    db.session.refresh(merged)
    if merged.undone_at is not None or absorbed.merged_into_id != into.id:
        raise NotToBeMerged("undone")
    if into.merged_into_id is not None:
        raise NotToBeMerged("merged_on")
    before = merged.before
    for kind in ("addresses", "numbers"):
        _give_back_ways(into, absorbed, kind, before[kind])
    for one in list(into.identifiers):
        if one.id in before["identifiers"]:
            one.move(absorbed.id)
    db.session.flush()
    for name, column in OWN.items():
        _give(column, before["own"].get(name, []), into.id, absorbed.id)
    Callback.move_back(before["callbacks"], absorbed, by=by, at=at)
    for name, (old, new) in before["described"].items():
        if getattr(into, name) == new:
            setattr(into, name, old)
    absorbed.merged_into_id = None
    merged.undone_at, merged.undone_by_id = at, by.id
    _seen_anew(absorbed, into)
    _sort_what_came_since(merged, absorbed, into)
    _seen_anew(absorbed, into)
    record(UNMERGED, by=by, at=at, client_id=into.id, merge=merged.id, absorbed=absorbed.id)
    return absorbed


def _give_back_ways(
    into: Client, absorbed: Client, kind: str, before: dict[str, list[int]]
) -> None:
    ways: list[Any] = list(getattr(into, kind))
    for way in ways:
        if way.id in before["moved"]:
            way.client_id = absorbed.id
        elif way.id in before["raised"] and way.confirmed_at is None:
            way.level = Level.MAYBE.value


def _sort_what_came_since(merged: ClientMerge, absorbed: Client, into: Client) -> None:
    """Contacts since the merge, from an address or number that only `absorbed` has, are its own; so
    are the tickets in which nobody else has spoken."""
    theirs = _spoken_from(absorbed) - _spoken_from(into)
    kept = set(merged.before["own"].get("contacts", []))
    since = select(Contact).where(Contact.client_id == into.id, Contact.received_at >= merged.at)
    moved: set[int] = set()
    for contact in db.session.scalars(since):
        if contact.id not in kept and _way_of(contact) & theirs:
            contact.client_id = absorbed.id
            moved.add(contact.ticket_id or 0)
    db.session.flush()
    others = select(Contact.ticket_id).where(
        Contact.ticket_id.in_(moved), Contact.client_id != absorbed.id
    )
    db.session.execute(
        update(Ticket)
        .where(
            Ticket.id.in_(moved - {0}),
            Ticket.client_id == into.id,
            Ticket.opened_at >= merged.at,
            Ticket.id.not_in(others),
        )
        .values(client_id=absorbed.id)
    )


def _spoken_from(client: Client) -> set[str]:
    return {way.address for way in client.addresses} | {way.e164 for way in client.numbers}


def _way_of(contact: Contact) -> set[str]:
    """The address or number that a contact came from, as its sender is shown."""
    shown = contact.sender
    return {normal(shown), normal(shown.rpartition("<")[2].rstrip(">"))}
