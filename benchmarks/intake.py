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

ONE_BY_ONE = 12
MANY = 500
STARTING = 120.0
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
    return {
        "mail to grouped ticket, median (s)": round(statistics.median(seconds), 3),
        "mail to grouped ticket, slowest (s)": round(max(seconds), 3),
        f"{MANY} mails accepted by SMTP (s)": round(accepted, 2),
        f"{MANY} mails read, routed, on tickets (s)": round(routed, 2),
        "mails per second, through to the ticket": round(MANY / routed, 1),
        "lost": lost,
        "double": twice,
    }


class House:
    """A running product and the ways to it."""

    def __init__(self, data_dir: Path, port: int, mail_port: int) -> None:
        self.data_dir = data_dir
        self.port = port
        self.mail_port = mail_port

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

    def account_for(self, sent: int) -> tuple[int, int]:
        contacts = self.ask("SELECT count(*) FROM contact")
        distinct = self.ask("SELECT count(DISTINCT message_id) FROM contact")
        return sent - distinct, contacts - distinct

    def ask(self, question: str) -> int:
        run_json = (self.data_dir / "run.json").read_text("utf-8")
        found = re.search(r'"database_url": "([^"]+)"', run_json)
        assert found is not None
        plain = found.group(1).replace("postgresql+psycopg://", "postgresql://")
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
        environment = os.environ | {
            "APP_ENV": "local",
            "DATA_DIR": str(house.data_dir),
            "PORT": str(house.port),
            "MAIL_PORT": str(house.mail_port),
        }
        child = subprocess.Popen(
            [str(Path(sys.executable).parent / "triage"), "run"],
            env=environment,
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
