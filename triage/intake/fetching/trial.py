"""Trying a connection for real, step by step, within ten seconds: what is right and what is wrong.

Nothing is fetched, moved or sent; a folder that is missing is made and taken away again.
"""

import smtplib
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from ssl import SSLSocket, cert_time_to_seconds
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from models.mailbox import Login, Security
from triage.intake.fetching.connection import Access, Connection, Fault, Trouble, dial, in_words
from triage.intake.fetching.tokens import Token, buy
from triage.mailserver import MailServer, Unreachable

SECONDS = 10.0
_PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}


class Step(StrEnum):
    """What a trial looks at, in this order."""

    RESOLVED = "resolved"
    CONNECTED = "connected"
    PROTECTED = "protected"
    TOKEN = "token"
    SIGNED_IN = "signed_in"
    FOLDER = "folder"
    PROCESSED = "processed"
    FAILED = "failed"
    IDLE = "idle"
    MOVE = "move"
    READY = "ready"


@dataclass(frozen=True)
class Finding:
    """One step: right, wrong with its fault, or without what would be nice to have."""

    step: Step
    right: bool = True
    fault: Fault | None = None
    said: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass
class Trial:
    """The findings so far, and the step that is being taken."""

    findings: list[Finding] = field(default_factory=list)
    step: Step = Step.RESOLVED
    deadline: float = field(default_factory=lambda: time.monotonic() + SECONDS)
    bought: Token | None = None

    @property
    def passed(self) -> bool:
        return all(one.right or one.fault is None for one in self.findings)

    @property
    def left(self) -> float:
        return max(0.5, self.deadline - time.monotonic())

    @contextmanager
    def at(self, step: Step) -> Iterator[dict[str, Any]]:
        """Take a step; what is put into the facts is told with it."""
        self.step = step
        facts: dict[str, Any] = {}
        with in_words():
            yield facts
        self.findings.append(Finding(step, facts=facts))

    def lacks(self, step: Step) -> None:
        """Not there, and it works without."""
        self.findings.append(Finding(step, right=False))


def try_account(access: Access) -> Trial:
    return within_time(lambda trial: _account(trial, access))


def try_outgoing(smtp_url: str) -> Trial:
    return within_time(lambda trial: _outgoing(trial, smtp_url))


def within_time(steps: Callable[[Trial], None]) -> Trial:
    """The trial as far as it has come when its time is over."""
    trial = Trial()
    ended: list[bool] = []

    def work() -> None:
        with suppress(OSError, Trouble):
            try:
                steps(trial)
            except Trouble as trouble:
                trial.findings.append(Finding(trial.step, False, trouble.fault, trouble.detail))
        ended.append(True)

    # Looking a name up cannot be given a time: the thread is left to itself when that is over.
    thread = Thread(target=work, name="trial", daemon=True)
    thread.start()
    thread.join(SECONDS)
    findings = list(trial.findings)
    if not ended:
        findings.append(Finding(trial.step, False, Fault.SILENT))
    return Trial(findings, trial.step, trial.deadline, trial.bought)


# --- an account from which mail is fetched --------------------------------------------------


def _account(trial: Trial, access: Access) -> None:
    _reach(trial, access.host, access.port)
    trial.step = Step.CONNECTED if access.security is Security.NONE else Step.PROTECTED
    with in_words():
        box = dial(access, trial.left)
    connection = Connection(box, access)
    try:
        _tell_protection(trial, box.client.sock)
        token = _token(trial, access)
        with trial.at(Step.SIGNED_IN) as facts:
            connection.sign_in(token)
            facts["user"] = access.username
        _look_around(trial, connection)
    finally:
        connection.close()


def _reach(trial: Trial, host: str, port: int) -> None:
    with trial.at(Step.RESOLVED) as facts:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        facts.update(host=host, address=str(found[0][4][0]))
    with trial.at(Step.CONNECTED) as facts:
        socket.create_connection((host, port), timeout=trial.left).close()
        facts.update(host=host, port=port)


def _tell_protection(trial: Trial, opened: Any) -> None:
    if not isinstance(opened, SSLSocket):
        trial.lacks(Step.PROTECTED)
        return
    with trial.at(Step.PROTECTED) as facts:
        told = opened.getpeercert() or {}
        facts["version"] = opened.version()
        facts["issuer"] = _issuer(told)
        if ends := told.get("notAfter"):
            facts["expires"] = datetime.fromtimestamp(cert_time_to_seconds(str(ends)), UTC)


def _issuer(certificate: Any) -> str:
    names = dict(pair for part in certificate.get("issuer", ()) for pair in part)
    return str(names.get("organizationName") or names.get("commonName") or "")


def _token(trial: Trial, access: Access) -> str:
    if access.login is not Login.XOAUTH2:
        return ""
    with trial.at(Step.TOKEN) as facts:
        trial.bought = buy(access, trial.left)
        facts["host"] = urlsplit(access.token_url).hostname
    return trial.bought.access


def _look_around(trial: Trial, connection: Connection) -> None:
    access, box = connection.access, connection.box
    with trial.at(Step.FOLDER) as facts:
        connection.open_folder()
        facts.update(folder=access.folder, count=len(connection.uids("ALL")))
    for step, folder in (
        (Step.PROCESSED, access.processed_folder),
        (Step.FAILED, access.failed_folder),
    ):
        if not connection.writable or not folder:
            trial.lacks(step)
            continue
        with in_words():
            there = box.folder.exists(folder)
            if not connection.can_move_to(folder):
                trial.lacks(step)
                continue
            if not there:
                box.folder.delete(folder)
        trial.findings.append(Finding(step, facts={"folder": folder, "there": there}))
    for step, capability in ((Step.IDLE, "IDLE"), (Step.MOVE, "MOVE")):
        if capability in connection.capabilities:
            trial.findings.append(Finding(step))
        else:
            trial.lacks(step)


# --- the server by which mail leaves --------------------------------------------------------


def _outgoing(trial: Trial, smtp_url: str) -> None:
    url = urlsplit(smtp_url)
    _reach(trial, url.hostname or "", url.port or _PORTS.get(url.scheme, 25))
    trial.step = Step.CONNECTED if url.scheme == "smtp" else Step.PROTECTED
    with MailServer(smtp_url) as server:
        try:
            opened = server.connect()
        except Unreachable as trouble:
            cause = trouble.__context__
            if isinstance(cause, smtplib.SMTPAuthenticationError):
                trial.step = Step.SIGNED_IN
                raise Trouble(Fault.PASSWORD, trouble) from None
            if isinstance(cause, OSError) and not isinstance(cause, smtplib.SMTPException):
                with in_words():
                    raise cause from None
            raise Trouble(Fault.UNEXPECTED, trouble) from None
        _tell_protection(trial, opened.sock)
        if url.username:
            with trial.at(Step.SIGNED_IN) as facts:
                facts["user"] = url.username
        with trial.at(Step.READY):
            code, said = opened.noop()
            if code != 250:
                raise Trouble(Fault.UNEXPECTED, said.decode("utf-8", "replace"))
