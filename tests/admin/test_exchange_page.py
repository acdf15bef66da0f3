"""Connecting an exchange: its addresses, its secret, and whether its reports arrive."""

import pytest

from models.base import db, now, transaction
from models.exchange import CallEvent, Exchange, Kind
from tests.people import Browser, House, amelie


@pytest.fixture
def as_ada(client: Browser, house: House) -> Browser:
    client.sign_in(house.ada)
    return client


def connected(kind: Kind = Kind.GENERIC) -> tuple[Exchange, str]:
    with transaction():
        return Exchange.connect("Namur", kind)


@pytest.mark.parametrize(
    ("kind", "addresses"),
    [
        ("generic", ["/api/v1/cti/"]),
        ("sipgate", ["/in</code>", "/out</code>"]),
        ("placetel", ["/api/v1/placetel/"]),
    ],
)
def test_each_format_has_its_own_addresses(
    as_ada: Browser, kind: str, addresses: list[str]
) -> None:
    page = as_ada.post("/admin/exchanges", data={"name": "Namur", "kind": kind}).text
    assert all(one in page for one in addresses)
    assert page.count("data-copy ") == len(addresses)
    assert db.session.scalars(Exchange.in_order()).one().kind == kind


def test_an_unknown_format_is_not_connected(as_ada: Browser) -> None:
    answer = as_ada.post("/admin/exchanges", data={"name": "Namur", "kind": "smoke"})
    assert answer.status_code == 422
    assert db.session.scalars(Exchange.in_order()).all() == []


def test_a_secret_is_set_replaced_and_never_shown(as_ada: Browser) -> None:
    exchange, token = connected(Kind.PLACETEL)
    here = f"/admin/exchanges/{exchange.id}"
    assert as_ada.post(f"{here}/secret", data={"secret": "abc"}).status_code == 422
    assert as_ada.post(f"{here}/secret", data={"secret": "tulips-12345"}).status_code == 303
    db.session.expire_all()
    assert exchange.vouches(b"x", "0" * 64) is False
    page = as_ada.get(here).text
    assert "tulips" not in page
    assert "signed" in page
    unsigned = as_ada.post(f"/api/v1/placetel/{token}", data={"event": "IncomingCall"})
    assert unsigned.status_code == 401
    assert "wrong signature" in as_ada.get(here).text
    as_ada.post(f"{here}/secret", data={"secret": ""})
    db.session.expire_all()
    assert exchange.vouches(b"x", "") is None


def test_a_new_address_ends_the_old_one(as_ada: Browser) -> None:
    exchange, token = connected()
    page = as_ada.post(f"/admin/exchanges/{exchange.id}/address").text
    assert "/api/v1/cti/" in page
    assert Exchange.with_token(token) is None


def test_the_last_reports_are_told_with_what_was_made_of_them(
    as_ada: Browser, house: House
) -> None:
    exchange, token = connected()
    with transaction():
        house.nadia.phone_extension = "31"
    event = {"event": "newCall", "direction": "in", "callId": "c-1", "from": amelie.number}
    as_ada.post(f"/api/v1/cti/{token}", json=event | {"to": "100", "user": "31"})
    as_ada.post(f"/api/v1/cti/{token}", data=b"{", content_type="application/json")
    page = as_ada.get(f"/admin/exchanges/{exchange.id}").text
    for shown in ("newCall", "incoming, ringing", "Nadia Benali", "•••456", "could not be read"):
        assert shown in page
    assert amelie.number not in page
    assert "They arrive, but the last one was refused." in page


def test_the_page_says_what_the_next_night_drops(as_ada: Browser) -> None:
    exchange, _ = connected()
    with transaction():
        CallEvent.keep(exchange, "c", "newCall", {}, now().replace(year=now().year - 1))
    page = as_ada.get("/admin/exchanges").text
    assert "The next night drops 1 report, 0 calls." in page
