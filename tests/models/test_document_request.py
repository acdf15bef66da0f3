from datetime import timedelta

import pytest
from sqlalchemy import select

from models.base import db, now, transaction
from models.contact import Contact
from models.document_request import DocumentRequest, DocumentState
from models.event import Event
from models.merge import merge, unmerge
from models.ticket import Disposition, Status, Ticket
from tests.people import amelie

ANNEX = {"fr": "Annexe de la mutualité", "nl": "Bijlage van het ziekenfonds"}
LEASE = {"fr": "Bail commercial"}


@pytest.fixture
def ticket(house):
    contact = house.write(amelie, "Je demande le droit passerelle.")
    found = Ticket.named(contact.ticket_id)
    with transaction():
        found.assign(house.nadia, by=house.nadia)
    return found


def test_who_asks_for_a_document_waits_for_the_client(house, ticket):
    at = now()
    with transaction():
        asked = DocumentRequest.ask(ticket, ANNEX, at=at, code="mutuality_annex", by=house.nadia)
    assert asked.state is DocumentState.ASKED and asked.name("nl") == ANNEX["nl"]
    assert (ticket.status, ticket.clock_stopped_at) == (Status.WAITING, at)
    assert list(DocumentRequest.open_of(ticket.id)) == [asked]


def test_a_document_asked_for_twice_at_once_is_asked_for_once(house, ticket):
    with transaction():
        asked = DocumentRequest.ask(ticket, ANNEX, at=now(), code="annex", by=house.nadia)
        again = DocumentRequest.ask(ticket, {"nl": "bijlage  van het Ziekenfonds"}, at=now())
        third = DocumentRequest.ask(ticket, {"fr": "autre nom"}, at=now(), code="annex")
        other = DocumentRequest.ask(ticket, LEASE, at=now())
    assert asked is again is third and other is not asked


def test_a_form_does_not_lay_aside_what_nobody_has_read(house):
    unread = Ticket.named(house.write(amelie, "Je demande le droit passerelle.").ticket_id)
    with transaction():
        DocumentRequest.ask(unread, ANNEX, at=now(), cause="form:7", told=True)
    assert unread.status == Status.NEW


def test_a_closed_ticket_that_lacks_a_document_waits_for_it(house, ticket):
    with transaction():
        ticket.close(Disposition.REQUEST_RECEIVED, by=house.nadia, at=now())
        DocumentRequest.ask(ticket, ANNEX, at=now(), cause="notice:1")
    assert (ticket.status, ticket.closed_at) == (Status.WAITING, None)


def test_what_came_waits_for_a_look_and_is_accepted(house, ticket):
    with transaction():
        asked = DocumentRequest.ask(ticket, ANNEX, at=now(), code="annex", by=house.nadia)
    contact = house.write(amelie, "Voici l'annexe.")
    with transaction():
        contact.ticket_id = ticket.id
        assert DocumentRequest.receive(contact, ["annex"], now()) == [asked]
        assert DocumentRequest.receive(contact, ["annex"], now()) == []
    assert asked.state is DocumentState.RECEIVED and asked.contact_id == contact.id
    assert not contact.supplied_again
    with transaction():
        asked.accept(by=house.nadia, at=now())
    assert asked.state is DocumentState.ACCEPTED


def test_a_document_that_must_be_asked_for_twice_counts_as_failure_demand(house, ticket):
    with transaction():
        asked = DocumentRequest.ask(ticket, ANNEX, at=now(), code="annex", by=house.nadia)
        first = house.write(amelie, "Voici l'annexe.")
        first.ticket_id = ticket.id
        DocumentRequest.receive(first, ["annex"], now())
        asked.reject(by=house.nadia, at=now(), why="Illisible")
    assert (asked.state, asked.times, asked.why) == (DocumentState.ASKED, 2, "Illisible")
    second = house.write(amelie, "Encore une fois.")
    with transaction():
        second.ticket_id, second.repeated = ticket.id, False
        DocumentRequest.receive(second, [asked.id], now())
        first.repeated = False
    assert second.supplied_again and second.failure


def test_the_same_document_in_the_same_matter_again_is_the_second_time(house, ticket):
    with transaction():
        DocumentRequest.ask(ticket, ANNEX, at=now(), by=house.nadia).accept(
            by=house.nadia, at=now()
        )
        assert DocumentRequest.ask(ticket, ANNEX, at=now()).times == 2


