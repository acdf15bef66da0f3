"""The LMTP door for a mail server beside us: one reply for each recipient, read from the socket."""

import socket
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy.exc import OperationalError

from models.base import db, transaction
from models.intake import Adapter
from models.mailbox import Mailbox
from tests.intake.test_listener import House, intakes
from tests.mail_servers import free_port
from tests.people import amelie, letter
from triage.intake import listener

CONTACT, PAYMENT = "contact@fund.example", "payment@fund.example"


class Deliverer:
    """A correct LMTP client: it waits for as many replies as it named recipients."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self.lines = self.socket.makefile("rb")
        self.replies(1)
        self.say("LHLO relay.example")

    def say(self, line: str) -> list[str]:
        self.socket.sendall(line.encode() + b"\r\n")
        return self.replies(1)

    def replies(self, count: int) -> list[str]:
        found: list[str] = []
        while len(found) < count:
            line = self.lines.readline().decode()
            assert line, "the connection was closed"
            if line[3:4] == " ":
                found.append(line.strip())
        return found

    def deliver(self, raw: bytes, *recipients: str) -> list[str]:
        self.say(f"MAIL FROM:<{amelie.email}>")
        accepted = [one for one in recipients if self.say(f"RCPT TO:<{one}>")[0].startswith("250")]
        assert self.say("DATA")[0].startswith("354")
        self.socket.sendall(raw + b".\r\n")
        return self.replies(len(accepted))

    def close(self) -> None:
        self.lines.close()
        self.socket.close()


@pytest.fixture
def deliverer(app, settings) -> Iterator[Deliverer]:
    with transaction():
        db.session.add(Mailbox(name="payment", address=PAYMENT))
    lmtp = free_port()
    changed = replace(settings, mail_port=free_port(), mail_lmtp_port=lmtp, mail_limit=200_000)
    house = House(app, changed)
    client = Deliverer(lmtp)
    yield client
    client.close()
    house.leave()


def codes(replies: list[str]) -> list[str]:
    return [reply[:3] for reply in replies]


def test_each_recipient_has_a_reply_of_its_own(deliverer):
    replies = deliverer.deliver(
        letter(amelie, "Bonjour"), CONTACT, PAYMENT, "contact+x@fund.example"
    )
    assert codes(replies) == ["250", "250", "250"]
    assert deliverer.say("NOOP")[0].startswith("250")
    assert [(kept.adapter, kept.envelope["rcpt_to"]) for kept in intakes()] == [
        (Adapter.LMTP, [CONTACT, "contact+x@fund.example"]),
        (Adapter.LMTP, [PAYMENT]),
    ]


def test_a_stranger_is_refused_and_the_others_are_answered(deliverer):
    replies = deliverer.deliver(letter(amelie, "Bonjour"), CONTACT, "nobody@fund.example", PAYMENT)
    assert codes(replies) == ["250", "250"]


def test_the_mail_of_one_recipient_is_kept_though_that_of_another_is_not(deliverer, monkeypatch):
    keep = listener.keep

    def half(raw: bytes, told: object, **how: object) -> int:
        if how["mailbox"].name == "contact":  # type: ignore[attr-defined]
            raise OperationalError("INSERT", {}, ConnectionRefusedError())
        return keep(raw, told, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(listener, "keep", half)
    replies = deliverer.deliver(letter(amelie, "Bonjour"), CONTACT, PAYMENT)
    assert codes(replies) == ["451", "250"]
    assert [kept.envelope["rcpt_to"] for kept in intakes()] == [[PAYMENT]]


def test_what_is_too_large_is_refused_for_each(deliverer):
    raw = letter(amelie, "Bonjour") + (b"x" * 70 + b"\r\n") * 4_000
    assert codes(deliverer.deliver(raw, CONTACT, PAYMENT)) == ["552", "552"]
    assert codes(deliverer.deliver(letter(amelie, "Bonjour"), CONTACT)) == ["250"]


def test_the_greetings_of_smtp_are_not_known_here(deliverer):
    assert deliverer.say("EHLO relay.example")[0].startswith("500")
