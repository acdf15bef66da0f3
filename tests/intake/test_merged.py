"""Tickets that were merged: what comes for one of them reaches the one that people work on."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from models.base import db, now, transaction
from models.contact import Contact
from models.message import reply_address
from models.thread import TicketContact
from models.ticket import Disposition, Status, Ticket
from tests.people import House, amelie, joris


@pytest.fixture
def three(house: House) -> list[Ticket]:
    """Three tickets of Amélie, the first merged into the second, the second into the third."""
    tickets = [house.ticket(house.write(amelie, f"Question {n}.", f"Matière {n}")) for n in "abc"]
    merge(tickets[0], tickets[1])
    merge(tickets[1], tickets[2])
    return tickets


def merge(ticket: Ticket, into: Ticket) -> None:
    with transaction():
        ticket.merged_into_id = into.id


def first_of(ticket: Ticket) -> Contact:
    return db.session.scalars(Contact.of_ticket(ticket.id)).all()[0]


def test_a_reply_goes_along_the_chain(house, three):
    again = house.write(amelie, "Suite.", "Matière a", in_reply_to=first_of(three[0]).message_id)
    assert again.ticket_id == three[2].id
    assert three[2].contacts_count == 2


def test_so_does_a_mail_to_the_signed_address(house, three):
    address = reply_address("contact@fund.example", three[0].id)
    assert house.write(joris, "Pour elle.", to=address).ticket_id == three[2].id


def test_so_does_a_call(house, three, nadia):
    contact = house.call(amelie, "Rappelle.", by=nadia, ticket_id=three[0].id)
    assert contact.ticket_id == three[2].id


def test_what_is_closed_is_the_target_not_what_was_merged(house, three, nadia):
    with transaction():
        three[0].close(Disposition.DUPLICATE, by=nadia, at=now() - timedelta(days=90))
    again = house.write(amelie, "Suite.", "Matière a", in_reply_to=first_of(three[0]).message_id)
    assert again.ticket_id == three[2].id


def test_a_target_that_was_closed_is_reopened(house, three, nadia):
    with transaction():
        three[2].close(Disposition.ANSWERED, by=nadia, at=now())
    house.write(amelie, "Suite.", "Matière a", in_reply_to=first_of(three[0]).message_id)
    assert three[2].status == Status.OPEN


def test_a_target_closed_long_ago_is_linked_to_a_new_ticket(house, three, nadia):
    with transaction():
        three[2].close(Disposition.ANSWERED, by=nadia, at=now() - timedelta(days=31))
    again = house.write(amelie, "Suite.", "Matière a", in_reply_to=first_of(three[0]).message_id)
    assert house.ticket(again).linked() == [three[2]]


@pytest.mark.parametrize("answered", [0, 1, 2])
def test_in_a_circle_what_comes_is_seen_by_somebody(house, three, answered):
    merge(three[2], three[0])
    contact = first_of(three[answered])
    again = house.write(amelie, "Suite.", contact.subject, in_reply_to=contact.message_id)
    assert again.ticket_id == three[0].id
    assert three[0].merged_into_id is None


def test_a_ticket_merged_into_itself_is_no_trap(house):
    first = house.write(amelie, "Bonjour.")
    merge(house.ticket(first), house.ticket(first))
    again = house.write(amelie, "Suite.", in_reply_to=first.message_id)
    assert again.ticket_id == first.ticket_id
    assert house.ticket(first).merged_into_id is None


def test_the_thread_says_by_which_rule(house, three):
    again = house.write(amelie, "Suite.", "Matière a", in_reply_to=first_of(three[0]).message_id)
    rules = db.session.scalars(
        select(TicketContact.rule).where(TicketContact.contact_id == again.id)
    )
    assert rules.all() == ["in_reply_to"]
