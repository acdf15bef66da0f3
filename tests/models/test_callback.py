"""What a call-back is: one per client and topic, ended by what ends it, passed on and moved."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from models.base import db, now, transaction
from models.call import Call, CallState, Exchange
from models.callback import Callback, CallbackReason, CallbackState, Outcome
from models.client import Client
from models.event import Event
from models.ticket import Disposition, Ticket
from tests.people import amelie, joris

REASON = CallbackReason


def client_of(house, who):
    return house.ticket(house.call(who, "Elle attend un paiement.", by=house.nadia)).client


def missed(number, at, call_id="c1", **facts):
    exchange = db.session.scalar(Exchange.in_order())
    if exchange is None:
        exchange, _ = Exchange.connect("Main")
    for event, when in ((CallState.RINGING, at), (CallState.ENDED, at + timedelta(seconds=30))):
        call = Call.take_event(
            exchange,
            event,
            call_id,
            at=when,
            facts={"direction": "in", "caller": number, "caller_e164": number, "cause": "cancel"},
        )
    call.voicemail = facts.get("voicemail", False)
    return call


def open_ones():
    return db.session.scalars(select(Callback).where(Callback.closed_at.is_(None))).all()


@pytest.mark.parametrize("reason", list(CallbackReason))
def test_each_reason_is_due_by_the_rule_of_the_house(house, reason):
    with transaction():
        asked = Callback.ask(number="+32475123456", reason=reason, at=now())
    assert (asked.state, asked.reason) == (CallbackState.OPEN, reason)
    assert asked.due_at > now()


def test_who_asks_twice_about_one_topic_is_owed_one_call_sooner(house):
    amelies = client_of(house, amelie)
    at = now()
    with transaction():
        first = Callback.ask(
            client=amelies, reason=REASON.REQUESTED, at=at, topic_id="deferral", due_at=at
        )
        priority = first.priority
        again = Callback.ask(
            client=amelies,
            reason=REASON.REQUESTED,
            at=at,
            topic_id="deferral",
            due_at=at + timedelta(days=1),
            note="Ne répondez pas par mail.",
        )
    assert again is first
    assert (first.asked, first.priority, first.due_at) == (2, priority + 1, at)
    assert first.note == "Ne répondez pas par mail."


def test_another_topic_of_the_same_client_is_another_call(house):
    amelies = client_of(house, amelie)
    with transaction():
        one = Callback.ask(client=amelies, reason=REASON.REQUESTED, at=now(), topic_id="deferral")
        other = Callback.ask(
            client=amelies, reason=REASON.REQUESTED, at=now(), topic_id="exemption"
        )
    assert one is not other


def test_missed_calls_of_a_number_are_one_piece_of_work(house):
    with transaction():
        for times in range(4):
            call = missed("+32475000111", now(), f"c{times}", voicemail=times == 2)
            Callback.for_missed(call, now())
    (only,) = open_ones()
    assert (only.asked, only.voicemail, only.client_id) == (4, True, None)
    assert only.e164 == "+32475000111"


def test_whoever_asks_at_the_same_moment_for_one_number_is_one_piece_of_work(house, app):
    gate = threading.Barrier(8)

    def ask():
        with app.app_context():
            gate.wait()
            with transaction():
                Callback.ask(number="+32475000111", reason=REASON.MISSED_CALL, at=now())
            db.session.remove()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (only,) = open_ones()
    assert only.asked == 8


def test_a_missed_call_of_a_client_raises_what_the_client_is_owed_already(house):
    amelies = client_of(house, amelie)
    with transaction():
        owed = Callback.ask(client=amelies, reason=REASON.PROMISED, at=now(), topic_id="deferral")
        Callback.for_missed(missed(amelie.number, now()), now())
    assert open_ones() == [owed]
    assert (owed.asked, owed.reason) == (2, REASON.PROMISED)


def test_a_withheld_number_cannot_be_called_back(house):
    with transaction():
        assert Callback.for_missed(missed("", now()), now()) is None
    assert open_ones() == []


def test_a_number_becomes_its_clients_once_somebody_says_whose_it_is(house):
    amelies = client_of(house, amelie)
    with transaction():
        unknown = Callback.ask(number="+32475999888", reason=REASON.MISSED_CALL, at=now())
        known = Callback.ask(
            client=amelies, number="+32475999888", reason=REASON.REQUESTED, at=now()
        )
    assert known is unknown
    assert (unknown.client_id, unknown.reason) == (amelies.id, REASON.REQUESTED)


def test_reaching_a_caller_on_any_channel_ends_missed_calls_and_nothing_else(house):
    amelies = client_of(house, amelie)
    with transaction():
        missed_one = Callback.ask(
            client=amelies, reason=REASON.MISSED_CALL, at=now(), topic_id="deferral"
        )
        promised = Callback.ask(
            client=amelies, reason=REASON.PROMISED, at=now(), topic_id="exemption"
        )
        by_number = Callback.ask(number=joris.number, reason=REASON.MISSED_CALL, at=now())
        ended = Callback.reached(client_id=amelies.id, at=now(), how="inbound_call")
        ended += Callback.reached(e164=joris.number, at=now(), how="mail")
    assert ended == [missed_one.id, by_number.id]
    assert (missed_one.state, missed_one.outcome) == (CallbackState.DONE, Outcome.OTHERWISE)
    assert promised.state == CallbackState.OPEN


def test_a_resolved_matter_ends_what_was_only_asked_for(house):
    ticket = house.ticket(house.write(amelie, "Rappelez-moi s'il vous plaît."))
    with transaction():
        asked = Callback.ask(ticket=ticket, reason=REASON.REQUESTED, at=now())
        ticket.close(Disposition.ANSWERED, by=house.nadia, at=now())
    assert (asked.state, asked.outcome) == (CallbackState.DONE, Outcome.TICKET_CLOSED)


def test_taking_the_closing_back_owes_the_call_again(house):
    ticket = house.ticket(house.write(amelie, "Rappelez-moi s'il vous plaît."))
    with transaction():
        asked = Callback.ask(ticket=ticket, reason=REASON.REQUESTED, at=now())
        ticket.close(Disposition.ANSWERED, by=house.nadia, at=now())
        ticket.reopen(by=house.nadia)
    assert (asked.state, asked.outcome) == (CallbackState.OPEN, None)


def test_who_is_away_releases_call_backs_and_gets_them_back(house):
    with transaction():
        owed = Callback.ask(number="+32475123456", reason=REASON.PROMISED, by=house.nadia, at=now())
        assert owed.owner_id == house.nadia.id
        ids = Callback.release(house.nadia, house.koen, now())
        assert (ids, owed.owner_id) == ([owed.id], None)
        Callback.give_back(ids, house.nadia, by=house.koen, at=now())
    assert owed.owner_id == house.nadia.id


def test_what_somebody_else_has_taken_meanwhile_is_not_given_back(house):
    with transaction():
        owed = Callback.ask(number="+32475123456", reason=REASON.PROMISED, by=house.nadia, at=now())
        ids = Callback.release(house.nadia, house.koen, now())
        owed.owner_id = house.koen.id
        assert Callback.give_back(ids, house.nadia, by=house.koen, at=now()) == []
    assert owed.owner_id == house.koen.id


def test_a_merge_of_clients_moves_and_its_undoing_moves_back(house):
    amelies, joriss = client_of(house, amelie), client_of(house, joris)
    with transaction():
        twin = Callback.ask(client=amelies, reason=REASON.REQUESTED, at=now(), topic_id="deferral")
        owed = Callback.ask(client=joriss, reason=REASON.REQUESTED, at=now(), topic_id="deferral")
        lone = Callback.ask(client=joriss, reason=REASON.REQUESTED, at=now(), topic_id="exemption")
        ids = Callback.move(joriss, amelies)
        assert (owed.state, owed.outcome) == (CallbackState.CANCELLED, Outcome.JOINED)
        assert (lone.client_id, lone.state, twin.asked) == (amelies.id, CallbackState.OPEN, 2)
        Callback.move_back(ids, joriss)
    assert (owed.state, owed.client_id, twin.asked) == (CallbackState.OPEN, joriss.id, 1)


def test_every_asking_leaves_an_event(house):
    with transaction():
        Callback.ask(number="+32475123456", reason=REASON.REQUESTED, by=house.nadia, at=now())
    kinds = select(func.count()).where(Event.kind == "callback.asked")
    assert db.session.scalar(kinds) == 1


def test_a_client_is_called_at_a_confirmed_number(house):
    amelies = client_of(house, amelie)
    with transaction():
        amelies.add_number_maybe("+32475555555", "mail")
        amelies.add_number("+32475666666", "desk")
        db.session.flush()
        amelies.confirm_number(amelies.numbers[-1].id, by=house.nadia, at=now())
        asked = Callback.ask(client=amelies, reason=REASON.REQUESTED, at=now())
    assert asked.e164 == "+32475666666"
    assert Client.named(asked.client_id) is amelies
    assert Ticket.named(asked.ticket_id) is None
