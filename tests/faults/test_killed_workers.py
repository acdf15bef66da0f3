"""Workers that die in the middle of their work: every mail that was acknowledged is one ticket."""

import os
import signal
import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from threading import Thread
from typing import BinaryIO, TypeVar

import pytest
from sqlalchemy import func, select

from models.base import db
from models.contact import Contact
from models.intake import Intake
from models.outbox import Job, Outbox, waiting
from models.ticket import Ticket
from tests.mail_servers import free_port
from tests.people import Person, letter

MAILS = 500
KILLS = 3
PATIENCE = 240.0
"""Seconds; it takes a minute on two idle cores."""

Found = TypeVar("Found")

pytestmark = [pytest.mark.faults, pytest.mark.slow]


class Installation:
    """The processes of one Passerelle on the test's database and Valkey; two workers at a time."""

    def __init__(self, environment: dict[str, str], log: BinaryIO) -> None:
        self.environment = environment
        self.log = log
        self.running: list[subprocess.Popen[bytes]] = []
        self.workers: list[subprocess.Popen[bytes]] = []

    def start(self, name: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-m", "triage", name],
            env=self.environment,
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )
        self.running.append(process)
        return process

    def start_worker(self) -> None:
        self.workers.append(self.start("worker"))

    def kill(self, worker: subprocess.Popen[bytes]) -> None:
        """kill -9, the work horse first: it has no time for anything."""
        for victim in [*children(worker.pid), worker.pid]:
            with suppress(ProcessLookupError):
                os.kill(victim, signal.SIGKILL)
        worker.wait()
        self.workers.remove(worker)

    def busy_worker(self) -> subprocess.Popen[bytes] | None:
        """One whose work horse holds a lease at this moment."""
        leased = select(Outbox.lease_owner).where(
            Outbox.kind == Job.READ,
            Outbox.done_at.is_(None),
            Outbox.lease_until > func.clock_timestamp(),
        )
        owners = {str(owner).split(":")[1] for owner in db.session.scalars(leased)}
        db.session.rollback()
        return next(
            (one for one in self.workers if owners & {str(pid) for pid in children(one.pid)}), None
        )

    def stop(self) -> None:
        for process in self.running:
            process.terminate()
        for process in self.running:
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def children(pid: int) -> list[int]:
    try:
        return [
            int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        ]
    except FileNotFoundError:
        return []


@pytest.fixture
def mail_port() -> int:
    return free_port()


@pytest.fixture
def installation(app, settings, mail_port) -> Iterator[Installation]:
    environment = os.environ | {
        "APP_ENV": "local",
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "DATA_DIR": str(settings.data_dir),
        "MAIL_DOMAIN": settings.mail_domain,
        "MAIL_PORT": str(mail_port),
        "SLOW_ITEMS_MS": "20",
        "LEASE_SECONDS": "3",
    }
    with (settings.data_dir / "log").open("wb") as log:
        made = Installation(environment, log)
        yield made
        made.stop()


def test_500_mails_are_500_tickets_though_the_worker_is_killed_three_times(
    installation, mail_port, settings
):
    for name in ("mail", "relay"):
        installation.start(name)
    for _ in range(2):
        installation.start_worker()
    until(lambda: answers(mail_port), "the mail listener answers")
    acknowledged: list[int] = []
    sending = Thread(target=send, args=(mail_port, acknowledged))
    sending.start()
    for _ in range(KILLS):
        busy = until(installation.busy_worker, "a worker is inside a batch")
        installation.kill(busy)
        installation.start_worker()
    sending.join()
    assert len(acknowledged) == MAILS
    until(lambda: Job.READ not in waiting(), "everything is read")

    mails = select(Contact.message_id)
    assert len(set(db.session.scalars(mails))) == count(Contact) == MAILS
    assert len(set(db.session.scalars(select(Contact.ticket_id)))) == count(Ticket) == MAILS
    assert db.session.scalar(select(func.max(Ticket.contacts_count))) == 1
    assert set(db.session.scalars(select(Intake.state))) == {"read"}
    assert (db.session.scalar(select(func.max(Outbox.tries))) or 0) >= 2
    assert b"@home.example" not in (settings.data_dir / "log").read_bytes()


def send(port: int, acknowledged: list[int]) -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=30) as server:
        for number in range(MAILS):
            who = Person(f"Client {number}", f"client{number}@home.example", "", "fr")
            mail = letter(who, f"Bonjour, où en est mon dossier, question {number} ?")
            if not server.sendmail(who.email, ["contact@fund.example"], mail):
                acknowledged.append(number)


def answers(port: int) -> bool:
    with closing(socket.socket()) as knocking:
        return knocking.connect_ex(("127.0.0.1", port)) == 0


def count(table: type) -> int:
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def until(condition: Callable[[], Found | None], words: str) -> Found:
    """What `condition` finds at last."""
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        db.session.rollback()
        assert time.monotonic() < deadline, f"in vain waited until {words}"
        time.sleep(0.01)
    db.session.rollback()
    return found
