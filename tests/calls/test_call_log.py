"""The call log and the numbers that are refused."""

from datetime import UTC, datetime, timedelta

import pytest

from models import call_log
from models.base import db, now, transaction
from models.blocked_number import BlockedNumber
from models.call import Call, CallState, Exchange
from models.call_log import CallChoice
from models.callback import Callback
from models.contact import Contact
from models.user import User
from tests.people import Browser, House, amelie, joris

AT = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def exchange(house: House) -> Exchange:
    with transaction():
        return Exchange.connect("Brussels")[0]


def called(
    exchange: Exchange,
    call_id: str,
    *,
    answered_by: User | None = None,
    at: datetime = AT,
    **facts: object,
) -> Call:
    told = {"caller": amelie.number, "caller_e164": amelie.number, "called": "100", **facts}
    with transaction():
        Call.take_event(exchange, CallState.RINGING, call_id, at=at, facts=told)
        if answered_by is not None:
            picked = told | {"answered_by_id": answered_by.id}
            Call.take_event(exchange, CallState.ANSWERED, call_id, at=at + 7 * SECOND, facts=picked)
        cause = "normalClearing" if answered_by else "cancel"
        end = at + 72 * SECOND
        told["cause"] = cause
        return Call.take_event(exchange, CallState.ENDED, call_id, at=end, facts=told)


def seen(user: User, **chosen: object) -> set[str]:
    found = db.session.scalars(CallChoice(**chosen).calls(user)).unique()  # type: ignore[arg-type]
    return {call.call_id for call in found}


def test_agents_see_their_own_their_queues_and_what_nobody_answered(
    house: House, exchange: Exchange
) -> None:
    called(exchange, "mine", answered_by=house.nadia)
    called(exchange, "theirs", answered_by=house.stranger)
    called(exchange, "our queue", answered_by=house.stranger, queue="Bridging")
    called(exchange, "missed", queue="elsewhere")
    assert seen(house.nadia) == {"mine", "our queue", "missed"}
    assert seen(house.stranger) == {"theirs", "our queue", "missed"}
    assert seen(house.koen) == {"mine", "theirs", "our queue", "missed"}
    assert seen(house.nadia, view="mine") == {"mine"}
    assert seen(house.nadia, view="team") == {"our queue"}
    assert seen(house.nadia, view="missed") == {"missed"}


def test_a_log_is_narrowed_by_day_direction_agent_and_number(
    house: House, exchange: Exchange
) -> None:
    called(exchange, "today", answered_by=house.nadia)
    called(exchange, "out", answered_by=house.nadia, direction="out", caller="31")
    called(exchange, "before", answered_by=house.koen, at=AT - timedelta(days=1))
    other = {"caller": joris.number, "caller_e164": joris.number}
    called(exchange, "joris", answered_by=house.koen, **other)
    assert seen(house.koen, direction="out") == {"out"}
    assert seen(house.koen, day=AT.date()) == {"today", "out", "joris"}
    assert seen(house.koen, agent_id=house.nadia.id) == {"today", "out"}
    assert seen(house.koen, e164=joris.number) == {"joris"}
    assert seen(house.koen, digits="112233") == {"joris"}


def test_the_page_tells_a_call_in_words(client: Browser, house: House, exchange: Exchange) -> None:
    contact = house.call(amelie, "demande où en est son droit passerelle", by=house.nadia)
    call = called(exchange, "c-1", answered_by=house.nadia, queue="bridging")
    with transaction():
        call.note_taken(contact.id)
    client.sign_in(house.nadia)
    page = client.get("/calls/log/").text
    for shown in (amelie.name, "+32 475 12 34 56", "0:07", "1:05", "bridging", "answered"):
        assert shown in page
    assert f"#{house.ticket(contact).number}" in page


@pytest.mark.parametrize(
    "spelling", ["0475123456", "0475 12 34 56", "0475/12.34.56", "+32 (0)475 12 34 56", "123456"]
)
def test_a_number_is_found_however_it_is_written(
    client: Browser, house: House, exchange: Exchange, spelling: str
) -> None:
    called(exchange, "c-1", answered_by=house.nadia)
    called(exchange, "c-2", answered_by=house.nadia, caller="1", caller_e164=joris.number)
    client.sign_in(house.nadia)
    page = client.get("/calls/log/", query_string={"number": spelling}).text
    assert "+32 475 12 34 56" in page
    assert "+32 486 11 22 33" not in page


@pytest.mark.parametrize(
    "query",
    ["day=2026-13-40", "day=9999-01-01", "agent=x", "agent=99999999999", "page=-1", "page=x"]
    + ["view=x&direction=x", "number=%00", "number=" + "9" * 200],
)
def test_nonsense_in_an_address_is_as_if_it_were_not_there(
    client: Browser, nadia: User, query: str
) -> None:
    client.sign_in(nadia)
    assert client.get(f"/calls/log/?{query}").status_code == 200


def test_the_download_is_what_the_page_shows_and_no_formula(
    client: Browser, house: House, exchange: Exchange
) -> None:
    for number in range(60):
        called(exchange, f"c-{number}", at=AT + number * SECOND, queue="=cmd()")
    client.sign_in(house.nadia)
    answer = client.get("/calls/log/calls.csv?view=missed")
    text = answer.get_data().decode("utf-8")
    rows = text.removeprefix("\ufeff").split("\r\n")
    assert text.startswith("\ufeff")
    assert len(rows) == 62
    assert rows[1].split(";")[0] == "2026-05-04 11:00"
    assert "'=cmd()" in rows[1]
    assert "'+32475123456" in rows[1]


