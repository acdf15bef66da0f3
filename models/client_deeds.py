"""What people change on a client's card: each change leaves an event and can be taken back.

Addresses and numbers are treated alike here: both are ways to reach somebody.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from models.base import db
from models.client import Client, ClientAddress, ClientNumber, Level, normal
from models.event import Event, record
from models.user import User

Way = ClientAddress | ClientNumber
WAYS: dict[str, type[Way]] = {"address": ClientAddress, "number": ClientNumber}
BY_HAND = "desk"
"""How we know what an agent has typed in."""
DESCRIBED, ADDED, CONFIRMED, REMOVED, MOVED, TAKEN_BACK = (
    "client.described",
    "client.way_added",
    "client.way_confirmed",
    "client.way_removed",
    "client.way_moved",
    "client.taken_back",
)
DEEDS = (DESCRIBED, ADDED, CONFIRMED, REMOVED, MOVED)
FRESH = timedelta(minutes=2)
"""So long after it a change can be taken back by whoever made it."""
FIELDS = ("name", "language", "spoken_language", "remark")


class NotPossible(Exception):
    """The change cannot be made, or cannot be taken back any more."""


def describe(client: Client, said: dict[str, str | None], *, by: User, at: datetime) -> bool:
    """Set name, languages or remark; returns whether anything is different now."""
    before = {name: getattr(client, name) for name in FIELDS if name in said}
    after = {name: said[name] for name in before if said[name] != before[name]}
    if not after:
        return False
    for name, value in after.items():
        setattr(client, name, value)
    record(
        DESCRIBED,
        by=by,
        at=at,
        client_id=client.id,
        before={name: before[name] for name in after},
        after=after,
    )
    return True


def add_way(client: Client, kind: str, value: str, *, by: User, at: datetime) -> Way:
    """An address or a number (E.164) that a person says is this client's."""
    known = way_like(client, kind, value)
    if known is not None:
        raise NotPossible(value)
    if kind == "address":
        client.add_address(value, BY_HAND)
    else:
        client.add_number(value, BY_HAND)
    db.session.flush()
    made = way_like(client, kind, value)
    assert made is not None
    made.confirmed_at = at
    record(ADDED, by=by, at=at, client_id=client.id, way=kind, row=row_of(made))
    return made


def confirm_way(way: Way, *, by: User, at: datetime) -> None:
    """A person's word that it is really theirs, and that it works."""
    before = row_of(way)
    way.level, way.confirmed_at = Level.KNOWN.value, at
    if isinstance(way, ClientAddress):
        way.undeliverable_at = None
    record(CONFIRMED, by=by, at=at, client_id=way.client_id, way=kind_of(way), row=before)


def remove_way(client: Client, way: Way, *, by: User, at: datetime) -> None:
    """It is not theirs, or not any more."""
    record(REMOVED, by=by, at=at, client_id=client.id, way=kind_of(way), row=row_of(way))
    db.session.delete(way)
    _seen_anew(client)


def move_way(client: Client, way: Way, to: Client, why: str, *, by: User, at: datetime) -> None:
    """It belongs to another client, for the reason given; what was said over it stays."""
    if to.id == client.id or to.merged_into_id is not None:
        raise NotPossible(to.id)
    kind, before = kind_of(way), row_of(way)
    twin = way_like(to, kind, value_of(way))
    if twin is None:
        way.client_id, way.level, way.confirmed_at = to.id, Level.KNOWN.value, at
    else:
        db.session.delete(way)
    _seen_anew(client, to)
    record(MOVED, by=by, at=at, client_id=client.id, way=kind, row=before, to=to.id, why=why)


# --- taken back -----------------------------------------------------------------------------


def last_deed(client: Client, user: User, at: datetime) -> Event | None:
    """What this person has just changed here, while it can be taken back."""
    found = db.session.scalars(
        select(Event)
        .where(
            Event.client_id == client.id,
            Event.actor_id == user.id,
            Event.kind.in_([*DEEDS, TAKEN_BACK]),
            Event.at >= at - FRESH,
        )
        .order_by(Event.id.desc())
    ).all()
    undone = {event.facts.get("deed") for event in found if event.kind == TAKEN_BACK}
    return next((e for e in found if e.kind in DEEDS and e.id not in undone), None)


def take_back(client: Client, *, by: User, at: datetime) -> Event:
    """Undo this person's last change; raises `NotPossible` when it is too late."""
    deed = last_deed(client, by, at)
    if deed is None:
        raise NotPossible(client.id)
    if deed.kind == DESCRIBED:
        for name, value in deed.facts["before"].items():
            if getattr(client, name) == deed.facts["after"][name]:  # else somebody's newer word
                setattr(client, name, value)
    else:
        _restore(client, deed)
    _seen_anew(client, *([] if deed.kind != MOVED else _others(deed)))
    record(TAKEN_BACK, by=by, at=at, client_id=client.id, deed=deed.id, what=deed.kind)
    return deed


def _restore(client: Client, deed: Event) -> None:
    kind, row = deed.facts["way"], deed.facts["row"]
    table = WAYS[kind]
    standing: Way | None = db.session.get(table, row["id"])  # type: ignore[assignment]
    place = deed.facts["to"] if deed.kind == MOVED else client.id
    if standing is not None and standing.client_id != place:
        raise NotPossible(row["id"])  # somebody has moved it on
    if deed.kind == ADDED:
        if standing is not None and row_of(standing) != row:
            raise NotPossible(row["id"])
        if standing is not None:
            db.session.delete(standing)
    elif standing is not None:
        for name, value in values_of(row).items():
            setattr(standing, name, value)
    elif deed.kind in (REMOVED, MOVED):
        if way_like(client, kind, str(row.get("address") or row.get("e164"))) is not None:
            raise NotPossible(row["id"])  # it was typed in again
        db.session.add(table(**values_of(row)))


def _others(deed: Event) -> list[Client]:
    other = Client.named(deed.facts["to"])
    return [other] if other is not None else []


# --- one way --------------------------------------------------------------------------------


def way_of(client: Client, kind: str, way_id: int) -> Way | None:
    """The address or number of that id, if it is this client's."""
    if kind not in WAYS:
        return None
    found: Way | None = db.session.get(WAYS[kind], way_id)  # type: ignore[assignment]
    return found if found is not None and found.client_id == client.id else None


def way_like(client: Client, kind: str, value: str) -> Way | None:
    ways: list[Any] = list(client.addresses if kind == "address" else client.numbers)
    same = normal(value) if kind == "address" else value
    return next((way for way in ways if value_of(way) == same), None)


def kind_of(way: Way) -> str:
    return "address" if isinstance(way, ClientAddress) else "number"


def value_of(way: Way) -> str:
    return way.address if isinstance(way, ClientAddress) else way.e164


def row_of(way: Way) -> dict[str, Any]:
    """All that is known of it, as it can be kept in an event and put back."""
    row = {column.key: getattr(way, column.key) for column in type(way).__table__.columns}
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in row.items()
    }


def values_of(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: datetime.fromisoformat(value) if name.endswith("_at") and value else value
        for name, value in row.items()
    }


def _seen_anew(*clients: Client) -> None:
    """What they are reached by is read again."""
    db.session.flush()
    for client in clients:
        db.session.expire(client)
