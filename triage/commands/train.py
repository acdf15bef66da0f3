"""`triage train`: learn the classifier from all that people taught, or from the starter texts alone
where no database is at hand."""

import os
import time

import click
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from classifiers import starter, store
from classifiers.engine import Engine
from models import schema, tables  # noqa: F401  (an event points to all of them)
from models.base import db, now, transaction
from models.model_version import ModelVersion, TrainingReason
from triage import learning, promotion
from triage.commands.first_model import models_directory, topics
from triage.config import Settings
from triage.foundation import bare_app
from triage.instance import NotRunning, running

POLITE = 10
"""Niceness of a training beside the work: mail and pages come first."""

__all__ = ["command", "models_directory", "topics"]


@click.command()
@click.option("--no-encoder", is_flag=True, help="Words and letters only: smaller and faster.")
@click.option("--if-missing", is_flag=True, help="Do nothing where a model stands ready.")
@click.option("--candidate", is_flag=True, help="Do not put it to use; compare it on /classifier.")
@click.option("--row", "row_id", type=int, hidden=True, help="The training that was asked for.")
def command(no_encoder: bool, if_missing: bool, candidate: bool, row_id: int | None) -> None:
    """Train the classifier and use it from now on."""
    app = app_at_hand()
    if row_id is not None:
        assert app is not None, "a training that was asked for has a database"
        os.nice(POLITE)
        with app.app_context():
            learning.carry_out(app, row_id, use_encoder=not no_encoder)
        return
    if if_missing and stands_ready(app):
        return
    if app is None:
        train_alone(not no_encoder)
    else:
        with app.app_context():
            # Nobody asked for what is missing: it does not take the place of what people chose
            # meanwhile.
            train_known(app, not no_encoder, leave=candidate or if_missing)


def stands_ready(app: Flask | None) -> bool:
    """Whether a model can be used; the last one that could takes the place of a damaged one."""
    found = starter.usable(models_directory())
    if app is None:
        return found is not None
    with app.app_context(), transaction():
        if found is not None:
            promotion.adopt(found.name, at=now())
            return True
        return promotion.fall_back(at=now()) is not None


def app_at_hand() -> Flask | None:
    """An application on the database that runs here, when it answers and is of this version."""
    try:
        settings = running(Settings.from_environment())
    except NotRunning:
        return None
    app = bare_app(settings)
    try:
        with app.app_context():
            at_hand = schema.at_head(settings.database_url or "")
            db.session.remove()
    except SQLAlchemyError:
        at_hand = False
    if not at_hand:
        click.echo("The database cannot be used now: learning from the starter texts.", err=True)
    return app if at_hand else None


def train_known(app: Flask, use_encoder: bool, leave: bool) -> None:
    """Train with a row that everybody sees; use it from now on, unless that is to be left to the
    rules of every training."""
    with transaction():
        reason = reason_now()
        row_id = ModelVersion.ask_and_begin(reason, now()).id
    version = learning.carry_out(app, row_id, use_encoder=use_encoder)
    with transaction():
        trained = ModelVersion.named(row_id)
        assert trained is not None
        manifest, figures = trained.manifest, trained.figures["all"]
        if not leave and promotion.in_use() != version:
            promotion.promote(version, by=None, at=now())
    told = {name: figures[name] for name in ("rows", "accuracy", "top3", "ece")}
    told |= {"auto_share": figures["auto"]["share"], "auto_precision": figures["auto"]["precision"]}
    directory = promotion.models_directory() / version
    show(version, sum(manifest["rows"].values()), manifest["seconds"], str(directory), told)


def reason_now() -> TrainingReason:
    """Why a training is begun here: there is no model, the one in use is damaged, or by hand."""
    if ModelVersion.last_ready() is None:
        return TrainingReason.FIRST
    return TrainingReason.REPAIR if promotion.in_trouble() else TrainingReason.ASKED


def train_alone(use_encoder: bool) -> None:
    models = models_directory()
    began = time.perf_counter()
    with store.training(models):
        examples = [*starter.starter(), *starter.names(topics())]
        engine = Engine.train(examples, use_encoder=use_encoder)
        directory = starter.keep(models, engine)
    seconds = time.perf_counter() - began
    show(engine.version, len(examples), seconds, str(directory), engine.measured)


def show(
    version: str, rows: int, seconds: float, directory: str, measured: dict[str, float]
) -> None:
    size = sum(entry.stat().st_size for entry in os.scandir(directory)) / 1e6
    click.echo(f"{version}: {rows} texts and names, {seconds:.1f} s, {size:.1f} MB, in {directory}")
    for name, figure in measured.items():
        click.echo(f"  {name}: {figure}")
