"""Whom a contact counts for: the clients that were told apart in it, else whoever said it.

A representative who writes for forty clients is forty clients of a problem, and one contact.
"""

from collections.abc import Iterable
from typing import Any, TypeVar

from sqlalchemy import ARRAY, Integer, Select, any_, func, literal, select

from models.base import db
from models.contact import Contact
from models.mandate import Represented

CLIENT = func.coalesce(Represented.client_id, Contact.client_id, -Contact.id)
"""Who is not known counts as a client of his own. Needs `with_clients`."""
CLIENTS = func.count(CLIENT.distinct())
CONTACTS = func.count(Contact.id.distinct())
"""With `with_clients` a contact has a row for each client for whom it speaks."""


Counted = TypeVar("Counted", bound=Select[*tuple[Any, ...]])


def with_clients(statement: Counted) -> Counted:
    """A query over contacts, with a row for each client for whom one speaks."""
    return statement.outerjoin(Represented, Represented.contact_id == Contact.id)


def spoken_for(contact_ids: Iterable[int]) -> dict[int, frozenset[int]]:
    """The clients told apart in these contacts; who speaks for himself is not named."""
    ids = any_(literal(list(contact_ids), ARRAY(Integer)))
    rows = db.session.execute(
        select(Represented.contact_id, Represented.client_id).where(Represented.contact_id == ids)
    )
    found: dict[int, set[int]] = {}
    for contact_id, client_id in rows:
        found.setdefault(contact_id, set()).add(client_id)
    return {contact_id: frozenset(clients) for contact_id, clients in found.items()}
