"""What rings and what was missed, as the agents see it."""

import pytest

from models.base import db, now, transaction
from models.call import Call, CallState, Exchange
from models.user import User
from tests.people import Browser, House, amelie


@pytest.fixture
def exchange(house: House) -> Exchange:
    with transaction():
        made = Exchange(name="main", token_digest="digest")
        db.session.add(made)
    return made


def ring(exchange: Exchange, call_id: str, *states: CallState) -> Call:
    facts = {"caller": amelie.number, "caller_e164": amelie.number, "cause": "cancel"}
    with transaction():
        for state in (CallState.RINGING, *states):
            call = Call.take_event(exchange, state, call_id, at=now(), facts=facts)
    return call


def test_a_ringing_call_names_who_it_may_be(
    client: Browser, house: House, nadia: User, exchange: Exchange
) -> None:
    house.call(amelie, "demande où en est son droit passerelle", by=nadia)
    call = ring(exchange, "a1")
    client.sign_in(nadia)
    part = client.get("/calls/live").text
    assert amelie.name in part
    assert "+32 475 12 34 56" in part
    assert f"/calls/new?call={call.id}" in part
    assert amelie.number in client.get(f"/calls/new?call={call.id}").text


def test_a_missed_call_waits_until_somebody_settles_it(
    client: Browser, nadia: User, exchange: Exchange
) -> None:
    call = ring(exchange, "a1", CallState.ENDED)
    client.sign_in(nadia)
    assert "Call back" in client.get("/calls/").text
    assert client.post(f"/calls/{call.id}/settlement").status_code == 302
    assert "Nobody waits for a call-back." in client.get("/calls/").text
    assert client.post("/calls/999/settlement").status_code == 404


def test_the_note_of_a_call_settles_it(client: Browser, nadia: User, exchange: Exchange) -> None:
    call = ring(exchange, "a1", CallState.ENDED)
    client.sign_in(nadia)
    form = {
        "call": str(call.id),
        "number": amelie.number,
        "text": "rappelée",
        "outcome": "answered",
    }
    assert client.post("/calls/new", data=form).status_code == 302
    db.session.expire_all()
    assert call.done
    assert call.contact_id is not None
