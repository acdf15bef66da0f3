"""The SMTP and LMTP doors: 250 only after the mail is committed, 4xx when it cannot be.

550 is for strangers only: whatever trouble we have ourselves, the sender keeps the mail.
"""

import asyncio
import logging
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from models.base import db, transaction
from models.intake import Adapter
from models.mailbox import Mailbox
from triage.config import Settings, SettingsError
from triage.intake import NoRoom, refuse_when_full
from triage.intake.envelope import Told, crash, keep

log = logging.getLogger("triage.mail")

WRITERS = 4
CONNECTIONS = 500
WAITING = 200
"""Questions to the database that may wait for a writer; above, the sender is asked to wait."""
RECIPIENTS = 100
PATIENCE = 60.0

Answer = TypeVar("Answer")

KEPT = "250 2.0.0 kept"
LATER = "451 4.3.0 not possible at the moment, please try again"
FULL = "452 4.3.1 not enough room at the moment, please try again"
CLOSING = "421 4.3.2 shutting down, please try again"
CROWDED = "421 4.3.2 too many connections, please try again"
STRANGER = "550 5.1.1 no such mailbox here"
TOO_LONG = "500 5.5.2 a line is too long"


class Door:
    """What is answered to each command of a mail server that delivers to us."""

    def __init__(self, app: Flask, adapter: Adapter) -> None:
        self.app = app
        self.adapter = adapter
        self.settings: Settings = app.extensions["settings"]
        self.writers = ThreadPoolExecutor(WRITERS, thread_name_prefix="intake")
        self.waiting = 0
        self.visitors: set[Any] = set()
        self.closing = False

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, name: str, offers: list[str]
    ) -> list[str]:
        session.host_name = name
        return [offer for offer in offers if not offer.startswith("250-AUTH")]

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.closing:
            return CLOSING
        try:
            refuse_when_full(self.settings)
        except (NoRoom, OSError):
            return FULL
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 ok"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if len(envelope.rcpt_tos) >= RECIPIENTS:
            return "452 4.5.3 too many recipients"
        try:
            known = await self._in_thread(self._mailbox_id, address)
        except (SQLAlchemyError, TimeoutError):
            return LATER
        if known is None:
            return STRANGER
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """One reply for all recipients; in LMTP one for each of them."""
        replies = await self._replies(session, envelope)
        return "\r\n".join(replies) if self.adapter is Adapter.LMTP else replies[0]

    async def _replies(self, session: Session, envelope: Envelope) -> list[str]:
        try:
            refuse_when_full(self.settings)
            return await self._in_thread(self._keep, session, envelope)
        except NoRoom:
            answer = FULL
        except Exception:  # the sender keeps the mail: nothing is lost
            log.exception("a mail could not be kept")
            answer = LATER
        return [answer] * len(envelope.rcpt_tos)

    async def _in_thread(self, function: Callable[..., Answer], *arguments: Any) -> Answer:
        if self.waiting >= WAITING:
            raise TimeoutError("too many mails wait for the database")
        self.waiting += 1
        try:
            loop = asyncio.get_running_loop()
            work = loop.run_in_executor(self.writers, self._in_app, function, *arguments)
            return await asyncio.wait_for(work, PATIENCE)
        finally:
            self.waiting -= 1

    def _in_app(self, function: Callable[..., Answer], *arguments: Any) -> Answer:
        with self.app.app_context():
            return function(*arguments)

    @staticmethod
    def _mailbox_id(address: str) -> int | None:
        mailbox = Mailbox.at(address)
        db.session.rollback()
        return mailbox.id if mailbox else None

    def _keep(self, session: Session, envelope: Envelope) -> list[str]:
        """The mail once for each of our mailboxes that it names; a reply for each recipient."""
        by_mailbox: dict[int, tuple[Mailbox, list[str]]] = {}
        replies: dict[str, str] = {}
        for address in envelope.rcpt_tos:
            mailbox = Mailbox.at(address)
            if mailbox is None:  # at the next try the sender hears what has changed
                replies[address] = LATER
            else:
                by_mailbox.setdefault(mailbox.id, (mailbox, []))[1].append(address)
        if self.adapter is not Adapter.LMTP:
            if replies:
                raise LookupError("a mailbox was closed while its mail came in")
            with transaction():
                for mailbox, addresses in by_mailbox.values():
                    self._keep_in(mailbox, addresses, session, envelope)
                crash("before_commit", self.settings)
            crash("after_commit", self.settings)
            return [KEPT] * len(envelope.rcpt_tos)
        for mailbox, addresses in by_mailbox.values():
            answer = self._kept_alone(mailbox, addresses, session, envelope)
            replies.update(dict.fromkeys(addresses, answer))
        return [replies[address] for address in envelope.rcpt_tos]

    def _kept_alone(
        self, mailbox: Mailbox, addresses: list[str], session: Session, envelope: Envelope
    ) -> str:
        try:
            self._keep_in(mailbox, addresses, session, envelope)
        except Exception:  # the other recipients' copies are kept all the same
            log.exception("a mail could not be kept")
            return LATER
        return KEPT

    def _keep_in(
        self, mailbox: Mailbox, addresses: list[str], session: Session, envelope: Envelope
    ) -> None:
        content = envelope.content
        raw = content if isinstance(content, bytes) else str(content or "").encode()
        told = Told(
            mail_from=envelope.mail_from,
            rcpt_to=addresses,
            remote_ip=str(session.peer[0]) if session.peer else None,
            helo=str(session.host_name)[:255] if session.host_name else None,
            tls=str(session.ssl.get("cipher", ("", "TLS"))[1]) if session.ssl else None,
        )
        keep(raw, told, adapter=self.adapter, mailbox=mailbox)


