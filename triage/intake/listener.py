"""The SMTP door: 250 only after the mail is committed, 4xx when it cannot be, 550 for strangers."""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from aiosmtpd.controller import UnthreadedController
from aiosmtpd.smtp import SMTP, Envelope, Session
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from models.base import db
from models.intake import Adapter
from models.mailbox import Mailbox
from triage.config import Settings
from triage.intake import NoRoom, receive_mail, refuse_when_full

log = logging.getLogger("triage.mail")

WRITERS = 4


class Door:
    """What is answered to each command of a mail server that delivers to us."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.settings: Settings = app.extensions["settings"]
        self.writers = ThreadPoolExecutor(WRITERS, thread_name_prefix="intake")

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        try:
            known = await self._in_thread(self._mailbox_id, address)
        except SQLAlchemyError:
            return "451 4.3.0 not possible at the moment, please try again"
        if known is None:
            return "550 5.1.1 no such mailbox here"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        try:
            refuse_when_full(self.settings)
            await self._in_thread(self._keep, session, envelope)
        except NoRoom:
            return "452 4.3.1 not enough room at the moment, please try again"
        except Exception:  # the sender keeps the mail: nothing is lost
            log.exception("a mail could not be kept")
            return "451 4.3.0 not possible at the moment, please try again"
        return "250 2.0.0 kept"

    async def _in_thread(self, function: Any, *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(
            self.writers, self._in_app, function, *arguments
        )

    def _in_app(self, function: Any, *arguments: Any) -> Any:
        with self.app.app_context():
            return function(*arguments)

    @staticmethod
    def _mailbox_id(address: str) -> int | None:
        mailbox = Mailbox.at(address)
        db.session.rollback()
        return mailbox.id if mailbox else None

    @staticmethod
    def _keep(session: Session, envelope: Envelope) -> None:
        """One mail, once for each of our mailboxes that it names."""
        content = envelope.content
        raw = content if isinstance(content, bytes) else str(content or "").encode()
        by_mailbox: dict[int, tuple[Mailbox, list[str]]] = {}
        for address in envelope.rcpt_tos:
            mailbox = Mailbox.at(address)
            if mailbox is None:  # the sender hears 451, and at the next try what has changed
                raise LookupError("a mailbox was closed while its mail came in")
            by_mailbox.setdefault(mailbox.id, (mailbox, []))[1].append(address)
        for mailbox, addresses in by_mailbox.values():
            receive_mail(
                raw,
                adapter=Adapter.SMTP,
                mailbox=mailbox,
                mail_from=envelope.mail_from,
                rcpt_to=addresses,
                remote_ip=str(session.peer[0]) if session.peer else None,
            )


class LongLines(SMTP):
    """Real mails have lines longer than the standard allows; they are mails all the same."""

    line_length_limit = 1 << 20


class Listener(UnthreadedController):
    """The door, on its host and port."""

    def __init__(self, app: Flask, loop: asyncio.AbstractEventLoop) -> None:
        settings: Settings = app.extensions["settings"]
        super().__init__(
            Door(app),
            hostname=settings.mail_host,
            port=settings.mail_port,
            loop=loop,
            data_size_limit=settings.mail_limit,
            enable_SMTPUTF8=True,
            decode_data=False,
            ident="Passerelle",
        )

    def factory(self) -> SMTP:
        return LongLines(self.handler, **self.SMTP_kwargs)
