"""What a telephone exchange reports, twice, late and in any order."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest
import time_machine
from sqlalchemy import func, select

from models.base import db, now, transaction
from models.blocked_number import BlockedNumber
from models.call import Call, CallEvent, Exchange
from models.callback import Callback
from models.user import User
from tests.people import Browser, House
from triage.application import Passerelle

RINGING = {
    "event": "newCall",
    "from": "32475123456",
    "to": "3225497300",
    "direction": "in",
    "callId": "c-1",
    "user": ["Reception", "31"],
    "queue": "bridging",
}
ANSWERED = {
    "event": "answer",
    "from": "32475123456",
    "to": "3225497300",
    "direction": "in",
    "callId": "c-1",
    "answeringNumber": "31",
}
HUNG_UP = {
    "event": "hangup",
    "from": "32475123456",
    "to": "3225497300",
    "direction": "in",
    "callId": "c-1",
    "cause": "normalClearing",
}
EVENTS = {"newCall": RINGING, "answer": ANSWERED, "hangup": HUNG_UP}


@pytest.fixture
def address(app: Passerelle) -> str:
    """Where the exchange of this house reports."""
    with transaction():
        _, token = Exchange.connect("Main exchange")
    return f"/api/v1/cti/{token}"


@pytest.fixture
def nadia_at_31(nadia: User) -> User:
    with transaction():
        nadia.phone_extension = "31"
    return nadia


def calls() -> list[Call]:
    db.session.expire_all()
    return list(db.session.scalars(select(Call).order_by(Call.id)))


def only_call() -> Call:
    (call,) = calls()
    return call


def test_a_call_rings_is_answered_and_ends(
    client: Browser, address: str, nadia_at_31: User
) -> None:
    for event in (RINGING, ANSWERED, HUNG_UP):
        answer = client.post(address, json=event)
        assert (answer.status_code, answer.get_json()) == (200, {})
    call = only_call()
    assert call.state == "hangup"
    assert call.caller_e164 == "+32475123456"
    assert call.called == "3225497300"
    assert call.queue == "bridging"
    assert call.cause == "normalClearing"
    assert call.user_id == nadia_at_31.id
    assert call.answered_at is not None
    assert not call.missed


@time_machine.travel("2026-06-09 09:00:00+00:00", tick=False)
@pytest.mark.parametrize("order", list(permutations(EVENTS)), ids="-".join)
def test_every_order_of_events_ends_in_the_same_row(
    client: Browser, address: str, nadia_at_31: User, order: tuple[str, ...]
) -> None:
    for name in order:
        assert client.post(address, json=EVENTS[name]).status_code == 200
    call = only_call()
    told = (call.state, call.caller, call.called, call.queue, call.cause, call.user_id)
    assert told == (
        "hangup",
        "32475123456",
        "3225497300",
        "bridging",
        "normalClearing",
        nadia_at_31.id,
    )
    assert call.initialised_at == call.answered_at == call.ended_at


def test_the_same_call_reported_fifty_times_at_once_is_one_call(
    app: Passerelle, address: str
) -> None:
    def ring(_: int) -> tuple[int, Any]:
        answer = app.test_client().post(address, json=RINGING)
        return answer.status_code, answer.get_json()

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(ring, range(50)))
    assert answers == [(200, {})] * 50
    assert only_call().call_id == "c-1"
    assert db.session.scalar(select(func.count()).select_from(CallEvent)) == 50


def test_a_hangup_alone_gives_a_missed_call_that_is_over(client: Browser, address: str) -> None:
    client.post(address, json=HUNG_UP | {"cause": "cancel"})
    call = only_call()
    assert call.state == "hangup"
    assert call.missed


def test_the_one_who_answers_owns_a_call_that_rang_for_somebody_else(
    client: Browser, house: House, address: str, nadia_at_31: User
) -> None:
    stranger = house.stranger
    client.post(address, json=RINGING | {"user": "stranger"})
    assert only_call().user_id == stranger.id
    client.post(address, json=ANSWERED)
    assert only_call().user_id == nadia_at_31.id


def test_an_exchange_may_send_a_form_and_its_own_spelling_of_the_id(
    client: Browser, address: str, nadia: User
) -> None:
    form = {
        "event": "newCall",
        "from": "anonymous",
        "to": "100",
        "direction": "in",
        "call_id": "support1718000000.17",
        "user[]": ["nadia"],
    }
    assert client.post(address, data=form).status_code == 200
    call = only_call()
    assert call.call_id == "support1718000000.17"
    assert call.caller == "anonymous"
    assert call.caller_e164 is None
    assert call.user_id == nadia.id


def test_a_call_that_an_agent_makes_is_matched_by_the_number_called(
    client: Browser, address: str, nadia_at_31: User
) -> None:
    out = RINGING | {"direction": "out", "from": "31", "to": "0475/12.34.56", "user": "31"}
    client.post(address, json=out)
    call = only_call()
    assert (call.direction, call.caller_e164) == ("out", "+32475123456")
    assert call.user_id == nadia_at_31.id
    assert not call.missed


def test_an_unknown_token_hears_401_and_leaves_nothing(client: Browser, address: str) -> None:
    answer = client.post("/api/v1/cti/not-a-token", json=RINGING)
    assert answer.status_code == 401
    assert answer.get_json() == {"error": "Invalid token, please contact your admin!"}
    assert calls() == []


def test_a_disconnected_exchange_is_unknown(client: Browser, address: str) -> None:
    with transaction():
        exchange = db.session.scalars(Exchange.in_order()).one()
        exchange.active = False
    assert client.post(address, json=RINGING).status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[1, 2]",
        b'{"event": "newCall", "direction": "in"}',
        b'{"callId": "1", "direction": "in"}',
        b'{"event": "newCall", "callId": "1", "direction": "sideways"}',
        b"\xff\x00",
        b"[" * 60_000,
        b'{"a": "' + b"x" * 70_000 + b'"}',
    ],
)
def test_an_unreadable_body_hears_422(client: Browser, address: str, body: bytes) -> None:
    answer = client.post(address, data=body, content_type="application/json")
    assert answer.status_code == 422
    assert answer.get_json()["error"]
    assert calls() == []


def test_an_event_that_we_do_not_use_is_kept_and_answered(client: Browser, address: str) -> None:
    answer = client.post(address, json=RINGING | {"event": "dtmf", "dtmf": "1"})
    assert (answer.status_code, answer.get_json()) == (200, {})
    assert calls() == []
    kept = db.session.scalars(select(CallEvent)).one()
    assert kept.body["dtmf"] == "1"


def test_odd_values_never_stop_an_exchange(client: Browser, address: str) -> None:
    odd = RINGING | {"from": None, "to": {"a": 1}, "user": [None, {}], "queue": "x\x00y" * 500}
    assert client.post(address, json=odd).status_code == 200
    assert only_call().caller == ""


@pytest.mark.parametrize(
    "extra",
    [
        '"odd": NaN',
        '"odd": Infinity',
        '"odd": 1e999',
        '"odd": "\\u0000\\ud800"',
        '"odd": ' + '{"a": ' * 300 + "1" + "}" * 300,
        '"odd": ' + "9" * 4_000,
        '"user": [true, 1.5, null, ["x"], "\\u0000"]',
        '"from": 32475123456',
        '"from": NaN, "to": [], "queue": {}',
        '"cause": 1e999, "answeringNumber": 99999999999999999999',
    ],
)
def test_whatever_json_a_known_exchange_sends_hears_200(
    client: Browser, address: str, extra: str
) -> None:
    body = '{"event": "newCall", "direction": "in", "callId": "c-1", ' + extra + "}"
    answer = client.post(address, data=body, content_type="application/json")
    assert (answer.status_code, answer.get_json()) == (200, {})
    assert only_call().call_id == "c-1"
    assert db.session.scalars(select(CallEvent)).one().call_id == "c-1"


def test_what_could_not_be_read_is_kept_for_whoever_sets_the_exchange_up(
    client: Browser, address: str
) -> None:
    assert client.post(address, data=b"{", content_type="application/json").status_code == 422
    kept = db.session.scalars(select(CallEvent)).one()
    assert kept.event == "unreadable"
    assert kept.body == {"error": "The body is neither JSON nor a form.", "raw": "{"}


def test_an_exchange_that_sends_too_much_is_asked_to_wait(
    client: Browser, app: Passerelle, address: str
) -> None:
    settings = app.extensions["settings"]
    app.extensions["settings"] = replace(settings, call_event_limit=3)
    try:
        codes = [client.post(address, json=RINGING | {"callId": f"c-{n}"}) for n in range(5)]
    finally:
        app.extensions["settings"] = settings
    assert [one.status_code for one in codes] == [200, 200, 200, 429, 429]
    assert int(codes[-1].headers["Retry-After"]) > 0
    assert client.post(address, json=RINGING | {"callId": "later"}).status_code == 200


def test_a_call_that_nobody_takes_becomes_one_call_back_however_often_it_is_told(
    client: Browser, address: str
) -> None:
    for number in range(3):
        client.post(address, json=RINGING | {"callId": f"c-{number}"})
        for _ in range(4):
            client.post(address, json=HUNG_UP | {"callId": f"c-{number}", "cause": "cancel"})
    (owed,) = db.session.scalars(select(Callback)).all()
    assert (owed.e164, owed.asked, owed.closed_at) == ("+32475123456", 3, None)


def test_who_gets_through_is_not_called_back(client: Browser, address: str) -> None:
    client.post(address, json=HUNG_UP | {"cause": "cancel"})
    client.post(address, json=ANSWERED | {"callId": "c-2"})
    (owed,) = db.session.scalars(select(Callback)).all()
    assert owed.closed_at is not None


def test_whom_we_reach_by_calling_is_not_called_back_again(client: Browser, address: str) -> None:
    client.post(address, json=HUNG_UP | {"cause": "cancel"})
    out = {"direction": "out", "from": "31", "to": "32475123456", "callId": "c-2"}
    client.post(address, json=ANSWERED | out)
    (owed,) = db.session.scalars(select(Callback)).all()
    assert owed.closed_at is not None


def test_a_blocked_number_is_refused(client: Browser, house: House, address: str) -> None:
    with transaction():
        BlockedNumber.block("+32475123456", "threats", until=None, by=house.koen, at=now())
    answer = client.post(address, json=RINGING)
    assert answer.get_json() == {"action": "reject", "reason": "busy"}
    client.post(address, json=HUNG_UP | {"cause": "busy"})
    assert only_call().cause == "blocked"
    assert db.session.scalars(select(Callback)).all() == []


def test_the_token_is_kept_as_a_digest_only(app: Passerelle, address: str) -> None:
    token = address.rpartition("/")[2]
    exchange = db.session.scalars(Exchange.in_order()).one()
    assert token not in exchange.token_digest
    assert len(exchange.token_digest) == 64


def test_an_exchange_needs_no_form_token(client: Browser, app: Passerelle, address: str) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    assert client.post(address, json=RINGING).status_code == 200
