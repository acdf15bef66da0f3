"""A mailing in four languages, its workers killed at random moments, paused once on its way: none
is missed, nothing comes twice but what was being handed over, as the same mail; and the list of
results is what arrived."""

import asyncio
import email
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from email.policy import default

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import select, update

from models.base import db, now, transaction
from models.mailing import (
    Mailing,
    MailingPurpose,
    MailingRecipient,
    MailingState,
    RecipientState,
)
from models.message import Message
from models.outbox import Outbox
from tests.faults.nursery import nursery
from tests.mail_servers import free_port
from tests.people import House

LANGUAGES = ("fr", "nl", "de", "en")
WHOLE = int(os.environ.get("MAILING_RECIPIENTS", "5000"))
PATIENCE = 1_800.0

pytestmark = pytest.mark.faults

NURSERY = nursery(
    "from triage import mailings, outgoing",
    'mailings.work_waiting(f"worker:{os.getpid()}", settings)'
    ' + outgoing.send_waiting(f"worker:{os.getpid()}", settings)',
)


class Sink:
    """Takes every mail; it knows every fiftieth recipient not."""

    def __init__(self) -> None:
        self.accepted: list[tuple[str, str, str]] = []

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:
        if unknown(address):
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope) -> str:
        mail = email.message_from_bytes(envelope.content, policy=default)
        self.accepted.append(
            (envelope.rcpt_tos[0], str(mail["Message-ID"]), str(mail["Content-Language"]))
        )
        await asyncio.sleep(0.001)  # a kill may come between taking it and saying so
        return "250 OK"


@pytest.fixture
def sink() -> Iterator[tuple[Sink, int]]:
    made, port = Sink(), free_port()
    controller = Controller(made, hostname="127.0.0.1", port=port)
    controller.start()
    yield made, port
    controller.stop()


@pytest.mark.parametrize(
    ("recipients", "kills"),
    [
        pytest.param(300, 2, id="short"),
        pytest.param(WHOLE, 5, id="whole", marks=pytest.mark.slow),
    ],
)
def test_none_is_missed_and_the_results_are_what_arrived(
    house: House, settings, sink, recipients: int, kills: int
) -> None:
    server, port = sink
    mailing_id = let_go(house, recipients)
    environment = os.environ | {
        "APP_ENV": "local",
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "DATA_DIR": str(settings.data_dir),
        "MAIL_DOMAIN": settings.mail_domain,
        "SMTP_URL": f"smtp://127.0.0.1:{port}",
    }
    part = recipients * 9 // 10 // kills
    moments = [part * number + random.randrange(1, part) for number in range(kills)]
    deadline, killed = time.monotonic() + PATIENCE, 0
    started = subprocess.Popen(
        [sys.executable, "-c", NURSERY],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    workers = [born_in(started), born_in(started)]
    left_while_paused: int | None = None
    try:
        while state_of(mailing_id) != MailingState.DONE and time.monotonic() < deadline:
            time.sleep(0.1)
            if killed < kills and len(server.accepted) > moments[killed]:
                kill(workers.pop(0))
                workers.append(born_in(started))
                killed += 1
            if left_while_paused is None and len(server.accepted) > recipients // 2:
                left_while_paused = pause_for_a_second(house, mailing_id, server)
            hasten()
    finally:
        for worker in workers:
            kill(worker)
        started.communicate()
    assert killed == kills, moments
    assert left_while_paused is not None and left_while_paused <= 2  # one in the hands of each
    check(server, mailing_id, recipients, kills)


def check(server: Sink, mailing_id: int, recipients: int, kills: int) -> None:
    db.session.expire_all()
    rows = list(db.session.scalars(MailingRecipient.of_mailing(mailing_id)))
    messages = {
        one.id: one
        for one in db.session.scalars(select(Message).where(Message.mailing_id == mailing_id))
    }
    assert len(rows) == len(messages) == recipients
    dead = {one.address for one in rows if unknown(str(one.address))}
    assert {one.address for one in rows if one.state == RecipientState.FAILED} == dead
    sent = {one.address: one for one in rows if one.state == RecipientState.SENT}
    assert len(sent) == recipients - len(dead)
    arrived = {address: (message_id, language) for address, message_id, language in server.accepted}
    told = {
        address: (messages[one.message_id or 0].message_id, one.language)
        for address, one in sent.items()
    }
    assert arrived == told
    assert len(set(server.accepted)) == len(arrived)  # what came twice is the same mail
    assert sum(count - 1 for count in Counter(server.accepted).values()) <= kills


def let_go(house: House, recipients: int) -> int:
    """Counted by this process, started ten seconds ago, as fast as may be."""
    with transaction():
        mailing = Mailing.draft(
            "June",
            MailingPurpose.INFORMATION,
            by=house.koen,
            at=now(),
            subjects=dict.fromkeys(LANGUAGES, "News"),
            texts={code: f"{{opening}}\n\n{code}\n\n{{closing}}" for code in LANGUAGES},
            per_minute=1_000_000,
            working_days=False,
        )
        mailing.keep_rows(
            [
                {
                    "address": f"client{number}@example.com",
                    "name": f"Client {number}",
                    "language": LANGUAGES[number % 4],
                }
                for number in range(1, recipients + 1)
            ],
            by=house.koen,
            at=now(),
        )
        mailing.count(by=house.koen, at=now())
    house.work()
    with transaction():
        mailing = db.session.get_one(Mailing, mailing.id)
        mailing.start(by=house.koen, at=now(), above=recipients)
        mailing.start_at = now()
        return mailing.id


def pause_for_a_second(house: House, mailing_id: int, server: Sink) -> int:
    """How many mails leave while the mailing stands still."""
    with transaction():
        db.session.get_one(Mailing, mailing_id).pause(by=house.koen, at=now())
    before = len(server.accepted)
    for _ in range(10):
        hasten()
        time.sleep(0.1)
    left = len(server.accepted) - before
    with transaction():
        db.session.get_one(Mailing, mailing_id).resume(by=house.koen, at=now())
    return left


def unknown(address: str) -> bool:
    return int(address.partition("@")[0].removeprefix("client")) % 50 == 0


def state_of(mailing_id: int) -> str | None:
    found = db.session.scalar(select(Mailing.state).where(Mailing.id == mailing_id))
    db.session.rollback()
    return found


def born_in(nursery: subprocess.Popen[str]) -> int:
    assert nursery.stdin is not None and nursery.stdout is not None
    nursery.stdin.write("another\n")
    nursery.stdin.flush()
    return int(nursery.stdout.readline())


def kill(worker: int) -> None:
    """kill -9: it has no time for anything."""
    os.kill(worker, signal.SIGKILL)
    db.session.rollback()
    with transaction():  # its lease would end by itself
        db.session.execute(
            update(Outbox)
            .where(Outbox.lease_owner == f"worker:{worker}", Outbox.done_at.is_(None))
            .values(lease_until=None, lease_owner=None)
        )


def hasten() -> None:
    """A pause is over at once."""
    with transaction():
        db.session.execute(
            update(Outbox)
            .where(Outbox.done_at.is_(None), Outbox.not_before.is_not(None))
            .values(not_before=None)
        )
