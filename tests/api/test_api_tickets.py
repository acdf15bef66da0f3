"""Tickets for other programs: begun through the intake, changed with a version, never twice."""

import base64
import io
import json
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from models.api_token import ApiToken, Scope
from models.base import db, now, transaction
from models.contact import Contact
from models.intake import Adapter
from models.message import Message, Sending
from models.team import Team
from models.ticket import Status, Ticket
from models.user import User
from tests.api.at_once import post_at_once
from tests.people import Browser, House, amelie, joris

API = "/api/v1"
EVERYTHING = tuple(Scope)


def bearer_of(person: User, *scopes: Scope) -> dict[str, str]:
    with transaction():
        _row, shown = ApiToken.issue(person, "back office", scopes or EVERYTHING, None)
    return {"Authorization": f"Bearer {shown}"}


@pytest.fixture
def bearer(house: House) -> dict[str, str]:
    return bearer_of(house.ingrid)


def asked(house: House) -> Ticket:
    return house.ticket(house.write(amelie, "Où en est mon droit passerelle ?"))


def test_a_ticket_is_begun_through_the_intake(client: Browser, bearer: dict[str, str]) -> None:
    file = {"name": "preuve.pdf", "content": base64.b64encode(b"%PDF-1.4 proof").decode()}
    said = {
        "title": "Droit passerelle",
        "body": "Où en est mon dossier ? Mon numéro est 85.07.30-033.28.",
        "client": {"name": amelie.name, "email": amelie.email},
        "topic": "bridging_right",
        "files": [file],
    }
    answer = client.post(f"{API}/tickets", json=said, headers=bearer)
    assert answer.status_code == 201
    contact = db.session.scalars(select(Contact)).one()
    assert contact.intake.adapter == Adapter.API
    assert "033" not in contact.text
    shown = client.get(answer.headers["Location"], headers=bearer).json
    assert (shown["number"], shown["topic"]) == (answer.json["number"], "bridging_right")
    [told] = client.get(f"{shown['href']}/contacts", headers=bearer).json["items"]
    fetched = client.get(told["attachments"][0]["href"], headers=bearer)
    assert fetched.data == b"%PDF-1.4 proof"
    assert fetched.mimetype == "application/octet-stream"


def test_what_is_handed_in_is_kept_at_once_and_read_in_its_turn(
    house: House, client: Browser, bearer: dict[str, str]
) -> None:
    said = {"body": "Où en est mon dossier ?", "client": {"email": amelie.email}}
    answer = client.post(f"{API}/contacts", json=said, headers=bearer)
    assert answer.status_code == 202
    there = answer.headers["Location"]
    assert client.get(there, headers=bearer).json["contact_id"] is None
    house.work()
    told = client.get(there, headers=bearer).json
    assert (told["begun"], told["visible"], bool(told["number"])) == (True, True, True)
    other = bearer_of(house.koen)
    assert client.get(there, headers=other).status_code == 404


def test_whoever_hands_in_learns_no_number_of_a_matter_that_he_may_not_see(
    house: House, client: Browser
) -> None:
    ticket = asked(house)
    with transaction():
        team = db.session.scalars(Team.by_slug("bridging")).one()
        held = db.session.get_one(Ticket, ticket.id)
        held.team_id, held.needs_choice = team.id, False
    said = {"body": "Où en est mon droit passerelle ?", "client": {"email": amelie.email}}
    told = client.post(f"{API}/tickets", json=said, headers=bearer_of(house.stranger)).json
    if not told["visible"]:
        assert (told["number"], told["href"], told["begun"]) == (None, None, None)
    assert str(ticket.number) not in json.dumps(told)


def test_what_does_not_fit_is_named_field_by_field(client: Browser, bearer: dict[str, str]) -> None:
    answer = client.post(f"{API}/tickets", json={"title": 7, "hat": "red"}, headers=bearer)
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    assert {one["pointer"] for one in answer.json["errors"]} == {"/title", "/hat", "/body"}
    wrong = client.get(f"{API}/tickets?colour=red&limit=0", headers=bearer)
    assert {one["parameter"] for one in wrong.json["errors"]} == {"colour", "limit"}


