"""Accounts are watched: news comes at once, changes are noticed, and the end is immediate."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from models.base import db, transaction
from models.intake import Intake
from models.mailbox import MailAccount, Mailbox
from tests.mail_servers import Odd, account, pymap
from tests.people import amelie, joris, letter
from triage.intake.fetching import watch
from triage.intake.fetching.connection import Fault
from triage.intake.fetching.watch import Fetchers

PATIENCE = 20.0


@pytest.fixture
def odd(app) -> Iterator[Odd]:
    with Odd().running() as server:
        yield server


@pytest.fixture
def fetchers(app, settings) -> Iterator[Fetchers]:
    """Watchers that would look by themselves only once in a quarter of an hour."""
    app.extensions["settings"] = replace(settings, mail_poll_seconds=900.0)
    watching = Fetchers(app)
    yield watching
    watching.stop(PATIENCE)
    assert not any(fetcher.is_alive() for fetcher in watching.running.values())


def until(condition: Callable[[], object], words: str) -> float:
    """Seconds until it holds."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < PATIENCE, f"in vain waited until {words}"
        time.sleep(0.02)
    return time.monotonic() - began


def kept() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Intake)) or 0


def standing() -> MailAccount:
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(MailAccount.everything()).one()


def test_a_new_mail_is_there_at_once(app, fetchers):
    with pymap() as server:
        account(server.port)
        server.deliver(letter(amelie, "Bonjour"))
        fetchers.look()
        until(lambda: kept() == 1, "what was there is kept")
        time.sleep(0.3)
        server.deliver(letter(joris, "Dag"))
        assert until(lambda: kept() == 2, "the new one is kept") < 10
        until(lambda: server.count("Processed") == 2, "both are moved")
        fetchers.stop(PATIENCE)


def test_a_server_that_announces_nothing_is_looked_into_regularly(app, odd, fetchers, settings):
    odd.capabilities = "IMAP4rev1 UIDPLUS"
    app.extensions["settings"] = replace(settings, mail_poll_seconds=0.2)
    account(odd.port)
    fetchers.look()
    until(lambda: "UID SEARCH UID 1:*" in odd.commands, "it has looked")
    odd.deliver(letter(amelie, "Bonjour"))
    until(lambda: kept() == 1, "it has looked again")
    assert kept() == 1


def test_an_account_that_is_added_starts_and_one_that_is_removed_ends(odd, fetchers):
    fetchers.look()
    assert fetchers.running == {}
    odd.deliver(letter(amelie, "Bonjour"))
    account(odd.port)
    fetchers.look()
    (fetcher,) = fetchers.running.values()
    until(lambda: kept() == 1, "it is fetched from")
    with transaction():
        db.session.scalars(MailAccount.everything()).one().active = False
    fetchers.look()
    assert fetchers.running == {}
    fetcher.join(PATIENCE)
    assert not fetcher.is_alive()


def test_an_account_that_is_changed_starts_anew(odd, fetchers):
    account(odd.port, secret="wrong")
    fetchers.look()
    until(lambda: standing().last_error, "it has failed")
    assert str(standing().last_error).startswith(Fault.PASSWORD)
    (before,) = fetchers.running.values()
    fetchers.look()
    assert list(fetchers.running.values()) == [before]
    odd.deliver(letter(amelie, "Bonjour"))
    account(odd.port)
    fetchers.look()
    until(lambda: kept() == 1, "the right password is used")
    until(lambda: standing().last_error is None, "the fault is taken back")


def test_the_stop_wakes_who_waits(odd, fetchers):
    account(odd.port)
    fetchers.look()
    until(lambda: "IDLE" in odd.commands, "it waits for news")
    began = time.monotonic()
    fetchers.stop(PATIENCE)
    assert time.monotonic() - began < 3


def test_a_connection_that_the_server_ends_is_made_again_without_a_word(odd, fetchers, monkeypatch):
    monkeypatch.setattr(watch, "SHORT_PAUSE", 0.05)
    account(odd.port)
    first, _second = odd.deliver(letter(amelie, "Bonjour"), letter(joris, "Dag"))
    fetchers.look()
    until(lambda: kept() == 2, "both are fetched")
    until(lambda: "IDLE" in odd.commands, "it waits for news")
    (third,) = odd.deliver(letter(joris, "Nog een"))
    odd.cut_at = third
    odd.news.set()
    until(lambda: kept() == 3, "it has come back")
    assert standing().last_error is None
    assert first not in odd.folders["INBOX"]


def test_what_fails_is_tried_again_with_growing_pauses(app, fetchers, monkeypatch):
    monkeypatch.setattr(watch, "FIRST_PAUSE", 0.05)
    account(1)
    fetchers.look()
    (fetcher,) = fetchers.running.values()
    until(lambda: fetcher.pause >= 0.4, "it has failed three times")
    assert str(standing().last_error).startswith(Fault.REFUSED)
    assert fetcher.is_alive()


def test_who_was_refused_does_not_knock_at_once_again(odd, fetchers):
    account(odd.port, secret="wrong")
    fetchers.look()
    (fetcher,) = fetchers.running.values()
    until(lambda: fetcher.pause >= 120, "the next pause is long")
    assert fetcher.is_alive()


def test_a_closed_mailbox_is_left_alone(odd, fetchers):
    account(odd.port)
    with transaction():
        for mailbox in db.session.scalars(Mailbox.in_order()):
            mailbox.active = False
    fetchers.look()
    assert fetchers.running == {}
