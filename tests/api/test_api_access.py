"""Who opens which door of the API: every route of the map, by token, scope, team and topic."""

from typing import Any

import pytest
from flask import Flask

from models.api_token import ApiToken, Scope, may_carry
from models.base import db, now, transaction
from models.contact import Contact
from models.data_export import DataExport
from models.message import Message
from models.team import Team
from models.ticket import Ticket
from models.topic import Topic
from models.user import User
from tests.people import Browser, House, amelie

OPEN = {"api.description.docs", "api.description.document"}
"""What stands for everybody: it tells of the API, and of nobody."""
OF_A_TICKET = {
    "api.tickets.show",
    "api.tickets.change",
    "api.tickets.close",
    "api.merges.put_in",
    "api.merges.take_apart",
    "api.thread.contacts",
    "api.thread.contact",
    "api.notes.index",
    "api.notes.write",
    "api.thread.replies",
    "api.thread.reply",
    "api.thread.take_back",
    "api.files.attachment",
    "api.files.sent",
    "api.files.noted",
    "api.opinions.index",
    "api.opinions.correct",
    "api.clients.show",
    "api.clients.contacts",
    "api.clients.change",
}
"""Doors to one ticket, to what was said in it, and to whose it is."""
BODIES: dict[str, dict[str, Any]] = {
    "api.tickets.change": {"urgent": True},
    "api.tickets.close": {"disposition": "answered"},
    "api.merges.put_in": {"other": 100001},
    "api.notes.write": {"text": "x"},
    "api.thread.reply": {"text": "x"},
    "api.opinions.correct": {"topic": "deferral"},
    "api.clients.change": {"name": "x"},
}


def bearer_of(person: User, *scopes: Scope) -> dict[str, str]:
    with transaction():
        _row, shown = ApiToken.issue(person, "a program", scopes, None)
    return {"Authorization": f"Bearer {shown}", "If-Match": "*"}


@pytest.fixture
def names(house: House) -> dict[str, Any]:
    """What really exists under each name in an address: a matter of the bridging-right team."""
    contact = house.call(
        amelie,
        "Demande où en est son dossier.",
        by=house.nadia,
        topic="bridging_right",
        email=amelie.email,
        files=[["proof.pdf", "application/pdf", "JVBERi0xLjQ="]],
    )
    ticket = house.ticket(contact)
    message = house.answer(ticket)
    with transaction():
        taken = DataExport.ask("tickets", {}, "csv", 1, by=house.koen, language="en", at=now())
    return {
        "number": ticket.number,
        "contact_id": contact.id,
        "client_id": contact.client_id,
        "attachment_id": contact.attachments[0].id,
        "reply_id": message.id,
        "file_id": 1,
        "merge_id": 1,
        "export_id": taken.id,
    }