def test_a_change_needs_the_version_that_was_seen(
    house: House, client: Browser, bearer: dict[str, str]
) -> None:
    there = f"{API}/tickets/{asked(house).number}"
    seen = client.get(there, headers=bearer)
    known = bearer | {"If-None-Match": seen.headers["ETag"]}
    assert client.get(there, headers=known).status_code == 304
    wish = {"assignee_id": house.nadia.id, "urgent": True}
    assert client.patch(there, json=wish, headers=bearer).status_code == 428
    matching = bearer | {"If-Match": seen.headers["ETag"]}
    changed = client.patch(there, json=wish, headers=matching)
    assert (changed.status_code, changed.json["state"]) == (200, "open")
    assert changed.headers["ETag"] != seen.headers["ETag"]
    late = client.patch(there, json={"assignee_id": house.koen.id}, headers=matching)
    assert late.status_code == 412
    assert late.json["differences"] == [
        {"pointer": "/assignee_id", "yours": house.koen.id, "now": house.nadia.id}
    ]


def test_a_topic_moves_it_to_its_team_and_an_ending_closes_it(
    house: House, client: Browser, bearer: dict[str, str]
) -> None:
    there = f"{API}/tickets/{asked(house).number}"
    wish = {"topic": "deferral", "intent": "chase_status"}
    changed = client.patch(there, json=wish, headers=bearer | {"If-Match": "*"})
    assert changed.json["topic"] == "deferral"
    refused = client.post(f"{there}/closure", json={"disposition": "eaten"}, headers=bearer)
    assert refused.status_code == 422
    closed = client.post(f"{there}/closure", json={"disposition": "answered"}, headers=bearer)
    assert (closed.json["state"], closed.json["disposition"]) == ("closed", "answered")
    again = client.post(f"{there}/closure", json={"disposition": "answered"}, headers=bearer)
    assert again.status_code == 409


def test_a_reply_is_a_real_mail_that_can_be_taken_back(
    house: House, client: Browser, bearer: dict[str, str]
) -> None:
    ticket = asked(house)
    there = f"{API}/tickets/{ticket.number}/replies"
    sent = client.post(there, json={"text": "Votre dossier est en ordre."}, headers=bearer)
    assert sent.status_code == 201
    assert (sent.json["recipient"], sent.json["state"]) == (amelie.email, "waiting")
    db.session.expire_all()
    assert house.ticket(Contact.several([1])[0]).status == Status.WAITING
    assert client.delete(sent.headers["Location"], headers=bearer).status_code == 204
    assert client.delete(sent.headers["Location"], headers=bearer).status_code == 409
    db.session.expire_all()
    assert db.session.scalars(select(Message.state)).all().count(Sending.WITHDRAWN) == 1


def test_a_note_stays_in_the_house_and_hides_numbers(
    house: House, client: Browser, bearer: dict[str, str]
) -> None:
    there = f"{API}/tickets/{asked(house).number}/notes"
    made = client.post(there, json={"text": "Appelé: 85.07.30-033.28"}, headers=bearer)
    assert made.status_code == 201
    assert "033" not in made.json["text"]
    assert client.get(there, headers=bearer).json["items"] == [made.json]


def test_a_file_lies_at_a_note_and_is_fetched_by_who_sees_the_ticket(
    house: House, client: Browser, bearer: dict[str, str]
) -> None:
    ticket = asked(house)
    there = f"{API}/tickets/{ticket.number}/notes"
    file = {"name": "85.07.30-033.28.pdf", "content": base64.b64encode(b"%PDF-1.4 a").decode()}
    made = client.post(there, json={"text": "Preuve", "files": [file]}, headers=bearer)
    assert made.status_code == 201
    [kept] = made.json["files"]
    assert (kept["content_type"], kept["size"]) == ("application/pdf", 10)
    assert "033" not in kept["name"]
    assert client.get(kept["href"], headers=bearer).data == b"%PDF-1.4 a"
    client.sign_in(house.ingrid)
    page = client.get(f"/desk/tickets/{ticket.number}")
    there = f"/desk/tickets/{ticket.number}/notes/{made.json['id']}/files/{kept['id']}"
    assert there in page.text
    assert client.get(there).data == b"%PDF-1.4 a"
    with transaction():
        outside = Team(slug="outside", names={"en": "Outside"}, position=9)
        db.session.add(outside)
        db.session.flush()
        held = db.session.get_one(Ticket, ticket.id)
        held.team_id, held.needs_choice = outside.id, False
    assert client.get(kept["href"], headers=bearer_of(house.nadia)).status_code == 404


def test_a_form_brings_files_too_and_the_same_key_counts_them_once(
    house: House, client: Browser, bearer: dict[str, str]
) -> None:
    there = f"{API}/tickets/{asked(house).number}/notes"
    keyed = bearer | {"Idempotency-Key": "note-1"}

    def send(content: bytes) -> Any:
        said = {"text": "Preuve", "files": [(io.BytesIO(content), "preuve.pdf")]}
        return client.post(there, data=said, headers=keyed)  # each time with another boundary

    first, again, other = send(b"%PDF-1.4 a"), send(b"%PDF-1.4 a"), send(b"%PDF-1.4 b")
    assert (first.status_code, again.json) == (201, first.json)
    assert other.status_code == 409
    assert len(client.get(there, headers=bearer).json["items"]) == 1


