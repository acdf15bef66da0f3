"""What both servers do alike: start patiently, say what stops them, end in order."""

import signal
import subprocess
import time
from abc import ABC, abstractmethod
from functools import cached_property
from pathlib import Path

import click

from triage.embedded.ground import MEGABYTE, ServerTrouble, plain_environment, prepare
from triage.embedded.lodging import Lodging
from triage.embedded.sockets import socket_directory
from triage.processes import spawn

RETRY_SECONDS = 15.0
READY_SECONDS = 300.0


class Server(ABC):
    """One embedded server. Start it from the main thread: it ends when that thread does."""

    name: str
    title: str
    ending: signal.Signals

    def __init__(self, data_dir: Path, *, account: str | None = None, reserve: int = 0) -> None:
        self.data_dir = data_dir.absolute()
        self.account_name = account
        self.reserve = reserve
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> str:
        """Stop what an earlier run left behind, start, wait until it answers; returns the URL."""
        prepare(self.data_dir, self.reserve)
        self.stop_leftover()
        self.create()
        self._start_patiently()
        return self.url()

    @cached_property
    def lodging(self) -> Lodging:
        return Lodging.under(self.data_dir, self.account_name)

    @cached_property
    def sockets(self) -> Path:
        return socket_directory(self.lodging)

    def stop(self, patience: float = 3.0) -> None:
        """End it in order, or after `patience` seconds by force; nothing acknowledged is lost."""
        if self.process is None:
            return
        for number, seconds in ((self.ending, patience), (signal.SIGQUIT, 1.0)):
            if self.process.poll() is None:
                self.process.send_signal(number)
                try:
                    self.process.wait(seconds)
                except subprocess.TimeoutExpired:
                    continue
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process = None

    def spawn(self) -> subprocess.Popen[bytes]:
        """Start the server's process without waiting until it answers."""
        self.log.parent.mkdir(mode=0o700, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > 8 * MEGABYTE:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as output:
            self.process = spawn(
                self.command(),
                ending=self.ending,
                environment=plain_environment(),
                directory=self.lodging.directory,
                output=output,
                account=self.lodging.account,
            )
        return self.process

    @property
    def log(self) -> Path:
        return self.data_dir / "log" / f"{self.name}.log"

    @abstractmethod
    def url(self) -> str: ...

    @abstractmethod
    def command(self) -> list[str]: ...

    @abstractmethod
    def create(self) -> None: ...

    @abstractmethod
    def answers(self) -> bool: ...

    @abstractmethod
    def stop_leftover(self) -> None: ...

    @abstractmethod
    def passing(self, complaint: str) -> bool: ...

    def _start_patiently(self) -> None:
        deadline = time.monotonic() + RETRY_SECONDS
        while True:
            said_before = self.log.stat().st_size if self.log.exists() else 0
            if self._ready(self.spawn()):
                return
            complaint = tail(self.log, said_before)
            if not self.passing(complaint) or time.monotonic() > deadline:
                raise ServerTrouble(explanation(self.title, complaint, self.log))
            time.sleep(0.5)

    def _ready(self, process: subprocess.Popen[bytes]) -> bool:
        began = time.monotonic()
        told = False
        while process.poll() is None:
            if self.answers():
                return True
            waited = time.monotonic() - began
            if waited > READY_SECONDS:
                self.stop()
                return False
            if waited > 5 and not told:
                told = True
                click.echo(f"{self.title} is still starting (it may be recovering) …", err=True)
            time.sleep(0.02)
        return False


def tail(log: Path, since: int) -> str:
    with log.open("rb") as file:
        file.seek(max(since, log.stat().st_size - 20_000))
        return file.read().decode(errors="replace")


def explanation(title: str, complaint: str, log: Path) -> str:
    """What stops a server, as a person would say it."""
    lines = [line for line in complaint.splitlines() if line.strip()]
    telling = [line for line in lines if "FATAL" in line or "PANIC" in line or "rror:" in line]
    last = (telling or lines or ["it gave no reason"])[-1].strip()
    if "No space left on device" in complaint:
        last = "the disk is full. Free some space and start again."
    return f"{title} does not start: {last}\nIts log: {log}"
