"""What rings, told to the browsers that it concerns: whom, how many, until when."""

import threading
from collections.abc import Iterator
from itertools import islice

import pytest
from redis.client import PubSub

from models import ringing
from models.base import db, now, transaction
from models.call import Call, CallState
from models.exchange import Exchange
from models.user import User, UserSession
from tests.people import Browser, House, amelie
from triage.application import Passerelle
from triage.calls import stream
from triage.calls.ringing_bell import tell
from triage.calls.stream import Switchboard

PATIENCE = 300
"""Pulses of a fifth of a second, on a machine that is busy; the right one ends the wait."""


@pytest.fixture
def exchange(house: House) -> Exchange:
    with transaction():
        made, _token = Exchange.connect("main")
    return made


@pytest.fixture
def board(app: Passerelle, monkeypatch: pytest.MonkeyPatch) -> Iterator[Switchboard]:
    """A switchboard whose listener goes home as soon as nobody sits there."""
    monkeypatch.setattr(stream, "IDLE", 0.0)
    monkeypatch.setattr(stream, "PULSE", 0.2)
    made = Switchboard(app, most=2)
    yield made
    made.close()
    for thread in threading.enumerate():
        if thread.name == "calls":
            thread.join(5)


def ring(exchange: Exchange, state: CallState, *rung: User, by: User | None = None) -> Call:
    facts = {"caller": amelie.number, "caller_e164": amelie.number}
    people = {"rung": [user.id for user in rung]} | ({"answered_by_id": by.id} if by else {})
    with transaction():
        return Call.hear(exchange, state, "c1", at=now(), facts=facts | people).call


def session_of(user: User) -> str:
    with transaction():
        return UserSession.begin(user, now(), "127.0.0.1", "test")


def test_it_rings_for_those_who_are_rung_and_then_for_whoever_answers(
    exchange: Exchange, nadia: User, koen: User, stranger: User
) -> None:
    ring(exchange, CallState.RINGING, nadia, koen)
    shown = {one.name: ringing.concerning(one.id, now()) for one in (nadia, koen, stranger)}
    assert [len(calls) for calls in shown.values()] == [1, 1, 0]
    ring(exchange, CallState.ANSWERED, by=koen)
    shown = {one.name: ringing.concerning(one.id, now()) for one in (nadia, koen, stranger)}
    assert [len(calls) for calls in shown.values()] == [0, 1, 0]


def test_a_call_that_names_nobody_rings_for_everybody(
    exchange: Exchange, nadia: User, stranger: User
) -> None:
    ring(exchange, CallState.RINGING)
    for user in (nadia, stranger):
        assert len(ringing.concerning(user.id, now())) == 1


def test_being_away_hides_nothing_that_is_ones_own(
    client: Browser, exchange: Exchange, nadia: User
) -> None:
    with transaction():
        nadia.presence = "away"
    call = ring(exchange, CallState.RINGING, nadia)
    client.sign_in(nadia)
    assert f"/calls/new?call={call.id}" in client.get("/calls/pop").text


def test_a_stream_tells_of_a_ring_and_says_nothing_of_the_caller(
    app: Passerelle, board: Switchboard, exchange: Exchange, nadia: User
) -> None:
    place = board.sit_down()
    assert place is not None
    events = board.events(place, nadia.id, session_of(nadia), "")
    assert next(events).startswith("retry")
    assert "event: calls" in next(one for one in events if "event" in one)
    call = ring(exchange, CallState.RINGING, nadia)
    tell(app.extensions["bell"])
    told = next(one for one in events if "event" in one)
    assert f"data: {call.id}n" in told
    assert amelie.number not in told
    events.close()


def test_what_rings_before_the_listener_hears_is_told_all_the_same(
    board: Switchboard,
    exchange: Exchange,
    nadia: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stream, "LOOK", 60.0)
    looked, rung = threading.Event(), threading.Event()
    subscribe = board._subscribe

    def late() -> PubSub | None:
        looked.set()
        assert rung.wait(30)
        return subscribe()

    monkeypatch.setattr(board, "_subscribe", late)
    place = board.sit_down()
    assert place is not None
    events = board.events(place, nadia.id, session_of(nadia), "")
    assert looked.wait(30)
    call = ring(exchange, CallState.RINGING, nadia)
    rung.set()
    assert any(f"data: {call.id}n" in one for one in islice(events, PATIENCE))
    events.close()


def test_who_has_seen_it_is_not_told_again(
    board: Switchboard, exchange: Exchange, nadia: User
) -> None:
    call = ring(exchange, CallState.RINGING, nadia)
    place = board.sit_down()
    assert place is not None
    events = board.events(place, nadia.id, session_of(nadia), f"{call.id}n")
    next(events)
    assert next(events) == ": \n\n"
    events.close()


def test_a_stream_ends_with_the_session_and_does_not_keep_it_alive(
    board: Switchboard, nadia: User
) -> None:
    secret = session_of(nadia)
    with transaction():
        seen = UserSession.named(secret)
        assert seen is not None
        before = seen.last_seen_at
    place = board.sit_down()
    assert place is not None
    events = board.events(place, nadia.id, secret, "-")
    next(events)
    assert next(events) == ": \n\n"
    db.session.expire_all()
    assert seen.last_seen_at == before
    with transaction():
        UserSession.end(secret, now())
    assert list(events)[-1] == "event: over\ndata: -\n\n"


def test_past_its_places_a_browser_is_told_to_ask_now_and_then(
    app: Passerelle, client: Browser, board: Switchboard, nadia: User
) -> None:
    app.extensions["switchboard"] = board
    taken = [board.sit_down(), board.sit_down()]
    client.sign_in(nadia)
    assert client.get("/calls/stream").status_code == 204
    board.stand_up(taken[0])
    with client.get("/calls/stream") as answer:
        assert answer.mimetype == "text/event-stream"
    assert board.sit_down() is not None
    for place in (*taken, *board._places.copy()):
        board.stand_up(place)
