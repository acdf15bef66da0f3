"""From the mail server to the board: how long one mail takes, and how many go through.

Starts the whole product on free ports and a directory of its own, as `make run` does, without the
demo, and talks to it by SMTP and HTTP on the loopback address only.
"""

import os
import re
import signal
import smtplib
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from tests.mail_servers import account, pymap
from triage.config import Settings
from triage.foundation import bare_app
from triage.intake.fetching.watch import fetch_once

ONE_BY_ONE = 12
MANY = 500
FOLDER = 2_000
FETCHED = 200
STARTING = 120.0
TRIAGE = str(Path(sys.executable).parent / "triage")
GROUPED = "SELECT count(*) FROM outbox WHERE kind = 'group' AND done_at IS NOT NULL"


def run() -> dict[str, Any]:
    with product() as house:
        house.wait_until_ready()
        house.send(1, "warm-up")
        house.wait_for_contacts(1)
        seconds = [house.mail_to_ticket(number) for number in range(ONE_BY_ONE)]
        began = time.perf_counter()
        house.send(MANY, "many")
        accepted = time.perf_counter() - began
        house.wait_for_contacts(1 + ONE_BY_ONE + MANY)
        routed = time.perf_counter() - began
        lost, twice = house.account_for(1 + ONE_BY_ONE + MANY)
        folder = house.ingest_folder(FOLDER)
        fetched = house.fetch(FETCHED)
    return {
        "mail to grouped ticket, median (s)": round(statistics.median(seconds), 3),
        "mail to grouped ticket, slowest (s)": round(max(seconds), 3),
        f"{MANY} mails accepted by SMTP (s)": round(accepted, 2),
        f"{MANY} mails read, routed, on tickets (s)": round(routed, 2),
        "mails per second, through to the ticket": round(MANY / routed, 1),
        "lost": lost,
        "double": twice,
        f"{FOLDER} mails kept by triage ingest --dir (per second)": round(FOLDER / folder, 1),
        f"{FETCHED} mails fetched by IMAP and moved (per second)": round(FETCHED / fetched, 1),
    }


class House:
    """A running product and the ways to it."""

    def __init__(self, data_dir: Path, port: int, mail_port: int) -> None:
        self.data_dir = data_dir
        self.port = port
        self.mail_port = mail_port
        self.environment = os.environ | {
            "APP_ENV": "local",
            "DATA_DIR": str(data_dir),
            "PORT": str(port),
            "MAIL_PORT": str(mail_port),
        }

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + STARTING
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz") as answer:
                    if b'"faults":{}' in answer.read().replace(b" ", b"").replace(b"\n", b""):
                        return
            except OSError:
                pass
            time.sleep(0.2)
        raise RuntimeError("the product did not become ready")

    def send(self, count: int, kind: str) -> None:
        with smtplib.SMTP("127.0.0.1", self.mail_port) as server:
            for number in range(count):
                server.sendmail(
                    f"{kind}{number}@clients.example",
                    ["contact@passerelle.example"],
                    mail(f"{kind}{number}"),
                )

    def mail_to_ticket(self, number: int) -> float:
        """Seconds from sending to a ticket with a topic whose day has been grouped again."""
        before = self.ask("SELECT count(*) FROM contact WHERE topic_id IS NOT NULL")
        grouped = self.ask(
            "SELECT count(*) FROM outbox WHERE kind = 'group' AND done_at IS NOT NULL"
        )
        began = time.perf_counter()
        self.send(1, f"single-{number}-")
        while (
            self.ask("SELECT count(*) FROM contact WHERE topic_id IS NOT NULL") == before
            or self.ask(GROUPED) == grouped
        ):
            time.sleep(0.01)
        return time.perf_counter() - began

    def wait_for_contacts(self, count: int) -> None:
        deadline = time.monotonic() + STARTING
        while self.ask("SELECT count(*) FROM contact WHERE ticket_id IS NOT NULL") < count:
            if time.monotonic() > deadline:
                raise RuntimeError("mails are missing")
            time.sleep(0.05)

    def ingest_folder(self, count: int) -> float:
        """Seconds of the command from its start to its end, its own start-up included."""
        with tempfile.TemporaryDirectory(prefix="passerelle-mails-") as folder:
            for number in range(count):
                Path(folder, f"{number:05}.eml").write_bytes(mail(f"folder{number}"))
            began = time.perf_counter()
            subprocess.run(
                [TRIAGE, "ingest", "--dir", folder],
                env=self.environment,
                stdout=subprocess.DEVNULL,
                check=True,
            )
            return time.perf_counter() - began

    def fetch(self, count: int) -> float:
        """Seconds from connecting to the last mail moved, with pymap as the mail server."""
        settings = Settings.from_environment(
            self.environment | {"DATABASE_URL": self.database_url(), "REDIS_URL": ""}
        )
        with pymap() as server, bare_app(settings).app_context():
            server.deliver(*[mail(f"fetched{number}") for number in range(count)])
            found = account(server.port)
            mailbox_id = found.mailbox_id
            began = time.perf_counter()
            while server.count("Processed") < count:
                fetch_once(mailbox_id, settings, until_empty=True)
            return time.perf_counter() - began

    def account_for(self, sent: int) -> tuple[int, int]:
        contacts = self.ask("SELECT count(*) FROM contact")
        distinct = self.ask("SELECT count(DISTINCT message_id) FROM contact")
        return sent - distinct, contacts - distinct

    def database_url(self) -> str:
        run_json = (self.data_dir / "run.json").read_text("utf-8")
        found = re.search(r'"database_url": "([^"]+)"', run_json)
        assert found is not None
        return found.group(1).replace("postgresql+psycopg://", "postgresql://")

    def ask(self, question: str) -> int:
        plain = self.database_url()
        with psycopg.connect(plain, autocommit=True) as connection:
            row = connection.execute(question.encode()).fetchone()
        assert row is not None
        return int(row[0])


@contextmanager
def product() -> Iterator[House]:
    """The whole product in a directory of its own; ended by Ctrl-C."""
    with tempfile.TemporaryDirectory(prefix="passerelle-bench-") as folder:
        Path(folder).chmod(0o711)
        house = House(Path(folder) / "var", free_port(), free_port())
        child = subprocess.Popen(
            [TRIAGE, "run"],
            env=house.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            yield house
        finally:
            child.send_signal(signal.SIGINT)
            child.wait(30)


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


def mail(name: str) -> bytes:
    text = (
        f"From: {name} <{name}@clients.example>\nTo: contact@passerelle.example\n"
        f"Subject: Question\nMessage-ID: <{name}.{time.time_ns()}@clients.example>\n"
        "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
        f"Bonjour, toujours rien reçu ce mois-ci sur mon compte ({name}).\n"
    )
    return text.replace("\n", "\r\n").encode()
