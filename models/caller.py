"""Who calls: a number and the client whom an agent has found to be behind it, and the way back."""

from datetime import datetime

from models.base import db, one_at_a_time
from models.client import Client, ClientNumber, Level
from models.event import record
from models.user import User

LINKED = "linked"
"""The source of a number that an agent has given to a client while somebody was calling."""


def link(client: Client, e164: str, raw: str, *, by: User, at: datetime) -> None:
    """A person's word that `e164` is the client's: a new number, or one that was only likely."""
    one_at_a_time("number", e164)
    known = number_of(client, e164)
    if known is not None:
        if known.level != Level.KNOWN:
            client.confirm_number(known.id, by=by, at=at)
        return
    client.add_number(e164, LINKED, raw=raw)
    db.session.flush()
    added = number_of(client, e164)
    assert added is not None
    added.confirmed_at = at
    record("client.number_linked", by=by, at=at, client_id=client.id, number=added.id)


def unlink(client: Client, e164: str, *, since: datetime, by: User, at: datetime) -> None:
    """It was a slip: the number is as it was before a `link` after `since`; an older word on it
    stands."""
    known = number_of(client, e164)
    if known is None or known.confirmed_at is None or known.confirmed_at < since:
        return
    record("client.number_unlinked", by=by, at=at, client_id=client.id, number=known.id)
    if known.source == LINKED:
        db.session.delete(known)
        db.session.flush()
        db.session.expire(client, ["numbers"])
    else:
        known.level, known.confirmed_at = Level.MAYBE.value, None


def number_of(client: Client, e164: str) -> ClientNumber | None:
    return next((known for known in client.numbers if known.e164 == e164), None)
