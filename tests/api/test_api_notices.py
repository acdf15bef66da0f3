"""The door of the back office: every event is kept once, and a stranger learns nothing."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from models.api_token import ApiToken, Scope
from models.base import db, now, transaction
from models.client import Client
from models.message import Kind, Message
from models.notice import Notice, NoticeState
from tests.api.at_once import post_at_once
from tests.people import House, amelie

URL = "/api/v1/notices"


@pytest.fixture
def token(house: House) -> str:
    return issued(house)


def issued(house: House, *scopes: Scope, **more: Any) -> str:
    with transaction():
        _row, shown = ApiToken.issue(
            house.koen, "back office", scopes or (Scope.NOTICES,), more.get("expires_at")
        )
    return shown


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def event(**more: Any) -> dict[str, Any]:
    return {
        "id": "e1",
        "kind": "approved",
        "occurred_at": now().isoformat(),
        "file_reference": "F-77",
        "client": {"email": amelie.email},
    } | more


def test_an_event_is_taken_told_and_can_be_asked_after(house, client, token):
    house.write(amelie, "Où en est mon dossier ?")
    answer = client.post(URL, json=event(), headers=bearer(token))
    assert answer.status_code == 202
    assert answer.json["new"] is True
    house.work()
    shown = client.get(answer.headers["Location"], headers=bearer(token)).json
    assert (shown["state"], shown["id"]) == ("told", "e1")
    assert answer.headers["X-Request-Id"]


def test_the_same_event_again_is_the_same_notice(client, token):
    told = event()
    first = client.post(URL, json=told, headers=bearer(token)).json
    again = client.post(URL, json=told, headers=bearer(token)).json
    assert again["notice"] == first["notice"]
    assert again["new"] is False


def test_another_content_under_the_same_id_is_refused_and_seen(client, token):
    first = client.post(URL, json=event(), headers=bearer(token)).json
    other = client.post(URL, json=event(kind="refused"), headers=bearer(token))
    assert other.status_code == 409
    assert other.mimetype == "application/problem+json"
    db.session.expire_all()
    kept = Notice.named(first["notice"])
    assert kept is not None
    assert kept.kind == "approved"
    assert kept.conflicted_at is not None


def test_a_list_is_answered_event_by_event(client, token):
    told = [event(id="a"), event(id="b", kind="eaten"), event(id="a", kind="refused")]
    answers = client.post(URL, json=told, headers=bearer(token))
    assert answers.status_code == 202
    assert [one["status"] for one in answers.json["events"]] == [202, 422, 409]
    assert answers.json["events"][1]["errors"][0]["pointer"] == "/1/kind"


def test_an_amount_is_refused_by_name(client, token):
    answer = client.post(URL, json=event(amount="1614.10"), headers=bearer(token))
    assert answer.status_code == 422
    assert answer.json["errors"][0]["pointer"] == "/amount"
    assert db.session.scalar(select(func.count(Notice.id))) == 0


def test_a_payment_is_announced_with_its_date(client, token):
    answer = client.post(URL, json=event(kind="payment_announced"), headers=bearer(token))
    assert answer.json["errors"] == [
        {"pointer": "/pays_on", "detail": "A payment is announced with its date."}
    ]


def test_the_header_is_the_key_of_an_event_without_one(client, token):
    told = event()
    del told["id"]
    assert client.post(URL, json=told, headers=bearer(token)).status_code == 422
    keyed = client.post(URL, json=told, headers=bearer(token) | {"Idempotency-Key": "k9"})
    assert keyed.json["id"] == "k9"


def test_unknown_expired_revoked_and_orphaned_tokens_are_refused_alike(house, client, token):
    expired = issued(house, expires_at=now() - timedelta(minutes=1))
    revoked, orphaned = issued(house), issued(house)
    with transaction():
        found = ApiToken.presented(revoked, now())
        assert found is not None
        found.revoke(by=house.koen, at=now())
    answers = [client.post(URL, json=event(), headers=bearer(one)) for one in (expired, revoked)]
    answers.append(client.post(URL, json=event(), headers=bearer("tk_00000000_" + "x" * 43)))
    answers.append(client.post(URL, json=event()))
    with transaction():
        house.koen.disabled_at = now()
    answers.append(client.post(URL, json=event(), headers=bearer(orphaned)))
    bodies = [{**one.json, "request_id": ""} for one in answers]
    assert [one.status_code for one in answers] == [401] * 5
    assert bodies == [bodies[0]] * 5


def test_a_cookie_opens_nothing_and_another_scope_no_more(house, client):
    client.sign_in(house.koen)
    assert client.post(URL, json=event()).status_code == 401
    forms = issued(house, Scope.FORMS)
    assert client.post(URL, json=event(), headers=bearer(forms)).status_code == 403


def test_what_is_too_deep_too_large_or_no_json_is_a_problem(client, token):
    deep: Any = []
    for _level in range(40):
        deep = [deep]
    assert client.post(URL, json={"x": deep}, headers=bearer(token)).status_code == 400
    large = client.post(
        URL, data="x" * 1_100_000, content_type="application/json", headers=bearer(token)
    )
    assert large.status_code == 413
    for words in ("{", "NaN", "[" * 100_000):
        broken = client.post(
            URL, data=words, content_type="application/json", headers=bearer(token)
        )
        assert broken.status_code == 400
    assert client.post(URL, data="a=b", headers=bearer(token)).status_code == 415


def test_too_many_requests_are_told_when_to_come_again(app, client, token):
    object.__setattr__(app.extensions["settings"], "api_limit", 2)
    told = event()
    answers = [client.post(URL, json=told, headers=bearer(token)) for _ in range(3)]
    assert [one.status_code for one in answers] == [202, 202, 429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60


def test_another_programs_notice_does_not_exist(house, client, token):
    notice = client.post(URL, json=event(), headers=bearer(token)).json["notice"]
    with transaction():
        _row, other = ApiToken.issue(house.koen, "another", (Scope.NOTICES,), None)
    assert client.get(f"{URL}/{notice}", headers=bearer(other)).status_code == 404


def test_the_same_event_fifty_times_at_once_is_one_message(house, served, token):
    house.write(amelie, "Où en est mon dossier ?")
    db.session.remove()
    answers = post_at_once(50, served + URL, event(), bearer(token))
    house.work()
    assert [status for status, _body in answers] == [202] * 50
    assert [one.state for one in db.session.scalars(select(Notice))] == [NoticeState.TOLD]
    told_by = select(func.count(Message.id)).where(Message.kind == Kind.NOTICE.value)
    assert db.session.scalar(told_by) == 1


def test_no_number_is_kept_in_full_once_somebody_is_matched(house, client, token):
    contact = house.write(amelie, "Mon numéro national est le 85.07.30-033.28")
    answer = client.post(
        URL, json=event(client={"national_number": "85.07.30-033.28"}), headers=bearer(token)
    )
    house.work()
    kept = Notice.named(answer.json["notice"])
    assert kept is not None
    assert kept.client_id == contact.client_id
    assert kept.sealed is None
    assert "033" not in str(kept.said)
    assert isinstance(Client.named(kept.client_id), Client)


def test_an_address_that_is_none_is_told_to_a_program_as_a_problem(client):
    answer = client.get("/api/v1/invoices")
    assert answer.status_code == 404
    assert answer.mimetype == "application/problem+json"
    assert answer.json["title"] == "Not Found"
