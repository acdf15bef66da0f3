"""Equal subjects make nobody's matters one."""

import pytest
from sqlalchemy import func, select

from models.base import db, transaction
from models.client import Client
from models.contact import Contact
from models.intake import Adapter
from models.mailbox import Mailbox
from models.outbox import Job, waiting
from models.ticket import Ticket, TicketLink
from tests.people import House, Person, letter
from triage.intake import receive_mail


@pytest.mark.parametrize("people", [60, pytest.param(1_000, marks=pytest.mark.slow)])
def test_as_many_people_who_write_question_have_as_many_tickets(house: House, people: int):
    with transaction():
        mailbox = Mailbox.first()
        for number in range(people):
            who = Person(f"Client {number}", f"client{number}@home.example", "", "fr")
            receive_mail(
                letter(who, f"Bonjour, c'est le client {number}.", "Question"),
                adapter=Adapter.SMTP,
                mailbox=mailbox,
            )
    while Job.READ in waiting():
        house.work()
    assert count(Contact) == count(Ticket) == count(Client) == people
    assert count(TicketLink) == 0
    assert db.session.scalar(select(func.max(Ticket.contacts_count))) == 1


def count(table: type) -> int:
    return db.session.scalar(select(func.count()).select_from(table)) or 0
