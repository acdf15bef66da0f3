"""`triage transfer`: writes the long tables that people wait for, takes imports in, and ends.

A table of a million rows needs no classifier: it is written on a bare foundation, which is a third
of the whole application. What needs the whole of it follows in the same process.
"""

import os
import socket
from importlib import import_module

import click
from flask import Flask
from flask_babel import Babel

from models import outbox
from models.base import db
from triage import logs
from triage.config import Settings
from triage.exporting.writing import write_long
from triage.foundation import bare_app
from triage.instance import running
from triage.searching import exports as _found  # noqa: F401  (what a search found is offered too)


@click.command("transfer")
def command() -> None:
    """Do what waits, one after the other. Small tables are written by the workers themselves."""
    settings = running(Settings.from_environment())
    logs.set_up(settings)
    os.nice(10)
    owner = f"{socket.gethostname()}:{os.getpid()}:transfer"
    app = small_app(settings)
    with app.app_context():
        while write_long(owner, settings, small=True):
            pass
        more = outbox.waits_alone()
        db.session.remove()
    if more:
        work_whole(owner, settings)


def small_app(settings: Settings) -> Flask:
    """The foundation and the words of the columns."""
    app = bare_app(settings)
    Babel(
        app,
        default_locale="en",
        default_timezone=settings.time_zone,
        locale_selector=lambda: settings.default_language,
    )
    return app


def work_whole(owner: str, settings: Settings) -> None:
    """Imports are filed as contacts are, and some lists belong to activities."""
    app: Flask = import_module("triage.application").create_app(settings, worker=True)
    take_waiting = import_module("triage.importing.taking").take_waiting
    with app.app_context():
        while take_waiting(owner, settings) or write_long(owner, settings):
            pass
