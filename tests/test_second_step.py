"""The second proof: no session before both, each code once, a lost phone is not the end."""

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pyotp
import pytest
from sqlalchemy import select

from models.base import db, now, transaction
from models.entry_link import EntryLink, Purpose
from models.event import Event
from models.login_try import TRIES_PER_LOGIN, LoginTry
from models.second_factor import STEP, RecoveryCode, SecondFactor
from models.user import User, UserSession
from triage.config import Environment, Settings

SECRET = "a baker's dozen of eclairs"


@pytest.fixture(autouse=True)
def in_english(client):
    client.set_cookie("lang", "en")


@pytest.fixture
def ingrid_knows(ingrid):
    with transaction():
        ingrid.set_password(SECRET)
    return ingrid


@pytest.fixture
def phone(ingrid_knows):
    """The authenticator app of Ingrid, connected with a code of a minute ago."""
    with transaction():
        factor = SecondFactor.begin(ingrid_knows, now())
        app = pyotp.TOTP(factor.secret)
        factor.confirm(app.at(now() - timedelta(seconds=STEP)), now())
    return app


@pytest.fixture
def supervisors_need_it(app):
    settings = app.extensions["settings"]
    app.extensions["settings"] = replace(settings, explicit_second_factor_roles=("supervisor",))


def sign_in(client, password=SECRET):
    return client.post("/login", data={"login": "ingrid", "password": password})


def sessions():
    db.session.expire_all()
    return db.session.scalars(select(UserSession)).all()


def kinds():
    return list(db.session.scalars(select(Event.kind).order_by(Event.id)))


def codes_in(page):
    return re.findall(r"<li><code>([^<]+)</code>", page.text)


def test_who_connected_no_phone_comes_in_by_the_password(client, ingrid_knows):
    assert sign_in(client).location == "/dashboard/"
    assert len(sessions()) == 1


def test_no_session_begins_before_both_proofs_are_given(client, phone):
    assert sign_in(client).location == "/login/code"
    assert sessions() == []
    assert client.get("/dashboard/").location.startswith("/login")
    assert client.post("/login/code", data={"code": phone.now()}).location == "/dashboard/"
    assert client.get("/dashboard/").status_code == 200


def test_the_page_that_was_wanted_opens_after_the_second_proof(client, phone):
    client.post("/login", data={"login": "ingrid", "password": SECRET, "next": "/screening/"})
    assert client.post("/login/code", data={"code": phone.now()}).location == "/screening/"


def test_a_code_is_good_once(app, client, phone):
    code = phone.now()
    sign_in(client)
    client.post("/login/code", data={"code": code})
    other = app.test_client()
    other.set_cookie("lang", "en")
    sign_in(other)
    refused = other.post("/login/code", data={"code": code})
    assert "not good" in refused.text
    assert len(sessions()) == 1


