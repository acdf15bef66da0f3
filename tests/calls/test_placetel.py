"""What Placetel reports, signed over its raw bytes."""

import hashlib
import hmac
from itertools import permutations
from urllib.parse import urlencode

import pytest
import time_machine
from sqlalchemy import select

from models.base import db, now, transaction
from models.blocked_number import BlockedNumber
from models.call import Call
from models.exchange import CallEvent, Exchange, Kind
from models.user import User
from tests.people import Browser, House
from triage.application import Passerelle

SECRET = "12345"
ID = "4a4cbb39578170aed9a2761a7bec8c7e704a541f52291ef603d6f5f152980c3c"
KNOWN_BODY = f"call_id={ID}&event=CallAccepted&from=0123456789&to=0987654321"
KNOWN_SIGNATURE = "c4f823c5b8806432fe2b83b1fc2ee714422e0cdfb4b5129152a7d0bbcd7792d0"
PEER = "7771@fpbx.example"

COMES = {"event": "IncomingCall", "from": "0475123456", "to": "025497300", "direction": "in"}
TAKEN = {"event": "CallAccepted", "from": "0475123456", "to": "025497300", "peer": PEER}
ENDED = {
    "event": "HungUp",
    "from": "0475123456",
    "to": "025497300",
    "type": "accepted",
    "duration": "50",
    "direction": "in",
}
CALL = {"comes": COMES, "taken": TAKEN, "ended": ENDED}


@pytest.fixture
def address(app: Passerelle) -> str:
    with transaction():
        made, token = Exchange.connect("Placetel", Kind.PLACETEL)
        made.set_secret(SECRET)
    return f"/api/v1/placetel/{token}"


@pytest.fixture
def nadia_there(house: House) -> User:
    with transaction():
        house.nadia.phone_extension = "7771"
    return house.nadia


def send(client: Browser, address: str, body: str, signature: str | None = None) -> int:
    made = hmac.new(SECRET.encode(), body.encode(), hashlib.sha256).hexdigest()
    answer = client.post(
        address,
        data=body.encode(),
        content_type="application/x-www-form-urlencoded",
        headers={"X-PLACETEL-SIGNATURE": made if signature is None else signature},
    )
    return int(answer.status_code)


def tell(client: Browser, address: str, event: dict[str, str]) -> int:
    return send(client, address, urlencode({"call_id": ID} | event))


def only_call() -> Call:
    db.session.expire_all()
    return db.session.scalars(select(Call)).one()


def test_a_signature_over_the_raw_bytes_is_believed(client: Browser, address: str) -> None:
    assert send(client, address, KNOWN_BODY, KNOWN_SIGNATURE) == 200
    assert only_call().call_id == ID
    assert db.session.scalars(select(CallEvent.signature_ok)).one() is True


@pytest.mark.parametrize(
    ("body", "signature"),
    [
        (KNOWN_BODY.replace("0123456789", "0123456788"), KNOWN_SIGNATURE),
        (KNOWN_BODY, KNOWN_SIGNATURE[:-1] + "1"),
        (KNOWN_BODY, ""),
        (KNOWN_BODY, "é" * 64),
    ],
)
def test_a_wrong_signature_hears_401_and_changes_nothing(
    client: Browser, address: str, body: str, signature: str
) -> None:
    assert send(client, address, body, signature) == 401
    assert db.session.scalars(select(Call)).all() == []
    kept = db.session.scalars(select(CallEvent)).one()
    assert (kept.event, kept.signature_ok) == ("forged", False)
    assert "0123456789" not in str(kept.body)


def test_a_secret_cannot_be_got_round_by_another_address(client: Browser, address: str) -> None:
    token = address.rpartition("/")[2]
    event = {"event": "newCall", "direction": "in", "callId": "x", "from": "1", "to": "2"}
    assert client.post(f"/api/v1/cti/{token}", json=event).status_code == 401
    assert client.post(f"/api/v1/sipgate/{token}/in", data=event).status_code == 401


def test_without_a_secret_nothing_needs_a_signature(client: Browser, address: str) -> None:
    with transaction():
        db.session.scalars(Exchange.in_order()).one().set_secret("")
    assert send(client, address, KNOWN_BODY, "") == 200
    assert db.session.scalars(select(CallEvent.signature_ok)).one() is None


def test_the_secret_lies_sealed(address: str) -> None:
    kept = db.session.scalars(select(Exchange.secret)).one()
    assert kept is not None
    assert SECRET.encode() not in kept


@time_machine.travel("2026-06-09 09:00:00+00:00", tick=False)
@pytest.mark.parametrize("order", list(permutations(CALL)), ids="-".join)
def test_every_order_ends_in_the_same_row_and_the_duration_wins(
    client: Browser, address: str, nadia_there: User, order: tuple[str, ...]
) -> None:
    for name in order:
        assert tell(client, address, CALL[name]) == 200
    call = only_call()
    assert call.answered_at is not None
    assert call.talked is not None
    assert call.ended_at is not None
    told = (call.state, call.cause, call.caller_e164, call.user_id, call.talked.total_seconds())
    assert told == ("hangup", "normalClearing", "+32475123456", nadia_there.id, 50)
    assert (call.ended_at - call.answered_at).total_seconds() == 50
    assert call.waited is not None
    assert call.waited.total_seconds() == 0


def test_a_call_that_leaves_has_no_accepted_event(
    client: Browser, address: str, nadia_there: User
) -> None:
    leaves = {"from": "025497300", "to": "0475123456", "peer": PEER, "direction": "out"}
    tell(client, address, leaves | {"event": "OutgoingCall"})
    assert only_call().user_id == nadia_there.id
    tell(client, address, ENDED | leaves | {"event": "HungUp"})
    call = only_call()
    assert (call.direction, call.caller_e164) == ("out", "+32475123456")
    assert call.answered_at is not None
    assert call.talked is not None
    assert call.talked.total_seconds() == 50
    assert not call.missed


@pytest.mark.parametrize(
    ("kind", "cause", "missed", "voicemail"),
    [
        ("missed", "cancel", True, False),
        ("voicemail", "voicemail", True, True),
        ("blocked", "blocked", False, False),
    ],
)
def test_how_a_call_ended_is_told_by_its_type(
    client: Browser, address: str, kind: str, cause: str, missed: bool, voicemail: bool
) -> None:
    tell(client, address, COMES)
    tell(client, address, ENDED | {"type": kind, "duration": "0"})
    call = only_call()
    assert (call.cause, call.missed, call.voicemail) == (cause, missed, voicemail)


def test_a_blocked_number_is_refused_in_its_own_words(
    client: Browser, house: House, address: str
) -> None:
    with transaction():
        BlockedNumber.block("+32475123456", "", until=None, by=house.koen, at=now())
    body = urlencode({"call_id": ID} | COMES)
    answer = client.post(
        address,
        data=body,
        content_type="application/x-www-form-urlencoded",
        headers={
            "X-PLACETEL-SIGNATURE": hmac.new(
                SECRET.encode(), body.encode(), hashlib.sha256
            ).hexdigest()
        },
    )
    assert (answer.status_code, answer.mimetype) == (200, "application/xml")
    assert "<Reject/>" in answer.text
    assert only_call().cause == "blocked"


def test_a_report_without_event_or_call_hears_422(client: Browser, address: str) -> None:
    assert send(client, address, "event=IncomingCall") == 422
    assert send(client, address, f"call_id={ID}") == 422
