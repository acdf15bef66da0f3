"""Two tickets that ask for the same document, put together and taken apart."""

from datetime import timedelta

import pytest

from models.base import now, transaction
from models.document_request import DocumentRequest, DocumentState
from models.merge import merge, unmerge
from models.ticket import Ticket
from tests.people import House, amelie

ANNEX = {"fr": "Annexe de la mutualité", "nl": "Bijlage van het ziekenfonds"}
LEASE = {"fr": "Bail commercial"}


@pytest.fixture
def two(house: House) -> tuple[Ticket, Ticket]:
    """The annex is asked for on both; the second one was told first and is due first."""
    first = house.ticket(house.write(amelie, "Je demande le droit passerelle."))
    second = house.ticket(house.write(amelie, "Encore une autre demande de prime.", "Prime"))
    at = now()
    with transaction():
        ask(house, first, at, due_on=at.date() + timedelta(days=9))
        told = ask(house, second, at - timedelta(days=3), due_on=at.date() + timedelta(days=4))
        told.told_at = at - timedelta(days=2)
        DocumentRequest.ask(second, LEASE, at=at, by=house.nadia)
    assert first.id != second.id
    return first, second


def ask(house: House, ticket: Ticket, at, **more) -> DocumentRequest:
    return DocumentRequest.ask(ticket, ANNEX, at=at, code="annex", by=house.nadia, **more)


def names(ticket: Ticket) -> list[str]:
    return [one.name("fr") for one in DocumentRequest.open_of(ticket.id)]


def test_what_both_ask_for_is_asked_for_once_by_the_earlier_day(two, house):
    first, second = two
    kept = DocumentRequest.open_of(first.id)[0]
    with transaction():
        merge(second, first, by=house.nadia, at=now())
    assert sorted(names(first)) == sorted([ANNEX["fr"], LEASE["fr"]])
    assert kept.due_on == now().date() + timedelta(days=4)
    assert kept.told_at is not None


def test_taken_apart_each_asks_again_as_before(two, house):
    first, second = two
    kept = DocumentRequest.open_of(first.id)[0]
    with transaction():
        made = merge(second, first, by=house.nadia, at=now())
    with transaction():
        unmerge(made, by=house.nadia, at=now())
    assert names(first) == [ANNEX["fr"]]
    assert sorted(names(second)) == sorted([ANNEX["fr"], LEASE["fr"]])
    assert (kept.due_on, kept.told_at) == (now().date() + timedelta(days=9), None)


def test_what_was_accepted_meanwhile_is_asked_for_by_neither(two, house):
    first, second = two
    kept = DocumentRequest.open_of(first.id)[0]
    with transaction():
        made = merge(second, first, by=house.nadia, at=now())
        kept.accept(by=house.nadia, at=now())
    with transaction():
        unmerge(made, by=house.nadia, at=now())
    assert kept.state is DocumentState.ACCEPTED
    assert (names(first), names(second)) == ([], [LEASE["fr"]])
