"""Erasures that the log knows and a database does not, since it was restored from an older copy."""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from models.base import db, transaction
from models.client import Client
from models.contact import Contact
from models.erasure import Cause, Erasure, ErasureState, carry_out
from models.erasure_outside import outside


def replay(at: datetime) -> int:
    """Do again what the log knows and this database does not: it was restored from an older
    backup. Call it before anybody works; returns how many erasures were done again."""
    return sum(_again(entry, at) for entry in outside().noted())


def _again(entry: dict[str, Any], at: datetime) -> bool:
    """One line of the log once more: each of its clients that is here and not erased, merged by now
    or not yet, then the contacts that are left; what is other people's by now stays."""
    done = False
    with transaction():
        clients = _same(Client, Client.created_at, entry.get("clients", {}))
    for client_id in sorted(clients):
        done |= _carry_out_again(entry, client_id, [], at)
    with transaction():
        contacts = _same(Contact, Contact.received_at, entry.get("contacts", {}))
    if contacts:
        done |= _carry_out_again(entry, None, sorted(contacts), at)
    return done


def _carry_out_again(
    entry: dict[str, Any], client_id: int | None, contact_ids: list[int], at: datetime
) -> bool:
    with transaction():
        client = Client.named(client_id)
        if client is not None and client.erased_at is not None:  # with the one it went into
            return False
        row = Erasure(
            client_id=client_id,
            pseudonym=entry["pseudonym"],
            contact_ids=contact_ids,
            ticket_ids=[],
            cause=entry.get("cause", Cause.REQUEST.value),
            state=ErasureState.WAITING.value,
            asked_at=at,
            decided_at=at,
            not_before=at,
            counts={},
        )
        db.session.add(row)
        db.session.flush()
        row.begin(at, noted=True)
        erasure_id = row.id
    return carry_out(erasure_id, at)


def _same(table: type[Client] | type[Contact], born: Any, noted: dict[str, str]) -> set[int]:
    """Those rows that are here, not erased, and as old as the log says."""
    ids = [int(number) for number in noted]
    rows = select(table.id, born).where(table.id.in_(ids), table.erased_at.is_(None))
    return {
        number
        for number, at in db.session.execute(rows)
        if at == datetime.fromisoformat(noted[str(number)])
    }