@pytest.mark.parametrize(
    ("content", "where"), [(b"MZ\x90\x00\x03", "/files/0"), (b"", "/files/0/content")]
)
def test_what_no_contact_may_bring_no_note_may_either(
    house: House, client: Browser, bearer: dict[str, str], content: bytes, where: str
) -> None:
    there = f"{API}/tickets/{asked(house).number}/notes"
    file = {"name": "preuve.pdf", "content": base64.b64encode(content).decode()}
    refused = client.post(there, json={"text": "x", "files": [file]}, headers=bearer)
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, where)
    assert client.get(there, headers=bearer).json["items"] == []


def test_two_tickets_become_one_and_two_again(
    house: House, client: Browser, bearer: dict[str, str]
) -> None:
    first, second = asked(house), house.ticket(house.write(amelie, "Autre chose", "Cotisations"))
    there = f"{API}/tickets/{first.number}/merges"
    made = client.post(there, json={"other": second.number}, headers=bearer)
    assert made.status_code == 201
    merged = client.get(f"{API}/tickets/{second.number}", headers=bearer).json
    assert merged["merged_into"] == str(first.number)
    there_too = f"{API}/tickets/{second.number}/notes"
    assert client.post(there_too, json={"text": "x"}, headers=bearer).status_code == 409
    assert client.delete(made.headers["Location"], headers=bearer).status_code == 204


def test_leaves_follow_each_other_without_gap_or_repetition(
    house: House, client: Browser, bearer: dict[str, str]
) -> None:
    numbers = [house.ticket(house.write(joris, f"Vraag {n}", f"Zaak {n}")).number for n in range(5)]
    for sort in ("oldest", "newest", "pressing", "promise", "deadline"):
        seen: list[int] = []
        url: str | None = f"{API}/tickets?limit=2&sort={sort}&total=true"
        while url:
            leaf = client.get(url, headers=bearer).json
            assert leaf["total"] == 5
            seen += [int(one["number"]) for one in leaf["items"]]
            cursor = leaf["next_cursor"]
            url = (
                f"{API}/tickets?limit=2&sort={sort}&total=true&cursor={cursor}" if cursor else None
            )
        assert sorted(seen) == numbers
        assert len(seen) == 5


def test_a_cursor_serves_its_own_list_only(
    house: House, client: Browser, bearer: dict[str, str]
) -> None:
    for n in range(2):
        house.write(joris, f"Vraag {n}", f"Zaak {n}")
    cursor = client.get(f"{API}/tickets?limit=1", headers=bearer).json["next_cursor"]
    other = client.get(f"{API}/tickets?limit=1&sort=newest&cursor={cursor}", headers=bearer)
    assert other.status_code == 422
    assert client.get(f"{API}/tickets?cursor=made-up", headers=bearer).status_code == 422


def test_nobody_sees_more_than_its_person(house: House, client: Browser) -> None:
    ticket = asked(house)
    with transaction():
        team = db.session.scalars(Team.by_slug("bridging")).one()
        held = db.session.get_one(Ticket, ticket.id)
        held.team_id, held.needs_choice = team.id, False
    there = f"{API}/tickets/{ticket.number}"
    stranger, nadia = bearer_of(house.stranger), bearer_of(house.nadia)
    assert client.get(there, headers=nadia).status_code == 200
    hidden = [there, f"{there}/contacts", f"{there}/notes", f"{API}/contacts/1"]
    assert [client.get(one, headers=stranger).status_code for one in hidden] == [404] * 4
    assert client.get(f"{API}/tickets", headers=stranger).json["items"] == []
    administrator = bearer_of(house.ada, Scope.TICKETS_READ)
    assert client.get(there, headers=administrator).status_code == 403


def test_words_about_health_are_left_out_for_whoever_is_not_near(
    house: House, client: Browser
) -> None:
    contact = house.write(amelie, "Je suis en incapacité: dépression depuis mars.", "Maladie")
    ticket = house.ticket(contact)
    with transaction():
        held = db.session.get_one(Ticket, ticket.id)
        held.health, held.needs_choice, held.topic_id = True, True, None
        held.team_id, held.assignee_id = None, None
        db.session.get_one(Contact, contact.id).health = True
    shown = client.get(f"{API}/tickets/{ticket.number}", headers=bearer_of(house.stranger)).json
    assert (shown["title"], shown["withheld"]) == (None, True)
    told = client.get(f"{API}/contacts/{contact.id}", headers=bearer_of(house.stranger)).json
    assert (told["text"], told["subject"], told["attachments"]) == (None, None, [])


