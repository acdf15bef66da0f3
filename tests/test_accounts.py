"""Signing in, staying signed in, and leaving: the session row in the database decides."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from models.base import db, now, transaction
from models.login_try import TRIES_PER_LOGIN
from models.user import UserSession
from tests.people import House
from triage.accounts import inside, streamed
from triage.application import create_app

SECRET = "a baker's dozen of eclairs"


@pytest.fixture
def nadia_knows(nadia):
    with transaction():
        nadia.set_password(SECRET)
    return nadia


def sign_in(client, password, name="nadia", after=""):
    return client.post("/login", data={"login": name, "password": password, "next": after})


def test_the_right_password_opens_the_desk(client, nadia_knows):
    answer = sign_in(client, SECRET)
    assert answer.status_code == 302
    assert answer.location == "/desk/"
    assert client.get("/desk/").status_code == 200


def test_a_wrong_password_and_an_unknown_name_read_alike(client, nadia_knows):
    wrong = sign_in(client, "not it").get_data(as_text=True)
    unknown = sign_in(client, "not it", name="nobody").get_data(as_text=True)
    token = re.compile(r'content="[^"]+\.[^"]+"|value="[^"]*\.[^"]*"')
    assert token.sub("", wrong.replace("nadia", "")) == token.sub("", unknown.replace("nobody", ""))


def test_after_five_failures_nobody_may_try_for_a_while(client, nadia_knows):
    for _ in range(TRIES_PER_LOGIN):
        sign_in(client, "not it")
    refused = sign_in(client, SECRET)
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "900"


def test_signing_out_ends_the_session_for_good(client, nadia_knows):
    sign_in(client, SECRET)
    with client.session_transaction() as session:
        kept = dict(session)
    client.post("/logout")
    with client.session_transaction() as session:
        session.update(kept)
    assert client.get("/desk/").status_code in (302, 401)


def test_an_idle_session_ends(client, nadia):
    client.sign_in(nadia)
    with transaction():
        row = db.session.scalars(select(UserSession)).one()
        row.last_seen_at = now() - timedelta(minutes=31)
    assert client.get("/desk/").status_code in (302, 401)


def test_a_disabled_person_is_out_at_once(client, nadia, app):
    client.sign_in(nadia)
    assert client.get("/desk/").status_code == 200
    with transaction():
        nadia.disabled_at = now()
    assert client.get("/desk/").status_code in (302, 401)


def test_a_new_password_signs_other_browsers_out(app, client, nadia_knows):
    other = app.test_client()
    sign_in(other, SECRET)
    sign_in(client, SECRET)
    changed = client.post("/me/password", data={"old": SECRET, "new": "another long password"})
    assert "changed" in changed.get_data(as_text=True)
    assert client.get("/me").status_code == 200
    assert other.get("/me").status_code in (302, 401)


def test_the_old_password_must_be_known(client, nadia_knows):
    sign_in(client, SECRET)
    answer = client.post("/me/password", data={"old": "guess", "new": "another long password"})
    assert "Nothing was changed" in answer.get_data(as_text=True)
    client.post("/logout")
    assert sign_in(client, SECRET).status_code == 302


def test_preferences_stay_with_the_person(client, nadia):
    client.sign_in(nadia)
    client.post("/me/preferences", data={"language": "nl", "theme": "dark", "density": "compact"})
    db.session.refresh(nadia)
    assert (nadia.language, nadia.theme, nadia.density) == ("nl", "dark", "compact")
    client.post("/me/preferences", data={"language": "xx", "theme": "pink"})
    db.session.refresh(nadia)
    assert (nadia.language, nadia.theme) == ("nl", "dark")


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example", "\t//evil.example", "/\\evil.example", "\\\\evil.example",
        "https:evil.example", "https://evil.example", "/%09/evil.example", "/%5cevil.example",
        "javascript:alert(1)", "/" + "x" * 4000, "", "/\n/evil.example", "evil",
    ],
)  # fmt: skip
def test_nobody_is_sent_elsewhere_after_signing_in(target):
    assert inside(target) is None


def test_one_comes_back_to_where_one_was_going(client, nadia_knows):
    assert sign_in(client, SECRET, after="/screening?day=2026-06-09").location == (
        "/screening?day=2026-06-09"
    )


def test_every_answer_carries_the_strict_headers(client):
    answer = client.get("/login")
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


def test_life_and_readiness_are_told(client):
    assert client.get("/healthz").status_code == 200
    ready = client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json["ready"] is True
    assert client.get("/metrics").get_data(as_text=True).startswith("# HELP")


def test_without_the_database_a_page_says_so(app, client, nadia, settings):
    client.sign_in(nadia)
    db.session.remove()
    db.engine.dispose()
    gone = create_app(replace(settings, database_url="postgresql+psycopg:///gone?host=/nowhere"))
    with gone.app_context():
        browser = gone.test_client()
        with browser.session_transaction() as session:
            session["_user_id"] = "whoever"
        answer = browser.get("/desk/")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert "Traceback" not in answer.get_data(as_text=True)


def test_who_downloads_is_known_while_the_list_leaves_after_the_request(house: House) -> None:
    reader = house.nadia
    language = reader.language
    db.session.expire(reader)
    db.session.expunge(reader)
    assert list(streamed((reader.language for _ in range(1)), reader)) == [language]
