"""Everything that belongs to one person: from a client or a contact to the ids of all its rows."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, false, or_, select, tuple_

from models.base import db
from models.call import Call, CallEvent
from models.callback import Callback
from models.client import Client, ClientAddress, ClientNumber
from models.client_merge import all_ids
from models.contact import Contact
from models.intake import Intake
from models.mailing_recipient import MailingRecipient
from models.message import Message
from models.note import Note
from models.notice import Notice
from models.personal import Declared
from models.ticket import Ticket


@dataclass
class Reach:
    """Ids by table; what belongs to a person hangs on one of them."""

    ids: dict[str, set[int]] = field(default_factory=dict)

    def __getitem__(self, table: str) -> set[int]:
        return self.ids.get(table, set())

    def rows(self, declared: Declared) -> ColumnElement[bool]:
        """The condition for the rows of a table that are the person's."""
        table = declared.at
        found: list[ColumnElement[bool]] = []
        for link in declared.links:
            column = table.c[link]
            target = declared.table
            if link != "id" and column.foreign_keys:
                target = next(iter(column.foreign_keys)).column.table.name
            if self[target]:
                found.append(column.in_(sorted(self[target])))
        return or_(*found) if found else false()


def of_client(client: Client) -> Reach:
    """All of one person, under every record that was ever merged into this one."""
    clients = set(all_ids(client))
    addresses, numbers = ways(clients)
    contacts = _ids(select(Contact.id).where(Contact.client_id.in_(clients)))
    tickets = _ids(select(Ticket.id).where(Ticket.client_id.in_(clients)))
    return _widened({"client": clients, "contact": contacts, "ticket": tickets}, addresses, numbers)


def of_contacts(contact_ids: Iterable[int]) -> Reach:
    """Some contacts alone, and the tickets that hold nothing else."""
    contacts = set(contact_ids)
    tickets = _ids(select(Contact.ticket_id).where(Contact.id.in_(contacts)))
    others = _ids(
        select(Contact.ticket_id).where(Contact.ticket_id.in_(tickets), Contact.id.not_in(contacts))
    )
    return _widened({"contact": contacts, "ticket": tickets - others}, set(), set())


def ways(client_ids: Iterable[int]) -> tuple[set[str], set[str]]:
    """The addresses and numbers by which these clients are known, and nobody else is: what a
    family or an accountant shares does not lead to one person."""
    own = list(client_ids)
    addresses = select(ClientAddress.address).where(ClientAddress.client_id.in_(own))
    others = select(ClientAddress.address).where(ClientAddress.client_id.not_in(own))
    numbers = select(ClientNumber.e164).where(ClientNumber.client_id.in_(own))
    shared = select(ClientNumber.e164).where(ClientNumber.client_id.not_in(own))
    return (
        set(db.session.scalars(addresses.where(ClientAddress.address.not_in(others)))),
        set(db.session.scalars(numbers.where(ClientNumber.e164.not_in(shared)))),
    )


def _widened(ids: dict[str, set[int]], addresses: set[str], numbers: set[str]) -> Reach:
    contacts, tickets, clients = ids["contact"], ids["ticket"], ids.get("client", set())
    intakes = _ids(select(Contact.intake_id).where(Contact.id.in_(contacts)))
    ids["intake"] = intakes | _ids(select(Intake.id).where(Intake.duplicate_of_id.in_(intakes)))
    ids["call"] = _ids(
        select(Call.id).where(
            or_(
                Call.contact_id.in_(contacts),
                Call.caller_e164.in_(numbers),
                Call.called.in_(numbers),
            )
        )
    )
    keys = db.session.execute(
        select(Call.exchange_id, Call.call_id).where(Call.id.in_(ids["call"]))
    ).all()
    ids["call_event"] = _ids(
        select(CallEvent.id).where(
            tuple_(CallEvent.exchange_id, CallEvent.call_id).in_([tuple(key) for key in keys])
        )
    )
    ids["note"] = _ids(select(Note.id).where(Note.ticket_id.in_(tickets)))
    ids["callback"] = _ids(
        select(Callback.id).where(
            or_(
                Callback.client_id.in_(clients),
                Callback.ticket_id.in_(tickets),
                Callback.contact_id.in_(contacts),
                Callback.call_id.in_(ids["call"]),
            )
        )
    )
    ids["message"] = _ids(
        select(Message.id).where(
            or_(
                Message.ticket_id.in_(tickets),
                Message.quotes_id.in_(contacts),
                Message.recipient.in_(addresses),
                Message.id.in_(
                    select(MailingRecipient.message_id).where(
                        MailingRecipient.client_id.in_(clients)
                    )
                ),
                Message.id.in_(select(Notice.message_id).where(Notice.client_id.in_(clients))),
            )
        )
    )
    return Reach(ids)


def _ids(rows: Select[Any]) -> set[int]:
    return {found for found in db.session.scalars(rows) if found is not None}
