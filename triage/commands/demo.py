"""`triage demo`: play the first days of the crisis through the real intake."""

import sys

import click
from flask import Flask

from triage.application import create_app
from triage.config import Environment, Settings
from triage.demo import story
from triage.demo.people import NotADemo
from triage.instance import running


@click.command("demo")
def command() -> None:
    """Play ten working days of a crisis through the real intake; once per database."""
    settings = running(Settings.from_environment())
    if settings.app_env is Environment.PRODUCTION:
        raise click.ClickException("There is no demo in production.")
    app = create_app(settings, worker=True)
    with app.app_context():
        try:
            play(app)
        except NotADemo as reason:
            click.echo(f"No demo: {reason}.", err=True)


def play(app: Flask) -> None:
    with click.progressbar(
        length=100, label="Demo", file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as bar:
        reached = 0

        def progress(done: int, total: int) -> None:
            nonlocal reached
            step = int(done * 100 / total) - reached
            reached += step
            bar.update(step)

        count = story.load(app, progress)
    if count:
        click.echo(f"The demo is loaded: {count} contacts.")
