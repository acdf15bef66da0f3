"""Calling all whom a problem has hit: who is left out and why, in turns, and taken back."""

import pytest
from sqlalchemy import select

from models import callback_bulk
from models.base import db, now, transaction
from models.calendar import business_day
from models.callback import Callback, CallbackReason, CallbackState, Outcome
from models.callback_bulk import NotCalled, begin, go_on, hit_by, undo
from models.callback_work import take
from models.client import ClientNumber
from models.placing import place, unplace
from models.problem import Problem
from models.ticket import Ticket
from models.topic import Topic
from tests.people import amelie, emily, frieda, joris
from triage.callback_asking import ask, ask_waiting


@pytest.fixture
def problem(house):
    contacts = [
        house.call(who, "Le paiement de mai n'est pas arrivé.", by=house.nadia)
        for who in (amelie, joris, frieda, emily)
    ]
    with transaction():
        made = Problem(
            thing="payment",
            symptom="not_received",
            first_seen_at=now(),
            last_seen_at=now(),
            founded_on=business_day(now()),
        )
        db.session.add(made)
        db.session.flush()
        for contact in contacts:
            house.ticket(contact).status = "open"
            unplace(contact.id, now())
            place(contact.id, made, score=0.9, reason={}, at=now())
    return made


def why(problem):
    return {hit.name: hit.why for hit in hit_by(problem, 100)}


def test_whose_ticket_is_of_a_restricted_topic_is_neither_called_nor_named(
    problem, house, client, koen
):
    with transaction():
        ticket = next(
            Ticket.named(one.ticket_id) for one in hit_by(problem, 100) if one.name == frieda.name
        )
        ticket.topic_id = db.session.scalar(select(Topic.id).where(Topic.restricted))
    assert why(problem)[frieda.name] is NotCalled.PRIVATE
    client.sign_in(koen)
    shown = client.get(f"/calls/callbacks/problems/{problem.number}").text
    assert joris.name in shown and frieda.name not in shown and "left out" not in shown


def test_everybody_with_a_number_is_called(problem):
    assert set(why(problem).values()) == {None}


def test_each_exclusion_has_its_reason(problem, house):
    at = now()
    clients = {hit.name: hit for hit in hit_by(problem, 100)}
    with transaction():
        owed = Callback.ask(number=amelie.number, reason=CallbackReason.REQUESTED, at=at)
        owed.client_id = clients[amelie.name].client_id
        done = Callback.ask(number=joris.number, reason=CallbackReason.PROBLEM, at=at)
        done.client_id, done.problem_id = clients[joris.name].client_id, problem.id
        done.end(CallbackState.DONE, Outcome.SETTLED, by=house.nadia, at=at)
        friedas = ClientNumber.client_id == clients[frieda.name].client_id
        for number in db.session.scalars(select(ClientNumber).where(friedas)).all():
            db.session.delete(number)
    assert why(problem) == {
        amelie.name: NotCalled.OPEN_ALREADY,
        joris.name: NotCalled.CALLED_ALREADY,
        frieda.name: NotCalled.NO_NUMBER,
        emily.name: None,
    }


def test_a_complaint_in_work_and_too_many_are_left_out(problem, house):
    with transaction():
        hit = hit_by(problem, 100)[0]
        ticket = callback_bulk.Ticket.named(hit.ticket_id)
        ticket.intent_id = "complain"
    reasons = [one.why for one in hit_by(problem, 2)]
    assert reasons.count(NotCalled.COMPLAINT) == 1
    assert reasons.count(NotCalled.TOO_MANY) == 1


def test_all_are_owed_a_call_in_turns_and_a_repetition_adds_none(problem, house, monkeypatch):
    monkeypatch.setattr(callback_bulk, "IN_ONE_GO", 2)
    with transaction():
        change = begin(problem, hit_by(problem, 100), "Paiement vendredi.", by=house.koen, at=now())
        ask(change, now())
    assert len(change.before["callbacks"]) == 2
    assert [ask_waiting("worker"), ask_waiting("worker")] == [1, 0]
    db.session.expire_all()
    assert (len(change.before["callbacks"]), change.change["waiting"]) == (4, [])
    assert all(reason == NotCalled.OPEN_ALREADY for reason in why(problem).values())


def test_it_is_taken_back_but_for_what_somebody_has_begun(problem, house):
    with transaction():
        change = begin(problem, hit_by(problem, 100), "", by=house.koen, at=now())
        go_on(change, at=now())
        begun = Callback.named(change.before["callbacks"][0])
        take(begun, by=house.nadia, at=now())
        assert undo(change, by=house.koen, at=now()) == (3, 1)
    assert begun.state == CallbackState.TAKEN
    assert callback_bulk.last_of(problem) is None


def test_the_page_counts_before_and_takes_back_after(problem, house, client):
    client.sign_in(house.koen)
    address = f"/calls/callbacks/problems/{problem.number}"
    assert "4 clients will be called" in client.get(address).text
    page = client.post(address, data={"note": "Paiement vendredi."}, follow_redirects=True).text
    assert "4 call-backs were asked for" in page and "is owed a call already" in page
    page = client.post(f"{address}/withdrawal", follow_redirects=True).text
    assert "4 call-backs are called off again." in page


def test_a_ticket_owes_a_call_in_the_hours_that_suit(house, client):
    ticket = house.ticket(house.write(amelie, "Bonjour, une question."))
    client.sign_in(house.nadia)
    answer = client.post(
        f"/calls/callbacks/tickets/{ticket.number}",
        data={
            "reason": "promised",
            "number": "0475 12 34 56",
            "day": "2030-05-06",
            "from": "14:00",
            "to": "16:00",
        },
    )
    owed = Callback.named(int(answer.location.rpartition("/")[2]))
    assert (owed.e164, owed.ticket_id, owed.owner_id) == (amelie.number, ticket.id, house.nadia.id)
    assert owed.window_from.isoformat() == "2030-05-06T12:00:00+00:00"
    assert "Call-back · Promised" in client.get(f"/desk/tickets/{ticket.number}").text
