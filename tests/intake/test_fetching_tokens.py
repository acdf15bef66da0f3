"""Accounts that sign in by OAuth 2.0: tokens are bought, kept and renewed."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import func, select

from models.base import db
from models.intake import Intake
from models.mailbox import MailAccount
from tests.mail_servers import Odd, TokenShop, account
from tests.people import amelie, letter
from triage.intake.fetching import tokens, watch
from triage.intake.fetching.connection import Access, Fault, Security, Trouble
from triage.intake.fetching.tokens import Purse, buy
from triage.intake.fetching.watch import fetch_once


@pytest.fixture(autouse=True)
def purse(monkeypatch) -> Purse:
    fresh = Purse()
    monkeypatch.setattr(watch, "PURSE", fresh)
    return fresh


@pytest.fixture
def shop() -> Iterator[TokenShop]:
    with TokenShop().running() as shop:
        yield shop


@pytest.fixture
def odd(app, shop) -> Iterator[Odd]:
    with Odd().running() as server:
        account(
            server.port,
            login="xoauth2",
            secret="refresh-1",
            token_url=shop.url,
            client_id="our-client",
            scope="https://mail.example/IMAP.AccessAsUser.All offline_access",
        )
        yield server


def fetched(settings) -> int:
    return fetch_once(standing().mailbox_id, settings, until_empty=True).kept


def standing() -> MailAccount:
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(MailAccount.everything()).one()


def access(**changes: Any) -> Access:
    return Access(
        **{
            "host": "127.0.0.1",
            "port": 993,
            "security": Security.TLS,
            "username": "support",
            "secret": "refresh-1",
        }
        | changes
    )


def test_a_token_is_bought_and_shown_to_the_server(odd, shop, settings):
    odd.deliver(letter(amelie, "Bonjour"))
    assert fetched(settings) == 1
    assert db.session.scalar(select(func.count()).select_from(Intake)) == 1
    assert shop.asked == [
        {
            "grant_type": "refresh_token",
            "refresh_token": "refresh-1",
            "client_id": "our-client",
            "scope": "https://mail.example/IMAP.AccessAsUser.All offline_access",
        }
    ]


def test_a_token_serves_until_it_expires(odd, shop, settings, monkeypatch):
    fetched(settings)
    fetched(settings)
    assert len(shop.asked) == 1
    later = time.monotonic() + 3_600
    monkeypatch.setattr(tokens.time, "monotonic", lambda: later)
    fetched(settings)
    assert len(shop.asked) == 2


def test_a_new_refresh_token_is_kept(odd, shop, settings):
    shop.next_refresh = "refresh-2"
    fetched(settings)
    assert standing().plain_secret == "refresh-2"
    fetched(settings)
    assert len(shop.asked) == 1


def test_a_token_that_the_server_refuses_is_bought_anew_next_time(odd, shop, settings):
    odd.tokens = {"another"}
    with pytest.raises(Trouble) as refusal:
        fetched(settings)
    assert refusal.value.fault is Fault.PASSWORD
    shop.access = "another"
    fetched(settings)
    assert len(shop.asked) == 2


def test_a_refusal_is_told_in_the_words_of_the_endpoint(odd, shop, settings):
    shop.refresh = "something else"
    with pytest.raises(Trouble, match="invalid_grant: it has been revoked"):
        fetched(settings)
    assert str(standing().last_error).startswith("no access token (invalid_grant")


@pytest.mark.parametrize(
    "url", ["http://login.example/token", "ftp://login.example/token", "file:///etc/passwd", ""]
)
def test_a_secret_never_leaves_unprotected(url):
    with pytest.raises(Trouble, match="https"):
        buy(access(token_url=url))


def test_a_secret_follows_no_redirection(shop):
    shop.moved_to = "http://127.0.0.1:1/elsewhere"
    with pytest.raises(Trouble, match="HTTP 302"):
        buy(access(token_url=shop.url))


def test_an_endpoint_that_does_not_answer_is_said_so():
    with pytest.raises(Trouble) as trouble:
        buy(access(token_url="http://127.0.0.1:1/token"))
    assert trouble.value.fault is Fault.TOKEN


@pytest.mark.parametrize("said", [[], {}, {"access_token": 7}, "token"])
def test_an_answer_without_a_token_is_said_so(said):
    with pytest.raises(Trouble, match="no token"):
        tokens.token_of(said)


def test_no_secret_is_shown_when_an_access_is_printed():
    assert "refresh-1" not in repr(access())
