"""Clients, problems, measures, opinions, figures and tables for other programs; and plain HTTP."""

from typing import Any

import pytest
from sqlalchemy import select

from models.api_answer import ApiAnswer
from models.api_token import ApiToken, Scope
from models.base import db, now, transaction
from models.outbox import Outbox
from models.prediction import Correction
from models.problem import Problem
from models.topic import Topic
from tests.people import Browser, House, amelie, emily

API = "/api/v1"


@pytest.fixture
def bearer(house: House) -> dict[str, str]:
    with transaction():
        _row, shown = ApiToken.issue(house.ingrid, "back office", tuple(Scope), None)
    return {"Authorization": f"Bearer {shown}"}


def test_a_client_is_added_once_and_changed_with_a_version(
    client: Browser, bearer: dict[str, str]
) -> None:
    new = {"name": emily.name, "email": emily.email, "number": "0471 99 88 77", "language": "en"}
    made = client.post(f"{API}/clients", json=new, headers=bearer)
    assert made.status_code == 201
    assert [one["value"] for one in made.json["numbers"]] == ["+32471998877"]
    again = client.post(f"{API}/clients", json=new, headers=bearer)
    assert (again.status_code, again.json["clients"]) == (409, [made.json["id"]])
    there, tag = made.headers["Location"], {"If-Match": made.headers["ETag"]}
    changed = client.patch(there, json={"remark": "85.07.30-033.28"}, headers=bearer | tag)
    assert "033" not in changed.json["remark"]
    late = client.patch(there, json={"name": "Emily"}, headers=bearer | tag)
    assert late.json["differences"] == [{"pointer": "/name", "yours": "Emily", "now": emily.name}]
    found = client.get(f"{API}/clients?q=Stone", headers=bearer).json["items"]
    assert [one["id"] for one in found] == [made.json["id"]]


def test_a_register_number_is_never_told(
    house: House, client: Browser, bearer: dict[str, str]
) -> None:
    contact = house.write(amelie, "Mon numéro national est le 85.07.30-033.28")
    shown = client.get(f"{API}/clients/{contact.client_id}", headers=bearer)
    assert [one["kind"] for one in shown.json["identifiers"]] == ["niss"]
    assert "033" not in shown.text
    said = client.get(f"{API}/clients/{contact.client_id}/contacts", headers=bearer)
    assert "033" not in said.text


def test_a_correction_wins_over_what_was_predicted(
    house: House, client: Browser, bearer: dict[str, str]
) -> None:
    contact = house.write(amelie, "Où en est mon droit passerelle ?")
    there = f"{API}/contacts/{contact.id}"
    assert client.get(f"{there}/predictions", headers=bearer).json["predictions"]
    told = {"topic": "deferral", "intent": "chase_status"}
    assert client.post(f"{there}/corrections", json=told, headers=bearer).status_code == 201
    said = db.session.scalars(select(Correction)).one()
    assert (said.topic_id, said.intent_id, said.by_id) == (
        "deferral",
        "chase_status",
        house.ingrid.id,
    )


def test_so_few_cases_of_a_restricted_topic_are_not_counted_for_other_teams(
    house: House, client: Browser, bearer: dict[str, str]
) -> None:
    with transaction():
        topic = next(one for one in Topic.everything().values() if one.restricted)
        seen = now()
        problem = Problem(
            topic_id=topic.id, first_seen_at=seen, last_seen_at=seen, founded_on=seen.date()
        )
        db.session.add(problem)
        db.session.flush()
        number = problem.number
        _row, shown = ApiToken.issue(house.stranger, "a script", [Scope.PROBLEMS_READ], None)
    other = {"Authorization": f"Bearer {shown}"}
    assert client.get(f"{API}/problems/{number}", headers=other).json["contacts"] is None
    assert client.get(f"{API}/problems/{number}", headers=bearer).json["contacts"] == 0