def test_a_long_log_is_turned_page_by_page(
    client: Browser, house: House, exchange: Exchange
) -> None:
    for number in range(53):
        called(exchange, f"c-{number}", at=AT + number * SECOND, called=f"ext-{number:03}")
    client.sign_in(house.nadia)
    assert "ext-000" not in client.get("/calls/log/").text
    assert "ext-000" in client.get("/calls/log/?page=2").text


# --- how long it is kept --------------------------------------------------------------------


def test_old_calls_go_and_what_was_made_of_them_stays(house: House, exchange: Exchange) -> None:
    contact = house.call(amelie, "demande où en est son droit passerelle", by=house.nadia)
    old, young = called(exchange, "old"), called(exchange, "young", at=now())
    with transaction():
        old.note_taken(contact.id)
        owed = Callback.for_missed(old, AT)
    assert owed is not None
    assert call_log.older_than(now() - timedelta(days=1)) == 1
    young_id = young.id
    with transaction():
        call_log.drop_before(now() - timedelta(days=1))
    db.session.expire_all()
    assert [call.id for call in db.session.scalars(Call.log()).unique()] == [young_id]
    assert Contact.named(contact.id) is not None
    assert owed.call_id is None


def test_a_call_of_whose_end_nobody_told_us_is_closed_without_inventing_its_length(
    house: House, exchange: Exchange
) -> None:
    facts = {"caller_e164": amelie.number, "answered_by_id": house.nadia.id}
    with transaction():
        Call.take_event(exchange, CallState.RINGING, "c", at=AT, facts=facts)
        call = Call.take_event(exchange, CallState.ANSWERED, "c", at=AT + SECOND, facts=facts)
    later = AT + timedelta(hours=5)
    assert db.session.scalars(Call.forgotten(AT + timedelta(hours=3))).all() == []
    with transaction():
        (found,) = db.session.scalars(Call.forgotten(later)).unique()
        found.forget()
    assert (call.state, call.cause, call.talked) == ("hangup", "unknown", timedelta(0))
    with transaction():
        late = {"cause": "normalClearing"}
        Call.take_event(exchange, CallState.ENDED, "c", at=later, facts=late)
    assert call.cause == "normalClearing"


# --- blocked numbers ------------------------------------------------------------------------


def test_a_manager_blocks_a_number_and_lifts_it_again(client: Browser, house: House) -> None:
    client.sign_in(house.koen)
    form = {"number": "0475/12.34.56", "reason": "threatens people", "until": ""}
    assert client.post("/calls/log/blocked", data=form).status_code == 303
    blocked = db.session.scalars(BlockedNumber.newest_first()).one()
    assert (blocked.e164, blocked.reason) == (amelie.number, "threatens people")
    page = client.get("/calls/log/blocked").text
    assert "threatens people" in page
    client.post(f"/calls/log/blocked/{blocked.id}/lifting")
    assert BlockedNumber.of(amelie.number, now()) is None
    assert "may call again" in client.get(f"/calls/log/blocked?lifted={blocked.id}").text
    client.post(f"/calls/log/blocked/{blocked.id}/return")
    assert BlockedNumber.of(amelie.number, now()) is not None


@pytest.mark.parametrize(
    "form",
    [
        {"number": "12", "reason": "x"},
        {"number": "0475123456", "reason": "  "},
        {"number": "0475123456", "reason": "x", "until": "2001-01-01"},
    ],
)
def test_a_block_needs_a_number_a_reason_and_a_day_to_come(
    client: Browser, house: House, form: dict[str, str]
) -> None:
    client.sign_in(house.koen)
    assert client.post("/calls/log/blocked", data=form).status_code == 422
    assert db.session.scalars(BlockedNumber.newest_first()).all() == []


def test_a_block_ends_with_its_last_day_and_stands_once(house: House) -> None:
    with transaction():
        first = BlockedNumber.block(
            amelie.number, "x", until=AT + timedelta(days=1), by=house.koen, at=AT
        )
        again = BlockedNumber.block(amelie.number, "y", until=None, by=house.koen, at=AT)
    assert again is first
    assert BlockedNumber.of(amelie.number, AT) is first
    assert BlockedNumber.of(amelie.number, AT + timedelta(days=2)) is None


def test_agents_do_not_block(client: Browser, nadia: User) -> None:
    client.sign_in(nadia)
    assert client.get("/calls/log/blocked").status_code == 403


def test_ended_calls_are_counted_for_the_monitor(
    client: Browser, house: House, exchange: Exchange
) -> None:
    called(exchange, "answered", answered_by=house.nadia)
    called(exchange, "missed")
    called(exchange, "out", direction="out")
    text = client.get("/metrics").text
    assert 'triage_calls_total{direction="in",result="answered"} 1.0' in text
    assert 'triage_calls_total{direction="in",result="missed"} 1.0' in text
    assert 'triage_calls_total{direction="out",result="not_reached"} 1.0' in text
