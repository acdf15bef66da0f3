"""Whose matter a ticket is: who speaks in it for whom, and whether that person may."""

from typing import Any

from models.base import db, now
from models.contact import Contact
from models.mandate import Mandate
from models.representing import speaking_in, splits_of
from models.ticket import Ticket


def whose(ticket: Ticket, contacts: list[Contact]) -> dict[str, Any]:
    """`speaking`: the representative who speaks here; `may_speak`: the mandates of its client;
    `splittable`: a representative's contact, and the split of it, if there is one."""
    at = now()
    client = ticket.client
    mandates = (
        [one for one in db.session.scalars(Mandate.of_client(client.id)) if one.in_force(at)]
        if client is not None
        else []
    )
    speaking = speaking_in(ticket, contacts, at)
    written = [one for one in contacts if one.client is not None and one.client.represents_others]
    return {
        "speaking": speaking,
        "may_speak": mandates,
        "splittable": written[-1]
        if written and written[-1].client_id == ticket.client_id
        else None,
        "split": db.session.scalars(splits_of(ticket.id).limit(1)).first() if written else None,
        "at": at,
    }
