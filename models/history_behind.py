"""What still stands behind a figure of days gone by: the rows it counted, those a person may see.

Less can be there than was counted: what is erased or merged stays in the count alone.
"""

from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from models import policy
from models.contact import Contact
from models.ticket import Ticket
from models.user import User

Ids = Select[Any]


def contacts(ids: Ids, user: User) -> Select[Contact]:
    """The contacts that `user` may read, the newest first."""
    return (
        select(Contact)
        .join(Ticket, Ticket.id == Contact.ticket_id)
        .where(Contact.id.in_(ids), policy.sees_ticket(user, Ticket))
        .options(joinedload(Contact.client))
        .order_by(Contact.said_at.desc(), Contact.id.desc())
    )


def tickets(ids: Ids, user: User) -> Select[Ticket]:
    """The tickets that `user` may see, the newest first."""
    return (
        select(Ticket)
        .where(Ticket.id.in_(ids), policy.sees_ticket(user, Ticket))
        .options(joinedload(Ticket.client), joinedload(Ticket.team))
        .order_by(Ticket.id.desc())
    )
