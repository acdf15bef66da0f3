"""`triage mail`: the doors for mail that is pushed, and the fetching of mail that is not."""

import asyncio
import contextlib
import logging
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

import click
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from models.base import db
from models.mailbox import MailAccount
from triage import logs
from triage.clock import beat
from triage.config import Settings
from triage.foundation import bare_app
from triage.instance import running
from triage.intake.fetching import Totals
from triage.intake.fetching.connection import Trouble
from triage.intake.fetching.watch import Fetchers, fetch_once
from triage.intake.listener import Listener

TRY_AGAIN = 75
BAD_INPUT = 2
TURN = 15.0
"""Seconds between two signs of life; accounts are looked up again as often."""
PATIENCE = 20.0


class Parts(click.Group):
    """What reads mail again needs the classifier, and is imported only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*super().list_commands(ctx), "replay"]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name == "replay":
            found = import_module("triage.commands.mail_replay").command
            assert isinstance(found, click.Command)
            return found
        return super().get_command(ctx, cmd_name)


@click.group("mail", cls=Parts, invoke_without_command=True)
@click.pass_context
def command(context: click.Context) -> None:
    """Accept mail at MAIL_HOST:MAIL_PORT and fetch it from accounts, until SIGTERM."""
    if context.invoked_subcommand is None:
        serve()


def serve() -> None:
    settings = running(Settings.from_environment())
    told_to_the_log(settings)
    app = bare_app(settings)
    loop = asyncio.new_event_loop()
    listener = Listener(app, loop)
    fetchers = Fetchers(app)
    listener.begin()
    click.echo(f"mail is accepted at {settings.mail_host}:{settings.mail_port}")
    if settings.mail_lmtp_port:
        click.echo(f"and by LMTP at {settings.mail_host}:{settings.mail_lmtp_port}")

    async def live() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        while not stop.is_set():
            await loop.run_in_executor(None, one_turn, app, fetchers)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), TURN)
        patience = max(0.5, settings.stop_timeout - 0.5)
        await asyncio.gather(
            listener.close(patience), loop.run_in_executor(None, fetchers.stop, patience)
        )

    loop.run_until_complete(live())
    listener.end()
    loop.close()


def told_to_the_log(settings: Settings) -> None:
    logs.set_up(settings)
    logging.getLogger("mail.log").setLevel("WARNING")  # it would write down every sender


def one_turn(app: Flask, fetchers: Fetchers) -> None:
    """A sign of life, and a look at the accounts; without the database both come later."""
    with contextlib.suppress(SQLAlchemyError):
        with app.app_context():
            beat("mail")
        fetchers.look()


@command.command("fetch")
@click.option("--mailbox", "name", metavar="NAME", help="Only this one's account.")
@click.option("--once", is_flag=True, help="One run of at most 5,000 mails for each account.")
def fetch(name: str | None, once: bool) -> None:
    """Fetch now what waits in the accounts, and say how much it was."""
    with installation() as settings:
        accounts = db.session.scalars(MailAccount.active_ones()).all()
        chosen = {one.mailbox_id: one.mailbox.name for one in accounts}
        if name is not None:
            chosen = {number: called for number, called in chosen.items() if called == name}
        if not chosen:
            click.echo("No account to fetch from" + (f" is named “{name}”." if name else "."))
            raise SystemExit(BAD_INPUT if name else 0)
        db.session.rollback()
        failed = False
        for mailbox_id, called in chosen.items():
            try:
                click.echo(f"{called}: {told(patiently(mailbox_id, settings, once))}")
            except Trouble as trouble:
                failed = True
                click.echo(f"{called}: {trouble}", err=True)
    if failed:
        raise SystemExit(TRY_AGAIN)


def patiently(mailbox_id: int, settings: Settings, once: bool) -> Totals:
    """The running Passerelle may be at it this very second."""
    deadline = time.monotonic() + PATIENCE
    while True:
        totals = fetch_once(mailbox_id, settings, until_empty=not once)
        if not totals.busy or time.monotonic() > deadline:
            return totals
        time.sleep(0.5)


def told(totals: Totals) -> str:
    if totals.busy:
        return "is being fetched by another process"
    words = [f"{totals.kept} fetched", f"{totals.moved} moved"]
    if totals.too_large:
        words.append(f"{totals.too_large} too large, their beginning kept")
    if totals.left:
        words.append(f"{totals.left} not handed over by the server")
    if totals.more:
        words.append("more wait")
    return ", ".join(words)


@contextmanager
def installation() -> Iterator[Settings]:
    """The running Passerelle's database; 75 in its absence."""
    settings = running(Settings.from_environment())
    logs.set_up(settings, "warning")
    with bare_app(settings).app_context():
        try:
            yield settings
        except SQLAlchemyError as trouble:
            click.echo(f"The database does not answer: {type(trouble).__name__}", err=True)
            raise SystemExit(TRY_AGAIN) from None