@pytest.mark.parametrize(
    ("steps", "taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_a_clock_may_be_half_a_minute_wrong(ingrid, steps, taken):
    with transaction():
        factor = SecondFactor.begin(ingrid, now())
        code = pyotp.TOTP(factor.secret).at(now() + steps * timedelta(seconds=STEP))
        assert factor.takes(code, now()) is taken


def test_wrong_codes_count_as_wrong_passwords_do(client, phone):
    sign_in(client)
    for _ in range(TRIES_PER_LOGIN):
        assert client.post("/login/code", data={"code": "000000"}).status_code == 200
    refused = client.post("/login/code", data={"code": phone.now()})
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "900")
    assert sessions() == []


def test_a_password_that_was_changed_in_between_proves_nothing(client, phone, ingrid):
    sign_in(client)
    with transaction():
        ingrid.set_password("another dozen of eclairs")
    assert client.post("/login/code", data={"code": phone.now()}).location == "/login"
    assert sessions() == []


def test_a_code_on_paper_works_once(app, client, phone, ingrid):
    with transaction():
        code = RecoveryCode.make(ingrid.id)[3]
    sign_in(client)
    assert client.post("/login/code", data={"code": f" {code.upper()} "}).status_code == 302
    assert RecoveryCode.left(ingrid) == 9
    assert "user.recovery_code_used" in kinds()
    other = app.test_client()
    other.set_cookie("lang", "en")
    sign_in(other)
    assert "not good" in other.post("/login/code", data={"code": code}).text


def test_who_must_have_one_connects_a_phone_at_the_door(client, ingrid_knows, supervisors_need_it):
    assert sign_in(client).location == "/login/phone"
    page = client.get("/login/phone")
    assert 'src="data:image/svg+xml' in page.text
    assert "style=" not in page.text
    secret = re.search(r'shared-secret">([^<]+)<', page.text).group(1).replace(" ", "")
    assert "not good" in client.post("/login/phone", data={"code": "000000"}).text
    assert sessions() == []
    done = client.post("/login/phone", data={"code": pyotp.TOTP(secret).now()})
    assert len(codes_in(done)) == 10
    assert client.get("/dashboard/").status_code == 200
    assert "user.second_factor_made" in kinds()


def test_the_secret_and_the_codes_lie_sealed(ingrid):
    with transaction():
        factor = SecondFactor.begin(ingrid, now())
        codes = factor.confirm(pyotp.TOTP(factor.secret).at(now()), now())
    assert factor.secret.encode() not in factor.sealed_secret
    kept = db.session.scalars(select(RecoveryCode.digest)).all()
    assert len(kept) == len(codes) == 10
    assert not {code.replace("-", "") for code in codes} & set(kept)


def test_one_connects_a_phone_of_ones_own_accord_and_gives_it_up(client, ingrid):
    client.sign_in(ingrid)
    client.post("/me/second-factor")
    page = client.get("/me/second-factor")
    secret = unescape(re.search(r'shared-secret">([^<]+)<', page.text).group(1)).replace(" ", "")
    app = pyotp.TOTP(secret)
    earlier = app.at(now() - timedelta(seconds=STEP))
    shown = client.post("/me/second-factor/confirmation", data={"code": earlier})
    assert len(codes_in(shown)) == 10
    again = client.post("/me/second-factor/codes", data={"code": app.now()})
    assert len(codes_in(again)) == 10
    assert not set(codes_in(again)) & set(codes_in(shown))
    client.post("/me/second-factor/end", data={"code": "000000"})
    assert SecondFactor.confirmed(ingrid) is not None
    client.post("/me/second-factor/end", data={"code": codes_in(again)[0]})
    assert SecondFactor.confirmed(ingrid) is None
    assert client.get("/me").location.startswith("/login")


def test_nobody_needs_one_but_who_can_do_most_in_production():
    assert Settings().second_factor_roles == ()
    serious = Settings(app_env=Environment.PRODUCTION)
    assert serious.second_factor_roles == ("supervisor", "administrator")
    assert Settings.from_environment({"SECOND_FACTOR_ROLES": "none"}).second_factor_roles == ()


# --- links ----------------------------------------------------------------------------------


def link_for(person, purpose, by, at=None):
    with transaction():
        return EntryLink.make(person, purpose, by=by, at=at or now())


def test_an_invited_person_chooses_a_password_and_comes_in(client, nadia, ada):
    where = f"/enter/invite/{link_for(nadia, Purpose.INVITE, ada)}"
    assert "Nadia Benali" in client.get(where).text
    assert client.post(where, data={"new": "short", "again": "short"}).status_code == 422
    assert client.post(where, data={"new": SECRET, "again": SECRET[1:]}).status_code == 422
    assert client.post(where, data={"new": SECRET, "again": SECRET}).status_code == 200
    assert User.with_password("nadia", SECRET) is not None
    assert client.get(where).status_code == 404


def test_a_link_is_good_for_one_purpose_and_one_time_only(client, nadia, ada):
    first = link_for(nadia, Purpose.RESET, ada)
    assert client.get(f"/enter/invite/{first}").status_code == 404
    second = link_for(nadia, Purpose.RESET, ada)
    assert client.get(f"/enter/reset/{first}").status_code == 404
    assert client.get(f"/enter/reset/{second}").status_code == 200
    old = link_for(nadia, Purpose.INVITE, ada, at=now() - timedelta(hours=73))
    assert client.get(f"/enter/invite/{old}").status_code == 404
    assert client.get("/enter/anything/x").status_code == 404


def test_what_is_kept_of_a_link_opens_nothing(nadia, ada):
    secret = link_for(nadia, Purpose.INVITE, ada)
    row = db.session.scalars(select(EntryLink)).one()
    assert secret not in row.digest
    assert EntryLink.good(row.digest, Purpose.INVITE, now()) is None


def test_nobody_comes_in_by_a_link_after_being_disabled(client, nadia, ada):
    secret = link_for(nadia, Purpose.INVITE, ada)
    with transaction():
        nadia.disabled_at = now()
    assert client.get(f"/enter/invite/{secret}").status_code == 404


def test_a_password_that_is_set_meanwhile_ends_the_links(client, nadia, ada):
    client.sign_in(ada)
    secret = link_for(nadia, Purpose.INVITE, ada)
    client.post(f"/admin/people/{nadia.id}/password")
    assert client.get(f"/enter/invite/{secret}").status_code == 404


def test_who_has_a_password_is_not_invited_for_three_days(client, ingrid_knows, ada):
    client.sign_in(ada)
    assert client.post(f"/admin/people/{ingrid_knows.id}/invitation").status_code == 409
    assert client.post(f"/admin/people/{ingrid_knows.id}/reset").status_code == 200


# --- sessions and history -------------------------------------------------------------------


def test_one_signs_out_everywhere_else(app, client, ingrid):
    other = app.test_client()
    other.sign_in(ingrid)
    client.sign_in(ingrid)
    client.post("/me/sessions/others/end")
    assert other.get("/me").status_code == 302
    assert client.get("/me").status_code == 200


def test_a_failed_try_stands_in_ones_own_history(client, ingrid_knows):
    with transaction():
        LoginTry.failed("Ingrid", "192.0.2.7", now())
    client.sign_in(ingrid_knows)
    page = client.get("/me").text
    assert "192.0.2.7" in page
    assert "refused" in page
