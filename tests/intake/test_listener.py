"""The SMTP door, knocked at by a real client over a real socket."""

import asyncio
import smtplib
import ssl
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event, Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from models.base import db, transaction
from models.intake import Adapter, Intake, State
from models.mailbox import Mailbox
from models.outbox import Job, Outbox
from tests.mail_servers import free_port
from tests.people import amelie, joris, letter
from triage.config import SettingsError
from triage.intake import NoRoom, listener
from triage.intake.listener import Listener, certificate

CONTACT = "contact@fund.example"


class House:
    """An open door and the loop behind it, in a thread."""

    def __init__(self, app, settings) -> None:
        app.extensions["settings"] = settings
        self.port = settings.mail_port
        self.loop = asyncio.new_event_loop()
        self.listener = Listener(app, self.loop)
        self.opened: Future[None] = Future()
        self.thread = Thread(target=self._live)
        self.thread.start()
        self.opened.result(30)

    def _live(self) -> None:
        """The loop begins and ends in its thread: that of the tests may have a loop of its own."""
        try:
            self.listener.begin()
        except BaseException as trouble:
            self.opened.set_exception(trouble)
            return
        self.opened.set_result(None)
        self.loop.run_forever()
        self.listener.end()
        self.loop.close()

    def close(self, patience: float) -> None:
        """What a SIGTERM does."""
        asyncio.run_coroutine_threadsafe(self.listener.close(patience), self.loop).result(30)

    def leave(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        for door, _, _ in self.listener.doors:
            door.writers.shutdown()


@pytest.fixture
def changes() -> dict[str, object]:
    """Settings that differ, for a test to say."""
    return {}


@pytest.fixture
def door(app, settings, changes) -> Iterator[House]:
    house = House(
        app, replace(settings, mail_port=free_port(), **({"mail_limit": 200_000} | changes))
    )
    yield house
    house.leave()


@pytest.fixture
def port(door) -> int:
    """Where the door is open."""
    return door.port


@pytest.fixture
def server(port) -> Iterator[smtplib.SMTP]:
    connection = smtplib.SMTP("127.0.0.1", port, timeout=30)
    connection.ehlo("relay.example")
    yield connection
    connection.close()


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
        "helo": "relay.example",
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
    monkeypatch.setattr(listener, "keep", away)
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


def full(_settings: object) -> None:
    raise NoRoom


def test_with_too_little_room_the_sender_keeps_the_mail(server, monkeypatch):
    server.mail(amelie.email)
    server.rcpt(CONTACT)
    monkeypatch.setattr(listener, "refuse_when_full", full)
    assert server.data(letter(amelie, "Bonjour"))[0] == 452
    assert intakes() == []


def test_with_too_little_room_nobody_sends_in_vain(server, monkeypatch):
    monkeypatch.setattr(listener, "refuse_when_full", full)
    assert server.mail(amelie.email)[0] == 452
    monkeypatch.undo()
    assert server.mail(amelie.email)[0] == 250


# --- whose mail it is -----------------------------------------------------------------------


@pytest.fixture
def aliases(app) -> None:
    with transaction():
        mailbox = Mailbox.first()
        assert mailbox is not None
        mailbox.aliases = ["info@fund.example", "hilfe@kasse.example"]


@pytest.mark.parametrize(
    "address",
    [
        "info@fund.example",
        "Info+b12.wrongsignature@FUND.example",
        "hilfe+t9.x@kasse.example",
        "postmaster@fund.example",
        "Postmaster@kasse.example",
        "postmaster",
    ],
)
def test_other_names_of_a_mailbox_are_its_own(server, aliases, address):
    server.sendmail(amelie.email, [address], letter(amelie, "Bonjour"))
    (kept,) = intakes()
    assert (kept.mailbox, kept.envelope["rcpt_to"]) == (Mailbox.first(), [address])


@pytest.mark.parametrize("address", ["postmaster@elsewhere.example", "info@elsewhere.example", "x"])
def test_what_is_not_of_our_houses_is_a_strangers(server, aliases, address):
    server.mail(amelie.email)
    assert server.rcpt(address)[0] == 550


def test_who_names_a_hundred_recipients_is_asked_to_send_the_rest_later(server):
    server.mail(amelie.email)
    answers = [server.rcpt(f"contact+{number}@fund.example")[0] for number in range(101)]
    assert answers == [250] * 100 + [452]


# --- size, protection, many at once ---------------------------------------------------------


def test_the_size_is_announced_and_said_in_words(server):
    assert server.esmtp_features["size"] == "200000"
    code, words = server.mail(amelie.email, ["SIZE=300000"])
    assert (code, words.split()[0]) == (552, b"5.3.4")


def test_nobody_is_invited_to_sign_in(server):
    assert not server.has_extn("auth")
    assert not server.has_extn("starttls")


@pytest.fixture(scope="module")
def pem(tmp_path_factory):
    """A key with its own certificate for localhost, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    began = datetime.now(UTC) - timedelta(days=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(began)
        .not_valid_after(began + timedelta(days=9))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "mail.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


class TestProtected:
    @pytest.fixture
    def changes(self, pem):
        return {"mail_tls_cert": pem}

    def test_a_mail_comes_over_a_protected_connection_and_says_so(self, server, pem):
        server._host = "localhost"
        server.starttls(context=ssl.create_default_context(cafile=str(pem)))
        server.ehlo("relay.example")
        assert not server.has_extn("auth")
        server.sendmail(amelie.email, [CONTACT], letter(amelie, "Bonjour"))
        (kept,) = intakes()
        assert kept.envelope["tls"] == "TLSv1.3"

    def test_without_protection_it_is_heard_too(self, server):
        assert server.has_extn("starttls")
        server.sendmail(amelie.email, [CONTACT], letter(amelie, "Bonjour"))
        assert "tls" not in intakes()[0].envelope


def test_a_certificate_that_cannot_be_used_is_said_at_the_start(settings, tmp_path):
    (tmp_path / "x.pem").write_text("not a certificate")
    with pytest.raises(SettingsError, match="MAIL_TLS_CERT"):
        certificate(replace(settings, mail_tls_cert=tmp_path / "x.pem"))


def test_while_the_database_is_slow_others_are_greeted_at_once(server, port, monkeypatch):
    waiting = Event()

    def slowly(_address: str) -> None:
        waiting.wait(20)
        raise OperationalError("SELECT", {}, TimeoutError())

    monkeypatch.setattr(Mailbox, "at", slowly)
    server.mail(amelie.email)
    with ThreadPoolExecutor(1) as beside:
        asked = beside.submit(server.rcpt, CONTACT)
        began = time.monotonic()
        with smtplib.SMTP("127.0.0.1", port, timeout=30) as other:
            assert other.noop()[0] == 250
        assert time.monotonic() - began < 5
        waiting.set()
        assert asked.result(30)[0] == 451


def test_more_questions_than_can_wait_are_put_off(server, monkeypatch):
    monkeypatch.setattr(listener, "WAITING", 0)
    server.mail(amelie.email)
    assert server.rcpt(CONTACT)[0] == 451


def test_more_connections_than_we_hold_are_put_off(server, port, monkeypatch):
    monkeypatch.setattr(listener, "CONNECTIONS", 1)
    with pytest.raises(smtplib.SMTPConnectError) as refusal:
        smtplib.SMTP("127.0.0.1", port, timeout=30)
    assert refusal.value.smtp_code == 421


# --- the end --------------------------------------------------------------------------------


def test_who_is_between_two_mails_is_told_that_we_close(server, door):
    door.close(5)
    assert server.getreply()[0] == 421


def test_a_mail_under_way_is_finished(server, door):
    server.mail(amelie.email)
    server.rcpt(CONTACT)
    closing_ = Thread(target=door.close, args=(20,))
    closing_.start()
    while not door.listener.doors[0][0].closing:
        time.sleep(0.01)
    assert server.data(letter(amelie, "Bonjour"))[0] == 250
    assert server.getreply()[0] == 421
    closing_.join(20)
    assert len(intakes()) == 1


def test_who_does_not_come_to_an_end_is_left(server, door):
    server.mail(amelie.email)
    began = time.monotonic()
    door.close(0.2)
    assert time.monotonic() - began < 5
    with pytest.raises(smtplib.SMTPServerDisconnected):
        server.noop()