# --- once -----------------------------------------------------------------------------------


def test_the_same_key_gives_the_same_answer_and_another_question_a_conflict(
    client: Browser, bearer: dict[str, str]
) -> None:
    keyed = bearer | {"Idempotency-Key": "order-7"}
    said = {"body": "Où en est mon dossier ?", "client": {"email": amelie.email}}
    first = client.post(f"{API}/tickets", json=said, headers=keyed)
    again = client.post(f"{API}/tickets", json=said, headers=keyed)
    assert (again.status_code, again.json) == (first.status_code, first.json)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.headers["Location"] == first.headers["Location"]
    other = client.post(f"{API}/tickets", json=said | {"title": "x"}, headers=keyed)
    assert other.status_code == 409
    assert db.session.scalar(select(func.count(Contact.id))) == 1


def test_a_refusal_for_what_was_asked_is_remembered_and_nothing_of_it_was_done(
    house: House, client: Browser, bearer: dict[str, str]
) -> None:
    there = f"{API}/tickets/{asked(house).number}/closure"
    keyed = bearer | {"Idempotency-Key": "order-8"}
    refused = client.post(there, json={"disposition": "eaten"}, headers=keyed)
    again = client.post(there, json={"disposition": "eaten"}, headers=keyed)
    other = client.post(there, json={"disposition": "answered"}, headers=keyed)
    assert (refused.status_code, again.status_code, other.status_code) == (422, 422, 409)
    assert again.json == refused.json
    assert again.mimetype == refused.mimetype == "application/problem+json"
    assert (again.headers.get("Idempotent-Replayed"), "errors" in other.json) == ("true", False)
    assert "Idempotent-Replayed" not in refused.headers
    assert client.get(f"{API}/tickets", headers=bearer).json["items"][0]["state"] == "new"


def test_what_stood_in_the_way_stays_in_the_way_under_its_key(
    house: House, client: Browser, bearer: dict[str, str]
) -> None:
    there = f"{API}/tickets/{asked(house).number}"
    done = {"disposition": "answered"}
    client.post(f"{there}/closure", json=done, headers=bearer)
    keyed = bearer | {"Idempotency-Key": "order-9"}
    assert client.post(f"{there}/closure", json=done, headers=keyed).status_code == 409
    matching = bearer | {"If-Match": "*"}
    assert client.patch(there, json={"state": "open"}, headers=matching).status_code == 200
    again = client.post(f"{there}/closure", json=done, headers=keyed)
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (409, "true")
    assert client.post(f"{there}/closure", json=done, headers=bearer).status_code == 200


def test_other_refusals_leave_the_key_free(
    app: Flask, house: House, client: Browser, bearer: dict[str, str]
) -> None:
    keyed = bearer | {"Idempotency-Key": "order-10"}
    there = f"{API}/tickets/{asked(house).number}/notes"
    nowhere, said, kind = f"{API}/tickets/1/notes", {"text": "x"}, "application/json"
    assert client.post(nowhere, json=said, headers=keyed).status_code == 404
    assert client.post(there, data="{", content_type=kind, headers=keyed).status_code == 400
    assert client.post(there, json=said, headers=keyed).status_code == 201


def test_fifty_at_once_under_one_key_are_one_ticket(served: str, bearer: dict[str, str]) -> None:
    said: dict[str, Any] = {"body": "Où en est mon dossier ?", "client": {"email": amelie.email}}
    db.session.remove()
    headers = bearer | {"Idempotency-Key": "burst"}
    answers = post_at_once(50, f"{served}{API}/tickets", said, headers)
    assert [status for status, _body in answers] == [201] * 50
    assert len({body["number"] for _status, body in answers}) == 1
    assert db.session.scalar(select(func.count(Ticket.id))) == 1
    assert db.session.scalar(select(func.max(Ticket.opened_at))) <= now()


def test_a_client_added_by_several_at_once_is_added_once(
    served: str, bearer: dict[str, str]
) -> None:
    db.session.remove()
    said = {"name": amelie.name, "email": amelie.email}
    answers = post_at_once(8, f"{served}{API}/clients", said, bearer)
    assert sorted(status for status, _body in answers) == [201] + [409] * 7
