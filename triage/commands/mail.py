"""`triage mail`: the SMTP listener only."""

import asyncio
import contextlib
import logging
import signal

import click

from triage.clock import beat
from triage.config import Settings
from triage.foundation import bare_app
from triage.instance import running
from triage.intake.listener import Listener


@click.command("mail")
def command() -> None:
    """Accept mail at MAIL_HOST:MAIL_PORT until SIGTERM."""
    logging.basicConfig(level="INFO", format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("mail.log").setLevel("WARNING")  # it would write down every sender
    settings = running(Settings.from_environment())
    app = bare_app(settings)
    loop = asyncio.new_event_loop()
    listener = Listener(app, loop)
    listener.begin()
    click.echo(f"mail is accepted at {settings.mail_host}:{settings.mail_port}")

    async def live() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        while not stop.is_set():
            await loop.run_in_executor(None, sign_of_life)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), 15)

    def sign_of_life() -> None:
        with app.app_context(), contextlib.suppress(Exception):
            beat("mail")

    loop.run_until_complete(live())
    listener.end(settings.stop_timeout - 0.5)
    loop.close()