class Visit(SMTP):
    """One connection: long lines are mail all the same, and it ends politely when we do."""

    line_length_limit = 1 << 20
    event_handler: Door

    async def _handle_client(self) -> None:
        door = self.event_handler
        if door.closing or len(door.visitors) >= CONNECTIONS:
            await self.push(CLOSING if door.closing else CROWDED)
            return
        door.visitors.add(self)
        try:
            await super()._handle_client()
        finally:
            door.visitors.discard(self)

    @property
    def between_mails(self) -> bool:
        return self.envelope is None or not self.envelope.mail_from

    async def push(self, status: Any) -> None:
        told = status if isinstance(status, str) else status.decode("utf-8", "replace")
        await super().push(self._worded(told))
        if told.startswith("421"):
            self._hang_up()
        elif self.event_handler.closing and self.between_mails and not told.startswith("221"):
            await super().push(CLOSING)
            self._hang_up()

    def _worded(self, told: str) -> str:
        if told.startswith("552 Error"):
            return f"552 5.3.4 a mail may have {self.data_size_limit} bytes here"
        if told.startswith("500 Line too long"):
            return TOO_LONG
        return told

    def say_goodbye(self) -> None:
        """To one who is silent between two mails; the others hear it after theirs."""
        if self.transport is not None and self.between_mails:
            self._writer.write(CLOSING.encode() + b"\r\n")
            self._hang_up()

    def _hang_up(self) -> None:
        if self.transport is not None:
            self.transport.close()


class LocalVisit(Visit, LMTP):
    """The same for a mail server beside us, which hears a reply for each recipient."""

    def _worded(self, told: str) -> str:
        worded = super()._worded(told)
        if worded != told and self.envelope is not None:
            return "\r\n".join([worded] * max(1, len(self.envelope.rcpt_tos)))
        return worded


class Listener:
    """The doors, on their host and ports."""

    def __init__(self, app: Flask, loop: asyncio.AbstractEventLoop) -> None:
        self.settings: Settings = app.extensions["settings"]
        self.loop = loop
        self.tls = certificate(self.settings)
        self.doors = [(Door(app, Adapter.SMTP), Visit, self.settings.mail_port)]
        if self.settings.mail_lmtp_port:
            self.doors.append((Door(app, Adapter.LMTP), LocalVisit, self.settings.mail_lmtp_port))
        self.servers: list[asyncio.Server] = []

    def begin(self) -> None:
        """Open the doors; raises OSError when a port is taken."""
        self.loop.run_until_complete(self.open())

    async def open(self) -> None:
        for door, visit, port in self.doors:
            self.servers.append(
                await self.loop.create_server(
                    self._factory(door, visit), self.settings.mail_host, port
                )
            )

    def _factory(self, door: Door, visit: type[Visit]) -> Callable[[], Visit]:
        def made() -> Visit:
            return visit(
                door,
                data_size_limit=self.settings.mail_limit,
                enable_SMTPUTF8=True,
                decode_data=False,
                ident="Passerelle",
                hostname=self.settings.mail_domain,
                tls_context=self.tls if visit is Visit else None,
                loop=self.loop,
            )

        return made

    async def close(self, patience: float) -> None:
        """No new mail; those that are under way have `patience` seconds to end."""
        for server in self.servers:
            server.close()
        visitors: set[Visit] = set()
        for door, _visit, _port in self.doors:
            door.closing = True
            visitors |= door.visitors
        for visit in visitors:
            visit.say_goodbye()
        deadline = self.loop.time() + patience
        while any(door.visitors for door, _, _ in self.doors) and self.loop.time() < deadline:
            await asyncio.sleep(0.02)
        for door, _visit, _port in self.doors:
            for visit in list(door.visitors):
                visit._hang_up()
        await asyncio.sleep(0)

    def end(self, patience: float = 0.0) -> None:
        with suppress(RuntimeError):  # the loop has been closed already
            self.loop.run_until_complete(self.close(patience))
        for door, _visit, _port in self.doors:
            door.writers.shutdown(wait=False, cancel_futures=True)


def certificate(settings: Settings) -> ssl.SSLContext | None:
    """What STARTTLS is offered with; None without MAIL_TLS_CERT."""
    if settings.mail_tls_cert is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(settings.mail_tls_cert, settings.mail_tls_key)
    except (OSError, ssl.SSLError) as trouble:
        raise SettingsError(
            f"MAIL_TLS_CERT and MAIL_TLS_KEY cannot be used ({trouble}): "
            "both must be PEM files that this account may read."
        ) from None
    return context
