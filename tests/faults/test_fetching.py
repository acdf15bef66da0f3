"""A fetcher that dies between commit and move, or before the commit: each mail is one contact."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from sqlalchemy import func, select

from models.base import db
from models.contact import Contact
from models.intake import Intake
from models.ticket import Ticket
from tests.mail_servers import Server, account, pymap
from tests.people import amelie, frieda, joris, letter

pytestmark = [pytest.mark.faults, pytest.mark.slow]
DIED = 70


@pytest.fixture
def server(app) -> Iterator[Server]:
    with pymap() as server:
        account(server.port)
        yield server


@pytest.fixture
def fetch(settings):
    """`triage mail fetch` in a process of its own."""

    def run(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {
            "DATABASE_URL": settings.database_url,
            "REDIS_URL": settings.redis_url,
            "DATA_DIR": str(settings.data_dir),
            "KEY_RING": str(settings.key_ring),
            "MAIL_DOMAIN": settings.mail_domain,
        }
        return subprocess.run(
            [sys.executable, "-m", "triage", "mail", "fetch", *arguments],
            env=environment | more,
            capture_output=True,
            text=True,
            timeout=60,
        )

    return run


def count(table: type) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def test_a_crash_after_the_commit_leaves_one_contact(server, fetch, house):
    server.deliver(letter(amelie, "Bonjour"), letter(joris, "Dag"))
    assert fetch(TRIAGE_CRASH_AT="after_commit").returncode == DIED
    assert (count(Intake), server.count()) == (1, 2)
    again = fetch()
    assert again.stdout == "contact: 1 fetched, 2 moved\n"
    house.work()
    assert count(Intake) == count(Contact) == count(Ticket) == 2
    assert (server.count(), server.count("Processed")) == (0, 2)


def test_a_crash_before_the_commit_leaves_the_mail_where_it_is(server, fetch, house):
    server.deliver(letter(amelie, "Bonjour"))
    assert fetch(TRIAGE_CRASH_AT="before_commit").returncode == DIED
    assert (count(Intake), server.count()) == (0, 1)
    assert fetch().stdout == "contact: 1 fetched, 1 moved\n"
    house.work()
    assert count(Intake) == count(Contact) == 1


def test_crash_after_crash_every_mail_is_one_contact(server, fetch, house):
    server.deliver(*[letter(who, "Bonjour") for who in (amelie, joris, frieda)])
    for _ in range(3):
        assert fetch(TRIAGE_CRASH_AT="after_commit").returncode == DIED
    assert fetch().returncode == 0
    house.work()
    assert count(Intake) == count(Contact) == count(Ticket) == 3
    assert server.count() == 0


def test_in_production_nobody_crashes_on_request(server, fetch):
    server.deliver(letter(amelie, "Bonjour"))
    serious = {
        "APP_ENV": "production",
        "SECRET_KEY": "n0t-4n-Ex4mple_but-R4ndom-eN0ugh-t0-pass",
        "REDIS_URL": "unix:///nowhere",
    }
    done = fetch(TRIAGE_CRASH_AT="after_commit", **serious)
    assert (done.returncode, done.stdout) == (0, "contact: 1 fetched, 1 moved\n")


def test_a_failure_is_told_and_the_mail_server_of_a_script_tries_again(server, fetch):
    account(server.port, secret="wrong")
    done = fetch()
    assert done.returncode == 75
    assert "contact: wrong user name or password" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_mailbox_is_bad_input(server, fetch):
    assert fetch("--mailbox", "nobody").returncode == 2
    assert fetch("--mailbox", "contact", "--once").stdout == "contact: 0 fetched, 0 moved\n"
