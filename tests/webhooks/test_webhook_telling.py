"""Of what other programs are told, and of what they are not."""

import json
from datetime import timedelta
from typing import Any

import pytest

from models import webhook_deeds, webhook_telling
from models.base import db, now, transaction
from models.call import Call, CallState
from models.callback import Callback, CallbackReason
from models.event import Event, record
from models.exchange import Exchange
from models.message import Message
from models.problem import Problem
from models.ticket import Ticket
from models.topic import Topic
from models.webhook import PublicEvent, Webhook
from models.webhook_delivery import WebhookDelivery
from tests.people import House, amelie
from triage import routing

QUESTION = "Bonjour, je n'ai toujours rien reçu pour mon droit passerelle du mois de mai."


@pytest.fixture
def everything(ada) -> Webhook:
    """An address that is told of all there is."""
    with transaction():
        made, _ = webhook_deeds.add(
            "All", "https://hooks.example.be/", list(PublicEvent), with_text=False, by=ada, at=now()
        )
    return made


def told(event: str = "") -> list[dict[str, Any]]:
    """The words of what was promised, in order."""
    rows = db.session.query(WebhookDelivery).order_by(WebhookDelivery.id)
    with transaction():
        return [
            webhook_telling.write(one, now(), routing.masked)
            for one in rows
            if not event or one.event == event
        ]


def incoming() -> dict[str, Any]:
    """The one message of a client; the receipt that left is another one."""
    [found] = [one for one in told("message.created") if one["message"]["direction"] == "in"]
    return found


def events() -> list[str]:
    return [one["event"] for one in told()]


def test_a_mail_becomes_a_ticket_and_a_message_without_a_word_of_it(house: House, everything):
    contact = house.write(amelie, QUESTION)
    ticket = house.ticket(contact)
    assert events()[:2] == ["ticket.created", "message.created"]
    [created] = told("ticket.created")
    assert created["ticket"]["number"] == ticket.number
    assert created["ticket"]["topic"] == ticket.topic_id == "bridging_right"
    assert incoming()["message"]["channel"] == "email"
    whole = json.dumps(told(), ensure_ascii=False)
    assert not [word for word in ("Amélie", "amelie@", "toujours", "Question") if word in whole]


def test_what_was_written_is_told_where_that_is_allowed(house: House, everything):
    with transaction():
        everything.with_text = True
    house.write(amelie, QUESTION)
    assert incoming()["message"]["text"].strip() == QUESTION


def test_what_the_classifier_has_not_read_is_not_told_yet(house: House, everything):
    contact = house.write(amelie, QUESTION)
    message = db.session.query(WebhookDelivery).filter_by(event="message.created").first()
    assert not webhook_telling.unready(message, now())
    with transaction():
        contact.decision = None
    assert webhook_telling.unready(message, now())
    assert not webhook_telling.unready(message, now() + timedelta(minutes=11))


@pytest.mark.parametrize("hidden", ["health", "restricted"])
def test_of_health_and_restricted_topics_there_is_the_id_and_nothing_else(
    house: House, everything, hidden
):
    with transaction():
        everything.with_text = True
    contact = house.write(amelie, QUESTION)
    ticket = house.ticket(contact)
    with transaction():
        if hidden == "health":
            ticket.health = True
        else:
            ticket.topic_id = db.session.query(Topic.id).filter(Topic.restricted).limit(1).scalar()
    for one in told():
        assert one["restricted"] is True
        assert one.keys() - {"contact", "message"} == {
            "event", "delivery", "at", "restricted", "ticket"
        }  # fmt: skip
        assert one["ticket"] == {"id": ticket.id}


def test_what_a_person_does_with_a_ticket_is_told(house: House, everything, nadia):
    ticket = house.ticket(house.write(amelie, QUESTION))
    with transaction():
        ticket.assign(nadia, by=nadia)
        ticket.close(by=nadia, at=now(), disposition="answered")
    assert events()[-2:] == ["ticket.assigned", "ticket.closed"]
    closed = told("ticket.closed")[0]["ticket"]
    assert (closed["status"], closed["assignee_id"]) == ("closed", nadia.id)


def test_nothing_is_promised_to_who_does_not_listen(house: House, everything, ada):
    with transaction():
        webhook_deeds.change(
            everything,
            "All",
            everything.url,
            [PublicEvent.CALL_MISSED],
            with_text=False,
            by=ada,
            at=now(),
        )
    house.write(amelie, QUESTION)
    assert events() == []
    with transaction():
        webhook_deeds.change(
            everything, "All", everything.url, list(PublicEvent), with_text=False, by=ada, at=now()
        )
        webhook_deeds.switch_off(everything, by=ada, at=now())
    house.write(amelie, "Encore une question sur mon droit passerelle.")
    assert events() == []