def doors(app: Flask) -> list[tuple[str, str, Any]]:
    return [
        (rule.endpoint, method, rule)
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("api.") and rule.endpoint not in OPEN
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def address(app: Flask, rule: Any, names: dict[str, Any]) -> str:
    values = {name: names.get(name, 1) for name in rule.arguments}
    with app.test_request_context():
        return str(app.url_map.bind("localhost").build(rule.endpoint, values))


def statuses(
    app: Flask, client: Browser, names: dict[str, Any], headers: dict[str, str], only: set[str]
) -> dict[str, int]:
    return {
        endpoint: client.open(
            address(app, rule, names),
            method=method,
            headers=headers,
            json=BODIES.get(endpoint, {}) if method in ("POST", "PATCH") else None,
        ).status_code
        for endpoint, method, rule in doors(app)
        if endpoint in only
    }


def every(app: Flask) -> set[str]:
    return {endpoint for endpoint, _method, _rule in doors(app)}


def test_no_door_opens_without_a_token_nor_for_a_cookie(
    app: Flask, house: House, client: Browser, names: dict[str, Any]
) -> None:
    assert set(statuses(app, client, names, {}, every(app)).values()) == {401}
    client.sign_in(house.ingrid)
    assert set(statuses(app, client, names, {}, every(app)).values()) == {401}


def test_no_door_opens_for_the_token_of_somebody_who_has_left(
    app: Flask, house: House, client: Browser, names: dict[str, Any]
) -> None:
    headers = bearer_of(house.koen, *Scope)
    with transaction():
        db.session.get_one(User, house.koen.id).disabled_at = now()
    assert set(statuses(app, client, names, headers, every(app)).values()) == {401}


def test_every_door_has_a_scope_and_another_does_not_open_it(
    app: Flask, house: House, client: Browser, names: dict[str, Any]
) -> None:
    other = {
        endpoint: Scope.FORMS if endpoint.startswith("api.notices") else Scope.NOTICES
        for endpoint in every(app) - {"api.house.me"}
    }
    for scope in (Scope.FORMS, Scope.NOTICES):
        wanted = {endpoint for endpoint, wrong in other.items() if wrong is scope}
        found = statuses(app, client, names, bearer_of(house.koen, scope), wanted)
        assert set(found.values()) == {403}, found


def test_another_teams_matter_does_not_exist(
    app: Flask, house: House, client: Browser, names: dict[str, Any]
) -> None:
    with transaction():
        ticket = db.session.scalars(Ticket.visible_to(house.ingrid)).one()
        team = db.session.scalars(Team.by_slug("bridging")).one()
        ticket.team_id, ticket.needs_choice = team.id, False
    found = statuses(app, client, names, bearer_of(house.stranger, *Scope), OF_A_TICKET)
    assert found == dict.fromkeys(OF_A_TICKET, 404)
    near = statuses(app, client, names, bearer_of(house.nadia, *Scope), {"api.tickets.show"})
    assert near == {"api.tickets.show": 200}


def test_a_restricted_topic_does_not_exist_for_other_teams_not_even_for_who_leads(
    app: Flask, house: House, client: Browser, names: dict[str, Any]
) -> None:
    with transaction():
        topic = next(one for one in Topic.everything().values() if one.restricted)
        ticket = db.session.scalars(Ticket.visible_to(house.ingrid)).one()
        ticket.topic_id, ticket.team_id, ticket.assignee_id = topic.id, None, None
    found = statuses(app, client, names, bearer_of(house.koen, *Scope), OF_A_TICKET)
    assert found == dict.fromkeys(OF_A_TICKET, 404)
    listed = client.get("/api/v1/tickets?view=all", headers=bearer_of(house.koen, *Scope))
    assert listed.json["items"] == []


def test_who_is_hidden_is_added_like_anybody_and_nothing_tells_of_it(
    app: Flask, house: House, client: Browser, names: dict[str, Any]
) -> None:
    with transaction():
        ticket = db.session.scalars(Ticket.visible_to(house.ingrid)).one()
        team = db.session.scalars(Team.by_slug("bridging")).one()
        ticket.team_id, ticket.needs_choice = team.id, False
    hidden, nobody = {"email": amelie.email}, {"email": "nobody@example.be"}
    stranger = bearer_of(house.stranger, Scope.CLIENTS_READ, Scope.CLIENTS_WRITE)
    answers = [
        client.post("/api/v1/clients", json=new, headers=stranger) for new in (hidden, nobody)
    ]
    assert [one.status_code for one in answers] == [201, 201]
    shapes = [
        [one.json[name] for name in ("name", "numbers", "identifiers", "merged_into")]
        + [[way["known"] for way in one.json["addresses"]]]
        for one in answers
    ]
    assert shapes[0] == shapes[1]
    again = client.post("/api/v1/clients", json=hidden, headers=stranger)
    assert (again.status_code, again.json["clients"]) == (409, [answers[0].json["id"]])
    near = bearer_of(house.nadia, Scope.CLIENTS_READ, Scope.CLIENTS_WRITE)
    known = client.post("/api/v1/clients", json=hidden, headers=near)
    assert known.json["clients"] == [names["client_id"], answers[0].json["id"]]
    reading = bearer_of(house.nadia, Scope.CLIENTS_READ)
    assert client.post("/api/v1/clients", json=hidden, headers=reading).status_code == 403
    administrator = bearer_of(house.ada, Scope.CLIENTS_WRITE)
    assert client.post("/api/v1/clients", json=hidden, headers=administrator).status_code == 403


def test_an_export_is_ones_own(
    app: Flask, house: House, client: Browser, names: dict[str, Any]
) -> None:
    mine = {"api.reports.export"}
    assert (
        statuses(app, client, names, bearer_of(house.koen, *Scope), mine)["api.reports.export"]
        == 200
    )
    other = statuses(app, client, names, bearer_of(house.ingrid, *Scope), mine)
    assert other == {"api.reports.export": 404}


def test_a_token_carries_no_more_than_its_person(house: House) -> None:
    may = {
        person.login: {scope for scope in Scope if may_carry(person, scope)}
        for person in (house.nadia, house.koen, house.ada)
    }
    for_programs = {Scope.NOTICES, Scope.FORMS, Scope.MONITORING}
    assert may["koen"] == set(Scope)
    assert may["nadia"] == set(Scope) - for_programs
    everybody = {Scope.PROBLEMS_READ, Scope.REPORTS_READ, Scope.EXPORTS}
    assert may["ada"] == for_programs | everybody


def test_nothing_was_said_or_sent_by_all_that_knocking(
    app: Flask, house: House, client: Browser, names: dict[str, Any]
) -> None:
    before = len(db.session.scalars(Message.of_ticket(1)).all())
    statuses(
        app, client, names, bearer_of(house.stranger, *Scope), OF_A_TICKET - {"api.tickets.show"}
    )
    statuses(app, client, names, {}, every(app))
    db.session.expire_all()
    assert len(db.session.scalars(Message.of_ticket(1)).all()) == before
    assert len(Contact.several(list(range(1, 50)))) == 1
