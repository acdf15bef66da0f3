"""A thread for each account that mail is fetched from: it waits for news, and for the stop.

Accounts are looked up again and again: one that was added starts, one that was changed starts
anew, one that was removed ends. What fails is tried again with growing pauses, and named.
"""

import logging
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from models.base import db, transaction
from models.mailbox import Login, MailAccount
from triage.config import Settings
from triage.intake.fetching import Totals, fetch, note
from triage.intake.fetching.connection import Access, Connection, Fault, Trouble, signed_in
from triage.intake.fetching.tokens import Purse

log = logging.getLogger("triage.fetching")

SHORT_PAUSE = 1.0
FIRST_PAUSE = 5.0
LONGEST_PAUSE = 600.0
SHORTEST_PAUSE_AFTER_REFUSAL = 60.0
"""A server that refused our password would lock us out if we went on knocking."""

PURSE = Purse()


def fetch_once(mailbox_id: int, settings: Settings, *, until_empty: bool) -> Totals:
    """Connect and take what is there now, as the command does; raises `Trouble`."""
    totals = Totals()
    try:
        with admitted(mailbox_id) as connection:
            totals.add(fetch(mailbox_id, connection, settings))
            while until_empty and totals.more:
                totals.add(fetch(mailbox_id, connection, settings))
    except Trouble as trouble:
        note(mailbox_id, str(trouble))
        raise
    return totals


@contextmanager
def admitted(mailbox_id: int) -> Iterator[Connection]:
    """A connection to the account, signed in; a token that was not taken is bought anew later."""
    access, token = credentials(mailbox_id)
    try:
        with signed_in(access, token) as connection:
            yield connection
    except Trouble as trouble:
        if trouble.fault is Fault.PASSWORD:
            PURSE.throw_away(access)
        raise


def credentials(mailbox_id: int) -> tuple[Access, str]:
    """What is needed to sign in, with a fresh token where one is needed."""
    with transaction():
        account = MailAccount.of(mailbox_id)
        if account is None:
            raise Trouble(Fault.NOT_KEPT, "the account was removed")
        access = Access.to(account)
    if access.login is not Login.XOAUTH2:
        return access, ""
    token = PURSE.token(access)
    if token.refresh and token.refresh != access.secret:
        with transaction():
            account = MailAccount.held(mailbox_id)
            if account is not None and account.plain_secret == access.secret:
                account.keep_secret(token.refresh)
                PURSE.renamed(access, Access.to(account))
    return access, token.access


class Fetcher(Thread):
    """Fetches from one account until it is stopped."""

    def __init__(self, app: Flask, mailbox_id: int, terms: tuple[object, ...]) -> None:
        super().__init__(name=f"fetch-{mailbox_id}", daemon=True)
        self.app = app
        self.settings: Settings = app.extensions["settings"]
        self.mailbox_id = mailbox_id
        self.terms = terms
        self.ending = Event()
        self.waker, self.woken = socket.socketpair()
        self.pause = FIRST_PAUSE
        self.worked = False
        """Whether this connection has fetched: servers end the best of them after a while."""

    def stop(self) -> None:
        """Wakes it at once, whatever it waits for."""
        self.ending.set()
        with suppress(OSError):  # it has ended meanwhile
            self.waker.send(b"x")

    def run(self) -> None:
        while not self.ending.is_set():
            began = time.monotonic()
            try:
                self._fetch_for_long()
            except Exception as trouble:  # whatever it was, the next try comes
                if self.ending.is_set():
                    break
                if isinstance(trouble, Trouble) and trouble.fault is Fault.CUT and self.worked:
                    self.worked = False
                    self.ending.wait(SHORT_PAUSE)
                    continue
                self._fail(trouble)
                self.ending.wait(self._next_pause(trouble, time.monotonic() - began))
        self.waker.close()
        self.woken.close()

    def _fetch_for_long(self) -> None:
        with self.app.app_context(), admitted(self.mailbox_id) as connection:
            account = MailAccount.of(self.mailbox_id)
            self.terms = account.terms if account else ()
            while not self.ending.is_set():
                if not self._fetch(connection).more:
                    connection.wait(self.settings.mail_poll_seconds, self.woken)

    def _fetch(self, connection: Connection) -> Totals:
        try:
            totals = fetch(self.mailbox_id, connection, self.settings, self.ending)
        finally:
            db.session.remove()  # no connection to the database is held while nothing happens
        self.pause, self.worked = FIRST_PAUSE, True
        if totals.kept or totals.too_large:
            log.info("mailbox %s: %s mails fetched", self.mailbox_id, totals.kept)
        return totals

    def _fail(self, trouble: Exception) -> None:
        words = str(trouble) if isinstance(trouble, Trouble) else f"{type(trouble).__name__}"
        log.warning("mailbox %s cannot be fetched: %s", self.mailbox_id, words)
        try:
            with self.app.app_context():
                note(self.mailbox_id, words)
        except SQLAlchemyError:
            log.warning("that mailbox %s fails cannot be written down", self.mailbox_id)

    def _next_pause(self, trouble: Exception, lasted: float) -> float:
        if lasted > LONGEST_PAUSE:
            self.pause = FIRST_PAUSE
        if isinstance(trouble, Trouble) and trouble.fault in (Fault.PASSWORD, Fault.TOKEN):
            self.pause = max(self.pause, SHORTEST_PAUSE_AFTER_REFUSAL)
        pause, self.pause = self.pause, min(self.pause * 2, LONGEST_PAUSE)
        return pause


class Fetchers:
    """All accounts of the installation, each with its thread."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.running: dict[int, Fetcher] = {}

    def look(self) -> None:
        """Start and end threads as the administrator has said meanwhile."""
        with self.app.app_context():
            accounts = db.session.scalars(MailAccount.active_ones()).all()
            wanted = {account.mailbox_id: account.terms for account in accounts}
            db.session.rollback()
        for mailbox_id, fetcher in list(self.running.items()):
            if wanted.get(mailbox_id) != fetcher.terms or not fetcher.is_alive():
                if fetcher.is_alive():
                    fetcher.stop()
                del self.running[mailbox_id]
        for mailbox_id, terms in wanted.items():
            if mailbox_id not in self.running:
                self.running[mailbox_id] = Fetcher(self.app, mailbox_id, terms)
                self.running[mailbox_id].start()

    def stop(self, patience: float) -> None:
        """The mail in hand is finished; then every thread ends."""
        for fetcher in self.running.values():
            if fetcher.is_alive():
                fetcher.stop()
        deadline = time.monotonic() + patience
        for fetcher in self.running.values():
            fetcher.join(max(0.0, deadline - time.monotonic()))
