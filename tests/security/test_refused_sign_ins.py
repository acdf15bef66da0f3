"""Refused sign-ins stand in the audit chain: without what was typed; a burst is no flood."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from models.audit import Audit
from models.base import db, now, transaction
from models.login_try import TRIES_PER_LOGIN
from models.sign_in_refusal import Refused, SignInRefusal, masked, refused, tell_the_rest
from models.user import User
from tests.chain import first_broken
from tests.people import Browser

SECRET = "a baker's dozen of eclairs"


@pytest.fixture
def nadia_knows(nadia: User) -> User:
    with transaction():
        nadia.set_password(SECRET)
    return nadia


def told(beginning: str = "sign_in.") -> list[Audit]:
    db.session.expire_all()
    rows = select(Audit).where(Audit.action.startswith(beginning)).order_by(Audit.seq)
    return list(db.session.scalars(rows))


def guess(client: Browser, login: str, password: str = "guess"):
    return client.post("/login", data={"login": login, "password": password})


def test_a_wrong_password_is_told_with_whose_it_was_and_from_which_network(client, nadia_knows):
    guess(client, "Nadia")
    (row,) = told()
    assert (row.action, row.actor_id) == (Refused.PASSWORD, None)
    assert row.facts == {"user": nadia_knows.id, "from": "127.0.0.0/24"}


def test_what_was_typed_for_a_name_is_not_kept(client, nadia_knows):
    guess(client, SECRET)
    (row,) = told()
    assert row.facts == {"from": "127.0.0.0/24"}
    assert first_broken() is None


def test_a_lock_is_told_once_a_minute_and_nothing_is_undone_by_its_answer(client, nadia_knows):
    with time_machine.travel(now().replace(second=5), tick=False):
        for _ in range(TRIES_PER_LOGIN):
            guess(client, "nadia")
        assert {guess(client, "nadia").status_code for _ in range(3)} == {429}
    assert [row.action for row in told()] == [Refused.PASSWORD] * 3 + [Refused.LOCKED]


def test_a_burst_is_a_few_rows_whatever_it_holds(nadia_knows):
    at = now().replace(second=5)
    with transaction():
        for _ in range(60):
            refused(Refused.PASSWORD, "nadia", "10.1.2.3", at)
            refused(Refused.PASSWORD, "nobody at all", "10.1.2.3", at)
            refused(Refused.LOCKED, "nadia", "10.1.2.3", at)
    assert len(told()) == 3 + 3 + 1
    with transaction():
        assert tell_the_rest(at) == 0
        assert tell_the_rest(at + timedelta(minutes=1)) == 3
        assert tell_the_rest(at + timedelta(minutes=2)) == 0
    assert sorted(row.facts["further"] for row in told()[-3:]) == [57, 57, 59]
    assert first_broken() is None
    with transaction():
        SignInRefusal.sweep(at + timedelta(days=2))
    assert db.session.scalar(select(SignInRefusal.id)) is None


def test_one_that_comes_after_its_minute_was_told_is_told_alone(nadia_knows):
    at = now().replace(second=59)
    with transaction():
        for _ in range(10):
            refused(Refused.PASSWORD, "nadia", "10.1.2.3", at)
        tell_the_rest(at + timedelta(minutes=1))
        refused(Refused.PASSWORD, "nadia", "10.1.2.3", at)
        tell_the_rest(at + timedelta(minutes=2))
    assert [row.facts["further"] for row in told()[3:]] == [7, 1]


def test_a_wrong_old_password_is_told_too(client, nadia_knows):
    client.sign_in(nadia_knows)
    client.post("/me/password", data={"old": "guess", "new": "another long password"})
    assert [row.facts["user"] for row in told()] == [nadia_knows.id]


def test_an_administrator_finds_them(client, ada, nadia_knows):
    guess(client, "nadia")
    client.sign_in(ada)
    page = client.get(f"/admin/audit?action=sign_in&about={nadia_knows.id}").text
    assert "was refused: wrong password" in page
    assert "Nadia Benali" in page


@pytest.mark.parametrize(
    ("address", "network"),
    [("10.1.2.3", "10.1.2.0/24"), ("2001:db8:1:2::7", "2001:db8:1::/48"), ("", ""), ("x", "")],
)
def test_an_address_is_told_by_its_network(address, network):
    assert masked(address) == network
