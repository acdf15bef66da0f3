"""What sipgate.io reports: forms with brackets, answered in XML."""

from base64 import b64encode
from datetime import timedelta
from xml.etree import ElementTree

import pytest
from sqlalchemy import select

from models.base import db, now, transaction
from models.blocked_number import BlockedNumber
from models.call import Call
from models.exchange import CallEvent, Exchange, Kind
from models.user import User
from tests.people import Browser, House, amelie
from triage.application import Passerelle

RINGS = {
    "event": "newCall",
    "from": "32475123456",
    "to": "3225497300",
    "direction": "in",
    "callId": "sip-1",
    "user[]": ["Nadia", "Thomas"],
    "userId[]": ["w0", "w1"],
    "fullUserId[]": ["1234567w0", "1234567w1"],
    "diversion": "3225497399",
}
ANSWERED = {
    "event": "answer",
    "callId": "sip-1",
    "user": "Nadia",
    "userId": "w0",
    "fullUserId": "1234567w0",
    "from": "32475123456",
    "to": "3225497300",
    "direction": "in",
    "answeringNumber": "3225497331",
}
HUNG_UP = {
    "event": "hangup",
    "cause": "normalClearing",
    "callId": "sip-1",
    "from": "32475123456",
    "to": "3225497300",
    "direction": "in",
    "answeringNumber": "3225497331",
}


@pytest.fixture
def address(app: Passerelle) -> str:
    with transaction():
        _, token = Exchange.connect("sipgate", Kind.SIPGATE)
    return f"/api/v1/sipgate/{token}"


@pytest.fixture
def people(house: House) -> tuple[User, User]:
    with transaction():
        house.nadia.phone_extension, house.stranger.phone_extension = "w0", "1234567w1"
    return house.nadia, house.stranger


def calls() -> dict[str, Call]:
    db.session.expire_all()
    return {call.call_id: call for call in db.session.scalars(select(Call))}


def test_a_new_call_is_answered_with_where_to_send_what_follows(
    client: Browser, address: str
) -> None:
    answer = client.post(f"{address}/in", data=RINGS)
    assert (answer.status_code, answer.mimetype) == (200, "application/xml")
    root = ElementTree.fromstring(answer.data)
    assert root.tag == "Response"
    assert root.attrib["onAnswer"] == root.attrib["onHangup"]
    assert root.attrib["onAnswer"].endswith(f"{address}/in")
    assert root.attrib["onAnswer"].startswith("http")


def test_a_call_rings_at_several_is_answered_by_one_and_ends(
    client: Browser, address: str, people: tuple[User, User]
) -> None:
    nadia, thomas = people
    client.post(f"{address}/in", data=RINGS)
    ringing = calls()["sip-1"]
    assert ringing.user_id is None
    assert ringing.rung == sorted([nadia.id, thomas.id])
    assert ringing.diverted_from == "3225497399"
    for event in (ANSWERED, HUNG_UP):
        answer = client.post(f"{address}/in", data=event)
        assert (answer.status_code, answer.mimetype) == (200, "application/xml")
        assert b"onAnswer" not in answer.data
    call = calls()["sip-1"]
    assert (call.state, call.user_id, call.cause) == ("hangup", nadia.id, "normalClearing")
    assert call.caller_e164 == "+32475123456"


def test_a_call_that_leaves_is_told_at_its_own_address(
    client: Browser, address: str, people: tuple[User, User]
) -> None:
    out = RINGS | {"direction": "out", "from": "3225497331", "to": "32486112233", "user[]": "w0"}
    del out["userId[]"], out["fullUserId[]"]
    answer = client.post(f"{address}/out", data=out)
    assert f"{address}/out" in answer.text
    call = calls()["sip-1"]
    assert (call.direction, call.caller_e164, call.user_id) == (
        "out",
        "+32486112233",
        people[0].id,
    )


def test_the_legs_of_a_call_that_is_passed_on_know_each_other(
    client: Browser, address: str
) -> None:
    client.post(f"{address}/in", data=RINGS)
    client.post(f"{address}/in", data=HUNG_UP | {"cause": "forwarded"})
    second = RINGS | {"callId": "sip-2", "origCallId": "sip-1"}
    client.post(f"{address}/in", data=second)
    first, leg = calls()["sip-1"], calls()["sip-2"]
    assert leg.original_call_id == "sip-1"
    assert (first.legs(), leg.legs()) == ([leg], [first])
    assert not first.missed


def test_what_is_noted_of_one_leg_is_of_all(client: Browser, house: House, address: str) -> None:
    client.post(f"{address}/in", data=RINGS)
    client.post(f"{address}/in", data=RINGS | {"callId": "sip-2", "origCallId": "sip-1"})
    with transaction():
        noted = calls()["sip-2"]
        contact = house.write(amelie, "Bonjour, une question.")
        noted.note_taken(contact.id)
    assert calls()["sip-1"].contact_id == contact.id
    client.post(f"{address}/in", data=RINGS | {"callId": "sip-3", "origCallId": "sip-1"})
    assert calls()["sip-3"].contact_id == contact.id


def test_keys_that_a_caller_presses_are_kept_and_change_nothing(
    client: Browser, address: str
) -> None:
    answer = client.post(f"{address}/in", data={"event": "dtmf", "dtmf": "1", "callId": "sip-1"})
    assert (answer.status_code, answer.text.endswith("<Response/>")) == (200, True)
    assert calls() == {}
    assert db.session.scalars(select(CallEvent)).one().body["dtmf"] == "1"


def test_a_password_in_the_address_does_no_harm(client: Browser, address: str) -> None:
    header = {"Authorization": "Basic " + b64encode(b"user:secret").decode()}
    assert client.post(f"{address}/in", data=RINGS, headers=header).status_code == 200
    assert "sip-1" in calls()


def test_a_machine_that_picks_up_is_no_answer(client: Browser, address: str) -> None:
    client.post(f"{address}/in", data=RINGS)
    client.post(
        f"{address}/in", data=ANSWERED | {"user": "voicemail", "answeringNumber": "voicemail"}
    )
    client.post(f"{address}/in", data=HUNG_UP)
    call = calls()["sip-1"]
    assert call.voicemail
    assert call.missed


def test_a_blocked_number_is_refused_and_its_attempt_logged(
    client: Browser, house: House, address: str
) -> None:
    at = now()
    with transaction():
        BlockedNumber.block(
            "+32475123456", "threats", until=at + timedelta(days=1), by=house.koen, at=at
        )
    answer = client.post(f"{address}/in", data=RINGS)
    assert '<Reject reason="busy"/>' in answer.text
    client.post(f"{address}/in", data=HUNG_UP | {"cause": "busy"})
    call = calls()["sip-1"]
    assert (call.state, call.cause, call.missed) == ("hangup", "blocked", False)


def test_an_unknown_token_hears_401(client: Browser, address: str) -> None:
    assert client.post("/api/v1/sipgate/nobody/in", data=RINGS).status_code == 401
    assert calls() == {}