def test_history_is_no_news(everything):
    with transaction():
        record("ticket.opened", at=now() - timedelta(days=2))
        record("call.missed", call=7, at=now() - timedelta(days=2))
    assert events() == []


def test_a_promise_goes_with_its_reason(everything):
    with pytest.raises(RuntimeError), transaction():
        record("problem.found")
        raise RuntimeError
    assert events() == []


def test_a_missed_call_is_told_without_its_number(everything):
    with transaction():
        exchange = Exchange(name="Desk", token_digest="x")
        call = Call(
            call_id="1",
            state=CallState.ENDED.value,
            caller="+32475123456",
            caller_e164="+32475123456",
            initialised_at=now(),
            ended_at=now(),
        )
        db.session.add(exchange)
        db.session.flush()
        call.exchange_id = exchange.id
        db.session.add(call)
        db.session.flush()
        record("call.missed", call=call.id)
    [missed] = told("call.missed")
    assert missed["call"]["id"] == call.id
    assert "475123456" not in json.dumps(missed)


def test_a_call_back_is_told_when_it_is_due_and_again_when_its_time_has_changed(everything):
    at = now()
    with transaction():
        owed = Callback.ask(
            number="+32475000001",
            reason=CallbackReason.REQUESTED,
            at=at,
            due_at=at + timedelta(minutes=5),
        )
        webhook_telling.promise_due(at)
    assert told("callback.due") == []
    with transaction():
        for minute in (5, 6, 7):
            webhook_telling.promise_due(at + timedelta(minutes=minute))
    [due] = told("callback.due")
    assert due["callback"]["id"] == owed.id
    assert "475000001" not in json.dumps(due)
    with transaction():
        owed.due_at = at + timedelta(minutes=8)
        webhook_telling.promise_due(at + timedelta(minutes=9))
    assert len(told("callback.due")) == 2


def test_what_is_done_about_a_problem_is_told(everything):
    at = now()
    with transaction():
        problem = Problem(founded_on=at.date(), first_seen_at=at, last_seen_at=at, thing="payment")
        db.session.add(problem)
        db.session.flush()
        record("problem.found", problem_id=problem.id)
        record("problem.escalated", problem_id=problem.id)
        record("action.done", problem_id=problem.id, action=3)
        record("action.verdict", problem_id=problem.id, action=3, verdict="fell")
    assert events() == [
        "problem.opened",
        "problem.escalated",
        "problem.action_shipped",
        "problem.verified",
    ]
    verified = told("problem.verified")[0]["problem"]
    assert (verified["thing"], verified["action_id"], verified["verdict"]) == ("payment", 3, "fell")


def test_what_is_told_stays_as_it_was_first_told(house: House, everything):
    ticket = house.ticket(house.write(amelie, QUESTION))
    before = told("ticket.created")
    with transaction():
        db.session.get_one(Ticket, ticket.id).urgent = True
    assert told("ticket.created") == before


def test_a_national_number_that_we_have_written_in_full_is_told_to_nobody(house: House, everything):
    with transaction():
        everything.with_text = True
    message = house.answer(house.ticket(house.write(amelie, QUESTION)))
    with transaction():
        held = db.session.get_one(Message, message.id)
        held.text = "Votre numéro est le 85.07.30-033.28."
        record("message.sent", ticket_id=held.ticket_id, message=held.id)
    [left] = [one for one in told("message.created") if one["message"].get("id") == message.id]
    assert "numéro" in left["message"]["text"]
    assert "033" not in json.dumps(left)


def test_a_call_back_about_somebodys_health_is_told_by_its_id(house: House, everything):
    at, ticket = now(), house.ticket(house.write(amelie, QUESTION))
    with transaction():
        db.session.get_one(Ticket, ticket.id).health = True
        owed = Callback.ask(
            number="+32475000001",
            reason=CallbackReason.REQUESTED,
            at=at,
            due_at=at,
            ticket=db.session.get_one(Ticket, ticket.id),
        )
        webhook_telling.promise_due(at + timedelta(minutes=1))
    [due] = told("callback.due")
    assert (due["restricted"], due["callback"]) == (True, {"id": owed.id})


def test_a_key_in_an_address_stands_in_no_event(ada):
    with transaction():
        address = "https://hooks.example.be/in?key=topsecret"
        webhook_deeds.add(
            "All", address, [PublicEvent.CALL_MISSED], with_text=False, by=ada, at=now()
        )
    [added] = db.session.query(Event).filter(Event.kind == "webhook.added")
    assert "topsecret" not in json.dumps(added.facts)
