"""The mail process as it runs: both doors and the fetching in one, its end, and its crashes."""

import os
import signal
import smtplib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import func, select

from models.base import db, transaction
from models.contact import Contact
from models.intake import Adapter, Intake, State
from models.mailbox import MailAccount
from models.ticket import Ticket
from tests.mail_servers import Odd, account, free_port, wait_for
from tests.people import amelie, frieda, joris, letter
from triage.intake.fetching.watch import fetch_once

pytestmark = [pytest.mark.faults, pytest.mark.slow]
PATIENCE = 30.0
CONTACT = "contact@fund.example"
DIED = 70


@pytest.fixture
def environment(settings) -> dict[str, str]:
    return os.environ | {
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "DATA_DIR": str(settings.data_dir),
        "KEY_RING": str(settings.key_ring),
        "MAIL_DOMAIN": settings.mail_domain,
        "MAIL_PORT": str(free_port()),
        "MAIL_LMTP_PORT": str(free_port()),
    }


@pytest.fixture
def start(app, environment) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """`triage mail` with more settings; ended after the test."""
    running: list[subprocess.Popen[str]] = []

    def begin(**more: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "triage", "mail"],
            env=environment | more,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        running.append(process)
        wait_for(int(environment["MAIL_PORT"]))
        return process

    yield begin
    for process in running:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def count(table: type) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def until(condition: Callable[[], object], words: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"in vain waited until {words}"
        time.sleep(0.05)


def test_all_ways_in_are_open_and_end_together(start, environment):
    with Odd().running() as odd:
        account(odd.port)
        odd.deliver(letter(frieda, "Guten Tag"))
        process = start()
        with smtplib.SMTP("127.0.0.1", int(environment["MAIL_PORT"])) as server:
            server.sendmail(amelie.email, [CONTACT], letter(amelie, "Bonjour"))
        with smtplib.LMTP("127.0.0.1", int(environment["MAIL_LMTP_PORT"])) as server:
            server.sendmail(joris.email, [CONTACT], letter(joris, "Dag"))
        until(lambda: count(Intake) == 3, "all three are kept")
        until(lambda: odd.folders.get("Processed"), "the fetched one is moved")
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
        assert time.monotonic() - began < 5
    db.session.rollback()
    assert set(db.session.scalars(select(Intake.adapter))) == {
        Adapter.SMTP,
        Adapter.LMTP,
        Adapter.IMAP,
    }
    assert process.stdout is not None
    said = process.stdout.read()
    assert amelie.email not in said


def test_who_was_cut_off_before_the_commit_sends_again(start, environment, house):
    raw = letter(amelie, "Bonjour")
    start(TRIAGE_CRASH_AT="before_commit")
    assert not delivered(environment, raw)
    assert count(Intake) == 0
    start()
    assert delivered(environment, raw)
    house.work()
    assert count(Intake) == count(Contact) == 1


def test_who_was_cut_off_after_the_commit_sends_again_and_it_is_one_contact(
    start, environment, house
):
    raw = letter(amelie, "Bonjour")
    assert start(TRIAGE_CRASH_AT="after_commit").poll() is None
    assert not delivered(environment, raw)
    assert count(Intake) == 1
    start()
    assert delivered(environment, raw)
    house.work()
    assert (count(Intake), count(Contact), count(Ticket)) == (2, 1, 1)


def delivered(environment: dict[str, str], raw: bytes) -> bool:
    try:
        with smtplib.SMTP("127.0.0.1", int(environment["MAIL_PORT"]), timeout=20) as server:
            return not server.sendmail(amelie.email, [CONTACT], raw)
    except (smtplib.SMTPServerDisconnected, ConnectionError):
        return False


def replay(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    db.session.rollback()
    return subprocess.run(
        [sys.executable, "-m", "triage", "mail", "replay", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_what_was_not_fully_read_is_read_again_on_request(environment, house):
    contacts = [house.write(who, "Bonjour") for who in (amelie, joris)]
    with transaction():
        for contact in contacts:
            contact.fully_read, contact.intake.state = False, State.QUARANTINED.value
    first, second = (contact.intake_id for contact in contacts)
    done = replay(environment, str(first))
    assert done.stdout == "1 read again: 1 fully read now, 0 still not\n", done.stderr
    assert [one.id for one in db.session.scalars(Intake.not_read())] == [second]
    assert replay(environment, "--all").stdout.startswith("1 read again: 1 fully read now")
    assert replay(environment, str(first)).returncode == 2
    assert replay(environment).returncode == 2


def test_of_a_mail_that_is_not_here_nothing_is_pretended(environment, house):
    contact = house.write(amelie, "Bonjour")
    with transaction():
        contact.fully_read, contact.intake.state = False, State.PARTIAL.value
        contact.intake.envelope = contact.intake.envelope | {"cut_from": 90_000_000}
    said = replay(environment, "--all").stdout
    assert said == (
        "1 read again: 0 fully read now, 0 still not, 1 of which only the beginning is here\n"
    )
    db.session.expire_all()
    assert not contact.fully_read


HEAD = b"From: a@hostile.example\r\nTo: contact@fund.example\r\nSubject: x\r\n"
HOSTILE = {
    "100,000 headers": HEAD + b"X-A: b\r\n" * 100_000 + b"\r\nBonjour\r\n",
    "a folded subject of 5 MB": b"Subject: a\r\n" + b" bcdefgh\r\n" * 500_000 + HEAD + b"\r\nx\r\n",
    "60,000 nested tags": HEAD + b"Content-Type: text/html\r\n\r\n" + b"<b>" * 60_000 + b"x",
    "20,000 nested parts": HEAD
    + b"Content-Type: multipart/mixed; boundary=a\r\n\r\n"
    + b"--a\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n" * 20_000,
}


def test_a_good_mail_behind_hostile_ones_is_a_ticket_within_15_seconds(
    odd_account, settings, house
):
    house.write(joris, "Dag")
    odd_account.deliver(*HOSTILE.values(), letter(amelie, "Bonjour, où en est mon dossier ?"))
    began = time.monotonic()
    fetch_once(
        db.session.scalars(MailAccount.everything()).one().mailbox_id, settings, until_empty=True
    )
    house.work()
    assert time.monotonic() - began < 15
    assert count(Intake) == count(Contact) == 1 + len(HOSTILE) + 1
    last = db.session.scalars(select(Contact).order_by(Contact.id.desc())).first()
    assert last is not None
    assert (last.sender, last.fully_read) == (f"{amelie.name} <{amelie.email}>", True)


@pytest.fixture
def odd_account(app) -> Iterator[Odd]:
    with Odd().running() as odd:
        account(odd.port)
        yield odd
