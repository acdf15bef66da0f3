"""Keys for programs: shown once, used for what they are for, and dead once they are revoked."""

import re
from datetime import timedelta

from sqlalchemy import select

from models.api_token import ApiToken, Scope
from models.base import db, now, transaction
from tests.people import Browser, House

PAGE = "/admin/tokens"


def issued(client: Browser, **form: object) -> str:
    answer = client.post(PAGE, data={"name": "payments", "scope": ["notices"], **form})
    found = re.search(r"tk_[0-9a-f]{8}_[A-Za-z0-9_-]{43}", answer.text)
    assert found is not None
    return found[0]


def test_a_key_is_shown_once_and_kept_as_a_digest(house: House, client: Browser):
    client.sign_in(house.ada)
    shown = issued(client)
    assert shown not in client.get(PAGE).text
    kept = db.session.scalars(select(ApiToken)).one()
    assert shown.encode() not in kept.digest
    assert kept.may(Scope.NOTICES)
    assert not kept.may(Scope.FORMS)


def test_a_revoked_key_is_dead_at_once_and_lives_again_by_undo(house: House, client: Browser):
    client.sign_in(house.ada)
    shown = issued(client)
    kept = db.session.scalars(select(ApiToken)).one()
    answer = client.post(f"{PAGE}/{kept.id}/revocation")
    assert ApiToken.presented(shown, now()) is None
    assert "no longer works" in client.get(answer.headers["Location"]).text
    client.post(f"{PAGE}/{kept.id}/revocation/undo")
    db.session.expire_all()
    assert ApiToken.presented(shown, now()) is not None


def test_its_use_is_noted_at_most_once_a_minute(house: House):
    at = now()
    with transaction():
        token, _shown = ApiToken.issue(house.koen, "payments", [Scope.NOTICES], None)
        token.used(at)
        token.used(at + timedelta(seconds=30))
    db.session.refresh(token)
    assert token.last_used_at == at


def test_nobody_issues_more_than_the_person_may(house: House, client: Browser):
    client.sign_in(house.ada)
    answer = client.post(PAGE, data={"name": "x", "scope": "notices", "person": house.nadia.id})
    assert answer.status_code == 422
    assert "may not speak for a program" in answer.text
    with transaction():
        token, _shown = ApiToken.issue(house.nadia, "x", [Scope.NOTICES], None)
    assert not token.may(Scope.NOTICES)


def test_no_key_has_the_name_under_which_tables_bring_events(house: House, client: Browser):
    client.sign_in(house.ada)
    answer = client.post(PAGE, data={"name": "CSV", "scope": "notices"})
    assert answer.status_code == 422
    assert not db.session.scalars(select(ApiToken)).all()


def test_a_key_ends_with_its_day(house: House, client: Browser):
    client.sign_in(house.ada)
    shown = issued(client, expires_on=(now() + timedelta(days=1)).date().isoformat())
    assert ApiToken.presented(shown, now()) is not None
    assert ApiToken.presented(shown, now() + timedelta(days=3)) is None
    assert client.post(PAGE, data={"name": "x"}).status_code == 422
