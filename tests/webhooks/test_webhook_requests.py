"""One POST: signed as published, to the address that was judged, within its time."""

import datetime
import ssl
import threading
from contextlib import suppress
from pathlib import Path
from socket import create_server

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from triage import webhooks_request
from triage.webhooks_address import Allowed, Target
from triage.webhooks_request import headers_for, post

HERE = Allowed(loopback=True)
BODY = b'{"event":"ticket.created","id":1}'


def test_the_signatures_are_those_that_are_published():
    headers = headers_for("ticket.created", "u", BODY, [b"secret"], 1_700_000_000)
    assert headers["X-Hub-Signature-256"] == (
        "sha256=d9712ddbbb1ea0499c28efb623b2ec870573dc6195a2e9fc4efdb29390cae6dc"
    )
    assert headers["X-Triage-Signature"] == (
        "t=1700000000,v1=8499c98cc1f62c775e980884d5e92f67a6699904ce0758d6d2fc490e1792ed23"
    )
    assert headers["User-Agent"] == "Triage-Webhook/1"
    assert headers["Content-Type"] == "application/json; charset=utf-8"


def test_the_secret_before_signs_too_while_it_counts():
    now, before = (
        headers_for("e", "u", BODY, [secret], 1)["X-Triage-Signature"].split(",")[1]
        for secret in (b"new", b"old")
    )
    both = headers_for("e", "u", BODY, [b"new", b"old"], 1)
    assert both["X-Triage-Signature"] == f"t=1,{now},{before}"
    plain = headers_for("e", "u", BODY, [b"new"], 1)["X-Hub-Signature-256"]
    assert both["X-Hub-Signature-256"] == plain


def test_what_is_sent_arrives_as_it_is(receiver):
    answer = post(receiver.url, BODY, {"X-Triage-Event": "ticket.created"}, HERE)
    assert (answer.status, answer.error) == (204, "")
    assert receiver.heard[0]["body"] == BODY
    assert receiver.heard[0]["headers"]["X-Triage-Event"] == "ticket.created"


@pytest.mark.parametrize(
    ("status", "error"),
    [(200, ""), (301, "redirect"), (307, "redirect"), (404, "answer"), (410, "gone")],
)
def test_a_redirect_is_followed_nowhere_and_counts_as_a_failure(receiver, status, error):
    receiver.status, receiver.location = status, receiver.url
    answer = post(receiver.url, BODY, {}, HERE)
    assert (answer.status, answer.error) == (status, error)
    assert len(receiver.heard) == 1


def test_of_a_long_answer_little_is_read(receiver):
    receiver.status, receiver.body = 200, b"x" * 5_000_000
    assert post(receiver.url, BODY, {}, HERE).error == ""


def test_a_receiver_that_drips_is_left_like_one_that_is_silent(receiver):
    receiver.drip = 0.02
    answer = post(receiver.url, BODY, {}, HERE, time_out=0.3)
    assert (answer.status, answer.error) == (None, "too_slow")
    assert answer.milliseconds < 3_000


def test_a_receiver_that_takes_ten_seconds_is_left_after_its_time(receiver):
    receiver.silent = True
    answer = post(receiver.url, BODY, {}, HERE, time_out=0.2)
    assert (answer.status, answer.error) == (None, "too_slow")
    assert len(receiver.heard) == 1


def test_a_receiver_that_hangs_up_without_a_word_is_a_failure(receiver):
    receiver.hangs_up = True
    answer = post(receiver.url, BODY, {}, HERE)
    assert (answer.status, answer.error) == (None, "connection")


def test_nobody_there_is_a_failure_like_any_other(receiver):
    with create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert post(f"http://127.0.0.1:{port}/", BODY, {}, HERE).error == "connection"


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("https://127.0.0.1/", "refused_host"),
        ("http://example.be/", "refused_scheme"),
        ("https://hooks.example.be/", "refused_private"),
    ],
)
def test_what_is_refused_is_never_connected_to(url, error, monkeypatch):
    monkeypatch.setattr(
        webhooks_request.socket, "create_connection", lambda *a, **k: pytest.fail("connected")
    )
    answer = post(url, BODY, {}, HERE, resolve=lambda host, port: ["10.0.0.1"])
    assert (answer.status, answer.error) == (None, error)


def test_a_name_is_asked_once_and_the_answer_that_was_judged_is_connected_to(monkeypatch):
    asked, connected = [], []

    def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["93.184.216.34"] if len(asked) == 1 else ["127.0.0.1"]

    def connect(address: tuple[str, int], **_options: object) -> None:
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(webhooks_request.socket, "create_connection", connect)
    answer = post("https://hooks.example.be/", BODY, {}, Allowed(), resolve=rebinding)
    assert answer.error == "connection"
    assert (asked, connected) == (["hooks.example.be"], [("93.184.216.34", 443)])


# --- TLS ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("called", "error"), [("hooks.example.be", ""), ("other.example", "tls")])
def test_the_certificate_must_bear_the_name(tmp_path, monkeypatch, called, error):
    paths = certificate(tmp_path, "hooks.example.be")
    with create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        answering = threading.Thread(target=answer_once, args=(listening, *paths), daemon=True)
        answering.start()
        monkeypatch.setattr(webhooks_request, "read", lambda url, _: Target(called, port, "/"))
        monkeypatch.setattr(webhooks_request, "settle", lambda *_: "127.0.0.1")
        trusting = ssl.create_default_context(cafile=str(paths[0]))
        found = post("https://hooks.example.be/", BODY, {}, HERE, context=trusting)
        answering.join(5)
    assert found.error == error


def answer_once(listening, certified: Path, key: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certified, key)
    plain, _ = listening.accept()
    with plain, suppress(OSError), context.wrap_socket(plain, server_side=True) as secure:
        heard = b""
        while not heard.endswith(BODY):
            heard += secure.recv(65_536)
        secure.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")


def certificate(directory: Path, host: str) -> tuple[Path, Path]:
    """A certificate that vouches for itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    today = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - datetime.timedelta(days=1))
        .not_valid_after(today + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    certified, secret = directory / "cert.pem", directory / "key.pem"
    certified.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return certified, secret