def test_the_last_document_waived_gives_the_ticket_back_to_us(house, ticket):
    with transaction():
        annex = DocumentRequest.ask(ticket, ANNEX, at=now(), by=house.nadia)
        lease = DocumentRequest.ask(ticket, LEASE, at=now(), by=house.nadia)
        annex.waive(by=house.nadia, at=now(), why="déjà au dossier")
        assert ticket.status == Status.WAITING
        lease.accept(by=house.nadia, at=now())
    assert (ticket.status, ticket.clock_stopped_at) == (Status.OPEN, None)


def test_an_answer_that_waits_goes_on_waiting_when_a_document_is_waived(house, ticket):
    with transaction():
        annex = DocumentRequest.ask(ticket, ANNEX, at=now() - timedelta(days=2), by=house.nadia)
        ticket.reopen(by=house.nadia)
        ticket.wait_for_client(now())
        annex.waive(by=house.nadia, at=now(), why="")
    assert ticket.status == Status.WAITING


@pytest.mark.parametrize("deed", ["ask", "accept", "reject", "waive"])
def test_each_deed_can_be_taken_back_for_a_minute(house, ticket, deed):
    at = now()
    stood = (ticket.status, ticket.due_at, ticket.clock_stopped_at)
    with transaction():
        asked = DocumentRequest.ask(ticket, ANNEX, at=at - timedelta(hours=1), by=None)
        stood = (ticket.status, ticket.due_at, ticket.clock_stopped_at) if deed != "ask" else stood
        if deed == "ask":
            asked.waive(by=None, at=at - timedelta(minutes=30), why="")
            asked = DocumentRequest.ask(ticket, ANNEX, at=at, by=house.nadia)
            stood = ("open", ticket.due_at, None)
        elif deed == "reject":
            asked.reject(by=house.nadia, at=at, why="Illisible")
        elif deed == "waive":
            asked.waive(by=house.nadia, at=at, why="")
        else:
            asked.accept(by=house.nadia, at=at)
        later = at + timedelta(seconds=59)
        assert not asked.take_back(by=house.koen, at=later)
        assert not asked.take_back(by=house.nadia, at=at + timedelta(seconds=61))
        request_id = asked.id
        assert asked.take_back(by=house.nadia, at=later)
    assert (ticket.status, ticket.due_at, ticket.clock_stopped_at) == stood
    left = DocumentRequest.named(request_id)
    assert left is None if deed == "ask" else left.open and left.times == 1
    told = Event.of_ticket(ticket.id).where(Event.kind == "document.deed_undone")
    assert db.session.scalars(told).one().actor_id == house.nadia.id


def test_what_the_client_was_told_is_not_taken_back(house, ticket):
    message = house.answer(ticket)
    with transaction():
        asked = DocumentRequest.ask(ticket, ANNEX, at=now(), by=house.nadia)
        asked.was_told(message.id, now())
        assert not asked.take_back(by=house.nadia, at=now())


def test_the_back_office_says_that_all_is_there(house, ticket):
    with transaction():
        annex = DocumentRequest.ask(ticket, ANNEX, at=now(), code="annex", by=house.nadia)
        lease = DocumentRequest.ask(ticket, LEASE, at=now(), by=house.nadia)
        contact = db.session.scalars(select(Contact)).first()
        DocumentRequest.receive(contact, ["annex"], now())
        DocumentRequest.all_there(ticket.id, at=now(), why="complete")
    assert (annex.state, lease.state) == (DocumentState.ACCEPTED, DocumentState.WAIVED)
    assert ticket.status == Status.OPEN


def test_documents_follow_a_ticket_into_another_and_back(house, ticket):
    other = Ticket.named(house.write(amelie, "Autre chose.", "Autre sujet").ticket_id)
    with transaction():
        asked = DocumentRequest.ask(ticket, ANNEX, at=now(), by=house.nadia)
        made = merge(ticket, other, by=house.nadia, at=now())
    db.session.refresh(asked)
    assert asked.ticket_id == other.id
    with transaction():
        unmerge(made, by=house.nadia, at=now())
    db.session.refresh(asked)
    assert asked.ticket_id == ticket.id
