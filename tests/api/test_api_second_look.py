"""Doors that were looked at twice: what a cursor tells, what is noted, what no list may be."""

import base64
from typing import Any

import pytest
from sqlalchemy import event

from models.api_token import ApiToken, Scope
from models.base import db, now, transaction
from models.client import Client
from models.data_export import DataExport
from models.look import Look, Thing
from tests.people import Browser, House, amelie, joris


@pytest.fixture
def bearer(house: House) -> dict[str, str]:
    with transaction():
        _row, shown = ApiToken.issue(house.ingrid, "a program", tuple(Scope), None)
    return {"Authorization": f"Bearer {shown}"}


def test_a_cursor_says_nothing_of_where_it_stands(
    house: House, client: Browser, bearer: dict[str, str]
) -> None:
    house.write(amelie, "Bonjour")
    with transaction():
        for number in range(3):
            db.session.add(Client(name=f"Hidden Person {number}"))
    answer = client.get("/api/v1/clients?q=Hidden&limit=1", headers=bearer)
    cursor = answer.json["next_cursor"]
    assert cursor
    for part in cursor.split("."):
        opened = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
        assert b"Hidden" not in opened
    further = client.get(f"/api/v1/clients?q=Hidden&limit=2&cursor={cursor}", headers=bearer)
    assert further.status_code == 200
    assert further.json["next_cursor"] is None


def test_a_list_that_is_no_table_cannot_be_asked_as_one(
    client: Browser, bearer: dict[str, str]
) -> None:
    answer = client.post("/api/v1/exports", json={"list": "person"}, headers=bearer)
    assert answer.status_code == 422


def test_all_that_is_kept_of_one_person_goes_through_no_program(
    house: House, client: Browser, bearer: dict[str, str]
) -> None:
    with transaction():
        made = DataExport.ask("person", {}, "zip", 0, by=house.ingrid, language="en", at=now())
    assert client.get(f"/api/v1/exports/{made.id}", headers=bearer).status_code == 404


@pytest.mark.parametrize("address", ["/api/v1/tickets?topic=a&topic=%00", "/api/v1/me?%00=a"])
def test_no_part_of_an_address_holds_nul(
    client: Browser, bearer: dict[str, str], address: str
) -> None:
    assert client.get(address, headers=bearer).status_code == 400


def test_a_backslash_is_a_sign_like_others(
    house: House, client: Browser, bearer: dict[str, str]
) -> None:
    ticket = house.ticket(house.write(amelie, "Bonjour"))
    text = "In the log stands \\u0000 where the number was, \N{GRINNING FACE}."
    answer = client.post(
        f"/api/v1/tickets/{ticket.number}/notes", json={"text": text}, headers=bearer
    )
    assert (answer.status_code, answer.json["text"]) == (201, text)


def test_whoever_reads_what_a_client_said_is_noted(
    house: House, client: Browser, bearer: dict[str, str]
) -> None:
    contact = house.write(amelie, "Bonjour")
    ticket = house.ticket(contact)
    for address in (f"clients/{contact.client_id}/contacts", f"tickets/{ticket.number}/notes"):
        assert client.get(f"/api/v1/{address}", headers=bearer).status_code == 200
    looks = {(one.thing, one.thing_id) for one in db.session.query(Look)}
    assert looks == {
        (Thing.CLIENT.value, contact.client_id),
        (Thing.TICKET.value, ticket.id),
    }


def test_a_long_list_asks_no_more_questions_than_a_short_one(
    house: House, client: Browser, bearer: dict[str, str]
) -> None:
    contact = house.write(joris, "Waar blijft mijn dossier?")
    there = f"/api/v1/clients/{contact.client_id}/contacts"
    for number in range(3):
        house.write(joris, "Nog niets gehoord.", f"Vraag {number}")
    db.session.expunge_all()
    asked: list[str] = []

    def note(*told: Any) -> None:
        asked.append(told[2])

    event.listen(db.engine, "before_cursor_execute", note)
    answer = client.get(there, headers=bearer)
    event.remove(db.engine, "before_cursor_execute", note)
    assert len(answer.json["items"]) == 4
    assert sum("FROM attachment" in one for one in asked) == 1
