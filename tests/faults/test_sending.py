"""Two hundred answers, senders killed on the way, a server that refuses some: none is missed."""

import asyncio
import email
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from email.policy import default

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import func, select, update

from models import correspondence
from models.base import db, now, transaction
from models.message import Message, Sending
from models.outbox import Job, Outbox
from models.refusal import Reason
from tests.mail_servers import free_port
from tests.people import House, Person

ANSWERS = 200
KILLS = 4
PATIENCE = 240.0

pytestmark = [pytest.mark.faults, pytest.mark.slow]

SENDER = """
import os, time
from triage.application import create_app
from triage.outgoing import send_waiting
app = create_app(worker=True)
with app.app_context():
    while True:
        if not send_waiting(f"sender:{os.getpid()}", app.extensions["settings"]):
            time.sleep(0.05)
"""


class Sink:
    """Every tenth recipient is unknown, every seventh is told once to come back later."""

    def __init__(self) -> None:
        self.accepted: list[tuple[str, str]] = []
        self.told_later: set[str] = set()

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:
        number = int(address.partition("@")[0].removeprefix("client"))
        if number % 10 == 0:
            return "550 5.1.1 no such user"
        if number % 7 == 0 and address not in self.told_later:
            self.told_later.add(address)
            return "451 4.3.0 come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope) -> str:
        await asyncio.sleep(0.02)
        mail = email.message_from_bytes(envelope.content, policy=default)
        self.accepted.append((envelope.rcpt_tos[0], str(mail["Message-ID"])))
        return "250 OK"


@pytest.fixture
def sink() -> Iterator[tuple[Sink, int]]:
    port = free_port()
    made = Sink()
    controller = Controller(made, hostname="127.0.0.1", port=port)
    controller.start()
    yield made, port
    controller.stop()


def test_none_is_missed_and_what_comes_twice_is_the_same_mail(house: House, settings, sink) -> None:
    server, port = sink
    write_answers(house)
    environment = os.environ | {
        "APP_ENV": "local",
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "DATA_DIR": str(settings.data_dir),
        "MAIL_DOMAIN": settings.mail_domain,
        "SMTP_URL": f"smtp://127.0.0.1:{port}",
    }
    deadline, kills = time.monotonic() + PATIENCE, 0
    senders = [start(environment), start(environment)]
    try:
        while waiting() and time.monotonic() < deadline:
            time.sleep(0.1)
            if kills < KILLS and len(server.accepted) > (kills + 1) * ANSWERS // (KILLS + 2):
                kill(senders.pop(0))
                senders.append(start(environment))
                kills += 1
            hasten()
    finally:
        for sender in senders:
            kill(sender)
    assert kills == KILLS
    check(server)


def check(server: Sink) -> None:
    db.session.expire_all()
    messages = list(db.session.scalars(select(Message)))
    dead = {m.recipient for m in messages if m.recipient.partition("@")[0].endswith("0")}
    assert {m.recipient for m in messages if m.state == Sending.FAILED} == dead
    assert {m.reason for m in messages if m.state == Sending.FAILED} == {Reason.UNKNOWN_ADDRESS}
    assert all(m.state == Sending.SENT for m in messages if m.recipient not in dead)
    known = {m.recipient: m.message_id for m in messages if m.recipient not in dead}
    assert dict(server.accepted) == known
    assert set(server.accepted) == set(known.items())
    twice = sum(count - 1 for count in Counter(server.accepted).values())
    assert twice <= KILLS


def write_answers(house: House) -> None:
    """Answers to as many clients, each with a ticket of an own."""
    who = Person("Amélie Dujardin", "client1@bakery.example", "", "fr")
    contact = house.write(who, "Où en est ma demande de droit passerelle ?")
    ticket = house.ticket(contact)
    with transaction():
        for message in db.session.scalars(select(Message)):
            db.session.delete(message)
        for number in range(1, ANSWERS + 1):
            message = correspondence.answer(
                ticket,
                f"Bonjour, réponse {number}.",
                by=house.nadia,
                at=now(),
                mailbox_address="contact@fund.example",
                domain="fund.example",
                tag="",
            )
            message.recipient = f"client{number}@bakery.example"


def start(environment: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", SENDER], env=environment)


def kill(sender: subprocess.Popen[bytes]) -> None:
    """kill -9: it has no time for anything."""
    sender.send_signal(signal.SIGKILL)
    sender.wait()
    with transaction():  # its lease would end by itself in two minutes
        db.session.execute(
            update(Outbox)
            .where(Outbox.lease_owner == f"sender:{sender.pid}", Outbox.done_at.is_(None))
            .values(lease_until=None, lease_owner=None)
        )


def hasten() -> None:
    """A minute's pause is over at once."""
    with transaction():
        db.session.execute(
            update(Outbox)
            .where(Outbox.kind == Job.SEND.value, Outbox.not_before.is_not(None))
            .values(not_before=None)
        )


def waiting() -> int:
    count = select(func.count()).where(Message.state == Sending.WAITING.value)
    found = db.session.scalar(count) or 0
    db.session.rollback()
    return found
