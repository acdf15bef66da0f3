"""The SMTP door, knocked at by a real client over a real socket."""

import asyncio
import smtplib
import socket
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from threading import Thread

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from models.base import db, transaction
from models.intake import Adapter, Intake, State
from models.mailbox import Mailbox
from models.outbox import Job, Outbox
from tests.people import amelie, joris, letter
from triage.intake import NoRoom, listener
from triage.intake.listener import Listener

CONTACT = "contact@fund.example"


@pytest.fixture
def port(app, settings) -> Iterator[int]:
    """Where the door is open."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    app.extensions["settings"] = replace(settings, mail_port=port, mail_limit=200_000)
    loop = asyncio.new_event_loop()
    door = Listener(app, loop)
    door.begin()
    thread = Thread(target=loop.run_forever)
    thread.start()
    yield port
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    door.end()
    loop.close()
    door.handler.writers.shutdown()


@pytest.fixture
def server(port) -> Iterator[smtplib.SMTP]:
    with smtplib.SMTP("127.0.0.1", port, timeout=30) as connection:
        connection.ehlo()
        yield connection


def intakes() -> list[Intake]:
    db.session.rollback()
    return list(db.session.scalars(select(Intake).order_by(Intake.id)))


def test_a_mail_is_kept_with_its_envelope_before_250(server):
    raw = letter(amelie, "Bonjour")
    assert server.sendmail(amelie.email, [CONTACT], raw) == {}
    (kept,) = intakes()
    assert (kept.raw, kept.adapter, kept.state) == (raw, Adapter.SMTP, State.RECEIVED)
    assert kept.envelope == {
        "mail_from": amelie.email,
        "rcpt_to": [CONTACT],
        "remote_ip": "127.0.0.1",
    }


def test_it_is_kept_together_with_the_promise_to_read_it(server):
    server.sendmail(amelie.email, [CONTACT], letter(amelie, "Bonjour"))
    (kept,) = intakes()
    assert db.session.scalars(select(Outbox.ref_id).where(Outbox.kind == Job.READ)).all() == [
        kept.id
    ]


def test_when_250_is_said_the_mail_is_committed(server):
    server.mail(amelie.email)
    server.rcpt(CONTACT)
    code, words = server.data(letter(amelie, "Bonjour"))
    assert (code, len(intakes())) == (250, 1)
    assert b"kept" in words


def test_an_unknown_mailbox_is_refused(server):
    server.mail(amelie.email)
    assert server.rcpt("nobody@fund.example")[0] == 550
    assert server.rcpt(CONTACT)[0] == 250


def test_a_mailbox_that_is_no_longer_read_is_refused(server):
    with transaction():
        mailbox = Mailbox.first()
        assert mailbox is not None
        mailbox.active = False
    server.mail(amelie.email)
    assert server.rcpt(CONTACT)[0] == 550


def test_a_mail_to_a_mailbox_closed_meanwhile_stays_with_its_sender(server):
    server.mail(amelie.email)
    server.rcpt(CONTACT)
    with transaction():
        mailbox = Mailbox.first()
        assert mailbox is not None
        mailbox.active = False
    assert server.data(letter(amelie, "Bonjour"))[0] == 451
    assert intakes() == []


@pytest.mark.parametrize("address", ["contact+t7.forged@fund.example", "CONTACT+x@FUND.example"])
def test_an_address_with_a_plus_is_ours_and_kept_as_it_was(server, address):
    server.sendmail(amelie.email, [address], letter(amelie, "Bonjour"))
    (kept,) = intakes()
    assert kept.envelope["rcpt_to"] == [address]


def test_the_null_sender_is_heard(server):
    server.mail("")
    server.rcpt(CONTACT)
    server.data(letter(amelie, "It could not be delivered."))
    (kept,) = intakes()
    assert kept.envelope["mail_from"] == "<>"


def test_one_mail_to_two_of_our_mailboxes_is_kept_for_each(server):
    with transaction():
        db.session.add(Mailbox(name="payment", address="payment@fund.example"))
    server.sendmail(
        amelie.email, [CONTACT, "payment@fund.example", "contact+x@fund.example"], letter(joris, "")
    )
    assert [kept.envelope["rcpt_to"] for kept in intakes()] == [
        [CONTACT, "contact+x@fund.example"],
        ["payment@fund.example"],
    ]


def test_what_is_too_large_is_refused_when_it_is_announced(server):
    assert server.mail(amelie.email, ["SIZE=300000"])[0] == 552
    assert intakes() == []


def test_what_turns_out_too_large_is_refused(server):
    server.helo()
    server.mail(amelie.email)
    server.rcpt(CONTACT)
    line = b"x" * 70 + b"\r\n"
    assert server.data(letter(amelie, "Bonjour") + line * 4_000)[0] == 552
    assert intakes() == []


def test_a_line_longer_than_the_standard_allows_is_kept_as_it_is(server):
    raw = letter(amelie, "Bonjour") + b"y" * 50_000 + b"\r\n"
    server.sendmail(amelie.email, [CONTACT], raw)
    (kept,) = intakes()
    assert kept.raw == raw


def test_odd_bytes_are_kept_as_they_are(server):
    raw = letter(amelie, "Bonjour") + bytes(range(128, 256)) + b"\0\r\n.\r\n..\r\n"
    server.sendmail(amelie.email, [CONTACT], raw)
    (kept,) = intakes()
    assert kept.raw == raw


def test_several_mails_come_over_one_connection(server):
    for who in (amelie, joris):
        server.sendmail(who.email, [CONTACT], letter(who, "Bonjour"))
    assert [kept.envelope["mail_from"] for kept in intakes()] == [amelie.email, joris.email]


def test_without_the_database_the_sender_keeps_the_mail(server, monkeypatch):
    def away(*_: object, **__: object) -> None:
        raise OperationalError("INSERT", {}, ConnectionRefusedError())

    server.mail(amelie.email)
    server.rcpt(CONTACT)
    monkeypatch.setattr(listener, "receive_mail", away)
    assert server.data(letter(amelie, "Bonjour"))[0] == 451
    monkeypatch.undo()
    assert intakes() == []
    assert server.sendmail(amelie.email, [CONTACT], letter(amelie, "Bonjour")) == {}


def test_without_the_database_nobody_is_told_that_a_mailbox_does_not_exist(server, monkeypatch):
    def away(_address: str) -> None:
        raise OperationalError("SELECT", {}, ConnectionRefusedError())

    monkeypatch.setattr(Mailbox, "at", away)
    server.mail(amelie.email)
    assert server.rcpt(CONTACT)[0] == 451


def test_with_too_little_room_the_sender_keeps_the_mail(server, monkeypatch):
    def full(_settings: object) -> None:
        raise NoRoom

    monkeypatch.setattr(listener, "refuse_when_full", full)
    server.mail(amelie.email)
    server.rcpt(CONTACT)
    assert server.data(letter(amelie, "Bonjour"))[0] == 452
    assert intakes() == []
