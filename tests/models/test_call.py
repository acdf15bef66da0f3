from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from models import call as telephone
from models.base import db, transaction
from models.call import Call, CallState, Exchange
from tests.people import amelie, joris

AT = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def exchange(app) -> Exchange:
    with transaction():
        return Exchange.connect("Brussels")[0]


def heard(
    exchange: Exchange, event: CallState, after: int = 0, call_id: str = "c1", **facts
) -> Call:
    with transaction():
        return Call.take_event(
            exchange,
            event,
            call_id,
            at=AT + after * SECOND,
            facts={"caller_e164": joris.number, **facts},
        )


def test_a_token_opens_its_exchange_until_it_is_disconnected(app):
    with transaction():
        made, token = Exchange.connect("Liège")
    assert Exchange.with_token(token) is made
    assert Exchange.with_token(token + "x") is None
    assert token not in made.token_digest
    with transaction():
        made.active = False
    assert Exchange.with_token(token) is None


@pytest.mark.parametrize(
    "order", list(permutations([CallState.RINGING, CallState.ANSWERED, CallState.ENDED]))
)
def test_events_in_any_order_make_the_same_call(exchange, order):
    moments = {CallState.RINGING: 0, CallState.ANSWERED: 5, CallState.ENDED: 60}
    for event in order:
        call = heard(exchange, event, moments[event])
    assert call.state == CallState.ENDED
    assert call.answered_at == AT + 5 * SECOND
    assert call.ended_at == AT + 60 * SECOND
    assert not call.missed


def test_the_same_event_twice_is_once(exchange):
    first = heard(exchange, CallState.RINGING)
    assert heard(exchange, CallState.RINGING, 3) is first
    assert first.initialised_at == AT


def test_the_same_id_at_another_exchange_is_another_call(exchange):
    with transaction():
        other, _ = Exchange.connect("Liège")
    assert heard(exchange, CallState.RINGING) is not heard(other, CallState.RINGING)


def test_a_known_fact_stays(exchange):
    heard(exchange, CallState.RINGING, queue="Bridging right")
    assert heard(exchange, CallState.ENDED, 5, queue="Other").queue == "Bridging right"


def test_who_picked_up_wins_over_who_was_rung(exchange, nadia, koen):
    heard(exchange, CallState.RINGING, user_id=koen.id)
    call = heard(exchange, CallState.ANSWERED, 5, answered_by_id=nadia.id)
    assert call.user_id == nadia.id


def test_a_call_that_nobody_answered_is_missed_until_a_note_is_taken(exchange, house, nadia):
    heard(exchange, CallState.RINGING)
    call = heard(exchange, CallState.ENDED, 30)
    assert call.missed
    assert db.session.scalars(Call.missed_open()).all() == [call]
    contact = house.call(joris, "Teruggebeld.", by=nadia, call_id=call.id)
    assert db.session.scalars(Call.missed_open()).all() == []
    assert call.contact_id == contact.id


def test_a_forwarded_call_was_not_missed(exchange):
    assert not heard(exchange, CallState.ENDED, 5, cause="forwarded").missed
    assert db.session.scalars(Call.missed_open()).all() == []


def test_an_outgoing_call_was_not_missed(exchange):
    assert not heard(exchange, CallState.ENDED, 5, direction="out").missed


def test_what_rings_now(exchange):
    call = heard(exchange, CallState.RINGING)
    assert db.session.scalars(Call.ringing(AT)).all() == [call]
    assert db.session.scalars(Call.ringing(AT + SECOND)).all() == []
    assert Call.waiting(AT) == 1
    heard(exchange, CallState.ENDED, 60)
    assert db.session.scalars(Call.ringing(AT)).all() == []


def test_how_long_it_waited(exchange):
    assert heard(exchange, CallState.RINGING).waited is None
    assert heard(exchange, CallState.ANSWERED, 12).waited == 12 * SECOND


def test_who_may_be_calling(exchange, house):
    for who in (joris, amelie):
        house.fill_form(who, "Een vraag.", number=joris.number)
    names = [client.name for client in heard(exchange, CallState.RINGING).callers()]
    assert names == [joris.name, amelie.name]


def test_a_withheld_number_is_nobodys(exchange):
    assert heard(exchange, CallState.RINGING, caller_e164=None).callers() == []


def test_the_service_counts_who_was_answered_in_time(exchange):
    for call_id, answered, ended in (
        ("in time", 20, 60),
        ("late", 21, 60),
        ("gave up", None, 40),
        ("hung up at once", None, 4),
    ):
        heard(exchange, CallState.RINGING, 0, call_id)
        if answered:
            heard(exchange, CallState.ANSWERED, answered, call_id)
        heard(exchange, CallState.ENDED, ended, call_id)
    seen = telephone.service(AT, AT + SECOND)
    assert (seen.offered, seen.in_time, seen.abandoned) == (3, 1, 1)
    assert seen.share == pytest.approx(1 / 3)


def test_without_calls_there_is_no_service_level(exchange):
    assert telephone.service(AT, AT + SECOND).share is None
