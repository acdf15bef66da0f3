"""A leaf of contacts out of several matters, for whoever may see those."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select

from models.contact import Contact
from models.ticket import Ticket
from models.user import User
from triage.api.leaf import leaf_shown
from triage.api.seen import Shown, contact_shown, words_of


def leaf_of_contacts(
    chosen: Select[Any], user: User, query: Mapping[str, Any]
) -> tuple[Shown, Mapping[int, Ticket]]:
    """(the leaf, the newest first; its tickets, by id) of contacts that `user` may see."""
    tickets: dict[int, Ticket] = {}

    def show(rows: list[Any]) -> list[Shown]:
        tickets.update(Ticket.seen_of(user, [one.ticket_id for one in rows]))
        readable = words_of(list(tickets.values()), user)
        return [
            contact_shown(
                one, tickets[one.ticket_id].number, one.ticket_id in readable or not one.health
            )
            for one in rows
        ]

    order = (Contact.said_at.desc(), Contact.id.desc())
    return leaf_shown(Contact, chosen, order, query, show, Contact.attachments), tickets