def test_measures_words_and_figures_are_read(client: Browser, bearer: dict[str, str]) -> None:
    [first, *_more] = client.get(f"{API}/measures?limit=2", headers=bearer).json["items"]
    whole = client.get(first["href"], headers=bearer).json
    assert first["current"] in whole["versions"]
    words = client.get(f"{API}/words", headers=bearer).json
    assert {"bridging_right", "deferral"} <= {one["id"] for one in words["topics"]}
    [inflow, *_others] = client.get(f"{API}/figures", headers=bearer).json["items"]
    assert client.get(inflow["href"], headers=bearer).json["points"]


def test_a_table_is_promised_and_told_how_far_it_is(
    client: Browser, bearer: dict[str, str]
) -> None:
    made = client.post(f"{API}/exports", json={"list": "tickets"}, headers=bearer)
    assert (made.status_code, made.json["state"]) == (202, "waiting")
    assert client.get(made.headers["Location"], headers=bearer).json["finished"] is False
    early = client.get(f"{made.json['href']}/file", headers=bearer)
    assert early.status_code == 409
    wrong = client.post(f"{API}/exports", json={"list": "passwords"}, headers=bearer)
    assert wrong.json["errors"][0]["pointer"] == "/list"
    assert db.session.scalars(select(Outbox.kind)).all().count("export") == 1


def test_health_is_told_in_the_shape_that_monitors_read(
    client: Browser, bearer: dict[str, str]
) -> None:
    told = client.get(f"{API}/monitoring/health_check", headers=bearer).json
    assert set(told) == {"healthy", "message", "issues", "actions"}
    assert told["healthy"] is (not told["issues"])


# --- plain HTTP -----------------------------------------------------------------------------


def test_methods_and_forms_that_are_not_there_are_refused_as_problems(
    client: Browser, bearer: dict[str, str]
) -> None:
    there = f"{API}/tickets"
    wrong = client.delete(there, headers=bearer)
    assert (wrong.status_code, wrong.mimetype) == (405, "application/problem+json")
    assert set(wrong.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}
    picky = client.get(there, headers=bearer | {"Accept": "text/html"})
    assert picky.status_code == 406
    assert client.head(there, headers=bearer).data == b""
    assert client.options(there).status_code == 200
    text = client.post(there, data="body=x", headers=bearer)
    assert text.status_code == 415


@pytest.mark.parametrize(
    "content", [b'{"body": "a\\u0000b"}', b'{"body": "\\ud800"}', b"{", b"\xff", b'{"body": NaN}']
)
def test_what_no_text_can_hold_is_refused(
    client: Browser, bearer: dict[str, str], content: bytes
) -> None:
    kind = "application/json"
    answer = client.post(f"{API}/tickets", data=content, content_type=kind, headers=bearer)
    assert answer.status_code == 400
    assert client.get(f"{API}/tickets?q=%00", headers=bearer).status_code == 400


def test_nothing_is_kept_by_anybody_on_the_way(client: Browser, bearer: dict[str, str]) -> None:
    answer = client.get(f"{API}/me", headers=bearer)
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers


def test_a_kept_answer_is_sealed_and_forgotten_after_its_days(
    client: Browser, bearer: dict[str, str]
) -> None:
    new = {"name": emily.name, "email": emily.email}
    client.post(f"{API}/clients", json=new, headers=bearer | {"Idempotency-Key": "k"})
    kept: Any = db.session.scalars(select(ApiAnswer)).one()
    assert emily.email.encode() not in kept.sealed
    assert emily.email.encode() in kept.body
    with transaction():
        ApiAnswer.sweep(now())
    assert db.session.scalars(select(ApiAnswer)).all() == []


def test_the_page_of_the_description_shows_every_operation(client: Browser) -> None:
    page = client.get(f"{API}/docs")
    described = client.get(f"{API}/openapi.json").json["paths"]
    for operations in described.values():
        for operation in operations.values():
            assert f'id="{operation["operationId"]}"' in page.text
