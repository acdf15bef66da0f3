"""A hidden number shown once, to somebody who says why: noted, counted, and limited."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import CompoundSelect, func, select, union_all

from models import policy
from models.base import db
from models.calendar import business_day, start_of
from models.client import Client, ClientIdentifier
from models.client_merge import all_ids
from models.event import Event, record
from models.identity_check import IdentityCheck
from models.mandate import Represented
from models.ticket import Ticket
from models.user import User

REVEALED = "client.identifier_revealed"
HOUR = timedelta(hours=1)


class Reason(StrEnum):
    """Why somebody needs the number itself."""

    IDENTITY = "identity"
    OTHER_BODY = "other_body"
    FILE = "file"
    OTHER = "other"


class Refused(Exception):
    """Not this person, or not so often."""


class TooMany(Refused):
    """So many in an hour are not needed by anybody who answers clients."""


def reveal(
    client: Client,
    identifier: ClientIdentifier,
    reason: Reason,
    words: str,
    *,
    by: User,
    at: datetime,
) -> str:
    """The number itself; raises `Refused` for who sees no matter of the client's, or too many."""
    if not concerned(client, by):
        raise Refused("stranger")
    account_for(
        reason,
        words,
        by=by,
        at=at,
        client_id=client.id,
        identifier=identifier.id,
        what=identifier.kind,
    )
    return identifier.value


def account_for(
    reason: Reason, words: str, *, by: User, at: datetime, what: str, **facts: Any
) -> None:
    """Record who sees `what` and why; the caller has asked whether `by` may.

    Raises `Refused` without a word where one is needed, `TooMany` beyond what answering needs.
    """
    if reason is Reason.OTHER and len(words.strip()) < 5:
        raise Refused("words")
    seen = select(func.count()).where(
        Event.kind == REVEALED, Event.actor_id == by.id, Event.at > at - HOUR
    )
    if (db.session.scalar(seen) or 0) >= policy.reveals_an_hour(by):
        raise TooMany("often")
    said = words.strip()[:300]
    record(REVEALED, by=by, at=at, what=what, reason=reason.value, words=said, **facts)


def concerned(client: Client, user: User) -> bool:
    """Whether `user` sees a matter in which the client, or somebody for him, has spoken."""
    ids = all_ids(client)
    theirs: CompoundSelect[Any] = union_all(
        select(Ticket.id).where(Ticket.client_id.in_(ids)),
        select(Represented.ticket_id).where(
            Represented.client_id.in_(ids), Represented.ticket_id.is_not(None)
        ),
    )
    seen = Ticket.visible_to(user).where(Ticket.id.in_(theirs), Ticket.merged_into_id.is_(None))
    return db.session.scalar(select(seen.exists())) or False


def open_cards(clients: Iterable[Client], user: User, at: datetime) -> set[int]:
    """Of these clients, those whose addresses, numbers and file `user` may see: who sees a matter
    of theirs, or has checked today who they are; and those of whom there is no matter at all."""
    ids = [client.id for client in clients]
    spoken_for = select(Represented.client_id).where(
        Represented.client_id.in_(ids),
        Represented.ticket_id.in_(Ticket.visible_to(user).with_only_columns(Ticket.id)),
    )
    seen = Ticket.visible_to(user).where(Ticket.client_id.in_(ids))
    checked = select(IdentityCheck.client_id).where(
        IdentityCheck.client_id.in_(ids),
        IdentityCheck.user_id == user.id,
        IdentityCheck.at >= start_of(business_day(at)),
        IdentityCheck.withdrawn_at.is_(None),
    )
    any_matter = select(Ticket.client_id).where(Ticket.client_id.in_(ids))
    found = set(db.session.scalars(seen.with_only_columns(Ticket.client_id)))
    found |= set(db.session.scalars(spoken_for)) | set(db.session.scalars(checked))
    found |= set(ids) - set(db.session.scalars(any_matter))
    return {client_id for client_id in found if client_id is not None}


def identifier_of(client: Client, identifier_id: int) -> ClientIdentifier | None:
    return next((one for one in client.identifiers if one.id == identifier_id), None)
