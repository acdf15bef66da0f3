"""`triage relay`: rings for what waits, keeps the clock, and prepares a fresh installation."""

import logging
import signal
import subprocess
import sys
import threading

import click
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from classifiers import store
from models import outbox
from models.base import db, now
from triage import logs, preparing, training, transfer_child, webhooks
from triage.bell import bell
from triage.clock import beat, tend
from triage.config import Environment, Settings
from triage.foundation import bare_app
from triage.instance import environment_of, running

log = logging.getLogger("triage.relay")

SWEEP_SECONDS = 0.5
BEAT_EVERY = 20


@click.command("relay")
def command() -> None:
    """Ring and keep time until SIGTERM; exactly one per installation does the periodic work."""
    settings = running(Settings.from_environment())
    logs.set_up(settings)
    app = bare_app(settings)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    preparation = threading.Thread(target=prepare, args=(app, settings, stop), daemon=True)
    preparation.start()
    couriers = threading.Thread(target=webhooks.carry, args=(app, settings, stop), daemon=True)
    couriers.start()
    tender = training.Tender(settings)
    carrier = transfer_child.Carrier(settings)
    turn = 0
    while not stop.is_set():
        with app.app_context():
            try:
                if outbox.work_waits():
                    bell().ring()
                db.session.rollback()
                if turn % BEAT_EVERY == 0:
                    beat("relay")
                    tend(now())
                tender.tend(now())
                carrier.tend()
            except SQLAlchemyError as trouble:
                log.warning("the database does not answer: %s", type(trouble).__name__)
        turn += 1
        stop.wait(SWEEP_SECONDS)
    with app.app_context():
        tender.stop()
        carrier.stop()
    preparation.join(5)
    couriers.join(6)


def prepare(app: Flask, settings: Settings, stop: threading.Event) -> None:
    """What a fresh installation needs and may take longer: the model, then the demo."""
    learning = store.newest(settings.data_dir / "models") is None
    if learning:
        with app.app_context():
            preparing.tell(preparing.LEARNING, 0, 1)
    steps = [["train", "--if-missing"]]
    if settings.app_env is Environment.DEMO:
        steps.append(["demo"])
    environment = environment_of(settings)
    for step in steps:
        child = subprocess.Popen(
            [sys.executable, "-m", "triage", *step], env=environment, stdin=subprocess.DEVNULL
        )
        while child.poll() is None:
            if stop.wait(0.2):
                child.terminate()
                return
        if child.returncode:
            log.error("`triage %s` failed", " ".join(step))
        if learning:
            learning = False
            with app.app_context():
                preparing.finished()
