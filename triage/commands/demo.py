"""`triage demo`: load the first days of the crisis, or make the demo's accounts."""

import sys

import click
from flask import Flask

from triage import demo
from triage.application import create_app
from triage.config import Environment, Settings
from triage.instance import running


@click.command("demo")
@click.option("--accounts", is_flag=True, help="Make the demo logins and print them, once.")
def command(accounts: bool) -> None:
    """Play ten working days of a crisis through the real intake."""
    settings = running(Settings.from_environment())
    if settings.app_env is Environment.PRODUCTION:
        raise click.ClickException("There is no demo in production.")
    app = create_app(settings, worker=True)
    with app.app_context():
        try:
            if accounts:
                show(demo.make_accounts())
            else:
                play(app)
        except demo.NotADemo as reason:
            click.echo(f"No demo: {reason}.", err=True)


def show(made: dict[str, tuple[str, str]]) -> None:
    if made:
        click.echo("\nDemo logins (shown once; `triage user password LOGIN` makes a new one):")
        for login, (role, password) in made.items():
            click.echo(f"  {role:14} {login:8} {password}")


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

        count = demo.load(app, progress)
    if count:
        click.echo(f"The demo is loaded: {count} contacts.")
