"""The way out: one connection to the mail server, over which several mails leave.

It says which mail was refused, and apart from that whether the server could be reached at all.
"""

import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote, urlsplit

from models.refusal import NOT_ADMITTED, NOT_REACHED

PATIENCE = 20.0
"""Seconds for the connection and for each answer."""
PATIENCE_FOR_MAIL = 50.0
"""Seconds for handing a mail over, and as many for the answer: servers look through it first. Both
together stay below the two minutes for which a promise is ours."""
SCHEMES = ("smtp", "smtps", "smtp+starttls")


class Unreachable(Exception):
    """No connection: it says nothing about the mail that should have left."""


class Refused(Exception):
    """The server's word on one mail. `final`: trying again is of no use."""

    def __init__(self, code: int, said: str) -> None:
        super().__init__(f"{code} {said}")
        self.code = code
        self.final = 500 <= code < 600


def nothing_against_it() -> None:
    """The last look at most mails: they may leave."""


class Patient(smtplib.SMTP):
    """Waits longer for a mail to be taken than for a word: who gives up too early sends twice.

    Before the mail itself is handed over it takes a `last_look`, which may raise: a server can
    have taken long to say that it knows the recipient.
    """

    last_look: Callable[[], None] = staticmethod(nothing_against_it)

    def data(self, msg: Any) -> tuple[int, bytes]:
        try:
            self.last_look()
        except BaseException:
            self.rset()
            raise
        assert self.sock is not None
        self.sock.settimeout(PATIENCE_FOR_MAIL)
        try:
            return super().data(msg)
        finally:
            if self.sock is not None:
                self.sock.settimeout(PATIENCE)


class ProtectedPatient(Patient, smtplib.SMTP_SSL):
    """The same over a connection that is protected from its beginning."""


class MailServer:
    """The server that `url` names: `smtp://`, `smtps://` or `smtp+starttls://user:password@host`.

    Certificates are checked against the system's. The connection is opened when it is first
    needed, and again after the server has closed it.
    """

    def __init__(self, url: str) -> None:
        self.url = urlsplit(url)
        self._open: Patient | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def send(
        self,
        mail: bytes,
        sender: str,
        recipient: str,
        last_look: Callable[[], None] = nothing_against_it,
    ) -> None:
        """Hand over one mail; raises `Refused`, or `Unreachable` when nothing was said of it.

        A `ValueError` is an address that no server could be told. What `last_look` raises once the
        server is ready for the mail keeps it here.
        """
        sender.encode("ascii"), recipient.encode("ascii")  # before anything is said to the server
        server = self._open or self.connect()
        server.last_look = last_look
        try:
            server.sendmail(sender, [recipient], mail)
        except smtplib.SMTPRecipientsRefused as refusal:
            code, words = next(iter(refusal.recipients.values()))
            raise self._refused(code, words) from None
        except smtplib.SMTPResponseException as refusal:
            raise self._refused(refusal.smtp_code, refusal.smtp_error) from None
        except smtplib.SMTPNotSupportedError as refusal:
            raise Refused(553, str(refusal)) from None
        except (smtplib.SMTPException, OSError) as trouble:
            self._drop()
            # It may have been accepted or not: with its old Message-ID it can leave once more.
            raise Refused(421, f"{NOT_REACHED}: {trouble}") from None

    def connect(self) -> Patient:
        """Connect, protect, sign in; raises `Unreachable` with what was in the way."""
        try:
            self._open = self._connected()
        except smtplib.SMTPAuthenticationError as refusal:
            raise Unreachable(
                f"{NOT_ADMITTED}: {refusal.smtp_code} {_words(refusal.smtp_error)}"
            ) from None
        except (smtplib.SMTPException, OSError, ValueError) as trouble:
            raise Unreachable(f"{NOT_REACHED}: {trouble}") from None
        return self._open

    def close(self) -> None:
        if self._open is not None:
            with suppress(smtplib.SMTPException, OSError):
                self._open.quit()  # what is accepted is accepted: a bad goodbye changes nothing
            self._drop()

    def _connected(self) -> Patient:
        if self.url.scheme not in SCHEMES or not self.url.hostname:
            raise ValueError(f"SMTP_URL must begin with {', '.join(SCHEMES)} and name a host")
        host, trusted = self.url.hostname, ssl.create_default_context()
        if self.url.scheme == "smtps":
            server: Patient = ProtectedPatient(
                host, self.url.port or 465, timeout=PATIENCE, context=trusted
            )
        else:
            port = self.url.port or (587 if self.url.scheme == "smtp+starttls" else 25)
            server = Patient(host, port, timeout=PATIENCE)
        try:
            if self.url.scheme == "smtp+starttls":
                server.starttls(context=trusted)
            server.ehlo_or_helo_if_needed()
            if self.url.username:
                server.login(unquote(self.url.username), unquote(self.url.password or ""))
        except BaseException:
            server.close()
            raise
        return server

    def _refused(self, code: int, words: bytes | str) -> Refused:
        if code == 421:  # it closes the connection with these words
            self._drop()
        return Refused(code, _words(words))

    def _drop(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None


def _words(said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return " ".join(text.split())
